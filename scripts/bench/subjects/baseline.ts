import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../src/core/coded-error.ts';
import { startArguments } from '../../rig/start-arguments.ts';
import type { DialectName } from '../load/load-messages.ts';
import { spawnPinned } from '../machine/pinned.ts';
import type { Subject } from './subject.ts';

/** Certificates of a baseline: the product's own, so that handshakes cost the same. Paths of PEM files. */
export interface BaselineCertificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface BaselineOptions extends BaselineCertificates {
  readonly name: string;
  /** The file of `baselines/` that is run. */
  readonly entry: string;
  readonly arguments?: readonly string[];
  /** Of Node itself, before the baseline's file. */
  readonly nodeArguments?: readonly string[];
  readonly dialect: DialectName;
  /** How many frames its word about itself stands for; null: its acks tell. */
  readonly taken: ((counted: Readonly<Record<string, number>>) => number) | null;
}

/** Starts a baseline on the server's core. @throws CodedError `baseline_did_not_start` */
export async function startBaseline(options: BaselineOptions): Promise<Subject> {
  const { name, entry, cert, key, ca, dialect, taken, nodeArguments = [] } = options;
  const file = fileURLToPath(new URL(`../baselines/${entry}`, import.meta.url));
  // What makes the product cheaper by a word to Node makes a baseline cheaper too.
  const ofNode = [...startArguments(), ...nodeArguments];
  const command = [process.execPath, ...ofNode, file, cert, key, ca, ...(options.arguments ?? [])];
  const child = spawnPinned('server', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const failed = once(child, 'exit').then(([code]) => {
    throw new CodedError('baseline_did_not_start', `${name} ended with ${code}`);
  });
  failed.catch(() => {});
  const ask = async (): Promise<Readonly<Record<string, number>>> => {
    const [answer] = (await Promise.race([once(child, 'message'), failed])) as [Record<string, number>];
    return answer;
  };
  const { port } = await ask();
  if (child.pid === undefined || port === undefined)
    throw new CodedError('baseline_did_not_start', `${name} said no port`);
  return {
    name,
    pid: child.pid,
    port,
    dialect,
    async taken() {
      if (taken === null) return null;
      const answer = ask();
      child.send('count');
      return taken(await answer);
    },
    journaled: async () => null,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
