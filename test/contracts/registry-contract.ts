import type { Test } from 'tap';
import { clinicianId, deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { LimitOverride } from '../../src/model/limit-override.ts';
import type { Device, DeviceCertificate } from '../../src/model/people.ts';
import type { Registry, RegistryChange } from '../../src/registry/registry.ts';

/** Opens one more view on the same registry; every view stands for a process of its own. */
export interface RegistryWorld {
  open(onError?: (error: Error) => void): Promise<Registry>;
}

const D1 = deviceId('D1');
const D2 = deviceId('D2');
const P1 = patientId('P1');
const P2 = patientId('P2');
const WARD = wardId('W1');

export const aDevice = (id = D1): Device => ({
  id,
  status: 'active',
  description: 'Acme Band 2',
  interval_ms: 1_000,
  created: 1_700_000_000_000,
  late_renewal_until: null,
});

export const aCertificate = (device = D1, letter = 'A'): DeviceCertificate => ({
  thumbprint: letter.repeat(43),
  serial: '0A1B2C',
  device,
  not_before: 1_700_000_000_000,
  not_after: 1_800_000_000_000,
  status: 'active',
  authority: 'ab12',
  key_thumbprint: `${letter}k`.padEnd(43, letter),
  follows: null,
  ended: null,
});

const someLimits: LimitOverride = {
  kind: 'value',
  scope: { kind: 'ward', ward: WARD },
  vital: 'spo2',
  direction: 'low',
  tiers: [
    {
      vital: 'spo2',
      direction: 'low',
      priority: 'high',
      threshold: 85,
      onset_delay_ms: 0,
      clear_margin: 1,
      clear_delay_ms: 5_000,
    },
  ],
  changed_by: 'carol',
  changed_at: 1_700_000_000_000,
  reason: 'ward policy',
};

/** Two devices and two patients, P1 and P2. */
export async function withPeople(registry: Registry): Promise<void> {
  await registry.addDevice(aDevice(D1));
  await registry.addDevice(aDevice(D2));
  await registry.addPatient({ id: P1, ward: WARD, label: 'Bed 1', news2: 'scale_1' });
  await registry.addPatient({ id: P2, ward: WARD, label: 'Bed 2', news2: 'scale_1' });
}

/** Resolves when `registry` tells of `key`. The limit is far above the promised 250 ms, for a machine under load. */
export function told(registry: Registry, kind: RegistryChange['kind'], key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`never told of ${kind} ${key}`)), 10_000);
    const watch = registry.watch((change) => {
      if (change.kind !== kind || change.key !== key) return;
      clearTimeout(limit);
      watch[Symbol.dispose]();
      resolve();
    });
  });
}

/** What every Registry adapter keeps. `world` makes an empty registry for one test and cleans up after it. */
export function registryContract(t: Test, world: (t: Test) => Promise<RegistryWorld>): void {
  const empty = async (t: Test) => (await world(t)).open();

  t.test('what was written is read back, by key and as a list', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.addCertificate(aCertificate());
    await registry.putLimits(someLimits);
    const carol = {
      id: clinicianId('carol'),
      role: 'charge',
      wards: [WARD],
      patients: [],
      active: true,
    } as const;
    await registry.putClinician(carol);
    t.same(registry.device(D1), aDevice(D1));
    t.same(
      registry.devices().map(({ id }) => id),
      [D1, D2],
    );
    t.same(registry.certificate('A'.repeat(43)), aCertificate());
    t.same(registry.certificatesOf(D1), [aCertificate()]);
    t.same(registry.certificatesOf(D2), []);
    t.same(registry.patient(P2), { id: P2, ward: WARD, label: 'Bed 2', news2: 'scale_1' });
    t.equal(registry.patients().length, 2);
    t.same(registry.clinician(carol.id), carol);
    t.same(registry.clinicians(), [carol]);
    t.same(registry.limitOverrides(), [someLimits]);
  });

  t.test('what is not known is undefined, null or empty', async (t) => {
    await using registry = await empty(t);
    t.equal(registry.device(D1), undefined);
    t.equal(registry.patientAt(D1, 0), null);
    t.same(registry.assignmentsOf(D1), []);
    t.same(registry.devicesOf(P1, 0), []);
  });

  t.test('a clinician and a limit are replaced, not doubled', async (t) => {
    await using registry = await empty(t);
    const carol = {
      id: clinicianId('carol'),
      role: 'charge',
      wards: [],
      patients: [],
      active: true,
    } as const;
    await registry.putClinician(carol);
    await registry.putClinician({ ...carol, active: false });
    t.equal(await registry.putLimits(someLimits), null);
    t.same(await registry.putLimits({ ...someLimits, tiers: [] } as LimitOverride), someLimits);
    t.same(registry.clinicians(), [{ ...carol, active: false }]);
    t.same(registry.limitOverrides(), [{ ...someLimits, tiers: [] }]);
  });

  t.test('a patient goes to another ward, is called otherwise, and keeps the rest', async (t) => {
    const processes = await world(t);
    await using registry = await processes.open();
    await using other = await processes.open();
    await withPeople(registry);
    await registry.setNews2(P1, 'scale_2');
    const heard = told(other, 'patient', P1);
    await registry.changePatient(P1, { ward: wardId('W2') });
    await registry.changePatient(P1, { label: 'Bed 7' });
    t.same(registry.patient(P1), { id: P1, ward: 'W2', label: 'Bed 7', news2: 'scale_2' });
    await heard;
    await registry.changePatient(P2, {});
    t.same(registry.patient(P2), { id: P2, ward: WARD, label: 'Bed 2', news2: 'scale_1' });
    await t.rejects(registry.changePatient(patientId('P9'), { ward: WARD }), { code: 'unknown_patient' });
    await t.rejects(registry.changePatient(P1, { ward: 'a b' as never }), { code: 'invalid_id' });
    await t.rejects(registry.changePatient(P1, { label: 'line\nbreak' }), { code: 'invalid_entry' });
    t.match(registry.patient(P1), { ward: 'W2', label: 'Bed 7' });
  });

  t.test('writes that break a rule are refused with their code and change nothing', async (t) => {
    await using registry = await empty(t);
    const rejects = (work: Promise<unknown>, code: string) => t.rejects(work, { code }, code);
    await rejects(registry.setDeviceStatus(D1, 'suspended'), 'unknown_device');
    await rejects(registry.addCertificate(aCertificate()), 'unknown_device');
    await rejects(registry.endCertificate('A'.repeat(43), 'keyCompromise', 5), 'unknown_certificate');
    await rejects(registry.assign(D1, null, 0), 'unknown_device');
    await withPeople(registry);
    await rejects(registry.addDevice(aDevice(D1)), 'already_exists');
    await rejects(
      registry.addPatient({ id: P1, ward: WARD, label: 'other', news2: 'scale_1' }),
      'already_exists',
    );
    await registry.addCertificate(aCertificate());
    await rejects(registry.addCertificate(aCertificate(D2)), 'already_exists');
    await rejects(registry.assign(D1, patientId('P9'), 0), 'unknown_patient');
    await rejects(registry.assign(D1, P1, -1), 'invalid_assignment');
    await rejects(registry.assign(D1, P1, 1.5), 'invalid_assignment');
    const forP9 = { ...someLimits, scope: { kind: 'patient', patient: patientId('P9') } } as const;
    await rejects(registry.putLimits(forP9), 'unknown_patient');
    t.same(registry.assignmentsOf(D1), []);
    t.equal(registry.patient(P1)?.label, 'Bed 1');
    t.equal(registry.certificate('A'.repeat(43))?.device, D1);
    t.same(registry.limitOverrides(), []);
  });

  t.test('entries that are not what the model says are refused', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    const rejects = (work: Promise<unknown>, code: string) => t.rejects(work, { code });
    await rejects(registry.addDevice({ ...aDevice(), id: 'a b' as never }), 'invalid_id');
    await rejects(
      registry.addDevice({ ...aDevice(deviceId('D3')), status: 'gone' as never }),
      'invalid_entry',
    );
    await rejects(
      registry.addDevice({ ...aDevice(deviceId('D3')), interval_ms: Number.NaN }),
      'invalid_entry',
    );
    await rejects(registry.addDevice({ ...aDevice(deviceId('D3')), description: 'a\nb' }), 'invalid_entry');
    await rejects(registry.addDevice(aDevice(deviceId('manual'))), 'invalid_entry');
    await rejects(registry.setDeviceStatus(D1, 'gone' as never), 'invalid_entry');
    await rejects(registry.addCertificate({ ...aCertificate(), thumbprint: 'short' }), 'invalid_entry');
    await rejects(registry.addCertificate({ ...aCertificate(), not_after: 1 }), 'invalid_entry');
    await rejects(registry.putLimits({ ...someLimits, direction: 'high' } as LimitOverride), 'invalid_entry');
    await rejects(
      registry.putLimits({ ...someLimits, vital: 'constructor' as never } as LimitOverride),
      'invalid_entry',
    );
    const [tier] = someLimits.tiers ?? [];
    await rejects(
      registry.putLimits({ ...someLimits, tiers: [tier!, tier!] } as LimitOverride),
      'invalid_entry',
    );
    t.equal(registry.devices().length, 2);
    t.equal(registry.device(D1)?.status, 'active');
  });

  t.test("a refusal never repeats a patient's label", async (t) => {
    await using registry = await empty(t);
    const work = registry.addPatient({ id: P1, ward: WARD, label: 'Canary\u0000', news2: 'scale_1' });
    const error = await work.then(
      () => null,
      (error) => error,
    );
    t.equal(error.code, 'invalid_entry');
    t.notMatch(`${error.message} ${JSON.stringify(error.details)}`, 'Canary');
  });

  t.test(
    'the first use of a renewed certificate ends the others, and a late renewal that was allowed',
    async (t) => {
      await using registry = await empty(t);
      await withPeople(registry);
      const thumbprint = (letter: string): string => letter.repeat(43);
      await registry.addCertificate(aCertificate(D1, 'A'));
      await registry.addCertificate({ ...aCertificate(D1, 'B'), status: 'pending' });
      await registry.addCertificate({ ...aCertificate(D1, 'C'), status: 'pending' });
      await registry.addCertificate(aCertificate(D2, 'D'));
      await registry.allowLateRenewal(D1, 500);
      t.equal(registry.device(D1)?.late_renewal_until, 500);
      await registry.activateCertificate(thumbprint('C'), 300);
      const superseded = { status: 'superseded', ended: { at: 300, reason: 'superseded' } };
      t.match(registry.certificate(thumbprint('A')), superseded);
      t.match(registry.certificate(thumbprint('B')), superseded);
      t.match(registry.certificate(thumbprint('C')), { status: 'active', ended: null });
      t.match(registry.certificate(thumbprint('D')), { status: 'active' }, 'of another device');
      t.equal(registry.device(D1)?.late_renewal_until, null);
      await t.rejects(registry.activateCertificate(thumbprint('B'), 400), { code: 'revoked' });
      await registry.endCertificate(thumbprint('B'), 'keyCompromise', 450);
      t.match(registry.certificate(thumbprint('B')), {
        status: 'revoked',
        ended: { reason: 'keyCompromise' },
      });
      await registry.addCertificate(aCertificate(D1, 'E'));
      await registry.activateCertificate(thumbprint('E'), 500, 'keyCompromise');
      t.match(registry.certificate(thumbprint('C')), {
        status: 'revoked',
        ended: { at: 500, reason: 'keyCompromise' },
      });
    },
  );

  t.test('a renewed certificate is added only while the one it follows holds', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    const follows = 'A'.repeat(43);
    const next = (letter: string) => ({ ...aCertificate(D1, letter), status: 'pending', follows }) as const;
    const renew = (letter: string) => registry.addCertificate(next(letter));
    await t.rejects(renew('B'), { code: 'unknown_certificate' });
    await registry.addCertificate(aCertificate(D1, 'A'));
    await renew('B');
    const ofAnother = { ...next('D'), device: D2 };
    await t.rejects(registry.addCertificate(ofAnother), { code: 'unknown_certificate' });
    await registry.endCertificate('A'.repeat(43), 'superseded', 5);
    await t.rejects(renew('C'), { code: 'revoked' });
    await registry.revokeDevice(D1, 'keyCompromise', 6);
    await t.rejects(registry.addCertificate(aCertificate(D1, 'C')), { code: 'revoked' });
    t.equal(registry.certificatesOf(D1).length, 2);
  });

  t.test('everything that one authority issued can be ended in one write', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.addCertificate(aCertificate(D1, 'A'));
    await registry.addCertificate({ ...aCertificate(D1, 'B'), authority: 'cd34' });
    await registry.addCertificate(aCertificate(D2, 'C'));
    await registry.endCertificate('C'.repeat(43), 'superseded', 3);
    await registry.endCertificatesOf('ab12', 'cACompromise', 5);
    t.match(registry.certificate('A'.repeat(43))?.ended, { at: 5, reason: 'cACompromise' });
    t.equal(registry.certificate('B'.repeat(43))?.ended, null, 'of another authority');
    t.match(registry.certificate('C'.repeat(43))?.ended, { at: 3 }, 'it had ended before');
  });

  t.test('many are enrolled at once, or none of them', async (t) => {
    await using registry = await empty(t);
    await registry.addPatient({ id: P1, ward: WARD, label: 'Bed 1', news2: 'scale_1' });
    const enrolment = (device: typeof D1, letter: string, patient: typeof P1 | null) => ({
      device: aDevice(device),
      certificate: aCertificate(device, letter),
      patient,
      at: 100,
    });
    await t.rejects(registry.enrol([enrolment(D1, 'A', null), enrolment(D2, 'B', P2)]), {
      code: 'unknown_patient',
    });
    await t.rejects(registry.enrol([enrolment(D1, 'A', null), enrolment(D1, 'B', null)]), {
      code: 'already_exists',
    });
    t.same(registry.devices(), []);
    await registry.enrol([enrolment(D1, 'A', P1), enrolment(D2, 'B', null)]);
    t.equal(registry.devices().length, 2);
    t.equal(registry.patientAt(D1, 100), P1);
    t.same(registry.certificatesOf(D2), [aCertificate(D2, 'B')]);
    await registry.enrol([enrolment(D2, 'C', null)]);
    t.equal(registry.certificatesOf(D2).length, 2, 'a known device gets one more');
  });

  t.test('revoked stays revoked', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.addCertificate(aCertificate());
    await registry.setDeviceStatus(D1, 'suspended');
    await registry.setDeviceStatus(D1, 'active');
    await registry.revokeDevice(D1, 'keyCompromise', 7);
    await t.rejects(registry.setDeviceStatus(D1, 'active'), { code: 'revoked' });
    await t.rejects(registry.activateCertificate('A'.repeat(43), 8), { code: 'revoked' });
    t.equal(registry.device(D1)?.status, 'revoked');
    t.equal(registry.certificate('A'.repeat(43))?.status, 'revoked');
  });

  t.test('patientAt follows the assignments: half-open, with gaps, at any time', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.assign(D1, P1, 100);
    await registry.assign(D1, P2, 200);
    await registry.assign(D1, null, 300);
    await registry.assign(D1, P1, 400);
    const wearers = [99, 100, 199, 200, 299, 300, 399, 400, 9_999].map((at) => registry.patientAt(D1, at));
    t.same(wearers, [null, P1, P1, P2, P2, null, null, P1, P1]);
    t.same(registry.assignmentsOf(D1), [
      { device: D1, patient: P1, from: 100, to: 200 },
      { device: D1, patient: P2, from: 200, to: 300 },
      { device: D1, patient: P1, from: 400, to: null },
    ]);
    await registry.assign(D2, P2, 150);
    t.same(registry.devicesOf(P2, 250), [D1, D2]);
    t.same(registry.devicesOf(P2, 400), [D2]);
    t.same(registry.devicesOf(P1, 400), [D1]);
  });

  t.test('assignments never overlap', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.assign(D1, P1, 100);
    await t.rejects(registry.assign(D1, P2, 99), { code: 'invalid_assignment' });
    await registry.assign(D1, null, 200);
    await t.rejects(registry.assign(D1, P2, 199), { code: 'invalid_assignment' });
    await registry.assign(D1, P2, 200);
    t.equal(registry.patientAt(D1, 199), P1);
    t.equal(registry.patientAt(D1, 200), P2);
  });

  t.test('an assignment corrected at its own start leaves only the correction', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.assign(D1, P1, 100);
    await registry.assign(D1, P2, 100);
    t.same(registry.assignmentsOf(D1), [{ device: D1, patient: P2, from: 100, to: null }]);
    await registry.assign(D1, null, 100);
    t.same(registry.assignmentsOf(D1), []);
    t.equal(registry.patientAt(D1, 100), null);
    t.same(registry.devicesOf(P1, 100), []);
  });

  t.test('ending an assignment that is not open changes nothing', async (t) => {
    await using registry = await empty(t);
    await withPeople(registry);
    await registry.assign(D1, null, 100);
    t.same(registry.assignmentsOf(D1), []);
    t.equal(registry.patientAt(D1, 100), null);
  });

  t.test('a watcher is told of each change, with reads already showing it', async (t) => {
    await using registry = await empty(t);
    const heard: string[] = [];
    using _watch = registry.watch(({ kind, key }) => {
      heard.push(`${kind} ${key}`);
      if (kind === 'device') t.ok(registry.device(key as typeof D1));
    });
    await withPeople(registry);
    await registry.addCertificate(aCertificate());
    await registry.assign(D1, P1, 100);
    await registry.assign(D1, P2, 200);
    await registry.putLimits(someLimits);
    t.same(heard, [
      'device D1',
      'device D2',
      'patient P1',
      'patient P2',
      `certificate ${'A'.repeat(43)}`,
      'assignment D1',
      'assignment D1',
      'limits ward:W1:spo2:low',
    ]);
  });

  t.test('a watcher that was disposed hears nothing more', async (t) => {
    await using registry = await empty(t);
    let heard = 0;
    const watch = registry.watch(() => heard++);
    await registry.addDevice(aDevice(D1));
    watch[Symbol.dispose]();
    await registry.addDevice(aDevice(D2));
    t.equal(heard, 1);
  });

  t.test("another process's changes are seen and told", async (t) => {
    const shared = await world(t);
    await using here = await shared.open();
    await using there = await shared.open();
    const revocation = told(here, 'device', D1);
    await there.addDevice(aDevice(D1));
    await revocation;
    t.equal(here.device(D1)?.status, 'active');
    const again = told(here, 'device', D1);
    await there.revokeDevice(D1, 'unspecified', 9);
    await again;
    t.equal(here.device(D1)?.status, 'revoked');
  });

  t.test("rules hold against another process's writes that were not yet told", async (t) => {
    const shared = await world(t);
    await using here = await shared.open();
    await using there = await shared.open();
    await there.addDevice(aDevice(D1));
    await t.rejects(here.addDevice(aDevice(D1)), { code: 'already_exists' });
    await there.addPatient({ id: P1, ward: WARD, label: 'Bed 1', news2: 'scale_1' });
    await here.assign(D1, P1, 100);
    await t.rejects(there.assign(D1, P1, 50), { code: 'invalid_assignment' });
    t.equal(there.patientAt(D1, 100), P1);
  });

  t.test('a watcher that throws is reported, and the others still hear', async (t) => {
    const shared = await world(t);
    const errors: Error[] = [];
    await using here = await shared.open((error) => errors.push(error));
    await using there = await shared.open();
    using _broken = here.watch(() => {
      throw new Error('watcher broke');
    });
    const heard = told(here, 'device', D1);
    await there.addDevice(aDevice(D1));
    await heard;
    const more = told(here, 'device', D2);
    await there.addDevice(aDevice(D2));
    await more;
    t.match(errors, [
      { code: 'registry_watcher_failed', cause: { message: 'watcher broke' } },
      { code: 'registry_watcher_failed' },
    ]);
  });

  t.test('everything is there again after reopening', async (t) => {
    const shared = await world(t);
    {
      await using first = await shared.open();
      await withPeople(first);
      await first.assign(D1, P1, 100);
      await first.putLimits(someLimits);
    }
    await using second = await shared.open();
    t.equal(second.patientAt(D1, 100), P1);
    t.same(second.limitOverrides(), [someLimits]);
    await using third = await shared.open();
    const off = { ...someLimits, tiers: [] } as LimitOverride;
    await third.putLimits(off);
    const unset = { ...someLimits, tiers: null } as LimitOverride;
    t.same(await second.putLimits(unset), off, 'another process chose it a moment ago');
    t.equal(await third.putLimits(someLimits), null, 'another process unset it a moment ago');
  });

  t.test('a closed registry refuses writes and still answers reads', async (t) => {
    const registry = await empty(t);
    await registry.addDevice(aDevice(D1));
    await registry[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    await t.rejects(registry.addDevice(aDevice(D2)), { code: 'registry_closed' });
    t.ok(registry.device(D1));
  });
}
