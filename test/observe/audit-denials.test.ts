import { join } from 'node:path';
import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { deviceId } from '../../src/model/ids.ts';
import { type Denial, DenialTally } from '../../src/observe/audit-denials.ts';
import type { AuditEntry } from '../../src/observe/audit-entry.ts';
import { openAuditTrail } from '../../src/observe/audit-trail.ts';
import { auditAt } from '../support/audit.ts';
import { settled } from '../support/happening.ts';
import { CLOCK_START, manualClock } from '../support/manual-clock.ts';

const from = (address: string, code = 'token_missing'): Denial => ({
  code,
  where: '/v1/feed',
  who: { kind: 'stranger', address },
});

/** A tally that records into memory, and refuses while `full`. */
function tallying(maxKeys = 100) {
  const clock = manualClock();
  const entries: AuditEntry[] = [];
  const errors: CodedError[] = [];
  const state = { full: false };
  const tally = new DenialTally({
    clock,
    maxKeys,
    onError: (error) => errors.push(error),
    record: async (entry) => {
      if (state.full) throw new CodedError('audit_overloaded', 'full');
      entries.push(entry);
    },
  });
  return { clock, entries, errors, state, tally };
}

t.test('alike denials of one minute are one entry with their count and times', async (t) => {
  const { clock, entries, tally } = tallying();
  const iso = (ms: number): string => new Date(CLOCK_START + ms).toISOString();
  for (let n = 0; n < 5; n++) {
    tally.add(from('10.0.0.1'));
    clock.advance(1_000);
  }
  tally.add(from('10.0.0.1', 'token_invalid'));
  tally.add(from('10.0.0.2'));
  tally.add({ ...from('10.0.0.1'), where: '/v1/patients' });
  tally.add({ ...from('10.0.0.1'), who: { kind: 'device', id: deviceId('10.0.0.1') } });
  tally.add({ ...from('10.0.0.1'), reason: 'CERT_HAS_EXPIRED' });
  t.same(entries, [], 'nothing within the minute');
  clock.advance(60_000);
  await settled();
  t.equal(entries.length, 6);
  t.strictSame(entries[0], {
    actor: { kind: 'stranger', address: '10.0.0.1' },
    action: 'denied',
    subject: '/v1/feed',
    details: { code: 'token_missing', count: 5, first: iso(0), last: iso(4_000) },
  });
  t.equal(clock.pending, 0, 'no timer while nobody is denied');
  tally.add(from('10.0.0.1'));
  clock.advance(60_000);
  await settled();
  t.match(entries[6]?.details, { count: 1 });
});

t.test(
  'a flood from everywhere becomes a bounded number of entries, and counts whom we know apart',
  async (t) => {
    const { entries, tally } = tallying(10);
    for (let n = 0; n < 100_000; n++) tally.add(from(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`));
    tally.add({ ...from('x'), code: 'device_revoked', who: { kind: 'device', id: deviceId('watch-1') } });
    await tally[Symbol.asyncDispose]();
    t.equal(entries.length, 12);
    const counts = entries.map(({ details }) => Number(details?.count));
    t.equal(
      counts.reduce((sum, count) => sum + count),
      100_001,
    );
    t.match(entries.at(-2), { subject: 'others', details: { code: 'others', count: 99_990 } });
    t.match(entries.at(-1), { actor: { kind: 'device' }, details: { code: 'device_revoked', count: 1 } });
  },
);

t.test('what cannot be recorded is counted on, and told when it is lost', async (t) => {
  const { clock, entries, errors, state, tally } = tallying(2);
  state.full = true;
  for (const address of ['a', 'b', 'c']) tally.add(from(address));
  clock.advance(60_000);
  await settled();
  t.equal(clock.pending, 1, 'it tries again');
  tally.add(from('a'));
  state.full = false;
  clock.advance(60_000);
  await settled();
  t.same(
    entries.map(({ details }) => details?.count),
    [2, 1, 1],
  );
  state.full = true;
  for (const address of ['a', 'a', 'b']) tally.add(from(address));
  t.same(errors, []);
  await tally[Symbol.asyncDispose]();
  t.match(errors, [{ code: 'audit_denials_lost', message: /^3 denials/ }]);
  t.equal(clock.pending, 0);
});

t.test('what strangers call themselves fits an entry', async (t) => {
  const path = join(t.testdir(), 'audit.db');
  const clock = manualClock();
  const fail = (error: Error) => t.fail(error.message);
  {
    await using trail = await openAuditTrail({ path, clock, onError: fail });
    await using tally = new DenialTally({ record: (entry) => trail.record(entry), clock, onError: fail });
    tally.add({ ...from('10.0.0.1'), where: `/${'x'.repeat(300)}`, reason: '\u001b[2J\ud800' });
  }
  t.match(auditAt(path), { verdict: { ok: true }, entries: [{ details: /"reason":"\?\[2J\?"/ }] });
});
