import t from 'tap';
import { configHelp, loadConfig } from '../../src/config/config.ts';
import { ConfigError, type Environment, type Setting } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';

const settings: readonly Setting<unknown>[] = Object.values(SETTINGS);

function refusal(environment: Environment): ConfigError {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`taken: ${JSON.stringify(environment)}`);
}

t.test('with nothing set the defaults hold', async (t) => {
  const { config, secrets } = loadConfig({});
  t.same(config, {
    mode: 'development',
    host: '0.0.0.0',
    devicePort: 8443,
    clinicianPort: 8444,
    serverNames: ['localhost', '127.0.0.1'],
    serverNamesGiven: false,
    certs: 'certs',
    data: 'var',
    store: { kind: 'sqlite' },
    issuer: 'https://vitalwire.example',
    deviceTokenTtlS: 3_600,
    certificateDays: 90,
    crlUrl: 'https://localhost:8444/crl',
    caPassphraseFile: null,
    openId: null,
    console: { url: null, sessionMs: 12 * 3_600_000 },
    heartbeatMs: 20_000,
    peerLimits: { unauthenticated: { perAddress: 1_024, total: 8_192 }, connectsPerMinute: 20 },
    retentionMs: 30 * 86_400_000,
    journalPendingBytes: 64 * 2 ** 20,
    journalUnreadBytes: 16 * 2 ** 30,
    response: {
      escalateAfterMs: { low: null, medium: 180_000, high: 60_000 },
      realertAfterMs: 600_000,
      unattendedAfterMs: 10_000,
    },
    logLevel: 'info',
  });
  t.same(secrets, {
    influxToken: null,
    influxPassword: null,
    caPassphrase: null,
    oidcClientSecret: null,
  });
});

/** A value that each kind of key refuses; keys that take any text are absent. */
const WRONG: readonly (readonly [key: string, values: readonly string[], allowed: RegExp])[] = [
  ['NODE_ENV', ['staging', 'Production'], /one of development, test, production/],
  ['VITALWIRE_DEVICE_PORT', ['-1', '65536', '84x43', '8443.5', '1e3', '0x10', 'NaN'], /from 0 to 65535/],
  ['VITALWIRE_CLINICIAN_PORT', ['-1', '65536'], /from 0 to 65535/],
  ['VITALWIRE_SERVER_NAMES', ['a,,b', 'two words', 'a;b', ','], /DNS name or IP address/],
  ['VITALWIRE_STORE', ['influx', 'postgres'], /one of sqlite, influxdb/],
  ['INFLUX_URL', ['localhost:8086', 'ftp://h', 'http://', '8086'], /http or https URL/],
  ['INFLUX_VERSION', ['0', '4', '2.7'], /one of 1, 2, 3/],
  ['INFLUX_TIMEOUT_MS', ['99', '300001', 'soon'], /from 100 to 300000/],
  ['VITALWIRE_DEVICE_TOKEN_TTL_S', ['59', '86401'], /from 60 to 86400/],
  ['VITALWIRE_CERTIFICATE_DAYS', ['0', '826'], /from 1 to 825/],
  [
    'VITALWIRE_CONSOLE_URL',
    ['h', 'http://h', 'https://', 'https://h/console', 'https://h/?x', 'https://h/#x'],
    /an https URL without path/,
  ],
  ['VITALWIRE_SESSION_HOURS', ['0', '169', '1.5'], /from 1 to 168/],
  ['VITALWIRE_CRL_URL', ['/crl', 'ftp://h/crl', 'https://u:p@h/crl', 'https://h/crl?x'], /http or https URL/],
  [
    'VITALWIRE_OIDC_ISSUER',
    ['idp.example.org', 'ftp://a', 'http://idp.example.org', 'https://', 'https://a/?b', 'https://a/#b'],
    /an https URL/,
  ],
  ['VITALWIRE_OIDC_ALGORITHMS', ['none', 'HS256', 'RS256,none', 'ES256,', 'es256'], /of ES256, RS256/],
  ['VITALWIRE_OIDC_SUBJECT_CLAIM', ['a b'], /name of a claim/],
  ['VITALWIRE_OIDC_ROLE_CLAIM', ['a b'], /name of a claim/],
  [
    'VITALWIRE_OIDC_ROLES',
    ['nurse', 'nurse=', '=admin', 'a=admin,a=charge', 'a=king', 'a=admin,'],
    /value=role/,
  ],
  ['VITALWIRE_OIDC_WARDS_CLAIM', ['a b'], /name of a claim/],
  ['VITALWIRE_OIDC_PATIENTS_CLAIM', ['a b'], /name of a claim/],
  ['VITALWIRE_OIDC_SCOPES', ['profile', 'openid,profile', 'openid "a"'], /must be openid, and others/],
  ['VITALWIRE_OIDC_NAME', ['x'.repeat(65)], /at most 64 characters/],
  ['VITALWIRE_HEARTBEAT_S', ['0', '301'], /from 1 to 20/],
  ['VITALWIRE_CONNECTS_PER_MINUTE', ['0', '100001'], /from 1 to 100000/],
  ['VITALWIRE_UNAUTHENTICATED_PER_ADDRESS', ['0', '1000001'], /from 1 to 1000000/],
  ['VITALWIRE_UNAUTHENTICATED_TOTAL', ['0', '1000001'], /from 1 to 1000000/],
  ['VITALWIRE_RETENTION_DAYS', ['0', '3651'], /from 1 to 3650/],
  ['VITALWIRE_JOURNAL_PENDING_MB', ['0', '257'], /from 1 to 256/],
  ['VITALWIRE_JOURNAL_UNREAD_GIB', ['0', '4097'], /from 1 to 4096/],
  ['VITALWIRE_ESCALATE_HIGH_S', ['4', '3601', 'off'], /from 5 to 3600/],
  ['VITALWIRE_ESCALATE_MEDIUM_S', ['4', '3601', '1m'], /from 5 to 3600/],
  ['VITALWIRE_REALERT_S', ['29', '3601'], /from 30 to 3600/],
  ['VITALWIRE_UNATTENDED_S', ['1', '301'], /from 2 to 300/],
  ['VITALWIRE_LOG_LEVEL', ['trace', 'INFO'], /one of fatal, error, warn/],
];
/** Text that the server cannot judge. */
const ANY_TEXT = [
  'VITALWIRE_HOST',
  'VITALWIRE_CERTS_DIR',
  'VITALWIRE_DATA_DIR',
  'VITALWIRE_ISSUER',
  'VITALWIRE_OIDC_AUDIENCE',
  'VITALWIRE_OIDC_CA_FILE',
  'VITALWIRE_OIDC_CLIENT_ID',
  'VITALWIRE_OIDC_CLIENT_SECRET',
  'VITALWIRE_CA_PASSPHRASE',
  'VITALWIRE_CA_PASSPHRASE_FILE',
  'INFLUX_DATABASE',
  'INFLUX_ORG',
  'INFLUX_BUCKET',
  'INFLUX_USERNAME',
  'INFLUX_PASSWORD',
  'INFLUX_TOKEN',
];

t.test('every key is covered here', async (t) => {
  t.same([...WRONG.map(([key]) => key), ...ANY_TEXT].sort(), settings.map(({ key }) => key).sort());
});

t.test(
  'a wrong value is refused with the key, the value and what is allowed, whatever store is in use',
  async (t) => {
    for (const [key, values, allowed] of WRONG) {
      for (const value of values) {
        const error = refusal({ [key]: value });
        t.equal(error.code, 'invalid_config');
        t.match(error.message, allowed, `${key}=${value}`);
        t.ok(error.message.startsWith(`${key}=${JSON.stringify(value)}`), error.message);
        t.match(error.details, { key, allowed });
      }
    }
  },
);

t.test('empty and blank are not set; space around a value does not count', async (t) => {
  t.equal(loadConfig({ VITALWIRE_DEVICE_PORT: '' }).config.devicePort, 8443);
  t.equal(loadConfig({ VITALWIRE_DEVICE_PORT: '  ' }).config.devicePort, 8443);
  t.equal(loadConfig({ VITALWIRE_DEVICE_PORT: ' 9000 ' }).config.devicePort, 9000);
  t.equal(loadConfig({ VITALWIRE_DEVICE_PORT: undefined }).config.devicePort, 8443);
});

t.test('the edges of every range are taken', async (t) => {
  for (const [key, , allowed] of WRONG) {
    const [, min, max] = /from (\d+) to (\d+)/.exec(allowed.source) ?? [];
    for (const edge of [min, max])
      if (edge) t.doesNotThrow(() => loadConfig({ [key]: edge }), `${key}=${edge}`);
  }
});

t.test('an unknown VITALWIRE_ key is refused by name, and its value is not told', async (t) => {
  const error = refusal({ VITALWIRE_DEVICE_PROT: 'canary' });
  t.match(error.message, /^VITALWIRE_DEVICE_PROT=.*is not a key/);
  t.notMatch(error.message, /canary/);
  t.doesNotThrow(() => loadConfig({ PATH: '/bin', INFLUX_SOMETHING: 'x', VITALWIRE_CA_PASSPHRASE: 'y' }));
});

t.test('help lists every key with what it is, what is allowed and its default', async (t) => {
  const help = configHelp();
  for (const { key, about, allowed, default: fallback } of settings) {
    const at = help.indexOf(`  ${key}\n`);
    t.ok(at > 0, key);
    const entry = help.slice(at).split('\n').slice(0, 3).join('\n');
    for (const part of [about, allowed, `default ${fallback || '(unset)'}`])
      t.ok(entry.includes(part), `${key}: ${part}`);
  }
});

const INFLUX = { VITALWIRE_STORE: 'influxdb', INFLUX_URL: 'http://db:8086/' };
const shared = { kind: 'influxdb', url: 'http://db:8086', timeoutMs: 10_000 };

t.test('each version of InfluxDB takes its own keys', async (t) => {
  const store = (environment: Environment) => loadConfig({ ...INFLUX, ...environment }).config.store;
  t.same(store({ INFLUX_VERSION: '1' }), { ...shared, version: 1, database: 'vitalwire', username: null });
  t.same(
    store({ INFLUX_VERSION: '1', INFLUX_DATABASE: 'icu', INFLUX_USERNAME: 'u', INFLUX_TIMEOUT_MS: '500' }),
    {
      ...shared,
      version: 1,
      database: 'icu',
      username: 'u',
      timeoutMs: 500,
    },
  );
  t.same(store({ INFLUX_ORG: 'hospital' }), { ...shared, version: 2, org: 'hospital', bucket: 'vitalwire' });
  t.same(store({ INFLUX_VERSION: '3', INFLUX_DATABASE: 'icu' }), { ...shared, version: 3, database: 'icu' });
  t.match(store({ INFLUX_URL: 'https://db/influx/', INFLUX_ORG: 'h' }), { url: 'https://db/influx' });
});

t.test('InfluxDB without what it needs is refused by name', async (t) => {
  t.match(refusal({ VITALWIRE_STORE: 'influxdb' }).message, /^INFLUX_URL=.*must be set/);
  t.match(refusal(INFLUX).message, /^INFLUX_ORG=.*must be set for InfluxDB 2/);
});

t.test('secrets are kept apart, and are not told when they are wrong or elsewhere', async (t) => {
  const { config, secrets } = loadConfig({
    ...INFLUX,
    INFLUX_ORG: 'h',
    INFLUX_TOKEN: 'canary-1',
    INFLUX_PASSWORD: 'canary-2',
    VITALWIRE_CA_PASSPHRASE: 'canary-3',
  });
  t.same(secrets, {
    influxToken: 'canary-1',
    influxPassword: 'canary-2',
    caPassphrase: 'canary-3',
    oidcClientSecret: null,
  });
  t.notMatch(JSON.stringify(config), /canary/);
});

t.test('a URL with a password in it is refused, and the password is not told', async (t) => {
  for (const url of ['http://user:canary@db:8086', 'http://:canary@db', 'https://canary@db']) {
    const error = refusal({ ...INFLUX, INFLUX_URL: url });
    t.match(error.message, /^INFLUX_URL=.*without user and password: .*INFLUX_USERNAME/, url);
    t.notMatch(JSON.stringify([error.message, error.details]), /canary/);
  }
});
