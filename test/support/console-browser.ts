import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Test } from 'tap';
import { buildConsole } from '../../scripts/console/build-console.ts';
import { installedBrowser, launchBrowser, openScreen, type Screen } from '../../scripts/rig/browser.ts';
import { newSecret, secretHash } from '../../src/identity/console-sessions.ts';
import { clinicianId, type SessionId, sessionId, wardId } from '../../src/model/ids.ts';
import type { Role } from '../../src/model/people.ts';
import { type RunningServer, runningServer } from './running-server.ts';

/** Why a test of the page is skipped, or false when it runs; with CI=true the missing browser fails it. */
export const withoutBrowser: string | false =
  process.env.CI === 'true' || installedBrowser() !== undefined
    ? false
    : 'chromium is not installed (Debian: apt-get install chromium)';

/** Somebody at a screen of their own. */
export interface Reader {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly session: SessionId;
}

export interface ReaderOptions {
  readonly path?: string;
  readonly screen?: Partial<Screen>;
  /** Where the server is for this screen, if something stands between; absent: the server itself. */
  readonly base?: string;
}

/** A real server with the built page, and a real browser. */
export interface ConsoleBrowser {
  readonly server: RunningServer;
  readonly browser: Browser;
  /** Somebody of `ward-1` who is signed in, on the page at `path`; what the page reports as an error fails the test. */
  reader(id: string, role: Role, options?: ReaderOptions): Promise<Reader>;
}

const DESK: Screen = { width: 1_280, height: 800 };
const SESSION_MS = 3_600_000;

/** Builds the page, starts server and browser; all of it ends with the test. */
export async function consoleBrowser(
  t: Test,
  environment: Readonly<Record<string, string>> = {},
): Promise<ConsoleBrowser> {
  await buildConsole();
  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  const server = await runningServer(t, { environment });
  return {
    server,
    browser,
    async reader(id, role, { path = '/', screen = {}, base } = {}) {
      const clinician = clinicianId(id);
      const { registry, clinicianUrl } = server;
      await registry.putClinician({
        id: clinician,
        role,
        wards: [wardId('ward-1')],
        patients: [],
        active: true,
      });
      const secret = newSecret();
      const session = sessionId(crypto.randomUUID());
      const from = Date.now();
      await registry.addSession({
        ...{ id: session, secret_hash: secretHash(secret), clinician, role: null, scope: null },
        ...{ via: 'invitation', from, until: from + SESSION_MS, ended: null },
      });
      const context = await openScreen(browser, { ...DESK, ...screen });
      await context.addCookies([
        {
          ...{ name: '__Host-vitalwire_session', value: secret, domain: 'localhost', path: '/' },
          ...{ httpOnly: true, secure: true, sameSite: 'Strict' },
        },
      ]);
      const page = await context.newPage();
      page.on('pageerror', (error) => t.fail(`the page threw: ${error.stack ?? error.message}`));
      // Another process's changes are seen within 250 ms.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await page.goto(`${base ?? clinicianUrl}${path}`);
      return { page, context, session };
    },
  };
}
