import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CodedError } from '../../src/core/coded-error.ts';
import { stopProcess } from './stopped-process.ts';

const KEPT_LINES = 200;

export interface InfluxdOptions {
  readonly auth?: boolean;
}

export interface InfluxdStart extends InfluxdOptions {
  /** A command and its arguments that are put before influxd's own, and end in becoming it (`taskset`). */
  readonly launcher?: readonly string[];
}

/** A real InfluxDB 1.x server of a run's own: free ports, its own directory, gone when disposed of. */
export interface Influxd extends AsyncDisposable {
  readonly url: string;
  /** What it keeps is in it: `data`, `wal`, `meta`. */
  readonly directory: string;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** SIGSTOP: from then on it accepts connections and answers nothing. `resume` ends that. */
  hang(): Promise<void>;
  resume(): void;
  /** On the same port and the same data. @throws CodedError `influxd_did_not_start` */
  restart(options?: InfluxdOptions): Promise<void>;
  /** One InfluxQL statement, past the product. Times are in microseconds. */
  query(statement: string, database?: string): Promise<InfluxAnswer>;
  /** The same, as it comes over the wire: one JSON object a line, each with a piece of the answer. */
  pieces(statement: string, signal?: AbortSignal): Promise<string>;
  /** Raw line protocol in, status out, past the product. */
  post(path: string, body: string): Promise<number>;
}

export interface InfluxAnswer {
  readonly results: {
    readonly error?: string;
    readonly series?: readonly InfluxSeries[];
  }[];
}

export interface InfluxSeries {
  /** More of this series comes in the next piece. */
  readonly partial?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | null)[])[];
}

/** What keeps `influxd` from being started here, and the cure; null: nothing. */
export function influxdMissing(): string | null {
  if (spawnSync('influxd', ['version']).status === 0) return null;
  return 'influxd is not installed: apt-get install influxdb';
}

/** @throws CodedError `influxd_did_not_start` */
export async function startInfluxd({ launcher = [], ...options }: InfluxdStart = {}): Promise<Influxd> {
  const dir = await mkdtemp(join(tmpdir(), 'vitalwire-influxd-'));
  let port = 0;
  let child: ChildProcess | null = null;

  const start = async ({ auth = false }: InfluxdOptions): Promise<void> => {
    const config = join(dir, 'influxdb.conf');
    await writeFile(config, configText(dir, port, auth));
    const [command = 'influxd', ...before] = [...launcher, 'influxd'];
    child = spawn(command, [...before, '-config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    port = await listeningPort(child);
  };
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const dispose = async (): Promise<void> => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  };
  await start(options).catch(async (error: unknown) => {
    await dispose();
    throw error;
  });

  const url = (): string => `http://127.0.0.1:${port}`;
  const ask = (parameters: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url()}/query?${new URLSearchParams({ ...parameters, epoch: 'u' })}`, {
      method: 'POST',
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    get url() {
      return url();
    },
    directory: dir,
    kill,
    async hang() {
      if (child?.pid !== undefined) await stopProcess(child.pid);
    },
    resume: () => void child?.kill('SIGCONT'),
    async restart(again = {}) {
      await kill();
      await start(again);
    },
    query: async (statement, database = 'vitalwire') => {
      const response = await ask({ db: database, q: statement });
      return (await response.json()) as InfluxAnswer;
    },
    pieces: async (statement, signal) => {
      const response = await ask({ db: 'vitalwire', q: statement, chunked: 'true' }, signal);
      return await response.text();
    },
    async post(path, body) {
      return (await fetch(`${url()}${path}`, { method: 'POST', body })).status;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** The port it says it listens on; drains its log for as long as it runs. @throws CodedError `influxd_did_not_start` */
async function listeningPort(child: ChildProcess): Promise<number> {
  const seen: string[] = [];
  return await new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      const said = `influxd ${why}:\n${seen.join('\n')}`;
      reject(new CodedError('influxd_did_not_start', said));
    };
    child.once('error', ({ message }) => failed(`could not be started (${message})`));
    child.once('exit', (code) => failed(`exited with ${code}`));
    if (child.stderr === null) return failed('was started without a log');
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (seen.length < KEPT_LINES) seen.push(line);
      const found = /Listening on HTTP.*?addr=[^ ]*:(\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
}

function configText(dir: string, port: number, auth: boolean): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "${dir}/meta"
[data]
  dir = "${dir}/data"
  wal-dir = "${dir}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${auth}
  log-enabled = false
`;
}
