import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { AttackResult } from '../../scripts/attack/attack-result.ts';
import { faultsOf } from '../../scripts/attack/attack-result.ts';
import { attackStage } from '../../scripts/attack/attack-stage.ts';
import { attackCertificates } from '../../scripts/attack/certificates/certificate-attack.ts';
import { deviating } from '../../scripts/attack/certificates/forged-certificate.ts';
import { Seeded } from '../../scripts/attack/seeded.ts';
import { attackTokens } from '../../scripts/attack/tokens/token-attack.ts';
import { runScript } from '../support/admin-scripts.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/attack.ts', import.meta.url));
const SMALL = '--certificates 8 --tokens 8 --controls 4 --revocations 0 --expiries 0 --sockets 0'.split(' ');

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// Much of it is waiting for time-outs.
t.jobs = 2;

function attack(cwd: string, ...args: readonly string[]): Promise<Run> {
  return runScript(cwd, 'attack', args);
}

t.test(
  'the whole attack: nothing bad comes in, everything good does, and the server holds',
  { buffered: true },
  async (t) => {
    // A part of what `npm run attack` does by itself: every class, once or more often.
    const size = '--certificates 120 --tokens 120 --controls 40 --revocations 8'.split(' ');
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ...size, '--json'], {
      maxBuffer: 16 * 1024 * 1024,
    });
    const result = JSON.parse(stdout) as AttackResult;
    for (const what of ['certificates', 'tokens'] as const) {
      const { tried, accepted, crashed, not_sent, classes, controls } = result[what];
      t.ok(tried >= 120, `${tried} bad ${what}`);
      t.ok(Object.keys(classes).length >= 25, `of ${Object.keys(classes).length} classes`);
      t.same({ accepted, crashed, not_sent }, { accepted: 0, crashed: 0, not_sent: 0 });
      for (const [name, counts] of Object.entries(classes))
        t.ok(counts.tried >= 1, `${name}: ${counts.tried}`);
      t.ok(controls.tried >= 40);
      t.equal(controls.accepted, controls.tried, `every good one of ${what} came in`);
    }
    for (const [name, { reasons }] of Object.entries(result.certificates.classes)) {
      t.ok(Object.keys(reasons).length > 0, `${name}: the log says why`);
      const absent = 'peer did not return a certificate' in reasons;
      t.equal(absent, name === 'no_certificate', `${name}: the certificate was sent`);
    }
    const { revocation, expiry, flood, server } = result;
    t.equal(revocation.trials, 8);
    t.ok(
      revocation.max_ms <= 1_000,
      `revoked: closed after p50 ${revocation.p50_ms}, max ${revocation.max_ms} ms`,
    );
    t.ok(expiry.max_ms <= 5_000, `expired: closed after at most ${expiry.max_ms} ms`);
    t.match(
      [revocation, expiry],
      [
        { never_closed: 0, stored_after: 0 },
        { never_closed: 0, stored_after: 0 },
      ],
    );
    for (const [name, { opened, closed, max_ms }] of Object.entries(flood?.kinds ?? {})) {
      t.equal(closed, opened, `${name}: all ${opened} closed by the server, the last after ${max_ms} ms`);
    }
    t.match(flood?.good, { closed: false, acked: flood?.good.sent });
    t.match(server, { crashed: 0, alive: true, errors: 0 });
    // A certificate is refused at two doors; a few tokens are no HTTP, which is no refusal but a bad request.
    const due = 2 * result.certificates.tried + 0.9 * result.tokens.tried;
    t.ok(server.refusals_logged >= due, `${server.refusals_logged} refusals are in the log`);
    t.same(faultsOf(result), []);
  },
);

/** A compact JWS as others make them: their claims, their header. */
function es256(key: KeyObject, header: object, payload = 'others'): string {
  const input = [JSON.stringify(header), payload]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' };
const good = es256(privateKey, { alg: 'ES256', kid: 'k' });
const [head = '', payload = '', signature = ''] = good.split('.');
const hs256 = { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' };

t.test(
  'vectors of others: each is judged by what it says of itself, and counted; the rest follows from the seed',
  { buffered: true },
  async (t) => {
    const cwd = t.testdir({
      vectors: {
        'groups_test.json': JSON.stringify({
          testGroups: [
            {
              private: jwk,
              public: jwk,
              tests: [
                { tcId: 1, jws: good, result: 'valid' },
                { tcId: 2, jws: `${head}.${payload}.`, result: 'invalid' },
                { tcId: 3, jws: `${head}.${payload}x.${signature}`, result: 'invalid' },
                { tcId: 4, jws: '', result: 'invalid' },
                { tcId: 5, jws: { payload, protected: head, signature }, result: 'invalid' },
              ],
            },
            { key: hs256, tests: [{ tcId: 6, jws: 'eyJhbGciOiJIUzI1NiJ9.Zm9v.AAAA', result: 'valid' }] },
          ],
        }),
        book: {
          '4_3.json': JSON.stringify({
            input: { key: jwk, alg: 'ES256' },
            output: {
              compact: es256(privateKey, { alg: 'ES256' }),
              json_flat: { payload, protected: head, signature },
            },
          }),
        },
        'tokens.txt': `# somebody's\n${good}\n\n${head}.${payload}.\n`,
        'one.jws': good.replaceAll(/.{40}/g, '$&\n'),
        'package.json': '{"name":"not a vector"}',
      },
    });
    const result = async (...args: readonly string[]): Promise<AttackResult> => {
      const { code, stdout } = await attack(cwd, ...SMALL, ...args, '--json');
      t.equal(code, 0, stdout);
      return JSON.parse(stdout);
    };
    const first = await result('--seed', '7', '--jws-vectors', 'vectors');
    t.equal((await result('--seed', '7')).plan, first.plan);
    t.not((await result('--seed', '8')).plan, first.plan);
    t.match(first.vectors, {
      files: 4,
      vectors: 11,
      refused: 7,
      accepted: 2,
      wrongly_accepted: 0,
      wrongly_refused: 0,
      not_applicable: { 'algorithm HS256': 1, 'JSON serialisation': 1 },
      at_server: 4,
    });
  },
);

t.test(
  'a vector that verifies and may not, or the other way round, fails the attack',
  { buffered: true },
  async (t) => {
    const cwd = t.testdir({
      mislabelled: {
        'a.json': JSON.stringify({ jws: good, key: jwk, result: 'invalid' }),
        'b.json': JSON.stringify([{ jws: `${head}.${payload}x.${signature}`, key: jwk, result: 'valid' }]),
      },
    });
    const { code, stdout } = await attack(cwd, ...SMALL, '--jws-vectors', 'mislabelled');
    t.equal(code, 1);
    t.match(stdout, /wrongly_accepted: a\.json/);
    t.match(stdout, /wrongly_refused: b\.json 1/);
    t.match(stdout, /did NOT hold[\s\S]*1 vectors were accepted that may not be/);
  },
);

t.test('a directory without vectors is a mistake in usage', { buffered: true }, async (t) => {
  const cwd = t.testdir({ empty: {}, broken: { 'a.json': '{' } });
  for (const [directory, code] of [
    ['empty', 'vectors_missing'],
    ['nowhere', 'vectors_unreadable'],
    ['broken', 'vectors_unreadable'],
  ] as const) {
    const run = await attack(cwd, '--jws-vectors', directory);
    t.equal(run.code, 2, directory);
    t.match(run.stderr, new RegExp(`^error: .*\\(${code}\\)\\n$`));
  }
  t.match(await attack(cwd, '--certificates', '0'), { code: 2 });
  t.match((await attack(cwd, '--help')).stdout, /Examples:[\s\S]*Exit codes:/);
});

t.test(
  'the attack sees what comes in though it may not, and a server that dies',
  { buffered: true },
  async (t) => {
    await using stage = await attackStage();
    const size = {
      ...{ attempts: 6, controls: 2, random: new Seeded(1), planned: () => undefined },
      progress: () => undefined,
      signal: new AbortController().signal,
    };
    // Planted: certificates and tokens by the book in place of bad ones.
    const certificates = await attackCertificates(stage, size, {
      planted: (forge) => deviating(forge, 'by the book', {}),
    });
    t.match(certificates, { tried: 6, accepted: 6, crashed: 0, controls: { tried: 2, accepted: 2 } });
    t.match(certificates.findings[0], { class: 'planted', door: '/v1/token', outcome: 'accepted' });
    const tokens = await attackTokens(stage, size, {
      planted: { forge: (forge) => ({ variant: 'good', token: forge.good }) },
    });
    t.match(tokens, { tried: 6, accepted: 6, crashed: 0, controls: { tried: 2, accepted: 2 } });

    const dying = await attackCertificates(stage, {
      ...size,
      attempts: 60,
      progress: (done) => {
        if (done === 20 && stage.server.pid !== undefined) process.kill(stage.server.pid, 'SIGKILL');
      },
    });
    t.ok(dying.crashed > 0, `${dying.crashed} attempts were under way when the server died`);
    t.equal(dying.accepted, 0);
    t.equal(stage.server.crashes, 1);
    await stage.server.ready();
    t.ok(stage.server.alive, 'it was started again');
  },
);
