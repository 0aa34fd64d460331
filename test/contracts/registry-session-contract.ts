import type { Test } from 'tap';
import {
  type ConsoleSession,
  type Invitation,
  MAX_INVITATIONS_OF_CLINICIAN,
  MAX_SESSIONS_OF_CLINICIAN,
  PAST_SESSIONS_KEPT_MS,
  SESSIONS_KEPT_OF_CLINICIAN,
} from '../../src/model/console-session.ts';
import { clinicianId, patientId, sessionId, wardId } from '../../src/model/ids.ts';
import { type RegistryWorld, told } from './registry-contract.ts';

const ANNA = clinicianId('anna');
const BEN = clinicianId('ben');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const hashOf = (name: string): string => name.replaceAll(/[^A-Za-z0-9_-]/g, '_').padEnd(43, '-');

const aSession = (id: string, more: Partial<ConsoleSession> = {}): ConsoleSession => ({
  ...{ id: sessionId(id), secret_hash: hashOf(id), clinician: ANNA, role: null, scope: null },
  ...{ via: 'invitation', from: 1_000, until: 1_000 + HOUR, ended: null },
  ...more,
});

const anInvitation = (code: string, more: Partial<Invitation> = {}): Invitation => ({
  ...{ code_hash: hashOf(code), clinician: ANNA, from: 1_000, until: 1_000 + HOUR, used_at: null },
  ...more,
});

/** What every Registry adapter keeps of console sessions and invitations. `world` as of `registryContract`. */
export function registrySessionContract(t: Test, world: (t: Test) => Promise<RegistryWorld>): void {
  t.test('sessions are read by id, secret and person, and end once, before their time only', async (t) => {
    await using registry = await (await world(t)).open();
    const first = aSession('first');
    const second = aSession('second', {
      ...{ clinician: BEN, via: 'openid', role: 'charge', from: 2_000 },
      scope: { wards: [wardId('W1')], patients: [patientId('P1')] },
    });
    const heard: string[] = [];
    using _watch = registry.watch(({ kind, key }) => heard.push(`${kind} ${key}`));
    for (const session of [first, second]) t.same(await registry.addSession(session), []);
    t.same(registry.session(first.id), first);
    t.same(registry.sessionWithSecret(second.secret_hash), second);
    t.equal(registry.sessionWithSecret(hashOf('third')), undefined);
    t.same(registry.sessionsOf(ANNA), [first]);
    t.same(registry.sessions(), [second, first]);
    t.equal(await registry.endSession(first.id, 5_000, 'signed_out'), true);
    t.equal(await registry.endSession(first.id, 6_000, 'ended_by_admin'), false);
    t.same(registry.sessionWithSecret(first.secret_hash)?.ended, { at: 5_000, reason: 'signed_out' });
    t.equal(await registry.endSession(second.id, second.until, 'signed_out'), false, 'it was over by itself');
    await t.rejects(registry.endSession(sessionId('none'), 5, 'signed_out'), { code: 'unknown_session' });
    t.same(heard, ['session first', 'session second', 'session first']);
  });

  t.test("of one person's sessions beyond the most there may be the oldest ends", async (t) => {
    await using registry = await (await world(t)).open();
    await registry.addSession(aSession('of-ben', { clinician: BEN }));
    const most = Array.from({ length: MAX_SESSIONS_OF_CLINICIAN }, (_, index) =>
      aSession(`s-${index}`, { from: 1_000 + index, until: 1_000 + HOUR }),
    );
    for (const session of most) t.same(await registry.addSession(session), []);
    t.same(await registry.addSession(aSession('one-more', { from: 2_000 })), ['s-0']);
    t.same(registry.session(sessionId('s-0'))?.ended, { at: 2_000, reason: 'too_many' });
    t.equal(registry.session(sessionId('of-ben'))?.ended, null);
    t.equal((await registry.endSessionsOf(ANNA, 3_000, 'deactivated')).length, MAX_SESSIONS_OF_CLINICIAN);
    t.same(await registry.endSessionsOf(ANNA, 3_000, 'deactivated'), []);
    t.same(await registry.addSession(aSession('afterwards', { from: 4_000 })), []);
  });

  t.test('past sessions go after 30 days, and sooner when somebody begins very many', async (t) => {
    const shared = await world(t);
    {
      await using registry = await shared.open();
      await registry.addSession(aSession('old'));
      await registry.addSession(aSession('long', { clinician: BEN, from: 1_000 + 6 * DAY, until: 12 * DAY }));
      await registry.addInvitation(anInvitation('old'));
      const from = 1_000 + HOUR + PAST_SESSIONS_KEPT_MS;
      await registry.addSession(aSession('new', { from, until: from + HOUR }));
      t.equal(registry.sessions().length, 3, 'for 30 days each');
      await registry.addInvitation(anInvitation('new', { from: from + DAY, until: from + DAY }));
      await registry.addSession(aSession('newer', { from: from + DAY, until: from + DAY + HOUR }));
      t.same(
        registry.sessions().map(({ id }) => id),
        ['newer', 'new', 'long'],
      );
      t.equal(registry.sessionWithSecret(hashOf('old')), undefined);
      await t.rejects(registry.redeemInvitation(hashOf('old'), from), { code: 'invitation_unknown' });
      for (let index = 0; index < SESSIONS_KEPT_OF_CLINICIAN; index += 1) {
        const [id, at] = [`loop-${index}`, from + 2 * DAY + index];
        await registry.addSession(aSession(id, { from: at, until: at + HOUR }));
      }
      t.equal(registry.sessionsOf(ANNA).length, SESSIONS_KEPT_OF_CLINICIAN);
      t.equal(registry.sessionsOf(ANNA).at(-1)?.id, 'loop-0');
    }
    await using again = await shared.open();
    t.equal(again.sessionsOf(ANNA).length, SESSIONS_KEPT_OF_CLINICIAN);
    t.equal(again.sessionsOf(BEN).length, 1);
  });

  t.test('an invitation is used once, within its time, whichever process is asked', async (t) => {
    const shared = await world(t);
    await using here = await shared.open();
    await using there = await shared.open();
    await here.addInvitation(anInvitation('good'));
    await here.addInvitation(anInvitation('short', { until: 2_000 }));
    const tries = await Promise.allSettled([
      here.redeemInvitation(hashOf('good'), 1_500),
      there.redeemInvitation(hashOf('good'), 1_500),
    ]);
    t.same(tries.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    t.match(
      tries.find(({ status }) => status === 'fulfilled'),
      { value: anInvitation('good', { used_at: 1_500 }) },
    );
    await t.rejects(there.redeemInvitation(hashOf('good'), 1_600), { code: 'invitation_used' });
    await t.rejects(there.redeemInvitation(hashOf('short'), 2_000), { code: 'invitation_expired' });
    await t.rejects(there.redeemInvitation(hashOf('none'), 1_500), { code: 'invitation_unknown' });
    t.match(await there.redeemInvitation(hashOf('short'), 500), { clinician: ANNA }, 'clocks may differ');
  });

  t.test('few invitations wait for their use, and none outlives the end of all sessions', async (t) => {
    await using registry = await (await world(t)).open();
    const codes = Array.from({ length: MAX_INVITATIONS_OF_CLINICIAN + 1 }, (_, index) => `code-${index}`);
    for (const [index, code] of codes.entries())
      await registry.addInvitation(anInvitation(code, { from: 1_000 + index }));
    await t.rejects(registry.redeemInvitation(hashOf('code-0'), 1_500), { code: 'invitation_expired' });
    await registry.redeemInvitation(hashOf('code-1'), 1_500);
    await registry.endSessionsOf(ANNA, 1_600, 'ended_by_admin');
    await t.rejects(registry.redeemInvitation(hashOf('code-2'), 1_700), { code: 'invitation_expired' });
  });

  t.test('an end is seen and told in another process, and is there after reopening', async (t) => {
    const shared = await world(t);
    const ended = { at: 2_000, reason: 'ended_by_admin' } as const;
    {
      await using here = await shared.open();
      await using there = await shared.open();
      const begun = told(here, 'session', 'one');
      await there.addSession(aSession('one'));
      await begun;
      t.same(here.sessions(), [aSession('one')]);
      const heard = told(here, 'session', 'one');
      await there.endSession(sessionId('one'), ended.at, ended.reason);
      await heard;
      t.same(here.session(sessionId('one'))?.ended, ended);
    }
    await using again = await shared.open();
    t.same(again.sessions(), [aSession('one', { ended })]);
  });

  t.test('what breaks a rule is refused and changes nothing', async (t) => {
    await using registry = await (await world(t)).open();
    const wrong: Readonly<Record<string, Partial<ConsoleSession>>> = {
      'more than 7 days': { until: 1_001 + 7 * DAY },
      'over before it begins': { until: 1_000 },
      'a secret instead of its hash': { secret_hash: 'secret' },
      'no role': { role: 'root' as never },
      'another way in': { via: 'password' as never },
      'another reason': { ended: { at: 1_500, reason: 'bored' as never } },
    };
    for (const [name, fields] of Object.entries(wrong))
      await t.rejects(registry.addSession(aSession('one', fields)), { code: 'invalid_entry' }, name);
    const long = anInvitation('long', { until: 1_001 + DAY });
    await t.rejects(registry.addInvitation(long), { code: 'invalid_entry' });
    t.same(registry.sessions(), []);
    await registry.addSession(aSession('one'));
    await registry.addInvitation(anInvitation('one'));
    const twice = { code: 'already_exists' };
    await t.rejects(registry.addSession(aSession('one')), twice);
    await t.rejects(registry.addSession(aSession('two', { secret_hash: hashOf('one') })), twice);
    await t.rejects(registry.addInvitation(anInvitation('one')), twice);
  });
}
