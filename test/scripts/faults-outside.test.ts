import t from 'tap';
import { clockMissing } from '../../scripts/faults/clock/set-clock.ts';
import { straceMissing } from '../../scripts/faults/disk/strace.ts';
import { networkMissing } from '../../scripts/faults/half-open/far-network.ts';
import { runTrials, skipFor } from '../support/fault-trials.ts';
import { influxdMissing } from '../support/influxd.ts';
import { noTinyDisk } from '../support/tiny-disk.ts';

t.setTimeout(120_000);

t.test('every error an InfluxDB can answer: nothing is lost', { skip: influxdMissing() }, async (t) => {
  await runTrials(t, ['influx-errors']);
});

t.test(
  'a full disk: alarms flow, nothing is acked, all goes on by itself',
  { skip: noTinyDisk },
  async (t) => {
    await runTrials(t, ['disk-full']);
  },
);

t.test('a sync that takes its time is waited for', { skip: skipFor(straceMissing()) }, async (t) => {
  await runTrials(t, ['slow-fsync']);
});

t.test('clocks that are wrong, or set under way', { skip: skipFor(clockMissing()) }, async (t) => {
  await runTrials(t, ['clock']);
});

t.test('wearables out of reach are missed', { skip: skipFor(networkMissing()) }, async (t) => {
  await runTrials(t, ['half-open']);
});
