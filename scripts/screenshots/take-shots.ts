import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { openDemo } from '../demo/open-demo.ts';
import type { ConsoleLink } from '../demo/run-demo.ts';
import { openScreen } from '../rig/browser.ts';
import type { Shot } from './shots.ts';

/** What a live trace and the trends need to show something. Milliseconds. */
const SETTLE_MS = 6_000;
const LOOK_MS = 500;

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
  const { people, signal, step, afterSeconds } = options;
  await using demo = await openDemo({ people, signal, step });
  const contexts = await demo.during(signIn(options, demo.links));
  while (demo.seconds < afterSeconds) {
    step(`waiting for somebody to fall ill: ${Math.round(demo.seconds)} of ${afterSeconds} s`);
    await demo.during(sleep(systemClock(), LOOK_MS));
  }
  return await demo.during(all(options, demo.links, contexts));
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
    await page.getByRole('navigation').first().waitFor();
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
    await page.waitForTimeout(shot.role === null ? LOOK_MS : SETTLE_MS);
    const file = join(options.directory, `${shot.name}.png`);
    await page.screenshot({ path: file });
    taken.push({ name: shot.name, file });
  }
  return taken;
}
