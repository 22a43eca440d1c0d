import { connect, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';

import { httpRequest } from './http-client.ts';
import { until } from './until.ts';

/** What many clients request at the same time. */
export interface Crowd {
  readonly clients: number;
  /** The path of each client. */
  readonly path: (client: number) => string;
  readonly compressed: boolean;
  /** Whether they read their answers. */
  readonly reading: boolean;
}

/** What was seen while they did. */
export interface CrowdResult {
  /** Status of each scrape of another client, which reads. */
  readonly statuses: readonly number[];
}

/** Scrapes of the other client meanwhile. */
const SCRAPES = 3;

/** Lets many clients request at once, on connections of their own, while another one scrapes. */
export async function crowd(url: string, { clients, path, compressed, reading }: Crowd): Promise<CrowdResult> {
  const sockets: Socket[] = [];
  let began = 0;
  for (let client = 0; client < clients; client++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.push(socket);
    socket
      .on('error', () => {})
      .once('readable', () => {
        began++;
        if (reading) socket.resume();
      });
    const encoding = compressed ? 'Accept-Encoding: gzip\r\n' : '';
    socket.write(`GET ${path(client)} HTTP/1.1\r\nHost: node\r\n${encoding}\r\n`);
  }
  try {
    const statuses: number[] = [];
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      const headers = { 'Accept-Encoding': 'gzip', 'X-Prometheus-Scrape-Timeout-Seconds': '60' };
      statuses.push((await httpRequest(`${url}/metrics`, { headers })).status);
    }
    await until('an answer to each client', () => began === clients);
    return { statuses };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Resident memory of a process at most so far, in bytes. */
export function peakResident(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;
}
