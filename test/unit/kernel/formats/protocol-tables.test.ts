import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { protocolTableParser } from '../../../../src/kernel/formats/protocol-tables.ts';
import { numbersIn } from './parsing.ts';

const KEYS = ['Tcp.MaxConn', 'Tcp.CurrEstab', 'Tcp.InSegs', 'Udp.InDatagrams'];

const IP = 'Ip: Forwarding DefaultTTL InReceives\nIp: 2 64 900\n';
const TCP = 'Tcp: RtoAlgorithm MaxConn CurrEstab InSegs OutSegs\nTcp: 1 -1 3 40 50\n';
const UDP = 'Udp: InDatagrams NoPorts\nUdp: 6 7\n';

/** The same numbers as a kernel with other columns prints them. */
const OTHER_TCP = 'Tcp: InSegs New CurrEstab\nTcp: 40 99 3\n';

describe('protocol tables', () => {
  const parse = numbersIn(protocolTableParser, KEYS);

  test('columns are found by the header', () => {
    assert.deepEqual(parse(IP + TCP + UDP), {
      values: { 'Tcp.MaxConn': Number.POSITIVE_INFINITY, 'Tcp.CurrEstab': 3, 'Tcp.InSegs': 40, 'Udp.InDatagrams': 6 },
      fault: undefined,
    });
  });

  test('columns may change between reads, in order or number', () => {
    assert.deepEqual(parse(IP + OTHER_TCP + UDP).values, {
      'Tcp.CurrEstab': 3,
      'Tcp.InSegs': 40,
      'Udp.InDatagrams': 6,
    });
    assert.equal(parse(IP + TCP + UDP).values['Tcp.InSegs'], 40);
  });

  test('a protocol may appear or disappear, which moves the others', () => {
    assert.deepEqual(parse(UDP + TCP + IP).values['Udp.InDatagrams'], 6);
    assert.deepEqual(parse(`${IP}Icmp: InMsgs\nIcmp: 5\n${TCP}${UDP}`).values['Tcp.InSegs'], 40);
    assert.deepEqual(parse(IP).values, {});
    assert.deepEqual(parse(IP + TCP + UDP).values['Udp.InDatagrams'], 6);
  });

  test('a header that is a prefix of another does not match it', () => {
    const longer = 'Udp: InDatagrams NoPorts InErrors\nUdp: 1 2 3\n';
    const shorter = 'Udp: InDatagrams NoPorts\nUdp: 6 7\n';
    const udp = numbersIn(protocolTableParser, ['Udp.InDatagrams', 'Udp.InErrors']);
    assert.deepEqual(udp(shorter).values, { 'Udp.InDatagrams': 6 });
    assert.deepEqual(udp(longer).values, { 'Udp.InDatagrams': 1, 'Udp.InErrors': 3 });
    assert.deepEqual(udp(shorter).values, { 'Udp.InDatagrams': 6 });
  });

  test('Udp is not UdpLite', () => {
    assert.deepEqual(parse('UdpLite: InDatagrams\nUdpLite: 8\n').values, {});
  });

  test('fewer numbers than columns are malformed; the numbers present are stored', () => {
    assert.deepEqual(parse('Tcp: MaxConn CurrEstab InSegs\nTcp: 5 6\n'), {
      values: { 'Tcp.MaxConn': 5, 'Tcp.CurrEstab': 6 },
      fault: 'malformed',
    });
  });

  test('more numbers than columns are ignored', () => {
    assert.deepEqual(parse('Tcp: InSegs\nTcp: 5 6 7\n'), { values: { 'Tcp.InSegs': 5 }, fault: undefined });
  });

  test('a word instead of a number is malformed', () => {
    assert.deepEqual(parse('Tcp: InSegs CurrEstab\nTcp: lots 6\n'), {
      values: { 'Tcp.CurrEstab': 6 },
      fault: 'malformed',
    });
  });

  test('an empty file is a fault', () => {
    assert.deepEqual(parse(''), { values: {}, fault: 'empty' });
  });

  test('a truncated table is a fault; the table before it is stored', () => {
    assert.deepEqual(parse(`${TCP}Udp: InDatagrams NoPorts\nUdp: 6`), {
      values: { 'Tcp.MaxConn': Number.POSITIVE_INFINITY, 'Tcp.CurrEstab': 3, 'Tcp.InSegs': 40 },
      fault: 'truncated',
    });
  });

  test('a file truncated in a header is parsed once it is complete', () => {
    const whole = IP + TCP + UDP;
    for (let cut = 0; cut < whole.length; cut++) {
      const fresh = numbersIn(protocolTableParser, KEYS);
      fresh(whole.slice(0, cut), '');
      assert.deepEqual(fresh(whole), parse(whole), `after a cut at ${cut}`);
    }
  });

  test('a header without a newline at the end ignores earlier buffer content', () => {
    const once = numbersIn(protocolTableParser, ['Tcp.InSegs']);
    assert.deepEqual(once('Tcp: InSegs', '\nTcp: 7\n'), { values: {}, fault: 'truncated' });
    assert.deepEqual(once('Tcp: InSegs\n', 'Tcp: 7\n').values, {});
  });

  test('values of another protocol than the header are malformed', () => {
    assert.deepEqual(parse(`Tcp: CurrEstab InSegs\nUdp: 6 7\n${UDP}`), {
      values: { 'Udp.InDatagrams': 6 },
      fault: 'malformed',
    });
    assert.equal(parse('Tcp: InSegs\nTcp:: 7\n').fault, 'malformed');
  });

  test('lines without a colon or without words are skipped', () => {
    assert.deepEqual(parse('\n\n'), { values: {}, fault: undefined });
    assert.deepEqual(parse('Tcp\nTcp\n').values, {});
    assert.deepEqual(parse('Tcp:\nTcp:\n').values, {});
  });
});
