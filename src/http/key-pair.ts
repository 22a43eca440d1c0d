import { createPrivateKey, X509Certificate } from 'node:crypto';
import { errorCode } from '../base/error-code.ts';
import type { Pem, TlsConfig } from './tls-config.ts';
import { WebConfigError } from './web-config-error.ts';

/**
 * Checks that a certificate and a key can be read and belong together. `config` has the sources.
 *
 * @throws {WebConfigError} one line that names both.
 */
export function checkKeyPair(config: Pick<TlsConfig, 'cert' | 'key'>, cert: string, key: string): void {
  const together = `cannot use certificate and key together: ${nameOf('cert', config.cert)} and ${nameOf('key', config.key)}`;
  const certificate = parsed(together, 'the certificate is invalid', () => new X509Certificate(cert));
  const privateKey = parsed(together, 'the key is invalid', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) fail(together, 'the key is not that of the certificate');
}

function parsed<T>(together: string, problem: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return fail(together, `${problem} (${errorCode(error)})`);
  }
}

function fail(together: string, problem: string): never {
  throw new WebConfigError(`tls_server_config: ${together}: ${problem}`);
}

function nameOf(field: string, pem: Pem): string {
  return 'path' in pem ? `${field}_file ${pem.path}` : field;
}
