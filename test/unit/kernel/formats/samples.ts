import {
  flatKeyedParser,
  lineCountParser,
  nestedKeyedParser,
  pairsParser,
  valuesParser,
  type Parser,
  type KeySlot,
} from '../../../../src/kernel/formats/keyed.ts';
import { meminfoParser, taskCountParser } from '../../../../src/kernel/formats/machine-files.ts';
import { perCpuTableParser, socketStatesParser } from '../../../../src/kernel/formats/socket-tables.ts';
import { protocolTableParser } from '../../../../src/kernel/formats/protocol-tables.ts';
import {
  deviceListParser,
  dottedListParser,
  flatListParser,
  interfaceListParser,
  namedListParser,
  operationListParser,
  type ListParser,
} from '../../../../src/kernel/formats/lists.ts';

/** A small file with a parser for some of its keys. */
export interface Sample<P> {
  readonly make: (keys: readonly KeySlot[]) => P;
  readonly keys: readonly string[];
  readonly content: string;
  /** Beginnings that the kernel also writes as a whole file, although they do not end with a line. */
  readonly complete?: readonly string[];
}

/** Files with one number per key. */
export const NUMBERS: Readonly<Record<string, Sample<Parser>>> = {
  'cpu.max': { make: valuesParser, keys: ['0', '1'], content: '150000 100000\n' },
  'memory.max': { make: valuesParser, keys: ['0'], content: '9223372036854771712\n' },
  'memory.stat': {
    make: flatKeyedParser,
    keys: ['anon', 'file', 'pgfault', 'anon_thp'],
    content: 'anon 479232\nfile 4096\nanon_thp 2097152\nunknown x\npgfault 123456\n',
  },
  'net/snmp6': {
    make: flatKeyedParser,
    keys: ['Udp6InDatagrams', 'Udp6NoPorts'],
    content:
      'Ip6InReceives                   \t12\nUdp6InDatagrams                 \t3456\nUdp6NoPorts                     \t78\n',
  },
  'cpu.pressure': {
    make: nestedKeyedParser,
    keys: ['some.total', 'full.total'],
    content: 'some avg10=0.00 avg60=0.10 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=567\n',
  },
  'net/sockstat': {
    make: pairsParser,
    keys: ['TCP.inuse', 'TCP.alloc', 'UDP.inuse'],
    content: 'sockets: used 189\nTCP: inuse 21 orphan 0 tw 0 alloc 177 mem 105\nUDP: inuse 34 mem 1\n',
  },
  'net/snmp': {
    make: protocolTableParser,
    keys: ['Tcp.MaxConn', 'Tcp.InSegs', 'Udp.InDatagrams'],
    content: 'Ip: DefaultTTL\nIp: 64\nTcp: MaxConn InSegs\nTcp: -1 4567\nUdp: InDatagrams NoPorts\nUdp: 89 10\n',
  },
  meminfo: {
    make: meminfoParser,
    keys: ['MemTotal', 'HugePages_Total'],
    content: 'MemTotal:        4021016 kB\nMemFree:         3352956 kB\nHugePages_Total:       3\n',
  },
  loadavg: { make: taskCountParser, keys: ['0'], content: '2.12 3.25 2.46 3/468 2099\n' },
};

/** A count of what is left tells nothing of the whole: only a cut at the end of a line may go unseen. */
export const COUNTS: Readonly<Record<string, Sample<Parser>>> = {
  'cgroup.procs': { make: lineCountParser, keys: ['0'], content: '12\n345\n6789\n' },
  'net/tcp': {
    make: socketStatesParser,
    keys: ['01', '0A'],
    content:
      '  sl  local_address rem_address   st\n   0: 0100007F:0CEA 00000000:0000 0A 0:0\n   1: 0100007F:0CEB 0100007F:0001 01 0:0\n',
  },
  'net/stat/nf_conntrack': {
    make: perCpuTableParser,
    keys: ['entries', 'found', 'drop'],
    content:
      'entries  searched found drop\n0000000a  00000000 00000003 00000001\n0000000a  00000000 00000004 00000002\n',
  },
};

/** Files with a row per item. */
export const LISTS: Readonly<Record<string, Sample<ListParser>>> = {
  'io.stat': {
    make: deviceListParser,
    keys: ['rbytes', 'wbytes'],
    content: '7:0 \n254:0 rbytes=249254912 wbytes=383049728 rios=3353\n8:16 rbytes=12 cost.vrate=100.00 wbytes=34\n',
    // A device without I/O at the end of the file.
    complete: ['7:0 ', '7:0 \n254:0 ', '7:0 \n254:0 rbytes=249254912 wbytes=383049728 rios=3353\n8:16 '],
  },
  'blkio.throttle.io_serviced': {
    make: operationListParser,
    keys: ['Read', 'Write'],
    content: '254:0 Read 123\n254:0 Write 45\n254:0 Total 168\n8:0 Read 67\n8:0 Write 89\nTotal 324\n',
  },
  'rdma.current': {
    make: namedListParser,
    keys: ['hca_handle', 'hca_object'],
    content: 'mlx4_0 hca_handle=12 hca_object=345 \nocrdma1 hca_handle=6 hca_object=78 \n',
  },
  'dmem.current': {
    make: flatListParser,
    keys: ['0'],
    content: 'drm/0000:03:00.0/vram0 12550144\ndrm/0000:03:00.0/stolen max\ndrm/0000:04:00.0/vram0 345\n',
  },
  'misc.events': { make: dottedListParser, keys: ['max'], content: 'sev.max 123\nsev_es.max 45\n' },
  'net/dev': {
    make: interfaceListParser,
    keys: ['0', '8'],
    content:
      'Inter-|   Receive   |  Transmit\n face |bytes packets|bytes\n  lo: 12 1 0 0 0 0 0 0 34 1\neth0:7590 97 0 0 0 0 0 0 752 10\n',
  },
};
