import type { CDPSession, Page } from 'playwright-core';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import { descendantsOf } from '../machine/process-tree.ts';

/** What a page costs its browser over some seconds. */
export interface PageCost {
  /** All processes of the browser together, in parts of one core. */
  readonly cores: number;
  /** Pictures a second. */
  readonly framesPerSecond: number;
  /** Live objects of the page after a collection, in bytes, at the beginning and at the end. */
  readonly heap: readonly [before: number, after: number];
}

/** CPU so far of every process that this one has started (the browser's), in microseconds. */
function browserCpuUs(): number {
  let sum = 0;
  for (const pid of descendantsOf(process.pid)) {
    try {
      sum += cpuTimeUs(pid);
    } catch (error) {
      // Ended since it was listed.
      if (!['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
    }
  }
  return sum;
}

async function liveHeap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

/** Looks at a page as it stands for some seconds. Nothing else may run in a browser that this process has started. */
export async function pageCost(page: Page, seconds: number): Promise<PageCost> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  const before = await liveHeap(session);
  const [cpu, began] = [browserCpuUs(), performance.now()];
  const frames = await page.evaluate(async (ms) => {
    type Frame = (callback: (at: number) => void) => void;
    const { requestAnimationFrame: next } = globalThis as unknown as { requestAnimationFrame: Frame };
    let count = 0;
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise<number>((resolve) => next(resolve));
      count += 1;
    }
    return count;
  }, seconds * 1_000);
  const tookUs = (performance.now() - began) * 1_000;
  const cores = (browserCpuUs() - cpu) / tookUs;
  const after = await liveHeap(session);
  await session.detach();
  return { cores, framesPerSecond: (frames * 1e6) / tookUs, heap: [before, after] };
}

/** When the page showed something first, counted from the request for it. Milliseconds. */
export function firstPaintMs(page: Page): Promise<number> {
  return page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
}
