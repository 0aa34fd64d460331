import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../src/core/coded-error.ts';
import { startArguments } from './start-arguments.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 20_000;
/** Lines of the server's log that are kept as evidence. */
const KEPT_LINES = 5_000;

export interface ServerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A command and its arguments that are put before the server's own, and end in becoming it (`strace -D`, `faketime`). */
  readonly launcher?: readonly string[];
  /** Arguments of Node itself, before the server's file. */
  readonly nodeArguments?: readonly string[];
  /** Where its databases are, when not in its own directory; it is there already, and whoever made it takes it away. */
  readonly data?: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** The real server in a process of its own, on free ports in a temporary directory: to be measured, or to be killed. */
export class ServerProcess implements AsyncDisposable {
  readonly directory: string;
  readonly certs: string;
  readonly data: string;
  readonly log: string[] = [];
  devicePort = 0;
  clinicianPort = 0;
  #options: ServerOptions;
  #child: Child | null = null;
  #keep = false;

  private constructor(name: string, options: ServerOptions) {
    this.directory = mkdtempSync(join(tmpdir(), `vitalwire-${name}-`));
    this.certs = join(this.directory, 'certs');
    this.data = options.data ?? join(this.directory, 'var');
    this.#options = options;
  }

  /** @throws CodedError `server_did_not_start` */
  static async start(name: string, options: ServerOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(name, options);
    try {
      await server.startAgain();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get hasEnded(): boolean {
    return this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get deviceUrl(): string {
    return `https://localhost:${this.devicePort}`;
  }

  get clinicianUrl(): string {
    return `https://localhost:${this.clinicianPort}`;
  }

  /**
   * Starts it, the first time or on the data and the ports it had. Resolves when it listens.
   * @param changes what is different from now on
   * @throws CodedError `server_did_not_start`
   */
  async startAgain(changes: Omit<ServerOptions, 'data'> = {}): Promise<void> {
    this.#options = { ...this.#options, ...changes };
    const { launcher = [], nodeArguments = [] } = this.#options;
    const [command = process.execPath, ...before] = [...launcher, process.execPath];
    const child = spawn(command, [...before, ...startArguments(), ...nodeArguments, MAIN], {
      // Away from a `.env` that is somebody's own.
      cwd: this.directory,
      env: this.#settings(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.push(line);
      if (this.log.length > KEPT_LINES) this.log.shift();
    });
    await this.#greeted(child);
  }

  /** Ends it without a word to it, as a power cut or the kernel would. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The same, `ms` from now, by a process of its own: when that is has nothing to do with what this one does. */
  async killAfter(ms: number): Promise<void> {
    const command = `sleep ${(ms / 1_000).toFixed(4)} && kill -KILL ${this.pid}`;
    const killer = spawn('/bin/sh', ['-c', command], { stdio: 'ignore' });
    await Promise.all([once(killer, 'exit'), this.ended()]);
  }

  /** Ends it in order. Resolves with its exit code when it is gone. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child?.exitCode ?? null;
  }

  /** Resolves with its exit code when it ends by itself; null: by a signal. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    return child.exitCode;
  }

  /** @param signal SIGSTOP and SIGCONT, say: what is sent to the server and not waited for */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Leaves the directory where it is when this is disposed of, with the log and `evidence` in it. */
  keep(evidence: unknown): void {
    this.#keep = true;
    mkdirSync(this.directory, { recursive: true });
    writeFileSync(join(this.directory, 'server.log'), `${this.log.join('\n')}\n`);
    writeFileSync(join(this.directory, 'evidence.json'), `${JSON.stringify(evidence, null, 1)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (!this.#keep) rmSync(this.directory, { recursive: true, force: true });
  }

  async #end(how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'close');
    child.kill(how);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await exited.finally(() => clearTimeout(timer));
  }

  #settings(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(
      ([key]) => !/^(VITALWIRE_|INFLUX_|NODE_(?!COMPILE_CACHE))/.test(key),
    );
    return {
      ...Object.fromEntries(inherited),
      NODE_ENV: 'test',
      VITALWIRE_HOST: '127.0.0.1',
      VITALWIRE_STORE: 'sqlite',
      VITALWIRE_CONNECTS_PER_MINUTE: '100000',
      ...this.#options.environment,
      VITALWIRE_DEVICE_PORT: String(this.devicePort),
      VITALWIRE_CLINICIAN_PORT: String(this.clinicianPort),
      VITALWIRE_CERTS_DIR: this.certs,
      VITALWIRE_DATA_DIR: this.data,
    };
  }

  /** Waits for the greeting, which says where it listens. */
  #greeted(child: Child): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (): void => {
        const said = this.log.at(-1) ?? 'it said nothing';
        reject(new CodedError('server_did_not_start', `the server did not start: ${said}`));
      };
      const timer = setTimeout(failed, READY_WITHIN_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        failed();
      });
      child.once('error', (cause) => {
        clearTimeout(timer);
        reject(
          new CodedError('server_did_not_start', `the server did not start: ${cause.message}`, { cause }),
        );
      });
      createInterface({ input: child.stdout }).on('line', (line) => {
        const port = Number(/https:\/\/[^:]+:(\d+)/.exec(line)?.[1] ?? 0);
        if (/^\s+wearables\s/.test(line)) this.devicePort = port;
        if (!/^\s+clinicians\s/.test(line)) return;
        this.clinicianPort = port;
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
