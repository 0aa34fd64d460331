import { mkdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into a script by `--import`: the script sends itself the signal named by PLACED_SIGNAL at the first device that
 * is put in its place. From within, for another process may be too late, however often it looks.
 */
const { PLACED_SIGNAL } = process.env;
const devices = join(process.cwd(), 'certs/devices');
mkdirSync(devices, { recursive: true });
// Threads load it, too, and a second signal ends the script at once.
if (isMainThread) {
  const watcher = watch(devices, { persistent: false }, (_, name) => {
    if (name === null || name.startsWith('.')) return;
    watcher.close();
    process.kill(process.pid, PLACED_SIGNAL);
  });
}
