import type { Test } from 'tap';
import { deviceId } from '../../src/model/ids.ts';
import type { DeviceCertificate, NewEnrolment } from '../../src/model/people.ts';
import { aCertificate, aDevice, type RegistryWorld, withPeople } from './registry-contract.ts';

const D1 = deviceId('D1');
const D2 = deviceId('D2');
const D3 = deviceId('D3');
const thumbprint = (letter: string): string => letter.repeat(43);

const withKey = (device: typeof D1, letter: string, key: string): DeviceCertificate => ({
  ...aCertificate(device, letter),
  key_thumbprint: key === '' ? '' : thumbprint(key),
});

const enrolment = (certificate: DeviceCertificate, provided?: NewEnrolment['provided']): NewEnrolment => ({
  device: aDevice(certificate.device),
  certificate,
  patient: null,
  at: 1_750_000_000_000,
  ...(provided === undefined ? {} : { provided }),
});

/** What every Registry adapter keeps about keys, and about certificates that another one led to. */
export function registryKeysContract(t: Test, world: (t: Test) => Promise<RegistryWorld>): void {
  const open = async (t: Test) => {
    const registry = await (await world(t)).open();
    await withPeople(registry);
    return registry;
  };

  t.test('a key is one device alone', async (t) => {
    await using registry = await open(t);
    await registry.addCertificate(withKey(D1, 'A', 'K'));
    const code = 'key_of_another_device';
    await t.rejects(registry.addCertificate(withKey(D2, 'B', 'K')), { code, message: /"D1"/ });
    await t.rejects(registry.enrol([enrolment(withKey(D3, 'B', 'K'))]), { code });
    await registry.endCertificate(thumbprint('A'), 'superseded', 5);
    await t.rejects(registry.addCertificate(withKey(D2, 'B', 'K')), { code }, 'also when it has ended');
    const twice = [enrolment(withKey(D2, 'B', 'L')), enrolment(withKey(D3, 'C', 'L'))];
    await t.rejects(registry.enrol(twice), { code }, 'also in one batch');
    await registry.addCertificate(withKey(D1, 'D', 'K'));
    t.equal(registry.certificatesOf(D1).length, 2, 'and the device may keep it');
    t.same(registry.certificatesOf(D2), []);
    t.notOk(registry.device(D3));
  });

  t.test('certificates whose key was not written down hinder none', async (t) => {
    await using registry = await open(t);
    await registry.addCertificate(withKey(D1, 'A', ''));
    await registry.endCertificate(thumbprint('A'), 'keyCompromise', 5);
    await registry.addCertificate(withKey(D2, 'B', ''));
    await registry.enrol([enrolment(withKey(D1, 'C', ''), 'new_key')]);
    t.equal(registry.certificate(thumbprint('C'))?.key_thumbprint, '');
  });

  t.test('a key that was in wrong hands is never taken again, by whichever write it ended', async (t) => {
    const code = 'key_revoked';
    {
      await using registry = await open(t);
      await registry.addCertificate(withKey(D1, 'A', 'K'));
      await registry.endCertificate(thumbprint('A'), 'keyCompromise', 5);
      await t.rejects(registry.addCertificate(withKey(D1, 'B', 'K')), { code, message: /make a new key/ });
      await t.rejects(registry.enrol([enrolment(withKey(D1, 'B', 'K'))]), { code });
      await t.rejects(registry.addCertificate(withKey(D2, 'B', 'K')), { code });
    }
    {
      await using registry = await open(t);
      await registry.addCertificate(withKey(D1, 'A', 'K'));
      await registry.addCertificate(withKey(D1, 'B', 'L'));
      await registry.activateCertificate(thumbprint('B'), 5, 'keyCompromise');
      await t.rejects(registry.addCertificate(withKey(D1, 'C', 'K')), { code });
      await registry.revokeDevice(D1, 'keyCompromise', 6);
      await t.rejects(registry.addCertificate(withKey(D2, 'C', 'L')), { code });
    }
  });

  t.test('the present key may be asked not to come again', async (t) => {
    await using registry = await open(t);
    await registry.addCertificate(withKey(D1, 'A', 'K'));
    await t.rejects(registry.enrol([enrolment(withKey(D1, 'B', 'K'), 'new_key')]), { code: 'key_revoked' });
    await registry.enrol([enrolment(withKey(D1, 'B', 'L'), 'new_key')]);
    t.equal(registry.certificatesOf(D1).length, 2);
  });

  t.test('a first certificate is refused where another process was quicker', async (t) => {
    const shared = await world(t);
    await using here = await shared.open();
    await using there = await shared.open();
    const first = (letter: string) => enrolment(withKey(D1, letter, letter), 'no_certificate');
    const outcomes = await Promise.allSettled([here.enrol([first('A')]), there.enrol([first('B')])]);
    t.match(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    t.match(outcomes[1], { reason: { code: 'already_exists', message: /D1/ } });
    await here.endCertificate(thumbprint('A'), 'cessationOfOperation', 5);
    await there.enrol([first('B')]);
    t.equal(there.certificatesOf(D1).length, 2, 'and taken once the other has ended');
    const later = { ...first('C'), at: aCertificate().not_after };
    await there.enrol([later]);
    t.equal(there.certificatesOf(D1).length, 3, 'or expired');
  });

  t.test('a certificate twice in one batch is told as such', async (t) => {
    await using registry = await open(t);
    const same = [enrolment(withKey(D2, 'A', 'K')), enrolment(withKey(D3, 'A', 'L'))];
    await t.rejects(registry.enrol(same), { code: 'already_exists' });
    t.notOk(registry.device(D3));
  });

  t.test('with a key in wrong hands falls all that was got with it, in one write', async (t) => {
    const shared = await world(t);
    await using registry = await shared.open();
    await withPeople(registry);
    const next = (letter: string, follows: string | null, key = letter) =>
      registry.addCertificate({
        ...withKey(D1, letter, key),
        follows: follows && thumbprint(follows),
        status: 'pending',
      });
    await registry.addCertificate(withKey(D1, 'A', 'A'));
    await next('B', 'A');
    await next('C', 'A', 'A');
    await next('D', 'B');
    await next('E', null);
    await registry.addCertificate(withKey(D2, 'F', 'F'));
    await using other = await shared.open();
    t.equal(other.certificate(thumbprint('D'))?.follows, thumbprint('B'), 'written down');
    await registry.endCertificate(thumbprint('D'), 'superseded', 3);
    await registry.endCertificate(thumbprint('A'), 'keyCompromise', 5);
    for (const letter of ['A', 'B', 'C', 'D'])
      t.match(
        registry.certificate(thumbprint(letter)),
        { status: 'revoked', ended: { at: 5, reason: 'keyCompromise' } },
        letter,
      );
    t.equal(registry.certificate(thumbprint('E'))?.ended, null, 'that an admin made');
    t.equal(registry.certificate(thumbprint('F'))?.ended, null, 'of another device');
  });

  t.test('for any other reason the ones that followed go on', async (t) => {
    await using registry = await open(t);
    await registry.addCertificate(withKey(D1, 'A', 'A'));
    await registry.addCertificate({ ...withKey(D1, 'B', 'B'), follows: thumbprint('A') });
    await registry.endCertificate(thumbprint('A'), 'cessationOfOperation', 5);
    t.equal(registry.certificate(thumbprint('B'))?.ended, null);
  });
}
