import { createSign } from 'node:crypto';
import type { ControlPlane } from '../../support/control-plane.ts';

/** A token with the claims of another one and these, signed with the key of the API server. */
export function resigned(plane: ControlPlane, token: string, claims: object): string {
  const [header = '', payload = ''] = token.split('.');
  const all = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), ...claims };
  const content = `${header}.${Buffer.from(JSON.stringify(all)).toString('base64url')}`;
  const signature = createSign('sha256').update(content).sign({ key: plane.tokenKey, dsaEncoding: 'ieee-p1363' });
  return `${content}.${signature.toString('base64url')}`;
}

/** The same token as it was an hour after it had expired. */
export function expiredToken(plane: ControlPlane, token: string): string {
  const now = Math.floor(Date.now() / 1000);
  return resigned(plane, token, { iat: now - 7200, nbf: now - 7200, exp: now - 3600 });
}
