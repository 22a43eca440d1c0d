import { Component, createRef, type ComponentChildren, type VNode } from 'preact';

interface TipProps {
  /** The text of the tooltip. */
  readonly text: string;
  readonly class?: string | undefined;
  /** The accessible name; without one, the children are. */
  readonly label?: string;
  /** What a click does besides showing the tooltip. */
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

interface TipState {
  readonly isShown: boolean;
}

let count = 0;

/**
 * A text with a tooltip: the tooltip pattern of WAI-ARIA. A pointer that rests on it, the keyboard focus and a tap show
 * it; Escape hides it. Screen readers read it as the description, shown or not.
 */
export class Tip extends Component<TipProps, TipState> {
  /** The one that is shown. */
  static #current: Tip | undefined;
  override state: TipState = { isShown: false };
  readonly #id = `tip-${++count}`;
  readonly #holder = createRef<HTMLSpanElement>();
  readonly #tooltip = createRef<HTMLSpanElement>();
  #listening: AbortController | undefined;

  override componentDidUpdate(): void {
    if (this.state.isShown) this.#place();
  }

  override componentWillUnmount(): void {
    this.#forget();
  }

  override render({ text, label, onClick, children, class: name }: TipProps, { isShown }: TipState): VNode {
    return (
      <span
        class="tip"
        ref={this.#holder}
        onPointerEnter={({ pointerType }) => pointerType !== 'touch' && this.#show()}
        onPointerLeave={() => this.#left()}
      >
        <button
          type="button"
          class={name}
          aria-label={label}
          aria-describedby={this.#id}
          onFocus={() => this.#hasFocus() && this.#show()}
          onBlur={() => this.#hide()}
          onClick={() => {
            onClick?.();
            this.#show();
          }}
        >
          {children}
        </button>
        <span role="tooltip" id={this.#id} ref={this.#tooltip} hidden={!isShown}>
          {text}
        </span>
      </span>
    );
  }

  /** The pointer may move onto the tooltip, which is inside the holder. */
  #left(): void {
    if (!this.#hasFocus()) this.#hide();
  }

  /** Focus that a click has set does not count; it would keep the tooltip when the pointer has left. */
  #hasFocus(): boolean {
    return this.#holder.current?.querySelector(':focus-visible') !== null;
  }

  #show(): void {
    if (Tip.#current === this) return;
    if (Tip.#current !== undefined) Tip.#current.#hide();
    Tip.#current = this;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    addEventListener('keydown', (event) => this.#pressed(event), { capture: true, signal });
    addEventListener('pointerdown', ({ target }) => this.#pointed(target), { signal });
    addEventListener('scroll', () => this.#place(), { capture: true, passive: true, signal });
    this.setState({ isShown: true });
  }

  #hide(): void {
    this.#forget();
    this.setState({ isShown: false });
  }

  #forget(): void {
    if (Tip.#current === this) Tip.#current = undefined;
    this.#listening?.abort();
  }

  /** The Escape that hides the tooltip does not go back as well. */
  #pressed(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#hide();
  }

  #pointed(target: EventTarget | null): void {
    if (target instanceof Node && this.#holder.current?.contains(target) !== true) this.#hide();
  }

  /** Below the text, or above it where the window ends; cells cut off what is not placed in the window. */
  #place(): void {
    const [holder, tooltip] = [this.#holder.current, this.#tooltip.current];
    if (holder === null || tooltip === null) return;
    const text = holder.getBoundingClientRect();
    const { width, height } = tooltip.getBoundingClientRect();
    const isBelow = text.bottom + height <= innerHeight;
    tooltip.style.top = `${isBelow ? text.bottom : Math.max(0, text.top - height)}px`;
    tooltip.style.left = `${Math.max(0, Math.min(text.left, document.documentElement.clientWidth - width))}px`;
  }
}
