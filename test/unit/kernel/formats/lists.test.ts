import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import {
  deviceListParser,
  dottedListParser,
  flatListParser,
  interfaceListParser,
  namedListParser,
  operationListParser,
} from '../../../../src/kernel/formats/lists.ts';
import { itemsIn, type ParsedItems } from './parsing.ts';

interface Case extends Omit<ParsedItems, 'fault'> {
  readonly what: string;
  readonly content: string;
  readonly fault?: ParsedItems['fault'];
}

function check(parse: (content: string) => ParsedItems, cases: readonly Case[]): void {
  for (const { what, content, items, fault } of cases) {
    test(what, () => assert.deepEqual(parse(content), { items, fault }));
  }
}

/** Devices without a finite number may or may not be reported as items: no sample comes of them. */
function withNumbers(parse: (content: string) => ParsedItems): (content: string) => ParsedItems {
  return (content) => {
    const { items, fault } = parse(content);
    return { items: items.filter(([, values]) => Object.keys(values).length > 0), fault };
  };
}

describe('io.stat', () => {
  check(withNumbers(itemsIn(deviceListParser, ['rbytes', 'wbytes', 'rios'])), [
    {
      what: 'several devices',
      content: '254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:16 rbytes=5 wbytes=6 rios=7\n',
      items: [
        ['254:0', { rbytes: 1, wbytes: 2, rios: 3 }],
        ['8:16', { rbytes: 5, wbytes: 6, rios: 7 }],
      ],
    },
    {
      what: 'keys in another order, some missing',
      content: '8:0 rios=7 dios=1 wbytes=6\n8:16 wbytes=1\n',
      items: [
        ['8:0', { wbytes: 6, rios: 7 }],
        ['8:16', { wbytes: 1 }],
      ],
    },
    {
      what: 'keys of the cost model, with fractions and without equals sign',
      content: '8:0 rbytes=1 wbytes=2 rios=3 cost.vrate=100.00 cost.usage=7 use_delay=0 delay_nsec=0 odd word\n',
      items: [['8:0', { rbytes: 1, wbytes: 2, rios: 3 }]],
    },
    { what: 'unused devices', content: '7:7 \n7:6\n8:0 rbytes=1\n', items: [['8:0', { rbytes: 1 }]] },
    {
      what: 'unused devices before the next one, as Linux 5.14 to 5.16 print them',
      content: '8:16 rbytes=4\n7:7 7:6 7:5 8:0 rbytes=1 wbytes=2\n',
      items: [
        ['8:16', { rbytes: 4 }],
        ['8:0', { rbytes: 1, wbytes: 2 }],
      ],
    },
    {
      what: 'a hidden path of a multipath device, which has no device number and is counted by the multipath device',
      content: '(unknown) rbytes=5\n259:1 rbytes=1\n(unknown) rbytes=6\n',
      items: [['259:1', { rbytes: 1 }]],
    },
    {
      what: 'a hidden path behind a device that was never used',
      content: '7:7 (unknown) rbytes=5 wbytes=6\n(unknown) 8:0 rbytes=1\n',
      items: [['8:0', { rbytes: 1 }]],
    },
    { what: 'only a device that was never used', content: '252:0 ', items: [] },
    { what: 'only devices that were never used', content: '252:0 (unknown) 252:1 ', items: [] },
    {
      what: 'devices that were never used at the end',
      content: '8:0 rbytes=1 wbytes=2\n7:7 7:6 ',
      items: [['8:0', { rbytes: 1, wbytes: 2 }]],
    },
    {
      what: 'the last line cut behind a number',
      content: '8:0 rbytes=1\n8:16 rbytes=22 ',
      items: [['8:0', { rbytes: 1 }]],
      fault: 'truncated',
    },
    {
      what: 'the last line cut in the number of a device',
      content: '8:0 rbytes=1\n8:1',
      items: [['8:0', { rbytes: 1 }]],
      fault: 'truncated',
    },
    {
      what: 'two devices on one line',
      content: '8:0 rbytes=1 wbytes=2 8:16 rbytes=3\n',
      items: [
        ['8:0', { rbytes: 1, wbytes: 2 }],
        ['8:16', { rbytes: 3 }],
      ],
    },
    { what: 'a cgroup without I/O', content: '', items: [] },
    { what: 'no limit', content: '8:0 rbytes=max wbytes=2\n', items: [['8:0', { wbytes: 2 }]] },
    {
      what: 'a word instead of a number',
      content: '8:0 rbytes=x wbytes=2\n',
      items: [['8:0', { wbytes: 2 }]],
      fault: 'malformed',
    },
    {
      what: 'a number missing',
      content: '8:0 rbytes= wbytes=2\n',
      items: [['8:0', { wbytes: 2 }]],
      fault: 'malformed',
    },
    { what: 'a key with a common prefix', content: '8:0 rbytes_max=1 rbyte=2\n', items: [] },
    {
      what: 'the last line truncated',
      content: '8:0 rbytes=1\n8:16 rbytes=22 wby',
      items: [['8:0', { rbytes: 1 }]],
      fault: 'truncated',
    },
  ]);
});

test('no item for a device of io.stat without numbers', () => {
  const parse = itemsIn(deviceListParser, ['rbytes']);
  assert.deepEqual(parse('7:7 \n7:6 7:5 8:0 rbytes=1\n8:16 wbytes=1\n7:4 ').items, [['8:0', { rbytes: 1 }]]);
});

describe('blkio', () => {
  check(withNumbers(itemsIn(operationListParser, ['Read', 'Write', 'Discard'])), [
    {
      what: 'several devices, their totals and the grand total',
      content:
        '254:0 Read 1\n254:0 Write 2\n254:0 Sync 3\n254:0 Async 4\n254:0 Discard 0\n254:0 Total 3\n' +
        '8:0 Read 5\n8:0 Write 6\n8:0 Discard 7\n8:0 Total 11\nTotal 14\n',
      items: [
        ['254:0', { Read: 1, Write: 2, Discard: 0 }],
        ['8:0', { Read: 5, Write: 6, Discard: 7 }],
      ],
    },
    { what: 'a cgroup without I/O', content: 'Total 0\n', items: [] },
    { what: 'an empty file', content: '', items: [] },
    {
      what: 'an old kernel without discards',
      content: '8:0 Read 5\n8:0 Write 6\nTotal 11\n',
      items: [['8:0', { Read: 5, Write: 6 }]],
    },
    {
      what: 'a hidden path of a multipath device',
      content: '(unknown) Read 5\n(unknown) Write 5\n259:1 Read 1\n(unknown) Read 6\nTotal 12\n',
      items: [['259:1', { Read: 1 }]],
    },
    {
      what: 'a word instead of a number',
      content: '8:0 Read x\n8:0 Write 6\n',
      items: [['8:0', { Write: 6 }]],
      fault: 'malformed',
    },
    {
      what: 'the last line truncated',
      content: '8:0 Read 5\n8:0 Write 61',
      items: [['8:0', { Read: 5 }]],
      fault: 'truncated',
    },
    {
      what: 'truncated within the next device',
      content: '8:0 Read 5\n8:16 Rea',
      items: [['8:0', { Read: 5 }]],
      fault: 'truncated',
    },
  ]);
});

describe('rdma.current', () => {
  check(itemsIn(namedListParser, ['hca_handle', 'hca_object']), [
    {
      what: 'several devices, with the space that the kernel prints after each number',
      content: 'mlx4_0 hca_handle=1 hca_object=20 \nocrdma1 hca_handle=0 hca_object=23 \n',
      items: [
        ['mlx4_0', { hca_handle: 1, hca_object: 20 }],
        ['ocrdma1', { hca_handle: 0, hca_object: 23 }],
      ],
    },
    {
      what: 'without that space, and with an unknown resource',
      content: 'mlx4_0 mr_mem=7 hca_handle=1 hca_object=20\n',
      items: [['mlx4_0', { hca_handle: 1, hca_object: 20 }]],
    },
    { what: 'a word after the name', content: 'mlx4_0 odd hca_handle=1\n', items: [['mlx4_0', { hca_handle: 1 }]] },
    { what: 'no limit', content: 'mlx4_0 hca_handle=max hca_object=2 \n', items: [['mlx4_0', { hca_object: 2 }]] },
    { what: 'no device', content: '', items: [] },
    {
      what: 'a word instead of a number',
      content: 'mlx4_0 hca_handle=x hca_object=2 \n',
      items: [['mlx4_0', { hca_object: 2 }]],
      fault: 'malformed',
    },
    {
      what: 'the last line truncated',
      content: 'mlx4_0 hca_handle=1 hca_object=2 \nocrdma1 hca_h',
      items: [['mlx4_0', { hca_handle: 1, hca_object: 2 }]],
      fault: 'truncated',
    },
  ]);
});

describe('misc.current, misc.max and dmem.current', () => {
  check(itemsIn(flatListParser, ['0']), [
    {
      what: 'several resources',
      content: 'sev 3\nsev_es 0\n',
      items: [
        ['sev', { 0: 3 }],
        ['sev_es', { 0: 0 }],
      ],
    },
    {
      what: 'names with slashes, dots and colons',
      content: 'drm/0000:03:00.0/vram0 8514437120\n',
      items: [['drm/0000:03:00.0/vram0', { 0: 8_514_437_120 }]],
    },
    {
      what: 'no limit',
      content: 'sev max\nsev_es 4\n',
      items: [
        ['sev', {}],
        ['sev_es', { 0: 4 }],
      ],
    },
    { what: 'no resource', content: '', items: [] },
    { what: 'a name without a number', content: 'sev\nsev_es 4\n', items: [['sev_es', { 0: 4 }]] },
    { what: 'a number without a name', content: ' 3\n', items: [] },
    {
      what: 'a word instead of a number',
      content: 'sev x\nsev_es 4\n',
      items: [
        ['sev', {}],
        ['sev_es', { 0: 4 }],
      ],
      fault: 'malformed',
    },
    { what: 'the last line truncated', content: 'sev 3\nsev_es 4', items: [['sev', { 0: 3 }]], fault: 'truncated' },
  ]);
});

describe('misc.events', () => {
  check(itemsIn(dottedListParser, ['max']), [
    {
      what: 'several resources',
      content: 'sev.max 0\nsev_es.max 2\n',
      items: [
        ['sev', { max: 0 }],
        ['sev_es', { max: 2 }],
      ],
    },
    {
      what: 'an unknown event',
      content: 'sev.max 1\nsev.fail 5\n',
      items: [['sev', { max: 1 }]],
    },
    { what: 'a name with a dot', content: 'a.b.max 1\n', items: [['a.b', { max: 1 }]] },
    { what: 'lines without an event', content: 'max 1\n.max 1\nsev.max\n\n', items: [] },
    { what: 'no resource', content: '', items: [] },
    { what: 'a word instead of a number', content: 'sev.max x\n', items: [], fault: 'malformed' },
    {
      what: 'the last line truncated',
      content: 'sev.max 1\nsev_es.max 2',
      items: [['sev', { max: 1 }]],
      fault: 'truncated',
    },
  ]);
});

describe('net/dev', () => {
  const HEAD =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  check(itemsIn(interfaceListParser, ['0', '1', '3', '8', '11']), [
    {
      what: 'two interfaces',
      content: `${HEAD}    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:    7590      97    1    2    0     0          0         0      752      10    3    4    0     0       0          0\n`,
      items: [
        ['lo', { 0: 0, 1: 0, 3: 0, 8: 0, 11: 0 }],
        ['eth0', { 0: 7590, 1: 97, 3: 2, 8: 752, 11: 4 }],
      ],
    },
    { what: 'a line without a name', content: `${HEAD}  : 1 2 0 3 0 0 0 0 4 9 0 11 0 0 0 0\n`, items: [] },
    {
      what: 'a number that touches the colon',
      content: `${HEAD}cali1234567890a:12345678901 2 0 3 0 0 0 0 98765432109 9 0 11 0 0 0 0\n`,
      items: [['cali1234567890a', { 0: 12_345_678_901, 1: 2, 3: 3, 8: 98_765_432_109, 11: 11 }]],
    },
    {
      what: 'an alias, whose name has a colon',
      content: `${HEAD}eth0:1: 1 2 0 3 0 0 0 0 4 9 0 11 0 0 0 0\n`,
      items: [['eth0:1', { 0: 1, 1: 2, 3: 3, 8: 4, 11: 11 }]],
    },
    {
      what: 'names with the characters that the kernel allows',
      content: `${HEAD}  vlan.100@eth-0_"\\: 1 2 0 3 0 0 0 0 4 9 0 11 0 0 0 0\n`,
      items: [['vlan.100@eth-0_"\\', { 0: 1, 1: 2, 3: 3, 8: 4, 11: 11 }]],
    },
    { what: 'columns missing', content: `${HEAD} eth0: 1 2\n`, items: [['eth0', { 0: 1, 1: 2 }]] },
    {
      what: 'unknown columns',
      content: ` eth0: ${'5 '.repeat(60)}\n`,
      items: [['eth0', { 0: 5, 1: 5, 3: 5, 8: 5, 11: 5 }]],
    },
    { what: 'no interface', content: HEAD, items: [] },
    { what: 'an interface without numbers', content: `${HEAD} eth0:\n`, items: [['eth0', {}]] },
    {
      what: 'a word instead of a number',
      content: `${HEAD} eth0: x 2 0 3\n`,
      items: [['eth0', { 1: 2, 3: 3 }]],
      fault: 'malformed',
    },
    {
      what: 'a name in UTF-8',
      content: `${HEAD} wan-gr\u00f6\u00dfe: 1 2 0 3 0 0 0 0 4 0 0 5\n`,
      items: [['wan-gr\u00f6\u00dfe', { 0: 1, 1: 2, 3: 3, 8: 4, 11: 5 }]],
    },
    { what: 'the last line truncated', content: `${HEAD} eth0: 1 2 0 3 0 0 0 0 4`, items: [], fault: 'truncated' },
  ]);
});
