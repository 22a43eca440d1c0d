import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { ApiFailure } from '../../cluster/failure.ts';
import { text } from '../../base/untrusted-json.ts';

/** Bytes between the ends of two pods. The size limit of an object in etcd is 1.5 MiB by default. */
const MAX_POD_BYTES = 16 << 20;

/** Nesting depth of objects and arrays. A pod has about 20. */
const MAX_DEPTH = 200;

const OPENING_TOKENS: ReadonlySet<TokenType> = new Set([TokenType.LEFT_BRACE, TokenType.LEFT_BRACKET]);
const ITEMS_TOKENS: ReadonlySet<TokenType> = new Set([TokenType.LEFT_BRACKET, TokenType.NULL]);
const CLOSING_TOKENS: ReadonlySet<TokenType> = new Set([TokenType.RIGHT_BRACE, TokenType.RIGHT_BRACKET]);

/**
 * Parses a PodList while it arrives and passes each pod to `onPod`, so that no more than one is in memory.
 * Returns the resource version to watch from, if the list has one. `onPod` may have been called if the list is
 * truncated.
 *
 * @throws {ApiFailure} if the content is not a PodList; and the errors of `chunks`.
 */
export async function readPodList(
  chunks: AsyncIterable<Buffer>,
  onPod: (pod: unknown) => void,
): Promise<string | undefined> {
  const list = new PodListParser(onPod);
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
  /** `items` is an array, or `null`, which is how Go encodes a nil slice. */
  #hasItems = false;
  #depth = 0;
  /** The last string token at depth 1: a field name, if an array or `null` follows. */
  #fieldName: unknown;
  #bytesSincePod = 0;

  constructor(onPod: (pod: unknown) => void) {
    this.#tokenizer.onToken = (token) => {
      this.#trackDepth(token.token, token.value);
      this.#parser.write(token);
    };
    this.#parser.onValue = ({ key, value, stack }) => {
      if (key === 'kind') this.#kind = value;
      else if (key === 'resourceVersion') this.#version = value;
      else if (typeof key === 'number' && stack.length === 2) {
        this.#bytesSincePod = 0;
        onPod(value);
      }
    };
  }

  write(chunk: Buffer): void {
    this.#bytesSincePod += chunk.length;
    if (this.#bytesSincePod > MAX_POD_BYTES) throw badList('a pod in the list is too large');
    this.#parse(() => this.#tokenizer.write(chunk));
  }

  /** Returns the resource version. */
  end(): string | undefined {
    this.#parse(() => {
      this.#tokenizer.end();
      if (!this.#parser.isEnded) this.#parser.end();
    });
    if (this.#kind !== 'PodList' || !this.#hasItems) throw badList('the response is not a pod list');
    return text(this.#version);
  }

  #trackDepth(token: TokenType, value: unknown): void {
    if (this.#depth === 1) {
      if (token === TokenType.STRING) this.#fieldName = value;
      if (ITEMS_TOKENS.has(token) && this.#fieldName === 'items') this.#hasItems = true;
    }
    if (OPENING_TOKENS.has(token)) this.#depth++;
    else if (CLOSING_TOKENS.has(token)) this.#depth--;
    if (this.#depth > MAX_DEPTH) throw badList('the pod list is nested too deeply');
  }

  /** Replaces the messages of the parser, which may quote the list. */
  #parse(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      throw error instanceof ApiFailure ? error : badList('the pod list is not JSON');
    }
  }
}

function badList(message: string): ApiFailure {
  return new ApiFailure('bad_list', message);
}
