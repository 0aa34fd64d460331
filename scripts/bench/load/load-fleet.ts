import { readFileSync } from 'node:fs';
import { type BackoffOptions, fullJitter } from '../../../src/core/backoff.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { BARE_WEBSOCKET, RAW_TLS } from './bare-dialects.ts';
import type { Dialect, Peer } from './dialect.ts';
import { DueTimes } from './due-times.ts';
import { LatencyHistogram, type LatencySummary } from './latency-histogram.ts';
import { LoadConnection, type LoadConnectionOptions } from './load-connection.ts';
import type {
  Connected,
  ConnectRequest,
  DialectName,
  LoadCalls,
  LoadCounts,
  LoadRun,
  WireBytes,
} from './load-messages.ts';
import { MQTT } from './mqtt-dialect.ts';
import { openLoop } from './open-loop.ts';
import { productDialect } from './product-dialect.ts';
import { waveformDialect } from './waveform-dialect.ts';

/** Connections from one address of 127.0.0.0/8: below the product's bound on those not identified yet. */
const PER_ADDRESS = 1_000;
const TROUBLES_TOLD = 5;
const LOOK_MS = 5;
/** Of one that is turned away: with a wearable's pauses, minutes. */
const ATTEMPTS = 12;

function dialectOf(dialect: DialectName): Dialect {
  switch (dialect.name) {
    case 'product':
      return productDialect(dialect.ackIntervalMs, dialect.samples);
    case 'waveforms':
      return waveformDialect(dialect.encoding, dialect.ackIntervalMs);
    case 'bare_websocket':
      return BARE_WEBSOCKET;
    case 'raw_tls':
      return RAW_TLS;
    case 'mqtt':
      return MQTT;
  }
}

/** Opens a connection; with a backoff it comes again where it is turned away. */
async function openAgain(
  options: LoadConnectionOptions,
  backoff: BackoffOptions | null,
  onTurnedAway: () => void,
): Promise<LoadConnection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await LoadConnection.open(options);
    } catch (error) {
      if (backoff === null || attempt === ATTEMPTS) throw error;
      onTurnedAway();
      await sleep(systemClock(), fullJitter(attempt, backoff));
    }
  }
}

/** The connections of one load process. */
export class LoadFleet implements LoadCalls {
  readonly #connections: LoadConnection[] = [];
  readonly #due = new Map<LoadConnection, DueTimes>();
  /** Tickets of connections that were dropped, by device. */
  readonly #sessions = new Map<string, Buffer>();
  #devices: string[] = [];
  #latency = new LatencyHistogram();
  #acked = 0;
  #acks = 0;
  #turn = 0;

  async connect({
    port,
    ca,
    peers,
    first,
    count,
    dialect,
    atOnce,
    resume,
    backoff,
  }: ConnectRequest): Promise<Connected> {
    const lines = readFileSync(peers, 'utf8')
      .split('\n')
      .slice(first, first + count);
    const all = lines.map((line) => JSON.parse(line) as Peer);
    const spoken = dialectOf(dialect);
    const root = readFileSync(ca, 'utf8');
    const took = new LatencyHistogram();
    const began = performance.now();
    let [next, turnedAway] = [0, 0];
    const one = async (): Promise<void> => {
      for (let at = next++, peer = all[at]; peer !== undefined; at = next++, peer = all[at]) {
        const from = `127.0.0.${2 + Math.floor((first + at) / PER_ADDRESS)}`;
        const session = resume ? this.#sessions.get(peer.device) : undefined;
        if (backoff !== undefined) await sleep(systemClock(), fullJitter(0, backoff));
        const asked = performance.now();
        const options: LoadConnectionOptions = {
          ...{ target: { port, ca: root, from }, peer, dialect: spoken },
          ...(session === undefined ? {} : { session }),
          onAcked: (which, { kind, seq }) =>
            kind === 'acked' ? this.#ackedThrough(which, seq) : this.#ackedOne(which, seq),
        };
        const connection = await openAgain(options, backoff ?? null, () => turnedAway++);
        took.add(performance.now() - asked);
        this.#connections.push(connection);
        this.#devices.push(peer.device);
        this.#due.set(connection, new DueTimes());
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, one));
    const resumed = this.#connections.slice(-all.length).filter(({ isResumed }) => isResumed).length;
    const seconds = (performance.now() - began) / 1_000;
    return { connections: this.#connections.length, resumed, turnedAway, seconds, took: took.summary() };
  }

  async run({ rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<LoadRun> {
    this.#latency = new LatencyHistogram();
    const offered = await openLoop({ rate, seconds, send: (due) => this.#send(due) });
    return { ...this.counts(), offered, latency: this.#latency.summary() };
  }

  async drain({ withinMs }: { readonly withinMs: number }): Promise<LoadCounts> {
    const until = performance.now() + withinMs;
    while (performance.now() < until) {
      const { sent, acked, troubles } = this.counts();
      if (acked >= sent || troubles.length > 0) break;
      await sleep(systemClock(), LOOK_MS);
    }
    return this.counts();
  }

  counts(): LoadCounts {
    let sent = 0;
    for (const connection of this.#connections) sent += connection.sent;
    const troubled = this.#connections.filter(({ trouble }) => trouble !== null);
    const troubles = troubled.slice(0, TROUBLES_TOLD).map(({ trouble }) => trouble?.message ?? '');
    return { sent, acked: this.#acked, acks: this.#acks, troubles };
  }

  latency(): LatencySummary {
    return this.#latency.summary();
  }

  wire(): WireBytes {
    const bytes = this.#connections.map(({ wire }) => wire);
    return {
      written: bytes.reduce((sum, { written }) => sum + written, 0),
      read: bytes.reduce((sum, { read }) => sum + read, 0),
    };
  }

  drop(): void {
    for (const [index, connection] of this.#connections.entries()) {
      if (connection.session !== null) this.#sessions.set(this.#devices[index] ?? '', connection.session);
      connection[Symbol.dispose]();
    }
    this.#connections.length = 0;
    this.#devices = [];
    this.#due.clear();
    this.#acked = 0;
    this.#acks = 0;
  }

  #send(due: number): void {
    const connection = this.#connections[this.#turn % this.#connections.length];
    this.#turn += 1;
    if (connection === undefined || connection.trouble !== null) return;
    // Distinct for each device: it sends no two frames within a millisecond, at the rates that benchmarks use.
    const seq = connection.send(Math.floor(performance.timeOrigin + due));
    this.#due.get(connection)?.add(seq, due);
  }

  #ackedThrough(connection: LoadConnection, seq: number): void {
    if (seq <= connection.acked) return;
    this.#acks += 1;
    this.#acked += seq - connection.acked;
    connection.acked = seq;
    const now = performance.now();
    this.#due.get(connection)?.take(seq, (due) => this.#latency.add(now - due));
  }

  /** In order too, as every server here acks. */
  #ackedOne(connection: LoadConnection, seq: number): void {
    this.#acked += 1;
    this.#acks += 1;
    connection.acked += 1;
    const now = performance.now();
    this.#due.get(connection)?.take(seq, (due) => this.#latency.add(now - due));
  }
}
