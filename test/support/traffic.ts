import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const PORT = 8080;
const PAUSE_MS = 200;
const SILENCE_TIMEOUT_MS = 10_000;
const REQUEST = Buffer.alloc(64 * 1024, 'q');
const RESPONSE = Buffer.alloc(16 * 1024, 'a');
const DATAGRAM = Buffer.alloc(1000, 'd');

function serve(): void {
  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end(RESPONSE)).resume();
  }).listen(PORT, '0.0.0.0');
  const datagrams = createSocket('udp4', (_message, sender) => {
    datagrams.send(DATAGRAM.subarray(0, 100), sender.port, sender.address);
  });
  datagrams.bind(PORT, '0.0.0.0');
}

function sendStream(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT, timeout: SILENCE_TIMEOUT_MS });
    // The server may not listen yet; the next round retries.
    socket.on('error', () => socket.destroy()).on('timeout', () => socket.destroy());
    socket.on('close', () => resolve()).resume();
    socket.end(REQUEST);
  });
}

async function send(addresses: readonly string[]): Promise<void> {
  const datagrams = createSocket('udp4');
  datagrams.on('error', () => {});
  for (;;) {
    for (const address of addresses) {
      await sendStream(address);
      for (let count = 0; count < 10; count += 1) datagrams.send(DATAGRAM, PORT, address);
    }
    await delay(PAUSE_MS);
  }
}

const [role, ...addresses] = process.argv.slice(2);
if (role === 'serve') serve();
else await send(addresses);
