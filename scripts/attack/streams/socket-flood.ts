import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { AttackStage } from '../attack-stage.ts';
import { enrolGood, type GoodDevice, goodToken } from '../enrolled.ts';
import { addressIn } from '../server-log.ts';
import { Peer } from '../tokens/token-doors.ts';
import type { Channel } from '../wire/channel.ts';
import { clientHello, HANDSHAKE, record } from '../wire/raw-tls-messages.ts';
import { StreamingDevice } from './streaming-device.ts';

/** Sockets of one kind that say too little, and how long the server bore with them. */
export interface FloodCounts {
  readonly opened: number;
  /** Ended by the server. */
  readonly closed: number;
  /** Of those the one that was borne longest. */
  readonly max_ms: number;
}

export interface FloodResult {
  readonly kinds: Readonly<Record<string, FloodCounts>>;
  /** A device that streams meanwhile. */
  readonly good: {
    readonly sent: number;
    readonly acked: number;
    readonly closed: boolean;
    readonly ack_p50_ms: number;
    readonly ack_p99_ms: number;
  };
}

/** Longer than the server may bear with a peer that says nothing: handshake or headers, and how often it looks. */
export const BORNE_WITHIN_MS = 13_000;
/** Where processors are busy, hundreds of handshakes take their time: the patience for headers begins after one. */
const SHAKEN_WITHIN_MS = 10_000;
const NETWORK = '6';
const FRAME_EVERY_MS = 20;
const SEEN_WITHIN_MS = 500;

/** One socket of a kind; calls `onOpen` when it is there to be borne with, and `onEnd` once it is over. */
type Kind = (localAddress: string, onOpen: () => void, onEnd: () => void) => { destroy(): void };

/** Opens sockets that never say who they are, of several kinds, beside a device that does nothing wrong. */
export async function floodSockets(
  stage: AttackStage,
  sockets: number,
  signal: AbortSignal,
): Promise<FloodResult> {
  const [identity] = await enrolGood(stage, ['flooded-1']);
  if (identity === undefined) throw new RangeError('no device');
  await pause(SEEN_WITHIN_MS);
  const good = await startGood(stage, identity);
  const kinds = kindsOf(stage, identity);
  const share = Math.ceil(sockets / kinds.length);
  const counts = await Promise.all(
    kinds.map(([name, kind], i) =>
      openMany(kind, i, share, signal).then((result) => [name, result] as const),
    ),
  );
  return { kinds: Object.fromEntries(counts), good: await good.finish() };
}

async function openMany(
  kind: Kind,
  network: number,
  count: number,
  signal: AbortSignal,
): Promise<FloodCounts> {
  let [closed, longest] = [0, 0];
  const open = Array.from({ length: count }, async (_, i) => {
    // Not all in one breath: the queue of the listening socket is short.
    await pause(i * 2, undefined, { signal });
    const opened = Promise.withResolvers<void>();
    const over = Promise.withResolvers<boolean>();
    const socket = kind(addressIn(`${NETWORK}.${network}`, 0), opened.resolve, () => over.resolve(true));
    await Promise.race([opened.promise, over.promise, pause(SHAKEN_WITHIN_MS, undefined, { signal })]);
    const begin = performance.now();
    const ended = await Promise.race([over.promise, pause(BORNE_WITHIN_MS, false, { signal })]);
    if (ended) {
      closed += 1;
      longest = Math.max(longest, performance.now() - begin);
    }
    socket.destroy();
  });
  await Promise.all(open);
  return { opened: count, closed, max_ms: Math.round(longest) };
}

function kindsOf(stage: AttackStage, identity: GoodDevice): readonly (readonly [string, Kind])[] {
  const { server } = stage;
  const plain =
    (port: number, say: (write: (bytes: Buffer) => void) => void): Kind =>
    (localAddress, onOpen, onEnd) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      socket.on('connect', () => {
        onOpen();
        say((bytes) => void socket.write(bytes));
      });
      socket.on('error', () => undefined);
      socket.on('close', onEnd);
      socket.resume();
      return socket;
    };
  const hello = record(HANDSHAKE, clientHello(Buffer.alloc(32, 7)));
  const overTls =
    (begin: (channel: Channel) => void): Kind =>
    (localAddress, onOpen, onEnd) => {
      const route = { port: server.devicePort, localAddress };
      const channel = new Peer(identity, stage.ca, 'TLSv1.3', () => route).open(onOpen);
      begin(channel);
      channel.inbox.take((_bytes, ended) => (ended ? { value: true, used: 0 } : null)).then(onEnd);
      return channel;
    };
  return [
    ['silent', plain(server.devicePort, () => undefined)],
    ['silent_at_clinicians', plain(server.clinicianPort, () => undefined)],
    ['half_a_hello', plain(server.devicePort, (write) => write(hello.subarray(0, 40)))],
    ['hello_and_no_more', plain(server.devicePort, (write) => write(hello))],
    ['tls_and_no_request', overTls(() => undefined)],
    ['slow_headers', overTls(slowly)],
  ];
}

/** A header that never ends, a letter a second. */
function slowly(channel: Channel): void {
  channel.send('GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const timer = setInterval(() => {
    if (channel.inbox.ended === null) channel.send('a');
    else clearInterval(timer);
  }, 1_000);
}

/** Starts a good device; `finish` says how its acks came. */
async function startGood(stage: AttackStage, identity: GoodDevice) {
  const route = { port: stage.server.devicePort, localAddress: addressIn(`${NETWORK}.200`, 0) };
  const token = await goodToken(stage, identity.id, identity.thumbprint);
  const sentAt = new Map<number, number>();
  const latencies: number[] = [];
  const channel = new Peer(identity, stage.ca, 'TLSv1.3', () => route).open();
  const device = await StreamingDevice.open(channel, token, (acked) => {
    for (const [seq, at] of sentAt) {
      if (seq > acked) break;
      latencies.push(performance.now() - at);
      sentAt.delete(seq);
    }
  });
  let closed = false;
  device.ended.then(() => {
    closed = true;
  });
  const timer = setInterval(() => {
    device.send();
    sentAt.set(device.sent, performance.now());
  }, FRAME_EVERY_MS);
  return {
    async finish(): Promise<FloodResult['good']> {
      clearInterval(timer);
      for (let waited = 0; device.acked < device.sent && waited < 2_000; waited += 50) await pause(50);
      const result = { sent: device.sent, acked: device.acked, closed };
      device.close();
      latencies.sort((a, b) => a - b);
      return { ...result, ack_p50_ms: percentile(latencies, 0.5), ack_p99_ms: percentile(latencies, 0.99) };
    },
  };
}

/** Of values in order, rounded to a tenth; 0 where there are none. */
export function percentile(sorted: readonly number[], of: number): number {
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * of));
  return Math.round((sorted[at] ?? 0) * 10) / 10;
}
