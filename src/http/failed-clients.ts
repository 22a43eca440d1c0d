/** Who sent a request. */
export interface Client {
  /** Identifies the connection. */
  readonly connection: object;
  /** Empty if the connection is closed. */
  readonly address: string;
}

/** Addresses that are remembered; a client may have many. */
const MAX_ADDRESSES = 1000;

/** Connections and addresses that sent wrong passwords, so that others go first. */
export class FailedClients {
  readonly #connections = new WeakSet<object>();
  readonly #addresses = new Set<string>();

  add({ connection, address }: Client): void {
    this.#connections.add(connection);
    if (this.#addresses.size >= MAX_ADDRESSES) this.#addresses.clear();
    this.#addresses.add(address);
  }

  /** 0 for a client that sent no wrong password, 1 if only another connection of its address did, 2 otherwise. */
  rank({ connection, address }: Client): number {
    if (this.#connections.has(connection)) return 2;
    return this.#addresses.has(address) ? 1 : 0;
  }
}
