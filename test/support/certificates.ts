import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Both in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Why no certificates can be made on this machine, in words for a skipped test; `false` when they can. */
export const whyNoCertificates = spawnSync('openssl', ['version']).error !== undefined && 'needs openssl';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const LOOPBACK = 'IP:127.0.0.1';

/** A self-signed certificate; for the loopback interface by default. */
export function selfSigned(subjectAltName = LOOPBACK): Certificate {
  return inFolder((folder) => {
    const subject = ['-subj', '/CN=stand-in', '-addext', `subjectAltName=${subjectAltName}`];
    openssl(folder, ['req', '-x509', ...KEY, '-days', '2', ...subject]);
    return read(folder);
  });
}

/** A certificate authority, like the one of a cluster. */
export function authority(name: string): Certificate {
  return inFolder((folder) => {
    openssl(folder, ['req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`]);
    return read(folder);
  });
}

/** A certificate signed by this authority, by default one of a server on the loopback interface. */
export function signedBy({ key, cert }: Certificate, subject = '/CN=stand-in'): Certificate {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'ca.key'), key);
    writeFileSync(join(folder, 'ca.pem'), cert);
    writeFileSync(join(folder, 'extensions'), `subjectAltName=${LOOPBACK}`);
    openssl(folder, ['req', ...KEY, '-subj', subject], 'request.pem');
    const vouch = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    execFileSync('openssl', ['x509', '-req', '-in', 'request.pem', '-days', '2', ...vouch, '-out', 'cert.pem'], {
      cwd: folder,
      stdio: 'ignore',
    });
    return read(folder);
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-tls-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function openssl(folder: string, args: readonly string[], out = 'cert.pem'): void {
  execFileSync('openssl', [...args, '-keyout', 'key.pem', '-out', out], { cwd: folder, stdio: 'ignore' });
}

function read(folder: string): Certificate {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
  if (key === undefined || cert === undefined) throw new Error('no certificate');
  return { key, cert };
}
