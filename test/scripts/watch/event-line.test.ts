import t from 'tap';
import { eventLine } from '../../../scripts/watch/event-line.ts';
import { clinicianId, grantId, patientId } from '../../../src/model/ids.ts';
import { accessFrame, accessOf } from '../../../src/protocol/feed-frames.ts';
import { anAlarm } from '../../support/alarms.ts';

t.test('break-glass access is one line as it begins and one as it ends, without its id', async (t) => {
  const grant = {
    id: grantId('g-1'),
    clinician: clinicianId('nurse-9'),
    patient: patientId('p-12'),
    reason: 'Called to bed 4',
    from: Date.UTC(2026, 2, 2, 8),
    until: Date.UTC(2026, 2, 2, 9),
  };
  t.equal(
    eventLine(accessFrame(grant, false)),
    '2026-03-02T08:00:00Z BREAK-GLASS nurse-9 sees p-12 until 2026-03-02T09:00:00Z: Called to bed 4',
  );
  t.equal(
    eventLine(accessFrame(grant, true)),
    '2026-03-02T09:00:00Z BREAK-GLASS ended: nurse-9 does not see p-12 any more',
  );
  t.notMatch(JSON.stringify([accessFrame(grant, true), accessOf(grant)]), 'g-1');
});

const at = Date.UTC(2026, 2, 2, 8);

t.test('what people did about an alarm, and did not, stands in words', async (t) => {
  const line = (fields: Parameters<typeof anAlarm>[1]) =>
    eventLine({
      ...{ type: 'alarm', cursor: '1', event: 'raised', at, addressed: true, ward: 'north' },
      alarm: anAlarm(1, { patient: patientId('p-12'), ...fields }),
    });
  const plain = '2026-03-02T08:00:00Z ALARM MED raised p-12 SpO2 low 86 (limit 90)';
  t.equal(line({}), plain);
  t.equal(line({ presence: 'latched', unattended: true }), `${plain} [latched, unattended]`);
  t.equal(line({ presence: 'ack' }), `${plain} [ack]`);
  t.equal(line({ shelved_until: at + 60_000 }), `${plain} [shelved until 08:01 UTC]`);
  t.equal(
    line({ circle: 'on_duty', escalated_at: at }),
    `${plain.replace('p-12', 'p-12 on north')} [escalated to on duty]`,
    'it calls people who do not know where the patient is',
  );
});

t.test('shelves and unattended alarms are one line as they begin and one as they end', async (t) => {
  const shelf = {
    type: 'shelf',
    patient: 'p-12',
    id: 's-1',
    vital: 'spo2',
    direction: 'low',
    by: 'charge-1',
    reason: 'The mask is changed',
    from: at,
    until: at + 60_000,
  } as const;
  t.equal(
    eventLine(shelf),
    '2026-03-02T08:00:00Z SHELVED by charge-1: SpO2 low of p-12 until 2026-03-02T08:01:00Z: The mask is changed',
  );
  t.equal(
    eventLine({ ...shelf, ended: true }),
    '2026-03-02T08:01:00Z SHELF ended: alarms of SpO2 low of p-12 sound again',
  );
  const missed = {
    type: 'unattended',
    cursor: '1',
    at: at + 10_000,
    alarm: 'p-12:spo2:low:1',
    patient: 'p-12',
    ward: 'north',
    priority: 'high',
    since: at,
  } as const;
  t.equal(
    eventLine({ ...missed, over: false }),
    '2026-03-02T08:00:10Z UNATTENDED HIGH p-12 (north) p-12:spo2:low:1: no clinician has it since 2026-03-02T08:00:00Z',
  );
  t.equal(
    eventLine({ ...missed, ward: null, over: true }),
    '2026-03-02T08:00:10Z ATTENDED HIGH p-12 p-12:spo2:low:1',
  );
});

t.test('a value that is not to be trusted says why', async (t) => {
  const values = { heart_rate: { value: 150, t: at, quality: 'poor_contact' } } as const;
  t.equal(
    eventLine({ type: 'vitals', patient: 'p-12', time: at, values }),
    '2026-03-02T08:00:00Z vitals p-12 HR 150 (poor contact)',
  );
});

t.test(
  'that the server does not record what it shows is one line as it begins and one as it ends',
  async (t) => {
    const service = { type: 'service', time: at + 1_000, since: at, alarm_log: 'ok' } as const;
    t.equal(
      eventLine({ ...service, recording: 'stopped', reason: 'disk_full' }),
      '2026-03-02T08:00:01Z SERVICE RECORDING STOPPED since 08:00:00 UTC: the disk is full; what is shown is live',
    );
    t.equal(
      eventLine({ ...service, recording: 'ok', reason: null }),
      '2026-03-02T08:00:01Z SERVICE recording again',
    );
    t.match(
      eventLine({ ...service, recording: 'ok', reason: null, alarm_log: 'failed' }),
      /ALARM LOG FAILED: alarms are not written down; what is shown is live$/,
    );
  },
);
