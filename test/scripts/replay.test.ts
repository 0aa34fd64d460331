import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SETTINGS } from '../../src/config/settings.ts';
import { runningServer } from '../support/running-server.ts';
import { runWearableScript } from '../support/wearable-scripts.ts';

t.test('a recording reaches the store and raises its alarm; a second run uses the same device', async (t) => {
  const server = await runningServer(t);
  const { directory, deviceUrl } = server;
  const where = [
    '--server',
    deviceUrl,
    '--certs',
    join(directory, 'certs'),
    '--data',
    join(directory, 'var'),
  ];
  const rows = Array.from({ length: 60 }, (_, i) => `${i},${70 + (i % 5)},NaN,15,${i < 50 ? 85 : 'NaN'}`);
  const folder = t.testdir({
    'bed_4_Numerics.csv': `Time [s], HR, PULSE, RESP, SpO2\n${rows.join('\n')}\n`,
  });
  const file = join(folder, 'bed_4_Numerics.csv');
  const feed = server.feed(await server.token('nurse-1', { wards: ['icu'] }));
  const alarms: string[] = [];
  feed.on('alarm', ({ alarm, event }) => {
    if (alarm.kind === 'physiological' && alarm.cause === 'limit')
      alarms.push(`${event} ${alarm.patient} ${alarm.vital} ${alarm.priority}`);
  });
  await feed.subscribe({ ward: 'icu' });

  const first = await runWearableScript(folder, 'replay', [
    file,
    ...where,
    '--ward',
    'icu',
    '--speed',
    '30',
    '--json',
  ]);
  t.equal(first.code, 0, first.err);
  t.match(JSON.parse(first.out), {
    devices: 1,
    samples_sent: 60,
    samples_acked: 60,
    samples_rejected: 0,
    frames_pending: 0,
    recordings: [{ device: 'rec-bed_4', patient: 'rec-bed_4' }],
  });
  const issued = new X509Certificate(
    readFileSync(join(directory, 'certs', 'devices', 'rec-bed_4', 'device.crt')),
  );
  t.match(issued.raw.toString('latin1'), `${SETTINGS.crlUrl.default}/`, 'says where its list is');
  t.ok(alarms.includes('raised rec-bed_4 spo2 medium'), alarms.join(', '));

  const earlier = new Date(Date.now() - 3_600_000).toISOString();
  const again = await runWearableScript(folder, 'replay', [
    file,
    ...where,
    '--start-at',
    earlier,
    '--no-enrol',
  ]);
  t.equal(again.code, 0, again.err);
  t.match(again.out, /^1 device, 60 samples sent, 60 acked, 0 rejected in/);
  const expired = await runWearableScript(folder, 'replay', [
    file,
    ...where,
    '--start-at',
    '2020-01-01T00:00:00Z',
    '--no-enrol',
  ]);
  t.match(expired.out, /60 samples sent, 0 acked, 60 rejected \(time_expired 60\)/);
});
