import { fileURLToPath } from 'node:url';

const SETTING = 'NODE_COMPILE_CACHE';
const DIRECTORY = fileURLToPath(new URL('../../../node_modules/.cache/bench', import.meta.url));

/**
 * Processes that are started until it is disposed of share Node's compile cache, where none is set: servers and loads are
 * the same modules again and again, and start in a third of the time. What they run is the same.
 */
export function sharedCompileCache(): Disposable {
  if (process.env[SETTING] !== undefined) return { [Symbol.dispose]: () => {} };
  process.env[SETTING] = DIRECTORY;
  return { [Symbol.dispose]: () => void delete process.env[SETTING] };
}
