import type { Page } from 'playwright-core';
import type { Role } from '../../src/model/people.ts';
import type { Screen } from '../rig/browser.ts';

/** One picture of the console. */
export interface Shot {
  /** Of the file, without `.png`. */
  readonly name: string;
  readonly about: string;
  /** How many people the demo has for it. */
  readonly people: 8 | 64;
  /** Null: nobody is signed in. */
  readonly role: Extract<Role, 'charge' | 'admin'> | null;
  readonly path: string;
  readonly screen: Screen;
  /** Brings the page to where it is to be seen. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const WALL: Screen = { width: 1_920, height: 1_080 };
const DESK: Screen = { width: 1_440, height: 900 };
const PHONE: Screen = { width: 390, height: 844, phone: true };

/** Opens the first patient of the ward view: sorted by urgency, so whoever is worst. */
async function openWorst(page: Page): Promise<void> {
  await page.locator('a[href^="/patients/"]').first().click();
  await page.getByRole('heading', { level: 1 }).waitFor();
}

/** The same with two of their traces. */
async function openWorstWithTraces(page: Page): Promise<void> {
  await openWorst(page);
  for (const trace of ['ECG II', 'Pleth']) await page.getByLabel(trace, { exact: true }).check();
}

/** Every picture, in the order in which they are taken. */
export const SHOTS: readonly Shot[] = [
  { name: 'sign-in', about: 'signing in', people: 8, role: null, path: '/sign-in', screen: DESK },
  { name: 'ward-8', about: 'a ward of eight', people: 8, role: 'charge', path: '/', screen: WALL },
  {
    ...{ name: 'ward-8-light', about: 'the same in light colours', people: 8, role: 'charge', path: '/' },
    screen: { ...WALL, colorScheme: 'light' },
  },
  { name: 'alarms', about: 'the list of alarms', people: 8, role: 'charge', path: '/alarms', screen: DESK },
  {
    ...{
      name: 'patient',
      about: 'one patient',
      people: 8,
      role: 'charge',
      path: '/',
      screen: { ...DESK, height: 1_400 },
    },
    prepare: openWorstWithTraces,
  },
  {
    name: 'admin',
    about: 'devices and certificates',
    people: 8,
    role: 'admin',
    path: '/admin/devices',
    screen: DESK,
  },
  { name: 'phone-ward', about: 'the ward on a phone', people: 8, role: 'charge', path: '/', screen: PHONE },
  {
    ...{
      name: 'phone-patient',
      about: 'a patient on a phone',
      people: 8,
      role: 'charge',
      path: '/',
      screen: PHONE,
    },
    prepare: openWorst,
  },
  { name: 'ward-64', about: 'a ward of sixty-four', people: 64, role: 'charge', path: '/', screen: WALL },
];
