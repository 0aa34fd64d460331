import t from 'tap';
import type { WatchCost } from '../../../../scripts/bench/websocket/clinician-side.ts';
import { type SampleCost, WAYS } from '../../../../scripts/bench/websocket/device-side.ts';
import { websocketResult } from '../../../../scripts/bench/websocket/websocket-result.ts';

const latency = (ms: number) => ({
  ...{ count: 1, mean: ms, max: ms },
  quantiles: [50, 99].map((percentile) => ({ percentile, ms })),
});

function cost(cpuUs: number, bytes: number): SampleCost {
  const count = { subject: 'product', acked: 5, journaled: 5 };
  return { cpuUs, bytes, latency: latency(1), late: 0, resumed: null, count };
}

function watched(cpuUs: number, bytes: number, mean: number): WatchCost {
  const count = { subject: 'feed', acked: 5, journaled: 5 };
  return { cpuUs, bytes, raised: 4, heard: 3, latency: latency(mean), late: 0, count };
}

const round = {
  ...{ product: cost(50, 150), bare: cost(20, 150), keep_alive: cost(100, 750) },
  ...{ new: cost(1_000, 6_000), resumed: cost(600, 3_000) },
};
const watches = new Map([
  ['nobody watches', watched(1_000, 0, 0)],
  ['feed', watched(1_200, 400, 5)],
  ['poll every 1 s', watched(2_000, 2_000, 500)],
]);
const result = websocketResult({
  ...{ devices: 2, ackIntervalMs: 2_000, rounds: [round], busy: [round], timed: cost(60, 150) },
  ...{ watched: 2, watches: [watches] },
});
const value = (name: string) => result.figures.find((figure) => figure.name === name)?.value;

t.test('a POST is told against the WebSocket', async (t) => {
  t.equal(value('CPU a sample: POST, new connection / bare WebSocket'), 50);
  t.equal(value('CPU a sample, busy: POST, connection kept / WebSocket, the product'), 2);
  t.equal(value('bytes a sample: POST, connection kept / WebSocket, the product'), 5);
});

t.test('watching is told beyond what nobody watches costs', async (t) => {
  t.equal(value('CPU a clinician and second: feed'), 100);
  t.equal(value('CPU a clinician: poll every 1 s / feed'), 5);
  t.equal(value('bytes a clinician: poll every 1 s / feed'), 5);
  t.equal(value('breach until known, mean: poll every 1 s / feed'), 100);
});

t.test('an alarm that nobody heard of is a miss', async (t) => {
  t.match(
    result.figures.find(({ name }) => name === 'alarms raised and not heard of: feed'),
    { value: 1, at_most: 0 },
  );
});

t.test('every block says what was acked and journaled', async (t) => {
  t.equal(result.blocks?.length, WAYS.length * 2 + 1 + watches.size);
});

t.test('a block whose generator was late tells no percentile, and that is said', async (t) => {
  const late = { ...round, new: { ...round.new, late: 6 } };
  const { figures, notes } = websocketResult({
    ...{ devices: 2, ackIntervalMs: 2_000, rounds: [late], busy: [round], timed: cost(60, 150) },
    ...{ watched: 2, watches: [watches] },
  });
  const names = figures.map(({ name }) => name);
  t.notOk(names.includes('made until acked: POST, new connection, p99'));
  t.ok(names.includes('made until acked: POST, connection kept, p99'));
  t.match(notes.at(-1), /^1 blocks count for no percentile/);
});
