import { isMainThread } from 'node:worker_threads';

/**
 * Put before the server and the baseline alike (`node --expose-gc --import`): both leave their garbage when told to by
 * SIGUSR2, and neither knows of it. Without it a resident size says as much of how long ago V8 last looked as of what a
 * connection holds.
 */
if (isMainThread)
  process.on('SIGUSR2', () => {
    // Twice: what the first pass makes unreachable (weak maps, finalizers) goes in the second.
    globalThis.gc?.();
    globalThis.gc?.();
  });
