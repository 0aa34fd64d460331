import { ConfigError, choice, type Environment, integer, read, type Setting, text } from './setting.ts';

const HTTP_URL: Setting<URL | 'unset'> = {
  key: 'INFLUX_URL',
  default: '',
  about: 'Where InfluxDB answers, e.g. http://localhost:8086.',
  allowed:
    'an http or https URL without user and password: these go into INFLUX_USERNAME, INFLUX_PASSWORD or INFLUX_TOKEN',
  // The URL is shown and logged, so that no secret may be in it.
  parse: (value) => {
    if (value === '') return 'unset';
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol)) return null;
    return url.username === '' && url.password === '' ? url : null;
  },
  show: (value) => value.replace(/\/\/.*@/, '//(hidden)@'),
};

const SERVER_NAMES: Setting<readonly string[]> = {
  key: 'VITALWIRE_SERVER_NAMES',
  default: 'localhost,127.0.0.1',
  about: 'Names and addresses the development server certificate is made for, comma separated.',
  allowed: 'at least one DNS name or IP address, comma separated',
  parse: (value) => {
    const names = value.split(',').map((name) => name.trim());
    return names.every((name) => /^[A-Za-z0-9:.*-]{1,253}$/.test(name)) ? names : null;
  },
};

/** Every key the server reads, in the order `--help` shows them. */
export const SETTINGS = {
  mode: choice(
    'NODE_ENV',
    'development',
    ['development', 'test', 'production'],
    'production refuses development keys.',
  ),
  host: text('VITALWIRE_HOST', '0.0.0.0', 'Address both listeners bind.'),
  devicePort: integer(
    'VITALWIRE_DEVICE_PORT',
    8443,
    0,
    65_535,
    'Port for wearables (mTLS); 0 takes a free one.',
  ),
  clinicianPort: integer(
    'VITALWIRE_CLINICIAN_PORT',
    8444,
    0,
    65_535,
    'Port for clinicians, admins and monitoring; 0 takes a free one.',
  ),
  serverNames: SERVER_NAMES,
  certs: text('VITALWIRE_CERTS_DIR', 'certs', 'Keys and certificates.'),
  data: text('VITALWIRE_DATA_DIR', 'var', 'Journal, registry, alarm log and the embedded store.'),
  store: choice(
    'VITALWIRE_STORE',
    'sqlite',
    ['sqlite', 'influxdb'],
    'Where vitals live: embedded, or InfluxDB.',
  ),
  influxUrl: HTTP_URL,
  influxVersion: choice('INFLUX_VERSION', '2', ['1', '2', '3'], 'Major version of InfluxDB.'),
  influxDatabase: text('INFLUX_DATABASE', 'vitalwire', 'Database (version 1 and 3).'),
  influxOrg: text('INFLUX_ORG', '', 'Organisation (version 2).'),
  influxBucket: text('INFLUX_BUCKET', 'vitalwire', 'Bucket (version 2).'),
  influxUsername: text('INFLUX_USERNAME', '', 'User (version 1, where authentication is on).'),
  influxPassword: text('INFLUX_PASSWORD', '', 'Password of that user.', { secret: true }),
  influxToken: text('INFLUX_TOKEN', '', 'API token (version 2 and 3).', { secret: true }),
  influxTimeoutMs: integer(
    'INFLUX_TIMEOUT_MS',
    10_000,
    100,
    300_000,
    'A request to InfluxDB that takes longer is tried again.',
  ),
  issuer: text(
    'VITALWIRE_ISSUER',
    'https://vitalwire.example',
    'Issuer (`iss`) of the tokens this service signs.',
  ),
  deviceTokenTtlS: integer(
    'VITALWIRE_DEVICE_TOKEN_TTL_S',
    3_600,
    60,
    86_400,
    'Lifetime of a device token, in seconds.',
  ),
  heartbeatS: integer(
    'VITALWIRE_HEARTBEAT_S',
    20,
    1,
    // Feed clients take 45 s without a sign of life for a lost connection.
    20,
    'Sockets are pinged this often; two missed pings end them. Seconds.',
  ),
  retentionDays: integer('VITALWIRE_RETENTION_DAYS', 30, 1, 3_650, 'Samples older than this are refused.'),
  journalPendingMb: integer(
    'VITALWIRE_JOURNAL_PENDING_MB',
    64,
    1,
    4_096,
    'Frames that may wait for the disk before sockets are held back. MB.',
  ),
  logLevel: choice(
    'VITALWIRE_LOG_LEVEL',
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
    'Least severe level that is logged.',
  ),
} as const;

/** Keys that others of this project read: scripts and tests. */
const OTHER_KEYS = ['VITALWIRE_CA_PASSPHRASE', 'VITALWIRE_TOKEN', 'VITALWIRE_RECORDINGS'];

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
  readonly certs: string;
  readonly data: string;
  readonly store: StoreConfig;
  readonly issuer: string;
  readonly deviceTokenTtlS: number;
  readonly heartbeatMs: number;
  readonly retentionMs: number;
  readonly journalPendingBytes: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
}

/** Kept apart from the rest, so that a config can be shown without a second thought. */
export interface Secrets {
  readonly influxToken: string | null;
  readonly influxPassword: string | null;
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
    certs: read(environment, SETTINGS.certs),
    data: read(environment, SETTINGS.data),
    store: storeConfig(environment),
    issuer: read(environment, SETTINGS.issuer),
    deviceTokenTtlS: read(environment, SETTINGS.deviceTokenTtlS),
    heartbeatMs: read(environment, SETTINGS.heartbeatS) * 1_000,
    retentionMs: read(environment, SETTINGS.retentionDays) * 86_400_000,
    journalPendingBytes: read(environment, SETTINGS.journalPendingMb) * 1024 * 1024,
    logLevel: read(environment, SETTINGS.logLevel),
  };
  const secrets: Secrets = {
    influxToken: read(environment, SETTINGS.influxToken) || null,
    influxPassword: read(environment, SETTINGS.influxPassword) || null,
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
    'Starts the server. Settings come from the environment and from .env beside package.json:',
    '',
    ...lines,
  ].join('\n');
}
