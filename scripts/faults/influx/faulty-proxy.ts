import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Answer } from './answer-plan.ts';

export interface FaultyProxyOptions {
  readonly target: string;
  /** What is done with one write after the other, as they come; behind its end all pass. */
  readonly plan: readonly Answer[];
  /** How long a late answer takes. Milliseconds. */
  readonly lateMs: number;
  /** How long a writer that is told 429 has to stay away. Seconds. */
  readonly retryAfterS: number;
}

/** In front of InfluxDB: spoils writes by a plan, once it is begun, and passes on everything else. */
export class FaultyProxy implements AsyncDisposable {
  /** Resolves when the plan is at its end and every answer is given. */
  readonly done: Promise<void>;
  readonly #options: FaultyProxyOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #finished = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** Until when what begins with this line may not be sent again. */
  readonly #notBefore = new Map<string, number>();
  #impatient = 0;
  #spoilt = 0;
  #next = -1;
  #open = 0;

  private constructor(options: FaultyProxyOptions) {
    this.#options = options;
    this.done = this.#finished.promise;
    this.#server = createServer((asked, answer) => {
      this.#handle(asked, answer).catch(() => answer.destroy());
    });
  }

  static async start(options: FaultyProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How often something came again before the time that `Retry-After` had asked for. */
  get impatient(): number {
    return this.#impatient;
  }

  /** How many writes did not pass. */
  get spoilt(): number {
    return this.#spoilt;
  }

  /** From now on, by the plan. */
  begin(): void {
    this.#next = 0;
    this.#ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (!asked.url?.startsWith('/write')) {
      await this.#pass(asked, await bodyOf(asked), answer);
      return;
    }
    const kind = this.#take();
    this.#open += 1;
    try {
      await this.#spoil(kind, asked, answer);
    } finally {
      this.#open -= 1;
      this.#ended();
    }
  }

  async #spoil(kind: Answer, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (kind === 'reset') {
      await once(asked, 'data');
      asked.socket.resetAndDestroy();
      return;
    }
    const body = await bodyOf(asked);
    const first = body.subarray(0, Math.max(0, body.indexOf('\n'))).toString();
    if ((this.#notBefore.get(first) ?? 0) > performance.now()) this.#impatient += 1;
    if (kind === 'pass') await this.#pass(asked, body, answer);
    else if (kind === 'late') {
      const status = await this.#forward(asked, body);
      await sleep(systemClock(), this.#options.lateMs, this.#stop.signal);
      answer.writeHead(status.code).end(status.body);
    } else {
      const { retryAfterS } = this.#options;
      if (kind === 429) this.#notBefore.set(first, performance.now() + retryAfterS * 1_000);
      const wait = kind === 429 ? { 'retry-after': String(retryAfterS) } : {};
      const headers: Record<string, string> = { 'content-type': 'application/json', ...wait };
      answer.writeHead(kind, headers).end(JSON.stringify({ error: `the proxy says ${kind}` }));
    }
  }

  async #pass(asked: IncomingMessage, body: Buffer, answer: ServerResponse): Promise<void> {
    const { code, headers, body: said } = await this.#forward(asked, body);
    answer.writeHead(code, headers).end(said);
  }

  #take(): Answer {
    const kind = this.#next < 0 ? 'pass' : (this.#options.plan[this.#next++] ?? 'pass');
    if (kind !== 'pass') this.#spoilt += 1;
    return kind;
  }

  #ended(): void {
    if (this.#next >= this.#options.plan.length && this.#open === 0) this.#finished.resolve();
  }

  async #forward(
    { url, method, headers }: IncomingMessage,
    body: Buffer,
  ): Promise<{ readonly code: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer }> {
    const target = new URL(url ?? '/', this.#options.target);
    const sent = request(target, { method, headers, agent: this.#agent });
    sent.end(body);
    const [answered] = (await once(sent, 'response')) as [IncomingMessage];
    return { code: answered.statusCode ?? 502, headers: answered.headers, body: await bodyOf(answered) };
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
