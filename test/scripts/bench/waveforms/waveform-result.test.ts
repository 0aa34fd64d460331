import t from 'tap';
import type { WaveformBlock } from '../../../../scripts/bench/waveforms/waveform-block.ts';
import { waveformResult } from '../../../../scripts/bench/waveforms/waveform-result.ts';

const quantiles = [50, 99].map((percentile) => ({ percentile, ms: percentile / 10 }));
const latency = { count: 1, mean: 5, max: 10, quantiles };

function block(cpuMs: number, sent: number, late = 0): WaveformBlock {
  const count = { subject: 'json, embedded', acked: 6, journaled: 6 };
  return { cpuMs, sent, heard: 10, journal: 3_000, store: 4_000, values: 750, latency, late, count };
}

const result = waveformResult([
  {
    ...{ store: 'embedded', devices: 2, lateMs: 5 },
    pairs: [{ json: block(20, 4_000), cbor: block(10, 2_000) }],
    busy: [{ json: block(30, 20_000), cbor: block(15, 10_000) }],
    timed: { json: block(20, 4_000), cbor: block(10, 2_000, 6) },
  },
]);
const value = (name: string) => result.figures.find((figure) => figure.name === name)?.value;

t.test('CBOR is told against JSON', async (t) => {
  t.equal(value('embedded: server CPU, CBOR / JSON'), 0.5);
  t.equal(value('embedded: bytes to the server, CBOR / JSON'), 0.5);
  t.equal(value('embedded: bytes in the journal, CBOR / JSON'), 1);
});

t.test('what it costs is told a device, and a value', async (t) => {
  t.equal(value('embedded: server CPU a second and device, json'), 10_000);
  t.equal(value('embedded: server CPU a value, busy, json'), 40_000);
  t.equal(value('embedded: to the server a second, cbor'), 2);
});

t.test('a block whose generator was late tells no latency, and that is said', async (t) => {
  t.equal(value('embedded: sent until acked, json, p99'), 9.9);
  t.equal(value('embedded: sent until acked, cbor, p99'), undefined);
  t.match(result.notes.at(-1), /embedded, cbor: no latency, .* 6\.0 ms late/);
});

t.test('every block says what was acked and journaled', async (t) => {
  t.equal(result.blocks?.length, 6);
});
