import t from 'tap';
import { rawBodies } from '../../../../scripts/bench/influx/raw-lines.ts';
import { BULK_STEP_MS, BulkText } from '../../../../scripts/bench/load/bulk-text.ts';

interface Frame {
  readonly seq: number;
  readonly samples: readonly { readonly t: number; readonly heart_rate: number; readonly spo2: number }[];
}

t.test('frames of many moments end now, and have no time twice', async (t) => {
  const now = 1_795_424_000_000;
  const bulk = new BulkText(100);
  const frames = [now, now + 40, now + 5_000].map((at, i) => JSON.parse(bulk.frame(i + 1, at)) as Frame);
  t.strictSame(
    frames.map(({ seq, samples }) => [seq, samples.length]),
    [
      [1, 100],
      [2, 100],
      [3, 100],
    ],
  );
  const begins = [now - 100, now, now + 4_900];
  for (const [i, { samples }] of frames.entries())
    t.strictSame(
      samples.map((sample) => sample.t),
      Array.from({ length: 100 }, (_, k) => (begins[i] ?? 0) + k * BULK_STEP_MS),
    );
  t.ok(frames[0]?.samples.every(({ heart_rate, spo2 }) => heart_rate > 60 && spo2 >= 96 && spo2 < 100));
});

t.test('raw bodies are lines of the product, each once, a device in one list only', async (t) => {
  const from = 1_795_424_000_000;
  const lanes = rawBodies({ devices: 7, lines: 1_050, samples: 10, bodyLines: 64, writes: 4, from });
  t.equal(lanes.length, 4);
  const devices = lanes.map((bodies) => new Set(bodies.flatMap((body) => body.match(/device=w-\d/g) ?? [])));
  t.equal(
    devices.reduce((sum, { size }) => sum + size, 0),
    7,
  );
  const lines = lanes.flatMap((bodies) => bodies.flatMap((body) => body.split('\n')));
  t.equal(lines.length, 1_050);
  t.equal(new Set(lines.map((line) => line.replace(/ .* /, ' '))).size, 1_050, 'no moment twice');
  t.match(lines[0], /^vitals,device=w-\d,patient=p-\d heart_rate=\d+,resp_rate=\d+,spo2=\d+ \d{16}$/);
  t.ok(lanes.every((bodies) => bodies.every((body) => body.split('\n').length <= 64)));
});
