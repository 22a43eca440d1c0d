/** What keys do. */
export interface KeyActions {
  readonly search: () => void;
  readonly pause: () => void;
  readonly back: () => void;
}

/** `/` searches, `j` and `k` move between pods, Enter opens one, Escape goes back, `p` pauses. */
export function handleKeys(actions: KeyActions): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    if (isTyping && key !== 'Escape') return;
    const action = actionOf(key, actions);
    if (action === undefined) return;
    event.preventDefault();
    if (isTyping) target.blur();
    action();
  });
}

function actionOf(key: string, { search, pause, back }: KeyActions): (() => void) | undefined {
  if (key === '/') return search;
  if (key === 'p') return pause;
  if (key === 'Escape') return back;
  if (key === 'j') return () => moveFocus(1);
  if (key === 'k') return () => moveFocus(-1);
  return undefined;
}

/** Moves the focus to the pod below or above; to the first if none has it. */
function moveFocus(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('table.pods tr:not(.inner) th.pod a')];
  const current = links.findIndex((link) => link === document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, current + step))]?.focus();
}
