import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TapTally, tallyTap } from './tap-stream.ts';

/** How a test file ended. */
export interface FileResult extends TapTally {
  readonly file: string;
  /** What is wrong with the file as a whole: it crashed, never ended or said too little. */
  readonly wrong: string | undefined;
  /** What it wrote to standard error, for when it fails. */
  readonly stderr: string;
}

export interface RunOptions {
  /** Files that run at once. */
  readonly jobs: number;
  /** A file that takes longer is killed and has failed. */
  readonly limitMs: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where each file's TAP and standard error are kept, under the file's own path. */
  readonly results: string;
  readonly onResult: (result: FileResult) => void;
  /** Ends the files that run; none is begun any more. */
  readonly signal: AbortSignal;
}

/** Between the request to end and the end: tap says in it what was still open. */
const GRACE_MS = 2_000;

/**
 * Runs each test file as `node FILE`, the dearest first. Without the module hooks of tap's own runner, which only coverage and
 * mocked modules need: they more than double what a file costs, and slip into every process that a test starts.
 */
export async function runFiles(files: readonly string[], options: RunOptions): Promise<void> {
  const waiting = dearestFirst(files, options.results);
  const lane = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (options.signal.aborted) return;
      options.onResult(await runFile(file, options));
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, lane));
}

async function runFile(file: string, options: RunOptions): Promise<FileResult> {
  const [tap, err] = [`${join(options.results, file)}.tap`, `${join(options.results, file)}.err`];
  mkdirSync(dirname(tap), { recursive: true });
  const wrong = await ended(file, tap, err, options);
  const tally = await tallyTap(tap);
  const silent = wrong === undefined && !tally.complete ? 'it ended before all of its tests had' : wrong;
  return {
    ...tally,
    file,
    wrong: tally.failed > 0 && wrong?.startsWith('exit code') ? undefined : silent,
    stderr: readFileSync(err, 'utf8'),
  };
}

/** What is wrong with how the process of `file` ended. */
function ended(file: string, tap: string, err: string, options: RunOptions): Promise<string | undefined> {
  const [out, errors] = [openSync(tap, 'w'), openSync(err, 'w')];
  // In a group of its own: what a file that is killed had started ends with it.
  const child = spawn(process.execPath, [file], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', out, errors],
    detached: true,
  });
  closeSync(out);
  closeSync(errors);
  let cause: string | undefined;
  let grace: NodeJS.Timeout | undefined;
  const end = (why: string): void => {
    cause ??= why;
    child.kill('SIGTERM');
    grace ??= setTimeout(() => killGroup(child.pid), GRACE_MS);
  };
  const limit = setTimeout(() => end(`it took longer than ${options.limitMs / 1_000} s`), options.limitMs);
  const interrupt = (): void => end('it was interrupted');
  options.signal.addEventListener('abort', interrupt);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(limit);
      clearTimeout(grace);
      options.signal.removeEventListener('abort', interrupt);
      if (cause !== undefined) killGroup(child.pid);
      resolve(cause ?? (signal ? `killed by ${signal}` : code === 0 ? undefined : `exit code ${code}`));
    });
  });
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // ESRCH: all of it is gone.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What is not known takes this long: a file that starts processes and servers, any other. */
const GUESS_MS = { processes: 10_000, other: 500 } as const;

/** So that the last file to begin is a short one: by the times of the last run, where there was one. */
function dearestFirst(files: readonly string[], results: string): string[] {
  const cost = new Map(files.map((file) => [file, lastTime(file, results)]));
  return files.toSorted((one, other) => (cost.get(other) ?? 0) - (cost.get(one) ?? 0));
}

function lastTime(file: string, results: string): number {
  try {
    const times = readFileSync(`${join(results, file)}.tap`, 'utf8').match(/^# time=[\d.]+(?=ms$)/gm);
    if (times) return Number(times.at(-1)?.slice('# time='.length));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return /^test\/(?:e2e|scripts)\//.test(file) ? GUESS_MS.processes : GUESS_MS.other;
}
