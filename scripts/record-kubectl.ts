import { spawnSync } from 'node:child_process';

/** Asks the API server through kubectl, which has the credentials. */
export class Kubectl {
  readonly #flags: readonly string[];

  constructor(kubeconfig: string | undefined) {
    this.#flags = kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`];
  }

  /** @throws {Error} one line, if kubectl cannot be started or fails. */
  json(...args: readonly string[]): unknown {
    return JSON.parse(this.#run([...args, '--output=json']));
  }

  /**
   * An endpoint of the kubelet, through the API server.
   *
   * @throws as {@link json}.
   */
  kubelet(nodeName: string, path: string): string {
    return this.#run(['get', '--raw', `/api/v1/nodes/${nodeName}/proxy${path}`]);
  }

  #run(args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync('kubectl', [...this.#flags, ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    });
    if (error !== undefined) throw new Error(`cannot start kubectl: ${error.message}`);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim().split('\n').at(-1) ?? status}`);
    return stdout;
  }
}
