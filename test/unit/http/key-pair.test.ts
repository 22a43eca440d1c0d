import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkKeyPair } from '../../../src/http/key-pair.ts';
import { selfSigned, whyNoCertificates } from '../../support/certificates.ts';

const FILES = { cert: { path: '/etc/web/tls.crt' }, key: { path: '/etc/web/tls.key' } };
const NAMED = 'cannot use certificate and key together: cert_file /etc/web/tls.crt and key_file /etc/web/tls.key';

describe('checkKeyPair', { skip: whyNoCertificates }, () => {
  test('accepts a key with its certificate', () => {
    const { cert, key } = selfSigned();
    checkKeyPair(FILES, cert, key);
  });

  test('rejects the key of another certificate, naming both files', () => {
    const message = `tls_server_config: ${NAMED}: the key is not that of the certificate`;
    assert.throws(() => checkKeyPair(FILES, selfSigned().cert, selfSigned().key), { name: 'WebConfigError', message });
  });

  test('names the fields of texts', () => {
    const config = { cert: { text: 'secret' }, key: { text: 'secret' } };
    assert.throws(() => checkKeyPair(config, selfSigned().cert, selfSigned().key), {
      message: /^tls_server_config: cannot use certificate and key together: cert and key: the key is not that/,
    });
  });

  test('reports which of both is invalid', () => {
    const { cert, key } = selfSigned();
    assert.throws(() => checkKeyPair(FILES, 'secret', key), { message: /: the certificate is invalid \(\w+\)$/ });
    assert.throws(() => checkKeyPair(FILES, key, cert), { message: /: the certificate is invalid \(\w+\)$/ });
    assert.throws(() => checkKeyPair(FILES, cert, ''), { message: /: the key is invalid \(\w+\)$/ });
    assert.throws(() => checkKeyPair(FILES, cert, cert), { message: /: the key is invalid \(\w+\)$/ });
  });
});
