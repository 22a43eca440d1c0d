import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { openKubeletSource } from '../../../../src/pods/sources/kubelet.ts';
import { resolveKubeletUrl } from '../../../../src/cluster/kubelet.ts';
import { selfSigned, whyNoCertificates } from '../../../support/certificates.ts';
import { kubeconfig } from '../../../support/kubeconfig.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { OPTIONS } from '../pod-objects.ts';
import { LIST_FAILED, LIST_RESUMED, nextFailure, nextList, polledKubelet, TOKEN } from './polled-kubelet.ts';
import { serviceAccount } from '../../cluster/service-account.ts';

const REMEDY = 'enable serverTLSBootstrap in the kubelet or set --kubelet-insecure-tls';

function refused(code: string): string {
  return `${LIST_FAILED} ${JSON.stringify({ cause: `cannot verify the kubelet certificate (${code}): ${REMEDY}` })}`;
}

describe('authentication to and of the kubelet', { skip: whyNoCertificates }, () => {
  test('the token is reread for each list', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, account } = polled;
    await source.start();
    account.write('token', 'token-2');
    await nextList(polled);
    assert.deepEqual(
      kubelet.requests.map(({ authorization }) => authorization),
      [`Bearer ${TOKEN}`, 'Bearer token-2'],
    );
  });

  test('the CA bundle is reread for each list, and no certificate is accepted without it', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, account, log } = polled;
    await source.start();
    const second = selfSigned();
    kubelet.certify(second);
    await nextFailure(polled, 30_000);
    account.write('ca.crt', second.cert);
    await nextList(polled, 500);
    assert.equal(kubelet.requests.length, 2);
    assert.deepEqual([...source.status.restarts], [['certificate', 1]]);
    assert.deepEqual(log.lines.slice(1), [refused('DEPTH_ZERO_SELF_SIGNED_CERT'), LIST_RESUMED]);
  });

  test('a certificate for another name is rejected', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, account, log } = polled;
    const other = selfSigned('DNS:node2');
    kubelet.certify(other);
    account.write('ca.crt', other.cert);
    await source.start();
    assert.deepEqual(log.lines, [refused('ERR_TLS_CERT_ALTNAME_INVALID')]);
    assert.equal(kubelet.requests.length, 0);
  });

  test('with --kubelet-insecure-tls any certificate is accepted and no CA bundle is read', async (context) => {
    const { kubelet, source, account, log } = await polledKubelet(context, { kubeletInsecureTls: true });
    kubelet.certify(selfSigned('DNS:node2'));
    account.remove('ca.crt');
    await source.start();
    assert.equal(kubelet.requests[0]?.authorization, `Bearer ${TOKEN}`);
    assert.deepEqual(log.lines, ['info listed pods {"pods":1}']);
  });

  test('an unreadable token is logged and retried', async (context) => {
    const polled = await polledKubelet(context);
    const { source, account, log } = polled;
    account.remove('token');
    await source.start();
    assert.deepEqual(log.lines, [`${LIST_FAILED} {"cause":"cannot read credentials for the kubelet: ENOENT"}`]);
    assert.deepEqual([...source.status.restarts], [['credentials', 1]]);
    account.write('token', TOKEN);
    await nextList(polled, 500);
    assert.equal(source.index.size, 1);
  });

  test('user and CA of a kubeconfig replace the service account and are reread', async (context) => {
    const account = serviceAccount(context);
    const path = join(account.root, 'kubeconfig');
    writeFileSync(path, kubeconfig('https://api.invalid', 'token-1'));
    const polled = await polledKubelet(context, { kubeconfig: path });
    const { kubelet, source, log } = polled;
    const [own, client] = [selfSigned(), selfSigned()];
    kubelet.certify(own);
    await source.start();
    assert.deepEqual(log.lines, [refused('DEPTH_ZERO_SELF_SIGNED_CERT')]);
    writeFileSync(join(dirname(path), 'ca.crt'), own.cert);
    writeFileSync(join(dirname(path), 'client.crt'), client.cert);
    writeFileSync(join(dirname(path), 'client.key'), client.key);
    writeFileSync(join(dirname(path), 'token'), 'token-2\n');
    const cluster = 'server: "https://api.invalid", tls-server-name: other, proxy-url: "http://proxy.invalid:1"';
    const user = 'tokenFile: token, client-certificate: client.crt, client-key: client.key';
    writeFileSync(
      path,
      `clusters: [{name: c, cluster: {${cluster}, certificate-authority: ca.crt}}]
users: [{name: u, user: {${user}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`,
    );
    await nextList(polled, 500);
    assert.deepEqual(kubelet.requests, [{ url: '/pods', authorization: 'Bearer token-2', client: client.cert }]);
    assert.equal(source.index.size, 1);
  });

  test('insecure-skip-tls-verify of a kubeconfig does not apply to the kubelet', async (context) => {
    const account = serviceAccount(context);
    const path = join(account.root, 'kubeconfig');
    const content = kubeconfig('https://api.invalid', 'token-1');
    writeFileSync(path, content.replace('server:', 'insecure-skip-tls-verify: true\n      server:'));
    const { kubelet, source, log } = await polledKubelet(context, { kubeconfig: path });
    await source.start();
    assert.deepEqual(log.lines, [refused('DEPTH_ZERO_SELF_SIGNED_CERT')]);
    assert.equal(kubelet.requests.length, 0);
  });

  test('no secret is logged', async (context) => {
    const polled = await polledKubelet(context);
    const { kubelet, source, account, log } = polled;
    kubelet.faults.push(
      (response) => response.writeHead(401).end(TOKEN),
      (response) => response.end(`{"items":"${TOKEN}`),
    );
    await source.start();
    await nextList(polled, 45_000);
    account.write('token', `${TOKEN}\n${TOKEN}`);
    await nextFailure(polled, 500);
    account.write('token', TOKEN);
    account.write('ca.crt', TOKEN);
    await nextFailure(polled, 1000);
    assert.equal(log.matching('warn').length, 4);
    assert.doesNotMatch(log.lines.join('\n'), /secret|Bearer/);
  });
});

describe('the address of the kubelet', () => {
  const options = { ...OPTIONS, nodeIp: undefined, log: new LogRecord() };

  test('is that of the flag, else derived from NODE_IP', () => {
    assert.equal(resolveKubeletUrl(undefined, '192.0.2.1'), 'https://192.0.2.1:10250');
    assert.equal(resolveKubeletUrl(undefined, '2001:db8::1'), 'https://[2001:db8::1]:10250');
    assert.equal(resolveKubeletUrl('https://node1:10250', '192.0.2.1'), 'https://node1:10250');
  });

  for (const nodeIp of [undefined, '']) {
    test(`is missing with NODE_IP ${JSON.stringify(nodeIp)} and without the flag`, async () => {
      const message = '--pods=kubelet requires the address of the kubelet: set --kubelet-url or NODE_IP';
      await assert.rejects(openKubeletSource({ ...options, nodeIp }), { message });
    });
  }

  for (const nodeIp of ['node1', '192.0.2.1:10250', '[::1]']) {
    test(`is invalid with the NODE_IP ${nodeIp}`, async () => {
      const message = `NODE_IP: "${nodeIp}" is not an IP address`;
      await assert.rejects(openKubeletSource({ ...options, nodeIp }), { message });
    });
  }

  test('is not enough without credentials', async () => {
    const message =
      /^--pods=kubelet requires a service account or --kubeconfig: \/var\/run\/\S+\/token does not exist$/;
    await assert.rejects(openKubeletSource({ ...options, nodeIp: '::1', root: '/nowhere' }), { message });
  });

  test('is not enough with a missing kubeconfig', async () => {
    const message = 'cannot use kubeconfig /no/such/file: ENOENT: no such file or directory';
    await assert.rejects(openKubeletSource({ ...options, nodeIp: '::1', kubeconfig: '/no/such/file' }), { message });
  });
});
