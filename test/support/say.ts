import { writeSync } from 'node:fs';
import { codeOf } from '../../src/core/coded-error.ts';

const STDOUT = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes a line to stdout and returns when the pipe has it, so that it reaches the parent even when this process is
 * killed in the next moment. A full pipe is waited for.
 */
export function say(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest));
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
