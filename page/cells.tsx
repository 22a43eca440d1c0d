import type { ComponentChildren, VNode } from 'preact';
import type { Cell } from './columns.ts';
import type { Problem } from './problems.ts';
import { Tip } from './tip.tsx';

/** A cell with a number, coloured if something is wrong with it; the tooltip explains why. */
export function NumberCell({ cell, problems }: { cell: Cell; problems: readonly Problem[] }): VNode {
  const { column, text } = cell;
  const problem = problems.find(({ number }) => number === column.id);
  return (
    <td class={classes('n', problem?.level ?? (text === '0' && 'zero'))}>
      <Explained problem={problem}>{text}</Explained>
    </td>
  );
}

/** What is wrong, in a few words each. */
export function ProblemList({ problems }: { problems: readonly Problem[] }): VNode {
  return (
    <>
      {problems.map(({ kind, level, short, reason }) => (
        <Tip key={kind} class={`problem ${level}`} text={reason}>
          {short}
        </Tip>
      ))}
    </>
  );
}

/** What is coloured because of a problem, with the reason as its tooltip. */
export function Explained({ problem, children }: { problem: Problem | undefined; children: ComponentChildren }): VNode {
  return problem === undefined ? <>{children}</> : <Tip text={problem.reason}>{children}</Tip>;
}

/** A table that may be wider than the page; the keyboard scrolls it. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** Names of classes that are defined. */
export function classes(...names: readonly (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
