import type { TLSSocket } from 'node:tls';
import type { ClientAuthType } from './tls-names.ts';
import type { TlsConfig } from './tls-config.ts';

/** Names in a certificate as node writes them: `DNS:a, IP Address:10.0.0.1, URI:"spiffe://x/a,b"`. */
const NAME = /(?:DNS|IP Address|URI|email):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g;

/** Whether the client of a connection is authorized by the certificate that it presented, or without one. */
export function isAuthorized(socket: TLSSocket, { clientAuth, allowedSans }: TlsConfig): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return !clientAuth.startsWith('Require') && allowedSans === undefined;
  if (verifiesCertificates(clientAuth) && !socket.authorized) return false;
  if (allowedSans === undefined) return true;
  return alternativeNames(certificate.subjectAltName ?? '').some((name) => allowedSans.includes(name));
}

/** Whether a certificate that a client presents must be signed by a known authority. */
export function verifiesCertificates(type: ClientAuthType): boolean {
  return type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert';
}

/** The names in a certificate's `subjectAltName`. */
export function alternativeNames(text: string): readonly string[] {
  return [...text.matchAll(NAME)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : String(JSON.parse(quoted)),
  );
}
