import type { Test } from 'tap';
import { clinicianId, grantId, patientId } from '../../src/model/ids.ts';
import type { AccessGrant } from '../../src/model/people.ts';
import { type RegistryWorld, told, withPeople } from './registry-contract.ts';

const P1 = patientId('P1');
const P2 = patientId('P2');

const CAROL = clinicianId('carol');
const HOUR = 3_600_000;

const aGrant = (id: string, more: Partial<AccessGrant> = {}): AccessGrant => ({
  id: grantId(id),
  clinician: CAROL,
  patient: P1,
  reason: 'Resuscitation, bed 4',
  from: 1_000,
  until: 1_000 + HOUR,
  ...more,
});

/** What every Registry adapter keeps of break-glass access. `world` as of `registryContract`. */
export function registryAccessContract(t: Test, world: (t: Test) => Promise<RegistryWorld>): void {
  const empty = async (t: Test) => (await world(t)).open();

  t.test(
    'access is read by id, clinician and patient, the one that ends last first, past ones too',
    async (t) => {
      await using registry = await empty(t);
      await withPeople(registry);
      const heard: string[] = [];
      using _watch = registry.watch(({ kind, key }) => heard.push(`${kind} ${key}`));
      const [short, long, other] = [
        aGrant('short', { until: 2_000 }),
        aGrant('long', { patient: P2 }),
        aGrant('other', { clinician: clinicianId('dave'), until: 1_500 }),
      ];
      for (const grant of [short, long, other]) await registry.grantAccess(grant);
      t.same(registry.grant(short.id), short);
      t.same(registry.grants(), [short, long, other]);
      t.same(registry.grantsOf(CAROL), [long, short]);
      t.same(registry.grantsFor(P1), [short, other]);
      t.same(registry.grantsOf(clinicianId('erin')), []);
      const before = registry.grantsOf(CAROL);
      await registry.endAccess(long.id, 1_200);
      t.same(registry.grantsOf(CAROL), [short, { ...long, until: 1_200 }]);
      t.same(before, [long, short], 'a list that was handed out stays as it was');
      t.same(heard, ['grant short', 'grant long', 'grant other', 'grant long']);
    },
  );

  t.test('access ends early, never later, and not before it began', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    const grant = aGrant('one');
    await registry.grantAccess(grant);
    const until = () => registry.grant(grant.id)?.until;
    await registry.endAccess(grant.id, grant.until + 1);
    t.equal(until(), grant.until);
    await registry.endAccess(grant.id, 5_000);
    t.equal(until(), 5_000);
    await registry.endAccess(grant.id, 6_000);
    t.equal(until(), 5_000);
    await registry.endAccess(grant.id, 0);
    t.equal(until(), grant.from);
    t.same(registry.grants(), [{ ...grant, until: grant.from }], 'nothing is deleted');
  });

  t.test('of one clinician and patient the newer access takes the place of the one before', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    const apart = [aGrant('other', { clinician: clinicianId('dave') }), aGrant('elsewhere', { patient: P2 })];
    for (const grant of [aGrant('one'), ...apart]) await registry.grantAccess(grant);
    await registry.grantAccess(aGrant('two', { from: 3_000, until: 4_000 }));
    t.equal(registry.grant(grantId('one'))?.until, 3_000);
    t.same(apart, [registry.grant(grantId('other')), registry.grant(grantId('elsewhere'))]);
    await registry.grantAccess(aGrant('three', { from: 9_000, until: 9_500 }));
    t.equal(registry.grant(grantId('two'))?.until, 4_000, 'what was over stays as it was');
  });

  t.test('access that breaks a rule is refused and changes nothing', async (t) => {
    await using registry = await empty(t);
    const rejects = (work: Promise<void>, code: string, name = code) => t.rejects(work, { code }, name);
    await rejects(registry.grantAccess(aGrant('one')), 'unknown_patient');
    await rejects(registry.endAccess(grantId('one'), 5), 'unknown_grant');
    await withPeople(registry);
    const wrong: Readonly<Record<string, Partial<AccessGrant>>> = {
      'no reason': { reason: '' },
      'a reason of 9 characters': { reason: 'too short' },
      'a reason of 9 characters and blanks': { reason: ' too short ' },
      'a reason of 501 characters': { reason: 'x'.repeat(501) },
      'a reason of two lines': { reason: 'one line\nand another' },
      'a reason with an escape': { reason: 'looks fine \u001b[2K' },
      'a reason that turns its writing': { reason: 'looks fine \u202e too' },
      'half a character': { reason: 'looks fine \ud83d' },
      'more than 12 h': { until: 1_001 + 12 * HOUR },
      'an end before its begin': { until: 999 },
      'half a millisecond': { until: 1_000.5 },
    };
    for (const [name, fields] of Object.entries(wrong))
      await rejects(registry.grantAccess(aGrant('one', fields)), 'invalid_entry', name);
    await rejects(registry.grantAccess(aGrant('one', { clinician: 'a b' as never })), 'invalid_id');
    t.same(registry.grants(), []);
    await registry.grantAccess(aGrant('one', { reason: '0123456789', until: 1_000 + 12 * HOUR }));
    await registry.grantAccess(aGrant('two', { patient: P2, reason: ' '.repeat(9) + 'x'.repeat(500) }));
    t.equal(registry.grant(grantId('two'))?.reason, 'x'.repeat(500), 'blanks around it do not count');
    await rejects(registry.grantAccess(aGrant('one', { patient: P2 })), 'already_exists');
    await rejects(registry.endAccess(grantId('one'), Number.NaN), 'invalid_entry');
    t.equal(registry.grants().length, 2);
  });

  t.test('access is seen and told in another process, and is there after reopening', async (t) => {
    const shared = await world(t);
    {
      await using here = await shared.open();
      await using there = await shared.open();
      await withPeople(there);
      const heard = told(here, 'grant', 'one');
      await there.grantAccess(aGrant('one'));
      await heard;
      t.same(here.grantsOf(CAROL), [aGrant('one')]);
      const ended = told(here, 'grant', 'one');
      await there.endAccess(grantId('one'), 5_000);
      await ended;
      t.equal(here.grantsFor(P1)[0]?.until, 5_000);
    }
    await using again = await shared.open();
    t.same(again.grants(), [aGrant('one', { until: 5_000 })]);
  });
}
