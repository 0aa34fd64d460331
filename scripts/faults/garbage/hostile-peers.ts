import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openSocket } from '../../../src/client/socket.ts';
import { tlsAgent } from '../../../src/client/tls-agent.ts';
import { requestToken } from '../../../src/client/token-request.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { Seeded } from '../../attack/seeded.ts';
import type { HostileOrder, HostileReport } from './hostile-order.ts';
import { brokenMessage, refusedFrame } from './malformed-frames.ts';

/**
 * Refused frames before one that closes the connection. They come back more often than a server lets them by default
 * (VITALWIRE_CONNECTS_PER_MINUTE): with fewer, handshakes are what is measured.
 */
const MAX_REFUSED = 1_000;
const TIMEOUT_MS = 20_000;
const NOT_UTF_8 = 1007;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * A process of peers that are let in and send nothing that is right. A process of its own, or the good devices' latencies
 * would be those of making garbage.
 */
class HostilePeers {
  readonly #order: HostileOrder;
  readonly #began = performance.now();
  #sent = 0;
  #refused = 0;
  #connections = 0;
  #closed = 0;
  readonly #others: Record<string, number> = {};

  constructor(order: HostileOrder) {
    this.#order = order;
  }

  async run(): Promise<HostileReport> {
    const { peers, seed } = this.#order;
    await Promise.all(peers.map((_, index) => this.#peer(index, new Seeded(seed).fork(`peer ${index}`))));
    return {
      sent: this.#sent,
      refused: this.#refused,
      connections: this.#connections,
      closed: this.#closed,
      others: this.#others,
    };
  }

  async #peer(index: number, random: Seeded): Promise<void> {
    const { url, ca, peers, frames } = this.#order;
    const agent = tlsAgent({ ...peers[index], ca });
    const { token } = await requestToken(new URL(url), agent, TIMEOUT_MS);
    while (this.#sent < frames) await this.#connection(agent, token, random);
    agent.destroy();
  }

  async #connection(agent: ReturnType<typeof tlsAgent>, token: string, random: Seeded): Promise<void> {
    const url = new URL('/v1/stream', this.#order.url);
    url.protocol = 'wss:';
    const welcomed = Promise.withResolvers<void>();
    const { socket, ended } = openSocket(
      {
        ...{ url, subprotocol: 'vitalwire.v1.json', token, agent },
        ...{ maxMessageBytes: MAX_MESSAGE_BYTES, handshakeTimeoutMs: TIMEOUT_MS },
      },
      {
        opened: () => socket.send(JSON.stringify({ type: 'hello', stream: randomUUID(), time: Date.now() })),
        message: (data) => {
          if (data.includes('"welcome"')) welcomed.resolve();
          if (data.includes('"reject"')) this.#refused += 1;
        },
        alive: () => undefined,
      },
    );
    this.#connections += 1;
    await Promise.race([welcomed.promise, ended]);
    const count = random.below(MAX_REFUSED);
    for (let seq = 1; seq <= count && this.#sent < this.#order.frames; seq++) {
      if (socket.readyState !== socket.OPEN) break;
      socket.send(refusedFrame(seq, random, Date.now()));
      await this.#pace();
    }
    if (socket.readyState === socket.OPEN) {
      const message = brokenMessage(count + 1, random, Date.now());
      socket.send(message, { binary: random.below(8) === 0 });
      await this.#pace();
    }
    const { code, error } = await ended;
    if (code === 4400 || code === NOT_UTF_8) this.#closed += 1;
    else {
      const how = error === null ? String(code) : `${code} (${error.message})`;
      this.#others[how] = (this.#others[how] ?? 0) + 1;
    }
  }

  /** Counts one as sent, and waits until the next may go. */
  async #pace(): Promise<void> {
    this.#sent += 1;
    if (this.#sent % 1_000 === 0) process.send?.({ sent: this.#sent });
    const due = this.#began + (this.#sent / this.#order.rate) * 1_000;
    const left = due - performance.now();
    if (left > 1) await sleep(systemClock(), left);
  }
}

const [order] = (await once(process, 'message')) as [HostileOrder];
// Nothing but its channel keeps it: when the harness is gone, so is this.
process.once('disconnect', () => process.kill(process.pid));
const report = await new HostilePeers(order).run();
process.send?.({ report });
