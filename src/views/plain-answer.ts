import type { PlainAnswer } from './endpoint.ts';

/** One line of text. */
export function textAnswer(status: number, line: string): PlainAnswer {
  return { kind: 'plain', status, contentType: 'text/plain; charset=utf-8', body: `${line}\n` };
}
