import t from 'tap';
import { capacityFigures } from '../../../../scripts/bench/capacity/capacity-figures.ts';
import type { FleetBlock } from '../../../../scripts/bench/capacity/fleet-block.ts';

function blockOf(acked: number, cpuUs: number): FleetBlock {
  const sizes = { commits: 200, journalBytes: acked * 230, diskBytes: acked * 900 };
  return { subject: 'product', acked, journaled: acked, seconds: 2, cpuUs, ...sizes };
}

const MEASURED = {
  size: { devices: 500, denseRate: 10_000, metered: 10 },
  fleet: {
    paced: blockOf(1_000, 30_000),
    dense: blockOf(20_000, 400_000),
    ...{ idleUs: 4, memoryKiB: 80, baseKiB: 102_400, fullUs: 1_000, resumedUs: 500, resumed: 500 },
    connectBytes: { up: 3_800, down: 4_900 },
    frameBytes: { up: 130, down: 18 },
    alarms: { events: 300, bytesAnEvent: 700 },
    notes: [],
  },
  influx: { points: 50_000, pointsASecond: 200_000, bytesAPoint: 7, as: 'compacted' },
  embedded: { points: 50_000, pointsASecond: 150_000, bytesAPoint: 33, as: 'its pages' },
};

t.test('figures are what was measured, by frame, device and day', async (t) => {
  const { figures, blocks } = capacityFigures(MEASURED);
  const of = (name: string): number | undefined => figures.find((figure) => figure.name === name)?.value;
  t.equal(of('CPU a frame at their pace'), 30);
  t.equal(of('CPU a frame, dense'), 20);
  t.equal(of('devices a core at 60 %, by the cost at their pace'), 20_000);
  t.equal(of('devices a core at 60 %, by the dense cost'), 25_000);
  t.equal(of('reconnects a second and core, resumed'), 2_000);
  t.equal(of('commits of the journal at their pace'), 100);
  t.equal(of('memory without devices'), 100);
  t.equal(of('InfluxDB: a device and day'), 0.6048);
  t.equal(of('telemetry.db: a device and day'), 2.8512);
  t.equal(of('journal.db: a frame, until the store has it'), 230);
  t.equal(of('a device receives'), 18);
  t.same(blocks, [
    { subject: 'product', acked: 1_000, journaled: 1_000 },
    { subject: 'product', acked: 20_000, journaled: 20_000 },
  ]);
});

t.test('without InfluxDB its figures are not there, and none is judged', async (t) => {
  const { figures, charts } = capacityFigures({ ...MEASURED, influx: null });
  t.same(
    figures.filter(({ name }) => name.startsWith('InfluxDB')),
    [],
  );
  t.match(charts, [{ kind: 'bars', bars: [{ name: 'telemetry.db', value: 2.8512 }] }]);
  t.ok(figures.every(({ at_most, at_least }) => at_most === undefined && at_least === undefined));
});
