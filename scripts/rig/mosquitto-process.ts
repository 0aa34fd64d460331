import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CodedError } from '../../src/core/coded-error.ts';

/** Debian's is not on everybody's path. */
const COMMAND = 'mosquitto';
const PATH = `${process.env.PATH}:/usr/sbin`;
const STARTED_WITHIN_MS = 10_000;
/** A free port may be taken by somebody else before the broker has it. */
const ATTEMPTS = 3;
const KEPT_LINES = 200;

export interface MosquittoOptions {
  /** Paths of PEM files: its certificate and key, and the root that clients' certificates chain to. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** A command and its arguments that are put before the broker's own, and end in becoming it. */
  readonly launcher?: readonly string[];
}

/** A real Mosquitto of a run's own: WebSockets over mTLS on loopback, persistence in a directory of its own. */
export interface Mosquitto extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  /** What it said of errors and warnings. */
  readonly log: readonly string[];
}

type Child = ChildProcessByStdio<null, null, Readable>;

/** What keeps Mosquitto from being started here, and the cure; null: nothing. */
export function mosquittoMissing(): string | null {
  const { error } = spawnSync(COMMAND, ['-h'], { env: { ...process.env, PATH } });
  return error === undefined ? null : 'mosquitto is not installed: apt-get install mosquitto';
}

/** @throws CodedError `mosquitto_did_not_start` */
export async function startMosquitto(options: MosquittoOptions): Promise<Mosquitto> {
  const directory = await mkdtemp(join(tmpdir(), 'vitalwire-mosquitto-'));
  let problem: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await startOn(await freePort(), directory, options);
    } catch (error) {
      problem = error;
    }
  }
  await rm(directory, { recursive: true, force: true });
  throw problem;
}

async function startOn(port: number, directory: string, options: MosquittoOptions): Promise<Mosquitto> {
  const config = join(directory, 'mosquitto.conf');
  await writeFile(config, mosquittoConfig({ ...options, port, directory }));
  const [command = COMMAND, ...before] = [...(options.launcher ?? []), COMMAND];
  const child = spawn(command, [...before, '-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH },
  });
  const log: string[] = [];
  const end = async (): Promise<void> => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  try {
    const version = await running(child, log);
    return {
      ...{ pid: child.pid ?? 0, port, version, log },
      async [Symbol.asyncDispose]() {
        await end();
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Its version, once it says that it runs. @throws CodedError `mosquitto_did_not_start` */
async function running(child: Child, log: string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      clearTimeout(timer);
      reject(new CodedError('mosquitto_did_not_start', `mosquitto ${why}:\n${log.join('\n')}`));
    };
    const timer = setTimeout(() => failed('did not start in time'), STARTED_WITHIN_MS);
    child.once('error', ({ message }) => failed(`could not be started (${message})`));
    child.once('exit', (code, signal) => failed(`ended with ${code ?? signal}`));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const version = /mosquitto version (\S+) running/.exec(line)?.[1];
      if (version !== undefined) {
        clearTimeout(timer);
        resolve(version);
      }
      if (log.length < KEPT_LINES) log.push(line);
    });
  });
}

interface Configured extends Pick<MosquittoOptions, 'cert' | 'key' | 'ca'> {
  readonly port: number;
  readonly directory: string;
}

/**
 * Certificates are asked for and name the user; persistence is on and saves itself as often as it does by default (each
 * half hour, and at its end); nothing that a broker may hold back or throw away of QoS 1 is bounded. It does not start
 * without a listener of plain MQTT (2.0.11), which here is a socket in its directory that nobody connects to; and without
 * a domain for the other it listens on all addresses.
 */
export function mosquittoConfig({ cert, key, ca, port, directory }: Configured): string {
  return `per_listener_settings false
${process.getuid?.() === 0 ? `user ${userInfo().username}\n` : ''}listener 0 ${directory}/socket
listener ${port} 127.0.0.1
socket_domain ipv4
protocol websockets
cafile ${ca}
certfile ${cert}
keyfile ${key}
require_certificate true
use_identity_as_username true
persistence true
persistence_location ${directory}/
max_inflight_messages 0
max_queued_messages 0
max_queued_bytes 0
log_dest stderr
log_type error
log_type warning
log_type information
connection_messages false
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}
