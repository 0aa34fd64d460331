import { serveCalls } from '../load/serve-calls.ts';

/** What the process is told that takes a share of a core. */
export interface CoreShareCalls {
  /** Takes so much of the core from now on. @param share 0 to 1; 0: nothing */
  take(request: { readonly share: number }): void;
}

/** The generator of the load wakes up as often. */
const TICK_MS = 1;
/** After a hold-up it goes on no longer than this at once, and does not make up for the rest. */
const MOST_AT_ONCE_US = 5_000;
const US_PER_MS = 1_000;

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Takes a share of the core that it runs on, in small pieces: stands in for the generator where there is no load. */
class CoreShare implements CoreShareCalls {
  #timer: NodeJS.Timeout | undefined;

  take({ share }: { readonly share: number }): void {
    clearInterval(this.#timer);
    if (share <= 0) return;
    let last = performance.now();
    let owed = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      owed = Math.min(MOST_AT_ONCE_US, owed + (now - last) * US_PER_MS * share);
      last = now;
      const begun = cpuUs();
      let used = 0;
      while (used < owed) used = cpuUs() - begun;
      owed -= used;
    }, TICK_MS);
  }
}

serveCalls(new CoreShare());
