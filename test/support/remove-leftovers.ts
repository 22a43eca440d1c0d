import { removeLeftovers } from './removal.ts';

await removeLeftovers();
