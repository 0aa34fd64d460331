import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { CodedError } from '../../src/core/coded-error.ts';

/** Where Debian's package puts it, and others do. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine; undefined: there is none. */
export function installedBrowser(): string | undefined {
  return PLACES.find((path) => existsSync(path));
}

/**
 * Starts the machine's own Chromium without a window.
 * @throws CodedError `browser_missing`
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = installedBrowser();
  if (executablePath === undefined)
    throw new CodedError('browser_missing', 'no Chromium on this machine: apt-get install chromium');
  return chromium.launch({
    executablePath,
    // root has no user namespaces in a container; pages are this project's own.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce' | 'no-preference';
  /** Touch, and a phone's pixels. */
  readonly phone?: boolean;
}

/** A browser of its own as far as cookies go. The server's certificate is of an authority that no browser knows. */
export function openScreen(browser: Browser, screen: Screen): Promise<BrowserContext> {
  const { width, height, colorScheme = 'dark', reducedMotion = 'no-preference', phone = false } = screen;
  return browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width, height },
    colorScheme,
    reducedMotion,
    locale: 'en-GB',
    timezoneId: 'Europe/Copenhagen',
    ...(phone ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  });
}
