import { buildConsole } from '../../console/build-console.ts';
import { openDemo } from '../../demo/open-demo.ts';
import { installedBrowser, launchBrowser, openScreen } from '../../rig/browser.ts';
import { type BenchContext, type Benchmark, type BenchResult, medianOf } from '../benchmark.ts';
import { firstPaintMs, type PageCost, pageCost } from './page-cost.ts';

const PEOPLE = 64;
/** A wall screen of 4K, on which tiles have room for live traces. */
const WALL = { width: 3_840, height: 2_160 } as const;
/** As many as the ward view asks for at once. */
const TRACES = 8;
const TRACES_WAIT_MS = 30_000;
/** Code that runs first is slow, and trends are recalled. Milliseconds. */
const SETTLE_MS = 10_000;
const PAINTS = 5;

/** What the page is to cost at the most (its own budget, beside the targets of the server). */
const BUDGET = { cores: 0.5, framesPerSecond: 30, firstPaintMs: 1_000, kilobytes: 150 } as const;

async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  show('building the page');
  const build = await buildConsole();
  await using demo = await openDemo({ people: PEOPLE, signal, step: show });
  const link = demo.links.find(({ role }) => role === 'charge');
  if (link === undefined) throw new Error('the demo gave no link for a charge nurse');
  const browser = await launchBrowser();
  try {
    const context = await openScreen(browser, WALL);
    const page = await context.newPage();
    await demo.during(page.goto(link.url.href));
    const traces = page.locator('canvas');
    await demo.during(traces.nth(TRACES - 1).waitFor({ timeout: TRACES_WAIT_MS }));
    const paints: number[] = [];
    for (let i = 0; i < PAINTS; i += 1) {
      await demo.during(page.reload());
      await demo.during(traces.nth(TRACES - 1).waitFor({ timeout: TRACES_WAIT_MS }));
      paints.push(await firstPaintMs(page));
    }
    await demo.during(page.waitForTimeout(SETTLE_MS));
    const blocks: PageCost[] = [];
    const [count, seconds] = quick ? [2, 5] : [5, 60];
    for (let i = 0; i < count; i += 1) {
      show(`${PEOPLE} people and ${TRACES} traces: ${i + 1} of ${count}`);
      blocks.push(await demo.during(pageCost(page, seconds)));
    }
    return result(build.compressed, paints, blocks, {
      shown: await traces.count(),
      minutes: (count * seconds) / 60,
    });
  } finally {
    await browser.close();
  }
}

function result(
  compressed: number,
  paints: readonly number[],
  blocks: readonly PageCost[],
  { shown, minutes }: { readonly shown: number; readonly minutes: number },
): BenchResult {
  const grown = (blocks.at(-1)?.heap[1] ?? Number.NaN) - (blocks[0]?.heap[0] ?? Number.NaN);
  return {
    figures: [
      {
        ...{ name: `Chromium, ${PEOPLE} people and ${shown} traces`, unit: 'cores', at_most: BUDGET.cores },
        ...medianOf(blocks.map(({ cores }) => cores)),
      },
      {
        ...{ name: 'pictures a second', unit: '/s', at_least: BUDGET.framesPerSecond },
        ...medianOf(blocks.map(({ framesPerSecond }) => framesPerSecond)),
      },
      {
        ...{ name: 'first paint, from the request', unit: 'ms', at_most: BUDGET.firstPaintMs },
        ...medianOf(paints),
      },
      {
        name: 'live objects of the page',
        value: (blocks.at(-1)?.heap[1] ?? Number.NaN) / 2 ** 20,
        unit: 'MiB',
      },
      { name: 'their growth', value: grown / 1_024 / minutes, unit: 'KiB/min' },
      {
        ...{ name: 'all scripts and styles, compressed', unit: 'kB', at_most: BUDGET.kilobytes },
        value: compressed / 1_000,
      },
    ],
    notes: [
      'Chromium without a window: it draws by the processor, which a machine with graphics does not. Server and wearables are in the benchmark’s own process, and not in the figure.',
    ],
  };
}

/** What the console costs a browser. */
export const CONSOLE: Benchmark = {
  name: 'console',
  about: `what the console costs Chromium: ${PEOPLE} people at 1 Hz and ${TRACES} live traces`,
  quick: 'only_when_asked',
  missing: () =>
    installedBrowser() === undefined ? 'Chromium is not installed (Debian: apt-get install chromium)' : null,
  run,
};
