import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../src/core/coded-error.ts';
import { type Side, spawnPinned } from '../machine/pinned.ts';
import type { LoadCalls } from './load-messages.ts';

const ENTRY = fileURLToPath(new URL('./load-process.ts', import.meta.url));

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly problem?: string;
}

type Call = (request: never) => unknown;
type Request<Calls, Name extends keyof Calls> = Calls[Name] extends Call ? Parameters<Calls[Name]>[0] : never;
type Value<Calls, Name extends keyof Calls> = Calls[Name] extends Call
  ? Awaited<ReturnType<Calls[Name]>>
  : never;

/** A load process, on the cores that are for the load, and the benchmark's way to tell it what to do. */
export class LoadGenerator<Calls = LoadCalls> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;

  /**
   * @param entry the process's file, which answers `Calls` (serve-calls.ts)
   * @param side where it runs, when it takes the place of a server
   */
  constructor(entry: string = ENTRY, side: Side = 'load') {
    this.#child = spawnPinned(side, [process.execPath, '--max-semi-space-size=64', entry], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (answer: Answer) => this.#answered(answer));
    this.#child.once('exit', (code, signal) => this.#gone(`the load process ended with ${code ?? signal}`));
    // Each call to one that has ended is an error of its own.
    this.#child.on('error', ({ message }) => this.#gone(`the load process can't be reached: ${message}`));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws CodedError `load_failed` */
  async call<Name extends keyof Calls>(
    name: Name,
    request: Request<Calls, Name>,
  ): Promise<Value<Calls, Name>> {
    const id = ++this.#calls;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, name, request });
    return (await waiting.promise) as Value<Calls, Name>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #answered({ id, value, problem }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (problem === undefined) waiting?.resolve(value);
    else waiting?.reject(new CodedError('load_failed', problem));
  }

  #gone(why: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new CodedError('load_failed', why));
    this.#waiting.clear();
  }
}
