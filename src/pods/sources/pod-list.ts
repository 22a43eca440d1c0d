import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { ApiFailure } from '../../cluster/failure.ts';
import { text } from '../../base/untrusted-json.ts';

/** Bytes between the ends of two pods. The largest object in etcd has 1.5 MiB, unless etcd is told otherwise. */
const LARGEST_POD = 16 << 20;

/** Levels of objects and lists in each other. A pod has some twenty. */
const DEEPEST = 200;

const OPENING: ReadonlySet<TokenType> = new Set([TokenType.LEFT_BRACE, TokenType.LEFT_BRACKET]);
const ITEMS: ReadonlySet<TokenType> = new Set([TokenType.LEFT_BRACKET, TokenType.NULL]);
const CLOSING: ReadonlySet<TokenType> = new Set([TokenType.RIGHT_BRACE, TokenType.RIGHT_BRACKET]);

/**
 * Reads a PodList while it arrives and gives each pod to `take`, so that there is never more than one in memory.
 * Returns the version to watch from, if the list has one. A list that breaks off has been taken in part.
 *
 * @throws {ApiFailure} if it is not a PodList; and what `chunks` throws.
 */
export async function readPodList(
  chunks: AsyncIterable<Buffer>,
  take: (pod: unknown) => void,
): Promise<string | undefined> {
  const list = new PodListParser(take);
  for await (const chunk of chunks) list.write(chunk);
  return list.end();
}

class PodListParser {
  readonly #tokenizer = new Tokenizer();
  readonly #parser = new TokenParser({
    paths: ['$.kind', '$.metadata.resourceVersion', '$.items.*'],
    keepStack: false,
  });
  #kind: unknown;
  #version: unknown;
  /** There is a list of items, or `null`, which is how Go writes an empty one. */
  #hasItems = false;
  #depth = 0;
  /** The last text outside of everything but the list itself: a name, if a list follows. */
  #name: unknown;
  #sincePod = 0;

  constructor(take: (pod: unknown) => void) {
    this.#tokenizer.onToken = (token) => {
      this.#look(token.token, token.value);
      this.#parser.write(token);
    };
    this.#parser.onValue = ({ key, value, stack }) => {
      if (key === 'kind') this.#kind = value;
      else if (key === 'resourceVersion') this.#version = value;
      else if (typeof key === 'number' && stack.length === 2) {
        this.#sincePod = 0;
        take(value);
      }
    };
  }

  write(chunk: Buffer): void {
    this.#sincePod += chunk.length;
    if (this.#sincePod > LARGEST_POD) throw badList('a pod in the list is too large');
    this.#understand(() => this.#tokenizer.write(chunk));
  }

  /** Returns the version. */
  end(): string | undefined {
    this.#understand(() => {
      this.#tokenizer.end();
      if (!this.#parser.isEnded) this.#parser.end();
    });
    if (this.#kind !== 'PodList' || !this.#hasItems) throw badList('the answer is not a list of pods');
    return text(this.#version);
  }

  #look(token: TokenType, value: unknown): void {
    if (this.#depth === 1) {
      if (token === TokenType.STRING) this.#name = value;
      if (ITEMS.has(token) && this.#name === 'items') this.#hasItems = true;
    }
    if (OPENING.has(token)) this.#depth++;
    else if (CLOSING.has(token)) this.#depth--;
    if (this.#depth > DEEPEST) throw badList('the list of pods is nested too deeply');
  }

  /** Whatever the parser says may quote the text. */
  #understand(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      throw error instanceof ApiFailure ? error : badList('the list of pods is not JSON');
    }
  }
}

function badList(message: string): ApiFailure {
  return new ApiFailure('bad_list', message);
}
