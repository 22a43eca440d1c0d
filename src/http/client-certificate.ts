import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from './web-config.ts';

/** Names in a certificate as node writes them: `DNS:a, IP Address:10.0.0.1, URI:"spiffe://x/a,b"`. */
const NAME = /(?:DNS|IP Address|URI|email):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g;

/** Whether the client of a connection is authorized by the certificate that it presented, or without one. */
export function isAuthorized(socket: TLSSocket, { clientAuth, allowedSans }: TlsConfig): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return !clientAuth.startsWith('Require');
  const isVerified = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (isVerified && !socket.authorized) return false;
  if (allowedSans.length === 0) return true;
  return alternativeNames(certificate.subjectAltName ?? '').some((name) => allowedSans.includes(name));
}

/** The names in a certificate's `subjectAltName`. */
export function alternativeNames(text: string): readonly string[] {
  return [...text.matchAll(NAME)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : String(JSON.parse(quoted)),
  );
}
