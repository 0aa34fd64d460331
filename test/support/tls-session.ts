import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { AddressInfo } from 'node:net';
import { connect, Server } from 'node:tls';
import type { RawPeer } from './raw-device.ts';
import type { RunningServer } from './running-server.ts';

/** A finished TLS connection of this peer to the device listener, and the session a later one can resume. */
export async function sessionOf(server: RunningServer, peer: RawPeer): Promise<Buffer> {
  const url = new URL(server.deviceUrl);
  const socket = connect({ ...peer, host: url.hostname, port: Number(url.port), servername: url.hostname });
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => {
    session = ticket;
  });
  socket.on('error', () => undefined);
  // An answer has come: whatever ticket the server gives has come before it (TLS 1.3 sends them after the handshake).
  socket.write('GET /.well-known/jwks.json HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  const ticket = session ?? socket.getSession();
  socket.destroy();
  if (ticket === undefined) throw new Error('the server gave no session');
  return ticket;
}

/** Every TLS server that begins to listen in this process while `start` runs, by its port. */
export async function tlsServersOf(start: () => Promise<unknown>): Promise<ReadonlyMap<number, Server>> {
  const servers = new Map<number, Server>();
  const channel = 'tracing:net.server.listen:asyncEnd';
  const heard = (message: unknown): void => {
    const { server } = message as { server?: unknown };
    if (server instanceof Server) servers.set((server.address() as AddressInfo).port, server);
  };
  subscribe(channel, heard);
  try {
    await start();
  } finally {
    unsubscribe(channel, heard);
  }
  return servers;
}
