import type { Command } from './command.ts';
import { doctor } from './doctor.ts';
import { once } from './once.ts';
import { serve } from './serve.ts';
import { top } from './top.ts';

/** Every command, in the order of the documentation. The first one is run if none is given. */
export const commands: readonly [Command, ...Command[]] = [serve, once, doctor, top];
