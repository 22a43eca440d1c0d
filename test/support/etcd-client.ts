/** The most operations of a transaction that etcd permits by default. */
const MAX_OPERATIONS = 128;

/** Writes to etcd behind the API server: https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/ */
export class EtcdClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Stores objects of the API by their keys, `/registry/pods/NAMESPACE/NAME`. */
  async put(objects: ReadonlyMap<string, object>): Promise<void> {
    const puts = [...objects].map(([key, value]) => ({
      requestPut: { key: base64(key), value: base64(JSON.stringify(value)) },
    }));
    for (let start = 0; start < puts.length; start += MAX_OPERATIONS) {
      await this.#post('txn', { success: puts.slice(start, start + MAX_OPERATIONS) });
    }
  }

  /** Deletes every key with this prefix. */
  async deletePrefix(prefix: string): Promise<void> {
    const end = Buffer.from(prefix);
    end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
    await this.#post('deleterange', { key: base64(prefix), range_end: end.toString('base64') });
  }

  /** Removes the history: watches from an earlier revision are no longer possible. */
  async compact(): Promise<void> {
    const { header } = (await this.#post('range', { key: base64('/') })) as {
      readonly header: { readonly revision: string };
    };
    await this.#post('compaction', { revision: header.revision, physical: true });
  }

  async #post(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.url}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd: ${await response.text()}`);
    return response.json();
  }
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
