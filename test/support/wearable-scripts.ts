import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WearableRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `scripts/<script>.ts` as a person does, in `cwd`, a folder without a `.env`.
 * @param until stopped with Ctrl-C once its output matches
 */
export function runWearableScript(
  cwd: string,
  script: string,
  args: readonly string[],
  until?: RegExp,
): Promise<WearableRun> {
  const path = fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url));
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    // None of this process's settings.
    env: { PATH, NODE_COMPILE_CACHE, NO_COLOR: '1' },
  });
  let out = '';
  let err = '';
  let stopped = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    // Once: a second Ctrl-C ends a script at once.
    if (!stopped && until?.test(out)) stopped = child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}
