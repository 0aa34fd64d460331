import { CONSOLE_SETTINGS } from './console-settings.ts';
import { OPENID_SETTINGS } from './openid-settings.ts';
import { choice, integer, type Setting, text } from './setting.ts';

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
  about:
    'Names and addresses of the server, comma separated: in the development certificate; where set, a new certificate must hold them.',
  allowed: 'at least one DNS name or IP address, comma separated',
  parse: (value) => {
    const names = value.split(',').map((name) => name.trim());
    return names.every((name) => /^[A-Za-z0-9:.*-]{1,253}$/.test(name)) ? names : null;
  },
};

/** Stands in what is issued from now on: relying parties fetch `<url>/<authority>.crl` (RFC 5280 4.2.1.13). */
const CRL_URL: Setting<string> = {
  key: 'VITALWIRE_CRL_URL',
  default: 'https://localhost:8444/crl',
  about: 'Where the revocation lists are published; the clinician listener serves them at /crl.',
  allowed: 'an http or https URL without query, of at most 200 characters',
  parse: (value) => {
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol) || value.length > 200) return null;
    return url.search === '' && url.hash === '' && url.username === '' ? value.replace(/\/+$/, '') : null;
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
  certificateDays: integer(
    'VITALWIRE_CERTIFICATE_DAYS',
    90,
    1,
    825,
    'Life of the certificates that devices renew themselves, in days.',
  ),
  crlUrl: CRL_URL,
  caPassphrase: text(
    'VITALWIRE_CA_PASSPHRASE',
    '',
    "Passphrase of the authorities' keys; the server needs it so that devices can renew.",
    { secret: true },
  ),
  caPassphraseFile: text(
    'VITALWIRE_CA_PASSPHRASE_FILE',
    '',
    'A file that holds that passphrase, instead of it.',
  ),
  ...CONSOLE_SETTINGS,
  ...OPENID_SETTINGS,
  heartbeatS: integer(
    'VITALWIRE_HEARTBEAT_S',
    20,
    1,
    // Feed clients take 45 s without a sign of life for a lost connection.
    20,
    'Sockets are pinged this often; one that is silent for twice as long is ended. Seconds.',
  ),
  connectsPerMinute: integer(
    'VITALWIRE_CONNECTS_PER_MINUTE',
    20,
    1,
    100_000,
    'Connects, and token requests, of one device in a minute; over it the device is held off (4429, 429).',
  ),
  unauthenticatedPerAddress: integer(
    'VITALWIRE_UNAUTHENTICATED_PER_ADDRESS',
    1_024,
    1,
    1_000_000,
    'Open connections of one address (IPv6: of one /64) whose peer is not identified yet. Fleets come back from behind one NAT.',
  ),
  unauthenticatedTotal: integer(
    'VITALWIRE_UNAUTHENTICATED_TOTAL',
    8_192,
    1,
    1_000_000,
    'The same of all addresses together, for each listener.',
  ),
  retentionDays: integer('VITALWIRE_RETENTION_DAYS', 30, 1, 3_650, 'Samples older than this are refused.'),
  journalPendingMb: integer(
    'VITALWIRE_JOURNAL_PENDING_MB',
    64,
    1,
    // One batch may hold all of it: more could pass the longest string of V8 and the largest blob of SQLite.
    256,
    'Frames that may wait for the disk before sockets are held back. MB.',
  ),
  journalUnreadGib: integer(
    'VITALWIRE_JOURNAL_UNREAD_GIB',
    16,
    1,
    4_096,
    'What the journal keeps for a store that is away; past it new frames are refused, what is unread is never deleted. GiB.',
  ),
  escalateHighS: integer(
    'VITALWIRE_ESCALATE_HIGH_S',
    60,
    5,
    3_600,
    'An alarm of high priority that nobody acknowledges goes to the next circle after so long: the assigned clinicians, the ward, all on duty. Seconds.',
  ),
  escalateMediumS: integer(
    'VITALWIRE_ESCALATE_MEDIUM_S',
    180,
    5,
    3_600,
    'The same of medium priority. Seconds.',
  ),
  realertS: integer(
    'VITALWIRE_REALERT_S',
    600,
    30,
    3_600,
    'An acknowledged alarm whose condition lasts alerts again after so long. Seconds.',
  ),
  unattendedS: integer(
    'VITALWIRE_UNATTENDED_S',
    10,
    2,
    300,
    "An alarm that no clinician's client has confirmed by then is unattended. Seconds.",
  ),
  logLevel: choice(
    'VITALWIRE_LOG_LEVEL',
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
    'Least severe level that is logged.',
  ),
} as const;
