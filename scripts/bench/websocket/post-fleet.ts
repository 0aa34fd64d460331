import { readFileSync } from 'node:fs';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Peer } from '../load/dialect.ts';
import { LatencyHistogram } from '../load/latency-histogram.ts';
import type { LoadRun, WireBytes } from '../load/load-messages.ts';
import { openLoop } from '../load/open-loop.ts';
import { HttpsConnection, type HttpsTarget } from './https-connection.ts';
import { postRequest } from './requests.ts';

/** How a sample reaches the server: on a connection that stays, on one of its own, on one that resumes a TLS session. */
export type PostWay = 'keep_alive' | 'new' | 'resumed';

export interface PostRequest {
  readonly port: number;
  /** Path, PEM. */
  readonly ca: string;
  /** A file of JSON lines. */
  readonly peers: string;
  readonly count: number;
  readonly way: PostWay;
}

export interface PostRun extends Omit<LoadRun, 'acks'> {
  /** What the run itself sent and was sent. */
  readonly wire: WireBytes;
  /** Of its connections. */
  readonly resumed: number;
}

export interface PostCalls {
  /** Makes ready for `run`, with connections or tickets as the way needs them. */
  prepare(request: PostRequest): Promise<void>;
  run(request: { readonly rate: number; readonly seconds: number }): Promise<PostRun>;
  close(request: null): void;
}

/** Connections under way: a server that does not keep up is not made slower still. */
const MOST_UNDER_WAY = 2_000;
const PREPARED_AT_ONCE = 16;
const ANSWERED_WITHIN_MS = 10_000;
/** A server sends its tickets behind the handshake (RFC 8446 section 4.6.1). */
const TICKET_WITHIN_MS = 2_000;
const LOOK_MS = 2;
const TROUBLES_TOLD = 5;

interface Poster {
  readonly peer: Peer;
  connection: HttpsConnection | null;
  session: Buffer | null;
  seq: number;
}

/** Wearables that post each sample. */
export class PostFleet implements PostCalls {
  #target: HttpsTarget = { port: 0, ca: '' };
  #way: PostWay = 'keep_alive';
  #posters: Poster[] = [];
  #run = emptyRun();

  async prepare({ port, ca, peers, count, way }: PostRequest): Promise<void> {
    this.close();
    this.#target = { port, ca: readFileSync(ca, 'utf8') };
    this.#way = way;
    const lines = readFileSync(peers, 'utf8').split('\n').slice(0, count);
    this.#posters = lines.map((line) => ({
      peer: JSON.parse(line) as Peer,
      ...{ connection: null, session: null, seq: 0 },
    }));
    if (way === 'new') return;
    let next = 0;
    const one = async (): Promise<void> => {
      for (let poster = this.#posters[next++]; poster !== undefined; poster = this.#posters[next++])
        await this.#prepare(poster);
    };
    await Promise.all(Array.from({ length: PREPARED_AT_ONCE }, one));
  }

  async run({ rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<PostRun> {
    const before = this.#openBytes();
    this.#run = emptyRun();
    let turn = 0;
    const offered = await openLoop({
      ...{ rate, seconds },
      send: (due) => {
        const poster = this.#posters[turn++ % this.#posters.length];
        if (poster !== undefined) void this.#post(poster, due);
      },
    });
    const until = performance.now() + ANSWERED_WITHIN_MS;
    while (this.#run.underWay > 0 && performance.now() < until) await sleep(systemClock(), LOOK_MS);
    const { sent, acked, resumed, troubles, latency, closed } = this.#run;
    const after = this.#openBytes();
    const wire = {
      written: closed.written + after.written - before.written,
      read: closed.read + after.read - before.read,
    };
    return { ...{ sent, acked, resumed, troubles, offered, wire }, latency: latency.summary() };
  }

  close(): void {
    for (const { connection } of this.#posters) connection?.[Symbol.dispose]();
    this.#posters = [];
  }

  /** Opens a connection, to stay or for its ticket. */
  async #prepare(poster: Poster): Promise<void> {
    const connection = new HttpsConnection(this.#target, poster.peer);
    await connection.ask(postRequest(poster.peer.token, ++poster.seq, Date.now(), true));
    if (this.#way === 'keep_alive') {
      poster.connection = connection;
      return;
    }
    const until = performance.now() + TICKET_WITHIN_MS;
    while (connection.session === null && performance.now() < until) await sleep(systemClock(), LOOK_MS);
    poster.session = connection.session;
    await connection.close();
  }

  async #post(poster: Poster, due: number): Promise<void> {
    const run = this.#run;
    run.sent += 1;
    if (run.underWay >= MOST_UNDER_WAY) return run.trouble('more requests under way than are allowed');
    run.underWay += 1;
    const kept = poster.connection;
    const { cert, key, token } = poster.peer;
    const session = poster.session === null ? {} : { session: poster.session };
    const connection = kept ?? new HttpsConnection(this.#target, { cert, key, ...session });
    const t = Math.floor(performance.timeOrigin + due);
    try {
      const { status } = await connection.ask(postRequest(token, ++poster.seq, t, kept !== null));
      if (status !== 204) return run.trouble(`a POST was answered ${status}`);
      run.acked += 1;
      run.latency.add(performance.now() - due);
      if (kept !== null) return;
      if (connection.isResumed) run.resumed += 1;
      // A ticket is for one use (RFC 8446 appendix C.4).
      if (this.#way === 'resumed') poster.session = connection.session ?? poster.session;
      run.add(await connection.close());
    } catch (error) {
      run.trouble(error instanceof Error ? error.message : String(error));
    } finally {
      run.underWay -= 1;
    }
  }

  #openBytes(): WireBytes {
    const open = this.#posters.flatMap(({ connection }) => (connection === null ? [] : [connection.wire]));
    return {
      written: open.reduce((sum, { written }) => sum + written, 0),
      read: open.reduce((sum, { read }) => sum + read, 0),
    };
  }
}

function emptyRun() {
  const troubles: string[] = [];
  const closed = { written: 0, read: 0 };
  return {
    ...{ sent: 0, acked: 0, resumed: 0, underWay: 0, latency: new LatencyHistogram(), troubles, closed },
    add({ written, read }: WireBytes): void {
      closed.written += written;
      closed.read += read;
    },
    trouble(what: string): void {
      if (troubles.length < TROUBLES_TOLD) troubles.push(what);
    },
  };
}
