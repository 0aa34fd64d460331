import { integer, type Setting } from './setting.ts';

const HOUR_MS = 3_600_000;
/** The registry keeps no session for longer: `MAX_SESSION_MS`. */
const MAX_HOURS = 168;

/** The console lives at `/` of a host of its own: its cookie is for all paths of the host (`__Host-`). */
const CONSOLE_URL: Setting<string> = {
  key: 'VITALWIRE_CONSOLE_URL',
  default: '',
  about:
    "Where people open the console: in links to sign in with, and what their browsers' requests must come from; unset: https://localhost with the clinician port.",
  allowed: 'an https URL without path, query, user and password, e.g. https://vitals.hospital.example',
  parse: (value) => {
    if (value === '') return '';
    const url = URL.parse(value);
    if (url === null || url.protocol !== 'https:' || url.pathname !== '/') return null;
    return url.href === `${url.origin}/` ? url.origin : null;
  },
  show: (value) => value.replace(/\/\/.*@/, '//(hidden)@'),
};

const SESSION_HOURS = integer(
  'VITALWIRE_SESSION_HOURS',
  12,
  1,
  MAX_HOURS,
  'How long a sign-in at the console lasts, in hours.',
);

/** Keys about people who sign in at the console. */
export const CONSOLE_SETTINGS = { consoleUrl: CONSOLE_URL, sessionHours: SESSION_HOURS } as const;

/** How the console is reached, and for how long a sign-in lasts. */
export interface ConsoleConfig {
  /** Without a slash at its end; null: not set, see `consoleUrlOf`. */
  readonly url: string | null;
  readonly sessionMs: number;
}

export function consoleConfig(url: string, sessionHours: number): ConsoleConfig {
  return { url: url || null, sessionMs: sessionHours * HOUR_MS };
}

/** Where people open the console. @param port of the clinician listener */
export function consoleUrlOf(url: string | null, port: number): string {
  return url ?? `https://localhost:${port}`;
}
