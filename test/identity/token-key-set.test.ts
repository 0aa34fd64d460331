import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { issueClinicianToken, verifyClinicianToken } from '../../src/identity/clinician-token.ts';
import { changeTokenKeySet } from '../../src/identity/token-key-file.ts';
import { tokenKeySchedule } from '../../src/identity/token-key-schedule.ts';
import {
  formatTokenKeySet,
  parseTokenKeySet,
  pruned,
  rotated,
  type TokenKeySet,
} from '../../src/identity/token-key-set.ts';
import { TokenKeySource } from '../../src/identity/token-key-source.ts';
import { createTokenKey, generateTokenKey } from '../../src/identity/token-keys.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { manualClock } from '../support/manual-clock.ts';

const HOUR_S = 3_600;
const issuer = 'https://vitals.example.org';
const clinician = clinicianId('nurse-1');
const clock = manualClock();
const startS = clock.now() / 1000;
const oldFile = await createTokenKey();
const oldSet = await parseTokenKeySet(oldFile);
const [old] = oldSet;
const set = await rotated(oldSet, { signInS: 300, overlapS: HOUR_S }, startS);
const fresh = set[1];
const kids = (keys: TokenKeySet): readonly string[] => keys.map(({ kid }) => kid);
const issue = (keys: TokenKeySet, atS: number, ttlS = 2 * HOUR_S) =>
  issueClinicianToken(tokenKeySchedule(keys), { clinician, issuer, ttlS, now: atS * 1000 });
const verify = (keys: TokenKeySet, token: string, atS: number) =>
  verifyClinicianToken(tokenKeySchedule(keys), token, { issuer, now: atS * 1000 });

t.test('a file of a single key is a set of one that always signs', async (t) => {
  t.match(oldSet, [{ sign_from: 0, verify_until: null }]);
  t.equal(old!.kid, JSON.parse(oldFile).kid);
  t.equal(tokenKeySchedule(oldSet).current(0).signing.kid, old!.kid);
});

t.test('a set is read back as it was written, whatever the order', async (t) => {
  t.same(await parseTokenKeySet(formatTokenKeySet(set)), set);
  const { keys } = JSON.parse(formatTokenKeySet(set));
  t.same(await parseTokenKeySet(JSON.stringify({ keys: keys.reverse() })), set);
});

t.test('the new key signs from its time on, and is published before', async (t) => {
  const schedule = tokenKeySchedule(set);
  const signing = (atS: number): string => schedule.current(atS * 1000).signing.kid;
  t.equal(signing(startS), old!.kid);
  t.equal(signing(startS + 299.999), old!.kid, 'a millisecond before');
  t.equal(signing(startS + 300), fresh!.kid, 'at its time');
  t.equal(signing(startS + 86_400), fresh!.kid);
  t.equal(signing(startS + 299.999), old!.kid, 'the clock was set back');
  t.equal(signing(0), old!.kid);
  for (const atS of [startS, startS + 300]) {
    t.same([...schedule.current(atS * 1000).verification.keys()], [old!.kid, fresh!.kid]);
  }
});

t.test('the former key verifies to the end of the overlap, and not at it', async (t) => {
  const end = startS + 300 + HOUR_S;
  t.equal(set[0]?.verify_until, end);
  const { token } = await issue(set, startS + 299);
  for (const atS of [startS + 299, startS + 300, end - 0.001])
    t.match(await verify(set, token, atS), { clinician });
  await t.rejects(verify(set, token, end), { code: 'token_invalid', message: /kid/ });
  const later = await issue(set, startS + 300);
  t.match(await verify(set, later.token, end), { clinician }, 'the control, of the new key');
});

t.test('what is published is public, member by member, and of keys in force only', async (t) => {
  const schedule = tokenKeySchedule(set);
  for (const atS of [startS, startS + 300, startS + 300 + HOUR_S, startS + 9 * HOUR_S]) {
    for (const jwk of schedule.current(atS * 1000).jwks.keys) {
      t.same(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  }
  const published = (atS: number) => schedule.current(atS * 1000).jwks.keys.map(({ kid }) => kid);
  t.same(published(startS), [old!.kid, fresh!.kid]);
  t.same(published(startS + 300 + HOUR_S), [fresh!.kid]);
});

t.test('a key that will not sign again keeps its public part only', async (t) => {
  const privateParts = (keys: TokenKeySet): readonly boolean[] => keys.map(({ jwk }) => 'd' in jwk);
  t.same(privateParts(set), [true, true], 'it still signs until the new one does');
  t.same(privateParts(pruned(set, startS + 299)), [true, true]);
  const retired = pruned(set, startS + 300);
  t.same(privateParts(retired), [false, true]);
  const { token } = await issue(set, startS);
  t.match(await verify(await parseTokenKeySet(formatTokenKeySet(retired)), token, startS + 300), {
    clinician,
  });
  t.same(kids(pruned(set, startS + 300 + HOUR_S)), [fresh!.kid], 'and goes when it ended');
  const atOnce = await rotated(oldSet, { signInS: 0, overlapS: HOUR_S }, startS);
  t.same(privateParts(atOnce), [false, true]);
});

t.test('compromised keys end at once, also one that did not sign yet', async (t) => {
  const { token } = await issue(set, startS);
  const after = await rotated(set, { signInS: 300, overlapS: null }, startS + 10);
  t.equal(after.length, 1);
  t.notOk(kids(set).includes(after[0]!.kid));
  await t.rejects(verify(after, token, startS + 10), { code: 'token_invalid' });
  const { token: next } = await issue(after, startS + 10);
  t.match(await verify(after, next, startS + 10), { clinician });
});

t.test('a second rotation waits for the first, and shortens no overlap that runs', async (t) => {
  await t.rejects(rotated(set, { signInS: 0, overlapS: HOUR_S }, startS + 299), { code: 'rotation_pending' });
  const third = await rotated(set, { signInS: 60, overlapS: 24 * HOUR_S }, startS + 600);
  t.same(
    third.map(({ verify_until }) => verify_until),
    [startS + 300 + HOUR_S, startS + 660 + 24 * HOUR_S, null],
  );
});

t.test('rotations without end are refused before the file grows without end', async (t) => {
  let many = oldSet;
  await t.rejects(
    async () => {
      for (let i = 0; i < 100; i++) many = await rotated(many, { signInS: 0, overlapS: HOUR_S }, startS + i);
    },
    { code: 'too_many_token_keys' },
  );
  t.equal(many.length, 64);
  t.ok(await parseTokenKeySet(formatTokenKeySet(many)));
});

t.test('a source gives what it was last given', async (t) => {
  const source = new TokenKeySource(tokenKeySchedule(oldSet));
  const { token } = await issueClinicianToken(source, { clinician, issuer, ttlS: 60, now: clock.now() });
  const expected = { issuer, now: clock.now() };
  t.match(await verifyClinicianToken(source, token, expected), { clinician });
  const replaceBy = async (overlapS: number | null) =>
    source.replace(tokenKeySchedule(await rotated(oldSet, { signInS: 0, overlapS }, startS)), clock.now());
  t.equal(await replaceBy(HOUR_S), false, 'an ordinary rotation takes nothing away');
  t.match(await verifyClinicianToken(source, token, expected), { clinician });
  t.equal(await replaceBy(null), true);
  await t.rejects(verifyClinicianToken(source, token, expected), { code: 'token_invalid' });
  t.not(source.current(clock.now()).signing.kid, old!.kid);
});

const entry = (change: object = {}): object => ({
  jwk: generateTokenKey(),
  sign_from: 0,
  verify_until: null,
  ...change,
});
const { d: _, ...publicPart } = generateTokenKey();
const twice = entry();
const REFUSED: Readonly<Record<string, string>> = {
  nothing: '',
  'a list': '[]',
  null: 'null',
  'no key': '{}',
  'a set of none': '{"keys":[]}',
  'keys that are no list': '{"keys":{}}',
  'a single key on another curve': JSON.stringify({ ...generateTokenKey(), crv: 'P-384' }),
  'a single public key': JSON.stringify(publicPart),
  'a single key with the private part of another': JSON.stringify({ ...publicPart, d: generateTokenKey().d }),
  'a point off the curve': JSON.stringify({ ...generateTokenKey(), x: publicPart.x }),
  'only a public key': JSON.stringify({ keys: [entry({ jwk: publicPart })] }),
  'a newest key with an end': JSON.stringify({ keys: [entry({ verify_until: 9 })] }),
  'a newest key that is public': JSON.stringify({
    keys: [entry(), entry({ sign_from: 5, jwk: publicPart })],
  }),
  'a time in words': JSON.stringify({ keys: [entry({ sign_from: '0' })] }),
  'a time with a fraction': JSON.stringify({ keys: [entry({ sign_from: 0.5 })] }),
  'no time': JSON.stringify({ keys: [{ jwk: generateTokenKey() }] }),
  'the same key twice': JSON.stringify({ keys: [twice, twice] }),
  'an entry that is null': '{"keys":[null]}',
  'more than 64 keys': JSON.stringify({ keys: Array.from({ length: 65 }, () => twice) }),
};

for (const [name, text] of Object.entries(REFUSED)) {
  t.test(`refuses a file with ${name}`, (t) =>
    t.rejects(parseTokenKeySet(text), { code: 'token_key_invalid' }),
  );
}

t.test('a file is changed whole, for its owner alone, by one process at a time', async (t) => {
  const directory = t.testdir({ 'token-key.json': oldFile });
  const path = join(directory, 'token-key.json');
  const before = await loadTokenKeys(directory);
  t.equal(before.current(clock.now()).signing.kid, old!.kid);
  const change = (keys: TokenKeySet) => rotated(keys, { signInS: 0, overlapS: HOUR_S }, startS);
  const written = await changeTokenKeySet(directory, change);
  t.same(await parseTokenKeySet(readFileSync(path, 'utf8')), written);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.not((await loadTokenKeys(directory)).current(clock.now()).signing.kid, old!.kid);

  const text = readFileSync(path, 'utf8');
  await t.rejects(
    changeTokenKeySet(directory, async () => {
      await t.rejects(changeTokenKeySet(directory, change), { code: 'token_keys_locked' });
      throw new Error('changed my mind');
    }),
    /changed my mind/,
  );
  t.equal(readFileSync(path, 'utf8'), text, 'nothing was written');
  t.notOk(existsSync(`${path}.lock`), 'and the lock is gone');
  writeFileSync(path, '{}');
  await t.rejects(changeTokenKeySet(directory, change), { code: 'credential_invalid' });
  await t.rejects(changeTokenKeySet(join(directory, 'none'), change), { code: 'credential_missing' });
});
