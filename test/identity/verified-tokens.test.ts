import { decodeProtectedHeader } from 'jose';
import t from 'tap';
import { issueDeviceToken } from '../../src/identity/device-token.ts';
import { tokenKeySchedule } from '../../src/identity/token-key-schedule.ts';
import { parseTokenKeySet, rotated } from '../../src/identity/token-key-set.ts';
import { createTokenKey, type TokenKeySchedule } from '../../src/identity/token-keys.ts';
import { VerifiedTokens } from '../../src/identity/verified-tokens.ts';
import { deviceId } from '../../src/model/ids.ts';
import type { Device } from '../../src/model/people.ts';

const now = Date.UTC(2026, 5, 1, 12);
const issuer = 'https://vitals.example.org';
const thumbprint = `${'A'.repeat(42)}E`;
const set = await parseTokenKeySet(await createTokenKey());
const keys = tokenKeySchedule(set);

function deviceNamed(id: string): Device {
  const [status, description] = ['active', ''] as const;
  return {
    ...{ id: deviceId(id), status, description, interval_ms: null, created: now },
    late_renewal_until: null,
  };
}

const device = deviceNamed('d1');
const holder = { device, thumbprint };
const binding = { device: device.id, thumbprint, issuer, now };
const { token, expires } = await issueDeviceToken(keys, { ...binding, ttlS: 300 });

/** A verifier that has seen the token hold, and the schedule it follows, which can be replaced. */
async function seen() {
  let current = keys;
  const schedule: TokenKeySchedule = { current: (at) => current.current(at) };
  const tokens = new VerifiedTokens(schedule, issuer);
  await tokens.verify(token, holder, now);
  const follow = (other: TokenKeySchedule): void => {
    current = other;
  };
  return { tokens, follow };
}

t.test('a token that held is not verified again', async (t) => {
  const { tokens } = await seen();
  const again = await tokens.verify(token, holder, now + 1_000);
  t.equal(again.expires, expires);
  t.equal(await tokens.verify(token, holder, now + 2_000), again, 'what is remembered is what is answered');
});

t.test('what is remembered says yes to the same text only', async (t) => {
  const { tokens } = await seen();
  const [head = '', body = '', signature = ''] = token.split('.');
  const first = signature.startsWith('A') ? 'B' : 'A';
  const forged = `${head}.${body}.${first}${signature.slice(1)}`;
  await t.rejects(tokens.verify(forged, holder, now), { code: 'token_invalid' });
  await t.rejects(tokens.verify('', holder, now), { code: 'token_missing' });
  t.equal((await tokens.verify(token, holder, now)).expires, expires, 'and the good one still holds');
});

t.test('of another certificate, or another device, it says nothing', async (t) => {
  const { tokens } = await seen();
  const other = { device, thumbprint: `${'B'.repeat(42)}E` };
  await t.rejects(tokens.verify(token, other, now), { code: 'token_not_bound' });
  await t.rejects(tokens.verify(token, { device: deviceNamed('d2'), thumbprint }, now), {
    code: 'token_not_bound',
  });
});

t.test('time goes on for what is remembered, and back', async (t) => {
  const { tokens } = await seen();
  t.equal((await tokens.verify(token, holder, expires - 1)).expires, expires);
  await t.rejects(tokens.verify(token, holder, expires), { code: 'token_expired' });
  await t.rejects(tokens.verify(token, holder, now - 61_000), { code: 'token_invalid' });
});

t.test('a key that is withdrawn takes with it what it signed', async (t) => {
  const { tokens, follow } = await seen();
  follow(tokenKeySchedule(await rotated(set, { signInS: 0, overlapS: null }, now / 1_000)));
  await t.rejects(tokens.verify(token, holder, now + 1_000), { code: 'token_invalid' });
});

t.test('a key that ends later ends what it signed then', async (t) => {
  const { tokens, follow } = await seen();
  follow(tokenKeySchedule(await rotated(set, { signInS: 0, overlapS: 60 }, now / 1_000)));
  t.equal((await tokens.verify(token, holder, now + 59_000)).expires, expires);
  t.equal(
    (await tokens.verify(token, holder, now + 59_500)).expires,
    expires,
    'remembered under the new set',
  );
  await t.rejects(tokens.verify(token, holder, now + 60_000), { code: 'token_invalid' });
});

t.test('another key under the name of the one that signed verifies nothing', async (t) => {
  const { tokens, follow } = await seen();
  const kid = decodeProtectedHeader(token).kid ?? '';
  const stranger = tokenKeySchedule(await parseTokenKeySet(await createTokenKey())).current(now);
  const [key] = stranger.verification.values();
  if (key === undefined) throw new Error('a new set has a key');
  follow({ current: () => ({ ...stranger, verification: new Map([[kid, key]]) }) });
  await t.rejects(tokens.verify(token, holder, now), { code: 'token_invalid' });
});
