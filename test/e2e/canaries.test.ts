import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import { runScript } from '../support/admin-scripts.ts';
import { eventually } from '../support/eventually.ts';
import {
  ask,
  FORM,
  openStream,
  type RawSocket,
  tokenOf,
  type Upgrade,
  upgrade,
} from '../support/raw-device.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

/** Words that stand nowhere else are put where secrets and labels are, and looked for where none may be (S11). */

const run = randomUUID().slice(0, 8);
const canary = (name: string): string => `CANARY-${name}-${run}`;

const LABEL = canary('label');
const OTHER_LABEL = canary('other-label');
const DESCRIPTION = canary('description');
const PASSPHRASE = canary('passphrase');
const INFLUX_TOKEN = canary('influx-token');
const INFLUX_PASSWORD = canary('influx-password');
const FIELD = canary('field');
const HEADER = canary('header');
const QUERY = canary('query');
const BODY = canary('body');
const BAD_TOKEN = canary('bad-token');
const PATH = canary('path');

const server = await runningServer(t, {
  environment: {
    VITALWIRE_CA_PASSPHRASE: PASSPHRASE,
    INFLUX_TOKEN,
    INFLUX_PASSWORD,
  },
});
const { registry } = server;
await registry.addPatient({ id: patientId('p-1'), ward: wardId('ward-1'), label: LABEL, news2: 'scale_1' });
await registry.addPatient({
  id: patientId('p-2'),
  ward: wardId('ward-2'),
  label: OTHER_LABEL,
  news2: 'scale_1',
});
await registry.addDevice({
  ...{ id: deviceId('watch-1'), status: 'active', description: DESCRIPTION },
  ...{ interval_ms: null, created: Date.now(), late_renewal_until: null },
});
const wearable = await server.wearable('watch-1', 'p-1');
const other = await server.wearable('watch-2', 'p-2');
const nurse = await server.token('nurse-1');
const stranger = await server.token('nurse-2', { wards: ['ward-3'] });
const charge = await server.token('charge-1', { role: 'charge' });
const admin = await server.token('admin-1', { role: 'admin' });
const token = await tokenOf(server, wearable);
const otherToken = await tokenOf(server, other);

/** What refusals, errors and closes said, whoever they were said to. */
const told: string[] = [];
/** What a device was told of its own samples: a name that is no vital is repeated to who sent it. */
const rejected: string[] = [];

function tell(answer: RestAnswer): RestAnswer {
  if (answer.status >= 400) told.push(JSON.stringify(answer.headers), answer.text);
  return answer;
}

async function tried(answer: Promise<RestAnswer>): Promise<RestAnswer> {
  return tell(await answer);
}

/** A refused upgrade is told; an open socket is given back. */
async function knocked(
  base: string,
  peer: Parameters<typeof upgrade>[1],
  asked: Upgrade,
): Promise<RawSocket | null> {
  const answer = await upgrade(base, peer, asked);
  if (!('status' in answer)) return answer;
  tell(answer);
  return null;
}

async function closedWith(stream: RawSocket): Promise<void> {
  const { code, reason } = await stream.closed;
  told.push(`${code} ${reason}`);
  rejected.push(...stream.frames.filter(({ type }) => type === 'reject').map((f) => JSON.stringify(f)));
}

const forged = (header: object, claims: object): string =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${Buffer.from(BAD_TOKEN).toString('base64url')}`;

const BAD_TOKENS = [
  BAD_TOKEN,
  forged({ alg: 'none', typ: 'at+jwt', kid: BAD_TOKEN }, { sub: BAD_TOKEN, iss: BAD_TOKEN, aud: BAD_TOKEN }),
  forged({ alg: BAD_TOKEN, [BAD_TOKEN]: 1 }, { [BAD_TOKEN]: BAD_TOKEN }),
  otherToken,
];

t.test('a device does everything right, and everything wrong', async (t) => {
  const headers = {
    'content-type': FORM,
    cookie: HEADER,
    'user-agent': HEADER,
    'x-forwarded-for': HEADER,
    [`x-${HEADER}`]: HEADER,
  };
  const door = `${server.deviceUrl}/v1/token?${QUERY}=${QUERY}`;
  const post = (url: string, body: string, more: object = {}) =>
    tried(ask(url, { ...wearable, method: 'POST', headers: { ...headers, ...more } }, body));
  t.match(await post(door, 'grant_type=client_credentials&client_secret='.concat(BODY)), { status: 200 });
  await post(door, `grant_type=password&password=${BODY}&username=${BODY}`);
  await post(door, BODY, { 'content-type': HEADER });
  await post(door, `{"password":"${BODY}"`, { 'content-type': 'application/json' });
  await post(`${server.deviceUrl}/.well-known/est/simplereenroll?${QUERY}`, BODY, {
    'content-type': 'application/pkcs10',
  });
  await post(`${server.deviceUrl}/.well-known/est/simpleenroll?${QUERY}`, BODY);
  await post(`${server.deviceUrl}/nothing?${QUERY}=${QUERY}`, BODY);
  for (const bad of BAD_TOKENS) {
    const path = `/v1/stream?access_token=${bad}&${QUERY}`;
    await knocked(server.deviceUrl, wearable, { authorization: `Bearer ${bad}`, path });
    await knocked(server.deviceUrl, wearable, { authorization: `${HEADER} ${bad}`, path });
  }
  await knocked(server.deviceUrl, wearable, { authorization: `Bearer ${token}`, protocols: [HEADER] });
  const stream = () => openStream(server, wearable, { path: `/v1/stream?token=${QUERY}` });
  const hello = {
    type: 'hello',
    stream: randomUUID(),
    time: Date.now(),
    ack_interval_ms: 0,
    firmware: FIELD,
  };

  const good = await stream();
  good.send({ ...hello, [FIELD]: FIELD });
  await good.frame('welcome');
  const begin = Date.now() - 60_000;
  // Low for long enough to be an alarm, which carries the label to those who may see it.
  for (let seq = 1; seq <= 30; seq += 1) {
    good.send({
      type: 'vitals',
      seq,
      [FIELD]: FIELD,
      samples: [{ t: begin + seq * 1_000, spo2: 60, [FIELD]: FIELD }],
    });
  }
  good.send({ type: 'vitals', seq: 31, samples: [{ t: begin + 31_000, spo2: 60 }] });
  good.send({ type: 'status', seq: 32, battery_percent: 50, note: FIELD });
  good.send({ type: 'result', id: FIELD, ok: false, message: FIELD });
  await eventually(() => good.frames.some(({ type, seq }) => type === 'ack' && Number(seq) >= 32));
  good.send({ type: 'refresh', token });
  await good.frame('refreshed');
  good.send({ type: 'refresh', token: BAD_TOKENS[1] });
  await closedWith(good);

  for (const frame of [
    FIELD,
    `{"type":"${FIELD}"}`,
    { type: 'hello', stream: FIELD, time: FIELD },
    { ...hello, firmware: FIELD.repeat(20) },
    { type: 'vitals', seq: FIELD, samples: FIELD },
    { type: 'refresh', token: [BAD_TOKEN] },
  ]) {
    const broken = await stream();
    broken.send(frame);
    await closedWith(broken);
  }
  const late = await stream();
  late.send({ ...hello, stream: randomUUID() });
  await late.frame('welcome');
  late.send({ type: 'vitals', seq: 1, samples: [{ t: begin, heart_rate: FIELD }] });
  await late.frame('reject');
  late.send('no more');
  await closedWith(late);
  t.ok(told.length > 20, `${told.length} refusals, errors and closes were told`);
});

t.test('clinicians do, too: a label is for those alone who may see it', async (t) => {
  const { ca } = wearable;
  const feedOf = (authorization: string) =>
    knocked(
      server.clinicianUrl,
      { ca },
      {
        authorization,
        protocols: ['vitalwire.feed.v1.json'],
        path: `/v1/feed?token=${QUERY}`,
      },
    );
  const seenBy = new Map<string, string>();
  for (const [name, bearer, ward] of [
    ['nurse', nurse, 'ward-1'],
    ['stranger', stranger, 'ward-3'],
    ['charge', charge, 'ward-1'],
    ['admin', admin, 'ward-1'],
  ] as const) {
    const feed = await feedOf(`Bearer ${bearer}`);
    const answers = [
      await tried(rest(server, bearer, `/v1/patients?${QUERY}`)),
      await tried(rest(server, bearer, '/v1/patients/p-1/alarms')),
      await tried(rest(server, bearer, `/v1/patients/p-1/vitals?vital=${QUERY}`)),
      await tried(rest(server, bearer, `/v1/patients/${PATH}/vitals?vital=spo2`)),
      await tried(rest(server, bearer, `/v1/${PATH}?${QUERY}`)),
      await tried(
        rest(server, bearer, '/v1/patients/p-2/break-glass', {
          method: 'POST',
          body: { reason: 1, [BODY]: BODY },
        }),
      ),
      await tried(
        rest(server, bearer, '/v1/patients/p-1/break-glass', { method: 'POST', body: `{"${BODY}` }),
      ),
    ];
    if (feed !== null) {
      feed.send({ type: 'subscribe', id: 'one', ward });
      feed.send({ type: 'acknowledge', id: 'two', alarm: FIELD });
      feed.send({ type: 'subscribe', id: 'three', patients: ['p-1', 'p-2'] });
      await eventually(() => feed.frames.filter(({ type }) => type === 'result').length >= 3);
      told.push(
        ...feed.frames
          .filter(({ type, ok }) => type === 'result' && ok === false)
          .map((f) => JSON.stringify(f)),
      );
      feed.send({ type: 'refresh', id: 'four', token: BAD_TOKENS[1] });
      feed.send(`{"type":"${FIELD}"`);
      await closedWith(feed);
    }
    seenBy.set(name, JSON.stringify([feed?.frames ?? [], answers.map(({ text }) => text)]));
  }
  for (const bad of [...BAD_TOKENS, token]) {
    await tried(rest(server, bad, `/v1/patients?access_token=${bad}`));
    await feedOf(`Bearer ${bad}`);
  }
  t.ok(seenBy.get('nurse')?.includes(LABEL), 'control: a nurse of the ward sees the label');
  for (const name of ['stranger', 'admin'])
    t.notOk(seenBy.get(name)?.includes(LABEL), `${name} does not see it`);
  for (const [name, seen] of seenBy) t.notOk(seen.includes(OTHER_LABEL), `${name} sees none of another ward`);
  t.ok(
    (await rest(server, admin, '/v1/devices')).text.includes(DESCRIPTION),
    'control: an admin sees what a device is',
  );
});

t.test('peers without an identity, and what is no HTTP', async () => {
  const { ca } = wearable;
  for (const options of [{ ca }, { ca, cert: other.cert, key: other.key }]) {
    await ask(`${server.deviceUrl}/v1/token?${QUERY}`, { ...options, headers: { cookie: HEADER } }).then(
      tell,
      () => null,
    );
  }
  await fetch(`${server.deviceUrl.replace('https', 'http')}/${PATH}?${QUERY}`).catch(() => null);
  const raw = { ca, method: 'GET', headers: { 'content-length': '-1', cookie: HEADER } };
  await ask(`${server.clinicianUrl}/v1/patients/%ZZ${PATH}?${QUERY}`, raw).then(tell, () => null);
});

t.test('the scripts of admins say none of the passphrases and keys they work with', async (t) => {
  const cwd = t.testdir();
  writeFileSync(join(cwd, 'passphrase'), `${PASSPHRASE}\n`);
  const env = { VITALWIRE_CA_PASSPHRASE: PASSPHRASE };
  const outputs: string[] = [];
  const script = async (line: string, expected: number, more: Readonly<Record<string, string>> = env) => {
    const [name = '', ...args] = line.split(' ');
    const { code, stdout, stderr } = await runScript(cwd, name, args, more);
    t.equal(code, expected, `${line}: ${stderr}`);
    outputs.push(stdout, stderr);
  };
  await script('ca init --passphrase-file passphrase --server-name localhost', 0);
  await script('device issue w-1 --json', 0);
  await script('device issue w-2', 78, {});
  await script('device issue w-2', 78, { VITALWIRE_CA_PASSPHRASE: `${PASSPHRASE}-wrong` });
  await script('device issue w-2 --passphrase-file nowhere', 78);
  await script('ca show --json', 0);
  await script('device list --json', 0);
  await nowhere(t, 'what they print', outputs.join('\n'), [...secretsBelow(join(cwd, 'certs')), PASSPHRASE]);
});

/** The private parts of every key below a directory: the body of PEM keys, the `d` of JWKs. */
function secretsBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(key|json)$/.test(entry.name))
    .flatMap((entry) => {
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      if (entry.name.endsWith('.key'))
        return text.split('\n').filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));
      return [...text.matchAll(/"d": ?"([^"]+)"/g)].map(([, d]) => d ?? '');
    });
}

async function nowhere(t: Test, place: string, text: string, words: readonly string[]): Promise<void> {
  for (const word of words) {
    const at = text.indexOf(word);
    t.equal(
      at,
      -1,
      at < 0
        ? `${word.slice(0, 24)} not in ${place}`
        : `in ${place}: ${text.slice(Math.max(0, at - 120), at + 60)}`,
    );
  }
}

t.test('none of it is in the log, the metrics, the audit trail, or what anybody was told', async (t) => {
  const keys = secretsBelow(join(server.directory, 'certs'));
  t.ok(keys.length >= 12, `${keys.length} lines of private keys`);
  const tokens = [token, otherToken, nurse, stranger, charge, admin].flatMap((one) => [
    one,
    one.split('.')[2] ?? '',
  ]);
  const base64 = (text: string): readonly string[] => [
    Buffer.from(text).toString('base64').slice(0, 16),
    Buffer.from(text).toString('base64url').slice(0, 16),
  ];
  const secrets = [
    ...[LABEL, OTHER_LABEL, PASSPHRASE, INFLUX_TOKEN, INFLUX_PASSWORD, BAD_TOKEN, HEADER, QUERY, FIELD],
    ...[...keys, ...tokens, ...base64(BAD_TOKEN)],
  ];
  const { text: metrics } = await rest(server, null, '/metrics');
  t.match(metrics, /vitalwire_/, 'there are metrics');
  t.ok(server.log.length > 40, `${server.log.length} lines of log`);
  const audit = readdirSync(join(server.directory, 'var'))
    .filter((name) => name.startsWith('audit.db'))
    .map((name) => readFileSync(join(server.directory, 'var', name), 'latin1'))
    .join('');
  t.ok(audit.length > 0, 'there is an audit trail');
  const log = server.log.join('\n');
  await nowhere(t, 'the log', log, [...secrets, BODY, PATH, DESCRIPTION]);
  await nowhere(t, 'the metrics', metrics, [...secrets, BODY, PATH, DESCRIPTION]);
  await nowhere(t, 'the audit trail', audit, [...secrets, BODY]);
  // The path that is not there is named to who asked for it.
  const others = secrets.filter((word) => word !== FIELD);
  await nowhere(t, 'rejects', rejected.join('\n'), others);
  t.ok(rejected.length > 0, `${rejected.length} rejects`);
  await nowhere(t, 'refusals, errors and closes', told.join('\n'), [...secrets, BODY, DESCRIPTION]);
});
