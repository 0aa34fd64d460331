import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Growth after this many frames that is none of warming up: of a leak, a million frames show more. Bytes. */
export const MAX_GROWTH_BYTES = 24 * 2 ** 20;

/** Bytes in use after everything that nobody holds was collected. */
export function heapInUse(): number {
  // A context that is made after this has the collector, which others have not.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
