import { type ConsoleConfig, consoleConfig } from './console-settings.ts';
import { type OpenIdConfig, openIdConfig } from './openid-settings.ts';
import { ConfigError, type Environment, read, type Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';

/** Keys that others of this project read: scripts and tests. */
const OTHER_KEYS = ['VITALWIRE_TOKEN', 'VITALWIRE_RECORDINGS'];

export type StoreConfig =
  | { readonly kind: 'sqlite' }
  | {
      readonly kind: 'influxdb';
      readonly version: 1;
      readonly url: string;
      readonly timeoutMs: number;
      readonly database: string;
      readonly username: string | null;
    }
  | {
      readonly kind: 'influxdb';
      readonly version: 2;
      readonly url: string;
      readonly timeoutMs: number;
      readonly org: string;
      readonly bucket: string;
    }
  | {
      readonly kind: 'influxdb';
      readonly version: 3;
      readonly url: string;
      readonly timeoutMs: number;
      readonly database: string;
    };

/** Everything the server is told from outside, except secrets. */
export interface Config {
  readonly mode: 'development' | 'test' | 'production';
  readonly host: string;
  readonly devicePort: number;
  readonly clinicianPort: number;
  readonly serverNames: readonly string[];
  /** They were set: a server certificate that lacks one is not taken while the server runs. */
  readonly serverNamesGiven: boolean;
  readonly certs: string;
  readonly data: string;
  readonly store: StoreConfig;
  readonly issuer: string;
  readonly deviceTokenTtlS: number;
  readonly certificateDays: number;
  readonly crlUrl: string;
  readonly caPassphraseFile: string | null;
  /** An OpenID provider that clinicians may sign in through beside this service's own tokens. */
  readonly openId: OpenIdConfig | null;
  readonly console: ConsoleConfig;
  readonly heartbeatMs: number;
  /** What bounds peers before it is known who they are, and devices that connect too often. */
  readonly peerLimits: {
    readonly unauthenticated: { readonly perAddress: number; readonly total: number };
    readonly connectsPerMinute: number;
  };
  readonly retentionMs: number;
  readonly journalPendingBytes: number;
  readonly journalUnreadBytes: number;
  /** Clinical rules 6 and 7: how long there is to answer an alarm. Milliseconds. */
  readonly response: {
    readonly escalateAfterMs: { readonly low: null; readonly medium: number; readonly high: number };
    readonly realertAfterMs: number;
    readonly unattendedAfterMs: number;
  };
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
}

/** Kept apart from the rest, so that a config can be shown without a second thought. */
export interface Secrets {
  readonly influxToken: string | null;
  readonly influxPassword: string | null;
  readonly caPassphrase: string | null;
  /** Of the console as a client of the OpenID provider; null: a public client. */
  readonly oidcClientSecret: string | null;
}

function refuseUnknownKeys(environment: Environment): void {
  const known = new Set<string>([...Object.values(SETTINGS).map(({ key }) => key), ...OTHER_KEYS]);
  for (const key of Object.keys(environment)) {
    if (key.startsWith('VITALWIRE_') && !known.has(key))
      throw new ConfigError(key, '…', 'is not a key of this server; `npm start -- --help` lists them');
  }
}

function storeConfig(environment: Environment): StoreConfig {
  if (read(environment, SETTINGS.store) === 'sqlite') return { kind: 'sqlite' };
  const url = read(environment, SETTINGS.influxUrl);
  if (url === 'unset')
    throw new ConfigError(
      'INFLUX_URL',
      '',
      'must be set when VITALWIRE_STORE=influxdb, e.g. http://localhost:8086',
    );
  const shared = {
    kind: 'influxdb',
    url: url.href.replace(/\/$/, ''),
    timeoutMs: read(environment, SETTINGS.influxTimeoutMs),
  } as const;
  switch (read(environment, SETTINGS.influxVersion)) {
    case '1':
      return {
        ...shared,
        version: 1,
        database: read(environment, SETTINGS.influxDatabase),
        username: read(environment, SETTINGS.influxUsername) || null,
      };
    case '2': {
      const org = read(environment, SETTINGS.influxOrg);
      if (org === '') throw new ConfigError('INFLUX_ORG', '', 'must be set for InfluxDB 2');
      return { ...shared, version: 2, org, bucket: read(environment, SETTINGS.influxBucket) };
    }
    case '3':
      return { ...shared, version: 3, database: read(environment, SETTINGS.influxDatabase) };
  }
}

/** Reads and checks the whole configuration before anything is opened. @throws ConfigError */
export function loadConfig(environment: Environment): { readonly config: Config; readonly secrets: Secrets } {
  refuseUnknownKeys(environment);
  // Those too that the chosen store does not need: a value that is wrong is a mistake wherever it stands.
  for (const setting of Object.values<Setting<unknown>>(SETTINGS)) read(environment, setting);
  const config: Config = {
    mode: read(environment, SETTINGS.mode),
    host: read(environment, SETTINGS.host),
    devicePort: read(environment, SETTINGS.devicePort),
    clinicianPort: read(environment, SETTINGS.clinicianPort),
    serverNames: read(environment, SETTINGS.serverNames),
    serverNamesGiven: Boolean(environment[SETTINGS.serverNames.key]?.trim()),
    certs: read(environment, SETTINGS.certs),
    data: read(environment, SETTINGS.data),
    store: storeConfig(environment),
    issuer: read(environment, SETTINGS.issuer),
    deviceTokenTtlS: read(environment, SETTINGS.deviceTokenTtlS),
    certificateDays: read(environment, SETTINGS.certificateDays),
    crlUrl: read(environment, SETTINGS.crlUrl),
    caPassphraseFile: read(environment, SETTINGS.caPassphraseFile) || null,
    openId: openIdConfig(environment, {
      mode: read(environment, SETTINGS.mode),
      issuer: read(environment, SETTINGS.issuer),
    }),
    console: consoleConfig(read(environment, SETTINGS.consoleUrl), read(environment, SETTINGS.sessionHours)),
    heartbeatMs: read(environment, SETTINGS.heartbeatS) * 1_000,
    peerLimits: {
      unauthenticated: {
        perAddress: read(environment, SETTINGS.unauthenticatedPerAddress),
        total: read(environment, SETTINGS.unauthenticatedTotal),
      },
      connectsPerMinute: read(environment, SETTINGS.connectsPerMinute),
    },
    retentionMs: read(environment, SETTINGS.retentionDays) * 86_400_000,
    journalPendingBytes: read(environment, SETTINGS.journalPendingMb) * 1024 * 1024,
    journalUnreadBytes: read(environment, SETTINGS.journalUnreadGib) * 1024 ** 3,
    response: {
      escalateAfterMs: {
        low: null,
        medium: read(environment, SETTINGS.escalateMediumS) * 1_000,
        high: read(environment, SETTINGS.escalateHighS) * 1_000,
      },
      realertAfterMs: read(environment, SETTINGS.realertS) * 1_000,
      unattendedAfterMs: read(environment, SETTINGS.unattendedS) * 1_000,
    },
    logLevel: read(environment, SETTINGS.logLevel),
  };
  const secrets: Secrets = {
    influxToken: read(environment, SETTINGS.influxToken) || null,
    influxPassword: read(environment, SETTINGS.influxPassword) || null,
    caPassphrase: read(environment, SETTINGS.caPassphrase) || null,
    oidcClientSecret: read(environment, SETTINGS.oidcClientSecret) || null,
  };
  return { config, secrets };
}

/** The `--help` of `npm start`: every key with its default. */
export function configHelp(): string {
  const lines = Object.values(SETTINGS).map((setting: Setting<unknown>) => {
    const value = setting.default === '' ? '(unset)' : setting.default;
    return `  ${setting.key}\n      ${setting.about}\n      ${setting.allowed}; default ${value}`;
  });
  return [
    'Usage: npm start',
    '',
    'Starts the server. Settings come from the environment and from .env in the working directory:',
    '',
    ...lines,
  ].join('\n');
}
