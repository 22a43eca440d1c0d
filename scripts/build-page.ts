import { writePageAssets } from './page-assets.ts';

/** `npm run build:page`, and part of `npm ci`: builds the live page for `npm start`. */
await writePageAssets();
