import t from 'tap';
import { byteSize } from '../../../../src/console/admin/system/byte-size.ts';
import type { SystemAnswer } from '../../../../src/console/admin/system/system-answer.ts';
import { systemFindings } from '../../../../src/console/admin/system/system-findings.ts';

const TIME = 1_795_383_000_000;
const WELL: SystemAnswer = {
  ...{ time: TIME, version: '0.7.0', started: TIME - 1_000, uptime_s: 1, state: 'ok' },
  parts: {
    journal: { state: 'ok', detail: 'keeps up' },
    registry: { state: 'ok', detail: 'changes are seen' },
  },
  journal: {
    condition: 'ok',
    waiting_for_disk: { records: 0, bytes: 0, oldest_ms: 0 },
    waiting_for_store: { batches: 0, records: 0, bytes: 0 },
  },
  store: {
    ...{ kind: 'influxdb', state: 'idle', takes: true, failing_since: null, last_error: null },
    ...{ lag_ms: 0, records_per_second: 0, quarantined: 0 },
  },
  connected: { devices: 2, clinicians: 1 },
  alarms: { unattended: 0 },
  certificates: { within_days: 14, ending: 0, expired: 0, missing: 0 },
};

const keys = (system: SystemAnswer, state: string) =>
  systemFindings(system)
    .filter((finding) => finding.state === state)
    .map(({ key }) => key);

t.test('where all is well nothing is said not to be', async (t) => {
  t.same(keys(WELL, 'failed'), []);
  t.same(keys(WELL, 'degraded'), []);
  t.equal(systemFindings(WELL).length, 5);
});

t.test('the worst is first, and an alarm that nobody has is the worst', async (t) => {
  const ill: SystemAnswer = {
    ...WELL,
    parts: { ...WELL.parts, journal: { state: 'failed', detail: 'I/O error' } },
    alarms: { unattended: 1 },
    certificates: { within_days: 14, ending: 3, expired: 0, missing: 0 },
  };
  t.same(
    systemFindings(ill).map(({ key }) => key),
    ['unattended', 'journal', 'certificates', 'store_takes', 'registry'],
  );
  const [first] = systemFindings(ill);
  t.match(first, { href: '/alarms', detail: /1 live alarm is on NO screen/ });
});

t.test('a store that takes nothing says since when and why', async (t) => {
  const store: SystemAnswer['store'] = {
    ...WELL.store,
    state: 'retrying',
    takes: false,
    failing_since: TIME - 120_000,
    last_error: { code: 'ECONNREFUSED', message: 'refused' },
  };
  const finding = systemFindings({ ...WELL, store })[0];
  t.match(finding, { key: 'store_takes', state: 'degraded', title: 'Store (InfluxDB)' });
  t.match(finding?.detail, /since .*\(2 min\).*refused \(ECONNREFUSED\)/);
  t.same(keys({ ...WELL, store: { ...store, state: 'denied' } }, 'failed'), ['store_takes']);
});

t.test('bytes in a unit that people read', async (t) => {
  t.same([0, 999, 1_500, 2_000_000, 3.26e9].map(byteSize), ['0 B', '999 B', '1.5 kB', '2 MB', '3.3 GB']);
});
