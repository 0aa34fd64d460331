import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real InfluxDB 1.x server of a test's own: free ports, its own directory, gone when disposed. */
export interface Influxd extends AsyncDisposable {
  readonly url: string;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** SIGSTOP: it accepts connections and answers nothing. `resume` ends that. */
  hang(): void;
  resume(): void;
  /** On the same port and the same data. */
  restart(options?: { readonly auth?: boolean }): Promise<void>;
  /** One InfluxQL statement, past the product. */
  query(statement: string, database?: string): Promise<InfluxAnswer>;
  /** Raw line protocol in, status out, past the product. */
  post(path: string, body: string): Promise<number>;
}

export interface InfluxAnswer {
  readonly results: {
    readonly error?: string;
    readonly series?: { readonly columns: string[]; readonly values: (string | number | null)[][] }[];
  }[];
}

/** Whether `influxd` can be started here; with CI set its absence is a failure instead of a skip. */
export function influxdMissing(): string | false {
  if (spawnSync('influxd', ['version']).status === 0) return false;
  if (process.env.CI === 'true') throw new Error('CI needs influxd: apt-get install influxdb');
  return 'influxd is not installed: apt-get install influxdb';
}

export async function startInfluxd(options: { readonly auth?: boolean } = {}): Promise<Influxd> {
  const dir = await mkdtemp(join(tmpdir(), 'vitalwire-influxd-'));
  let port = 0;
  let child: ChildProcess;

  const start = async ({ auth = false }: { readonly auth?: boolean }): Promise<void> => {
    const config = join(dir, 'influxdb.conf');
    await writeFile(config, configText(dir, port, auth));
    child = spawn('influxd', ['-config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    port = await listeningPort(child);
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start(options);

  const url = (): string => `http://127.0.0.1:${port}`;
  return {
    get url() {
      return url();
    },
    kill,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart(again = {}) {
      await kill();
      await start(again);
    },
    async query(statement, database = 'vitalwire') {
      const parameters = new URLSearchParams({ db: database, q: statement, epoch: 'u' });
      const response = await fetch(`${url()}/query?${parameters}`, { method: 'POST' });
      return (await response.json()) as InfluxAnswer;
    },
    async post(path, body) {
      return (await fetch(`${url()}${path}`, { method: 'POST', body })).status;
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The port it says it listens on; drains its log for as long as it runs. */
async function listeningPort(child: ChildProcess): Promise<number> {
  if (child.stderr === null) throw new Error('influxd was started without a log');
  const lines = createInterface({ input: child.stderr });
  const seen: string[] = [];
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`influxd exited with ${code}:\n${seen.join('\n')}`)));
    lines.on('line', (line) => {
      if (seen.length < 200) seen.push(line);
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
