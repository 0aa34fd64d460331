import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { signEverybodyOut } from '../../scripts/backup/sign-everybody-out.ts';
import { Snapshot } from '../../scripts/backup/snapshot.ts';
import { withdrawKnown, withdrawListed } from '../../scripts/backup/withdrawals.ts';
import { systemClock } from '../../src/core/clock.ts';
import { registeredPrincipal } from '../../src/identity/clinician-principal.ts';
import { beginSession, issueInvitation, secretHash } from '../../src/identity/console-sessions.ts';
import { openUnlessLocked, publishRevocationLists } from '../../src/identity/revocation-lists.ts';
import { clinicianId, wardId } from '../../src/model/ids.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const NURSE = {
  id: clinicianId('nurse-1'),
  role: 'clinician',
  wards: [wardId('w-1')],
  patients: [],
} as const;

/** A registry, and what it was before devices and a person were turned away. */
async function world(t: Test) {
  const fixture = await certificateFixture();
  t.teardown(() => fixture[Symbol.asyncDispose]());
  const { registry, directory } = fixture;
  const ids = [await fixture.enrol('good-1'), await fixture.enrol('stolen-1'), await fixture.enrol('lent-1')];
  const [good, stolen, lent] = ids.map(({ id }) => id);
  await registry.putClinician({ ...NURSE, active: true });
  const path = join(directory, '..', 'registry.db');
  const earlier = join(t.testdir(), 'registry.db');
  using snapshot = new Snapshot(path);
  await snapshot.copyTo(earlier, () => {});
  await registry.revokeDevice(stolen!, 'keyCompromise', Date.now());
  await registry.setDeviceStatus(lent!, 'suspended');
  await registry.putClinician({ ...NURSE, active: false });
  const open = (authority: Parameters<typeof openUnlessLocked>[0]) =>
    openUnlessLocked(authority, directory, undefined);
  await publishRevocationLists({ directory, registry, now: Date.now(), open });
  const onError = (error: Error): never => {
    throw error;
  };
  const restored = await openSqliteRegistry({ path: earlier, onError });
  t.teardown(() => restored[Symbol.asyncDispose]());
  return { directory, path, restored, good: good!, stolen: stolen!, lent: lent! };
}

t.test('what signed lists name is revoked again, and nothing else', async (t) => {
  const { directory, restored, good, stolen, lent } = await world(t);
  t.equal(restored.certificatesOf(stolen)[0]?.ended, null, 'the backup is from before');
  const withdrawn = await withdrawListed(restored, directory, (text) => t.fail(text));
  const told = [...withdrawn].sort((a, b) => a.what.localeCompare(b.what));
  t.match(told, [
    { what: 'certificate revoked', subject: /^stolen-1, serial /, from: 'revocation list' },
    { what: 'device suspended', subject: 'lent-1', from: 'revocation list' },
  ]);
  t.equal(told.length, 2);
  t.equal(restored.device(lent)?.status, 'suspended');
  t.equal(restored.certificatesOf(lent)[0]?.ended, null, 'it may be resumed');
  t.match(restored.certificatesOf(stolen)[0]?.ended, { reason: 'keyCompromise' });
  t.equal(restored.certificatesOf(good)[0]?.ended, null);
  t.same(await withdrawListed(restored, directory, (text) => t.fail(text)), [], 'once');
});

t.test('a list that nobody of this installation signed is told of and not gone by', async (t) => {
  const { directory, restored, stolen } = await world(t);
  const other = await world(t);
  const warned: string[] = [];
  for (const file of readdirSync(join(directory, 'crl'))) {
    const [foreign = ''] = readdirSync(join(other.directory, 'crl'));
    rmSync(join(directory, 'crl', file));
    execFileSync('cp', [join(other.directory, 'crl', foreign), join(directory, 'crl', file)]);
  }
  t.same(await withdrawListed(restored, directory, (text) => warned.push(text)), []);
  t.match(warned.join('\n'), /was not gone by/);
  t.equal(restored.certificatesOf(stolen)[0]?.ended, null);
  writeFileSync(join(directory, 'crl', readdirSync(join(directory, 'crl'))[0]!), 'no list');
  t.same(await withdrawListed(restored, directory, () => {}), []);
});

t.test(
  'what the former registry withdrew is withdrawn again: devices, people, with their reasons',
  async (t) => {
    const { path, restored, good, stolen, lent } = await world(t);
    const withdrawn = await withdrawKnown(restored, path, Date.now());
    t.same(
      withdrawn.map(({ what }) => what),
      ['certificate revoked', 'device revoked', 'device suspended', 'clinician ended'],
    );
    t.equal(restored.device(stolen)?.status, 'revoked');
    t.match(restored.certificatesOf(stolen)[0]?.ended, { reason: 'keyCompromise' });
    t.equal(restored.device(lent)?.status, 'suspended');
    t.equal(restored.device(good)?.status, 'active');
    t.equal(restored.clinician(NURSE.id)?.active, false);
    t.same(await withdrawKnown(restored, path, Date.now()), [], 'once');
  },
);

t.test('everybody is signed out, also who is not registered, and no link of before is taken', async (t) => {
  const { restored } = await world(t);
  const clock = systemClock();
  const sessions = ['nurse-1', 'of-the-provider'].map((id) =>
    beginSession(
      { registry: restored, clock, sessionMs: 60_000, audit: { acted: () => undefined } },
      { principal: registeredPrincipal(clinicianId(id)), via: 'openid', address: '192.0.2.1' },
    ),
  );
  const ids = (await Promise.all(sessions)).map(({ session }) => session.id);
  const { code } = await issueInvitation(
    { registry: restored, clock },
    { clinician: NURSE.id, ttlMs: 60_000 },
  );
  t.same(new Set(await signEverybodyOut(restored, clock.now())), new Set(ids));
  for (const id of ids) t.match(restored.session(id)?.ended, { reason: 'data_restored' });
  await t.rejects(restored.redeemInvitation(secretHash(code), clock.now()), { code: 'invitation_expired' });
  t.same(await signEverybodyOut(restored, clock.now()), [], 'once');
});
