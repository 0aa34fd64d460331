import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { Peer } from '../load/dialect.ts';
import { spawnPinned } from '../machine/pinned.ts';

const ENTRY = fileURLToPath(new URL('./subscriber-process.ts', import.meta.url));
const LOOK_MS = 20;

/** What the subscriber's process tells. */
export type SubscriberSays =
  | { readonly kind: 'ready' }
  | { readonly kind: 'count'; readonly received: number; readonly problem: string | null }
  | { readonly kind: 'failed'; readonly why: string };

/** One client of the broker that is sent everything, a process of its own on the load's side. */
export class Subscriber implements AsyncDisposable {
  readonly #child: ChildProcess;
  #answer = Promise.withResolvers<Exclude<SubscriberSays, { kind: 'failed' }>>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (said: SubscriberSays) =>
      said.kind === 'failed' ? this.#failed(said.why) : this.#answer.resolve(said),
    );
    child.once('exit', (code, signal) => this.#failed(`its process ended with ${code ?? signal}`));
  }

  /** Resolves when it is subscribed. @param ca path of a PEM file @throws CodedError `subscriber_failed` */
  static async open(port: number, ca: string, { cert, key }: Peer): Promise<Subscriber> {
    const url = `wss://localhost:${port}/mqtt`;
    const child = spawnPinned('load', [process.execPath, ENTRY, url, ca, cert, key], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const subscriber = new Subscriber(child);
    try {
      await subscriber.#answer.promise;
    } catch (error) {
      await subscriber[Symbol.asyncDispose]();
      throw error;
    }
    return subscriber;
  }

  /** Resolves with how many came by the time that it is `wanted`, or when the time is over. @throws CodedError `subscriber_failed` */
  async received(wanted: number, withinMs: number, signal: AbortSignal): Promise<number> {
    const until = performance.now() + withinMs;
    for (;;) {
      const count = await this.#count();
      if (count >= wanted || performance.now() >= until) return count;
      await sleep(systemClock(), LOOK_MS, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answer.promise.catch(() => {});
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #count(): Promise<number> {
    this.#answer = Promise.withResolvers();
    this.#child.send('count');
    const said = await this.#answer.promise;
    if (said.kind !== 'count') throw failure('it did not tell its count');
    if (said.problem !== null) throw failure(said.problem);
    return said.received;
  }

  #failed(why: string): void {
    this.#answer.promise.catch(() => {});
    this.#answer.reject(failure(why));
  }
}

function failure(why: string): CodedError {
  return new CodedError('subscriber_failed', `the broker's subscriber: ${why}`);
}
