import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { authority, signedBy, type Certificate } from './certificates.ts';
import { controlPlaneProgram, type ControlPlaneProgram } from './control-plane-programs.ts';
import { ADMISSION, AUDIT_POLICY, kubeconfigFile, tokenKeyPair } from './control-plane-files.ts';
import { EtcdClient } from './etcd-client.ts';
import { freePort } from './free-port.ts';
import { KubeClient } from './kube-client.ts';
import { Program } from './program.ts';
import { until } from './until.ts';

/** A request of a user, as the audit log of the API server has it. */
export interface AuditedRequest {
  readonly verb: string;
  readonly uri: string;
  readonly code: number;
}

/** https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Event */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code: number };
}

/** Paths of a kubeconfig file and of the files that it names. */
export interface KubeconfigFiles {
  readonly path: string;
  readonly tokenFile: string;
  readonly caFile: string;
}

/**
 * etcd and kube-apiserver, with certificates of their own, RBAC and all admission plugins that are on by default, in a
 * temporary directory and on free ports of the loopback interface. Requests of service accounts are audited.
 */
export class ControlPlane {
  /** As a member of system:masters. */
  readonly admin: KubeClient;
  readonly url: string;
  readonly folder: string;
  readonly etcd: EtcdClient;
  readonly #port: number;
  readonly #programs = new Map<ControlPlaneProgram, Program>();

  private constructor(folder: string, etcdPort: number, port: number) {
    this.folder = folder;
    this.etcd = new EtcdClient(`http://127.0.0.1:${etcdPort}`);
    this.#port = port;
    this.url = `https://127.0.0.1:${port}`;
    this.admin = new KubeClient(
      () => this.url,
      () => ({ ca: this.#read('ca.crt'), cert: this.#read('admin.crt'), key: this.#read('admin.key') }),
    );
  }

  /** Starts both; resolves when the API server is ready. Throws, and leaves no process, if one of them exits. */
  static async start(): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-control-plane-'));
    const plane = new ControlPlane(folder, await freePort(), await freePort());
    try {
      plane.#writeFiles();
      await plane.startEtcd();
      await plane.startApiServer();
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  /** A client with a bearer token. */
  client(token: string): KubeClient {
    const headers = { Authorization: `Bearer ${token}` };
    return new KubeClient(
      () => this.url,
      () => ({ ca: this.#read('ca.crt'), headers }),
    );
  }

  /** Writes a kubeconfig file with this token, and token and CA in files of their own. */
  kubeconfig(name: string, token: string): KubeconfigFiles {
    const [path, tokenFile, caFile] = [`${name}.kubeconfig`, `${name}.token`, `${name}.ca`];
    this.write(tokenFile, token);
    this.write(caFile, this.#read('ca.crt'));
    this.write(path, kubeconfigFile(this.url, this.path(caFile), { tokenFile: this.path(tokenFile) }));
    return { path: this.path(path), tokenFile: this.path(tokenFile), caFile: this.path(caFile) };
  }

  /** Path of a kubeconfig file of {@link admin}. */
  get adminKubeconfig(): string {
    return this.path('admin.kubeconfig');
  }

  /** Issues a serving certificate of a new authority; the API server presents it after a restart. */
  rotateAuthority(): void {
    const serving = authority('rotated');
    this.#writePair('serving', signedBy(serving));
    this.write('ca.crt', serving.cert);
  }

  /** The key that signs tokens of service accounts. */
  get tokenKey(): string {
    return this.#read('sa.key');
  }

  async startEtcd(): Promise<void> {
    const { url } = this.etcd;
    await this.#run('etcd', [
      `--data-dir=${this.path('etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      '--listen-peer-urls=http://127.0.0.1:0',
      // The tests kill processes, not the machine.
      '--unsafe-no-fsync',
      '--log-level=error',
    ]);
    await this.#healthy('etcd', async () => (await fetch(`${url}/health`)).status);
  }

  async startApiServer(flags: readonly string[] = []): Promise<void> {
    await this.#run('kube-apiserver', [
      `--etcd-servers=${this.etcd.url}`,
      // Only tests compact.
      '--etcd-compaction-interval=0',
      '--bind-address=127.0.0.1',
      `--secure-port=${this.#port}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      `--tls-cert-file=${this.path('serving.crt')}`,
      `--tls-private-key-file=${this.path('serving.key')}`,
      `--client-ca-file=${this.path('client-ca.crt')}`,
      `--service-account-key-file=${this.path('sa.pub')}`,
      `--service-account-signing-key-file=${this.path('sa.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--authorization-mode=Node,RBAC',
      `--admission-control-config-file=${this.path('admission.yaml')}`,
      `--audit-policy-file=${this.path('audit-policy.yaml')}`,
      `--audit-log-path=${this.path('audit.log')}`,
      ...flags,
    ]);
    await this.#healthy('kube-apiserver', async () => (await this.admin.send('GET', '/readyz')).status);
  }

  /** Kills a program at once, as the OOM killer does. */
  async kill(name: ControlPlaneProgram): Promise<void> {
    await this.#programs.get(name)?.stop();
  }

  /** Requests of a service account since the start, once each. */
  requests(user: string): readonly AuditedRequest[] {
    const lines = this.#read('audit.log')
      .split('\n')
      .filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter((event) => event.user.username === user)
      .map(({ verb, requestURI, responseStatus }) => ({ verb, uri: requestURI, code: responseStatus?.code ?? 0 }));
  }

  /** Ends the programs and removes the directory. */
  async stop(): Promise<void> {
    for (const program of this.#programs.values()) await program.stop();
    rmSync(this.folder, { recursive: true });
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  write(file: string, content: string): void {
    writeFileSync(this.path(file), content);
  }

  #read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  #writePair(name: string, { cert, key }: Certificate): void {
    this.write(`${name}.crt`, cert);
    this.write(`${name}.key`, key);
  }

  #writeFiles(): void {
    const [serving, clients] = [authority('cluster'), authority('clients')];
    this.#writePair('serving', signedBy(serving));
    this.write('ca.crt', serving.cert);
    this.write('client-ca.crt', clients.cert);
    this.#writePair('admin', signedBy(clients, '/O=system:masters/CN=admin'));
    const { privateKey, publicKey } = tokenKeyPair();
    this.write('sa.key', privateKey);
    this.write('sa.pub', publicKey);
    this.write('admission.yaml', ADMISSION);
    this.write('audit-policy.yaml', AUDIT_POLICY);
    const admin = { 'client-certificate': this.path('admin.crt'), 'client-key': this.path('admin.key') };
    this.write('admin.kubeconfig', kubeconfigFile(this.url, this.path('ca.crt'), admin));
  }

  async #run(name: ControlPlaneProgram, flags: readonly string[]): Promise<void> {
    this.#programs.set(name, await Program.start([controlPlaneProgram(name), ...flags]));
  }

  async #healthy(name: ControlPlaneProgram, status: () => Promise<number>): Promise<void> {
    const program = this.#programs.get(name);
    await until(`health of ${name}`, async () => {
      if (program?.running !== true) throw new Error(`${name} exited: ${program?.stderr}`);
      try {
        return (await status()) === 200;
      } catch {
        // It does not listen yet.
        return false;
      }
    });
  }
}
