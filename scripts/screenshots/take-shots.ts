import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { CodedError } from '../../src/core/coded-error.ts';
import { simulatedPeople } from '../demo/people.ts';
import { type ConsoleLink, type DemoView, runDemo } from '../demo/run-demo.ts';
import { openScreen } from '../rig/browser.ts';
import type { Shot } from './shots.ts';

/** The demo's people fall ill in the first minute, each in their own way. */
const SEED = 1;
/** Longer than all pictures take; it ends with the last of them. */
const MOST_SECONDS = 600;
/** What a live trace and the trends need to show something. Milliseconds. */
const SETTLE_MS = 6_000;

export interface Taken {
  readonly name: string;
  readonly file: string;
}

export interface ShotsOptions {
  readonly browser: Browser;
  readonly shots: readonly Shot[];
  /** How many people the demo has: of all shots alike. */
  readonly people: number;
  /** Where the pictures go. */
  readonly directory: string;
  /** Seconds from the first measurement to the first picture: until then somebody has fallen ill. */
  readonly afterSeconds: number;
  readonly signal: AbortSignal;
  readonly step: (text: string) => void;
}

/** Plays the demo, and takes pictures of its console while it plays. @throws CodedError `interrupted` */
export async function takeShots(options: ShotsOptions): Promise<readonly Taken[]> {
  const { people, signal, step } = options;
  const over = new AbortController();
  const ready = Promise.withResolvers<readonly ConsoleLink[]>();
  const ill = Promise.withResolvers<void>();
  const view: DemoView = {
    preparing: step,
    ready: ready.resolve,
    frame: () => undefined,
    tick: ({ seconds }) => {
      step(
        `waiting for somebody to fall ill: ${Math.min(options.afterSeconds, Math.round(seconds))} of ${options.afterSeconds} s`,
      );
      if (seconds >= options.afterSeconds) ill.resolve();
    },
  };
  const playing = runDemo({
    people: simulatedPeople({ devices: people, seed: SEED, seconds: MOST_SECONDS }),
    ...{ speed: 1, store: { VITALWIRE_STORE: 'sqlite' }, verbose: false, view },
    signal: AbortSignal.any([signal, over.signal]),
  });
  // What ends the demo before its pictures are taken ends this too.
  const failed = playing.then(() => {
    throw new CodedError('interrupted', 'the demo ended before its pictures were taken');
  });
  failed.catch(() => undefined);
  try {
    const links = await Promise.race([ready.promise, failed]);
    const contexts = await Promise.race([signIn(options, links), failed]);
    await Promise.race([ill.promise, failed]);
    return await Promise.race([all(options, links, contexts), failed]);
  } finally {
    over.abort();
    await playing.catch(() => undefined);
  }
}

type Contexts = ReadonlyMap<string, BrowserContext>;

/** A link works once: it is opened once for each role, and the other screens get the cookie. */
async function signIn({ browser, shots }: ShotsOptions, links: readonly ConsoleLink[]): Promise<Contexts> {
  const contexts = new Map<string, BrowserContext>();
  for (const { role, url } of links) {
    if (!shots.some((shot) => shot.role === role)) continue;
    const context = await openScreen(browser, { width: 1_280, height: 800 });
    const page = await context.newPage();
    await page.goto(url.href);
    await page.getByRole('navigation').waitFor();
    await page.close();
    contexts.set(role, context);
  }
  return contexts;
}

async function all(
  options: ShotsOptions,
  links: readonly ConsoleLink[],
  contexts: Contexts,
): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  const base = links[0]?.url ?? new URL('https://localhost');
  for (const shot of options.shots) {
    options.step(`${shot.name}: ${shot.about}`);
    await using context = await openScreen(options.browser, shot.screen);
    const signedIn = shot.role === null ? undefined : contexts.get(shot.role);
    if (signedIn !== undefined) await context.addCookies(await signedIn.cookies());
    const page = await context.newPage();
    await page.goto(new URL(shot.path, base).href);
    await shot.prepare?.(page);
    await page.waitForTimeout(shot.role === null ? 500 : SETTLE_MS);
    const file = join(options.directory, `${shot.name}.png`);
    await page.screenshot({ path: file });
    taken.push({ name: shot.name, file });
  }
  return taken;
}
