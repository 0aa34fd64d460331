import t from 'tap';
import type { DeviceAnswer } from '../../../../src/console/admin/admin-answers.ts';
import { byNeed, certificateNeed, deviceNeeds } from '../../../../src/console/admin/devices/device-need.ts';

const NOW = 1_795_383_000_000;
const DAY = 86_400_000;

/** A device that nothing is wrong with, but for what is said. */
function device(id: string, wrong: Partial<DeviceAnswer> = {}): DeviceAnswer {
  return {
    ...{ id, status: 'active', description: 'watch', patient: 'p-1', presence: 'on', presence_since: NOW },
    ...{ battery_percent: 80, certificate_expires: NOW + 90 * DAY, late_renewal_until: null },
    ...wrong,
  };
}

t.test('a certificate needs somebody from 14 days before its end', async (t) => {
  t.equal(certificateNeed(NOW + 14 * DAY + 1, NOW), null);
  t.equal(certificateNeed(NOW + 14 * DAY, NOW), 'certificate_ending');
  t.equal(certificateNeed(NOW + 1, NOW), 'certificate_ending');
  t.equal(certificateNeed(NOW, NOW), 'certificate_ended');
  t.equal(certificateNeed(null, NOW), 'certificate_missing');
});

t.test('all that is wrong is told, the most pressing first', async (t) => {
  t.same(deviceNeeds(device('a'), NOW), []);
  t.same(
    deviceNeeds(
      device('a', {
        presence: 'off',
        battery_percent: 19,
        certificate_expires: NOW - 1,
        status: 'suspended',
      }),
      NOW,
    ),
    ['worn_off', 'certificate_ended', 'battery_low', 'suspended'],
  );
  t.same(deviceNeeds(device('a', { presence: 'silent' }), NOW), ['worn_silent']);
  t.same(deviceNeeds(device('a', { presence: 'off', patient: null }), NOW), [], 'it is nobody’s');
  t.same(deviceNeeds(device('a', { status: 'revoked', certificate_expires: null }), NOW), []);
  t.same(deviceNeeds(device('a', { battery_percent: null }), NOW), [], 'unknown is not low');
});

t.test('whoever needs somebody most is first, and what is revoked last', async (t) => {
  const devices = [
    device('revoked', { status: 'revoked' }),
    device('well-2'),
    device('well-1'),
    device('ending', { certificate_expires: NOW + DAY }),
    device('off', { presence: 'off' }),
    device('ended', { certificate_expires: NOW - DAY }),
  ];
  t.same(
    byNeed(devices, NOW).map(({ id }) => id),
    ['off', 'ended', 'ending', 'well-1', 'well-2', 'revoked'],
  );
});
