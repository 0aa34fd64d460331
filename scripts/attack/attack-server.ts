import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../src/core/coded-error.ts';
import { ServerLog } from './server-log.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 20_000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * The real server, in a process of its own so that a crash is seen and counted, on free ports in a temporary directory.
 * After a crash it is started again on the same data.
 */
export class AttackServer implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'vitalwire-attack-'));
  readonly certs = join(this.directory, 'certs');
  readonly data = join(this.directory, 'var');
  readonly log = new ServerLog();
  devicePort = 0;
  clinicianPort = 0;
  /** How often it ended though nobody asked it to. */
  crashes = 0;
  #child: Child | null = null;
  #stopping = false;
  #ready: Promise<void> = Promise.resolve();

  /** @throws CodedError `server_did_not_start` */
  static async start(): Promise<AttackServer> {
    const server = new AttackServer();
    try {
      server.#spawn();
      await server.ready();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** Resolves when the server listens, be it for the first time or again. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it runs: its process is there and has not been asked to end. */
  get alive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends the server in order: what it has taken is in the store afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null || !this.alive) return;
    // When its output has been read, too.
    const exited = once(child, 'close');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await exited.finally(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #spawn(): void {
    const child = spawn(process.execPath, [MAIN], {
      // Away from a `.env` that is somebody's own.
      cwd: this.directory,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    createInterface({ input: child.stderr }).on('line', (line) => this.log.take(line));
    child.once('exit', () => {
      if (this.#stopping) return;
      this.crashes += 1;
      // Whoever waits for the next attempt waits for the server to be back.
      if (this.devicePort !== 0) this.#spawn();
    });
    this.#ready = this.#greeted(child);
    // A failure is told to whoever waits for it.
    this.#ready.catch(() => undefined);
  }

  #environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(
      ([key]) => !/^(VITALWIRE_|INFLUX_|NODE_(?!COMPILE_CACHE))/.test(key),
    );
    return {
      ...Object.fromEntries(inherited),
      NODE_ENV: 'test',
      VITALWIRE_HOST: '127.0.0.1',
      VITALWIRE_DEVICE_PORT: String(this.devicePort),
      VITALWIRE_CLINICIAN_PORT: String(this.clinicianPort),
      VITALWIRE_CERTS_DIR: this.certs,
      VITALWIRE_DATA_DIR: this.data,
      VITALWIRE_STORE: 'sqlite',
    };
  }

  /** Waits for the greeting, which says where it listens. */
  #greeted(child: Child): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (): void =>
        reject(
          new CodedError(
            'server_did_not_start',
            `the server did not start: ${this.log.lastLine || 'it said nothing'}`,
          ),
        );
      const timer = setTimeout(failed, READY_WITHIN_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        failed();
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
