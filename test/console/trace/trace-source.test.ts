import t from 'tap';
import { type TraceChunk, TraceHub } from '../../../src/console/feed/trace-hub.ts';
import { Problem } from '../../../src/console/server/problem.ts';
import { TraceSource } from '../../../src/console/trace/trace-source.ts';
import type { Signal } from '../../../src/model/signal.ts';

function world({
  ask = async () => {},
}: {
  ask?: (patient: string, signals: readonly Signal[]) => Promise<void>;
} = {}) {
  let now = 0;
  const asked: (readonly Signal[])[] = [];
  const hub = new TraceHub((patient, signals) => {
    asked.push(signals);
    return ask(patient, signals);
  });
  const source = new TraceSource({
    ...{ hub, patient: 'p-1', signal: 'ecg_ii' },
    now: () => now,
    serverNow: () => 1_000_000 + now,
  });
  const chunk = (at: number, device = 'wrist-1'): TraceChunk => ({
    ...{ type: 'waveform', patient: 'p-1', device, signal: 'ecg_ii', t: at, rate_hz: 100 },
    values: Array.from({ length: 100 }, (_, i) => i),
  });
  return {
    hub,
    source,
    asked,
    chunk,
    /** A chunk comes at a moment. */
    at(moment: number, what: TraceChunk) {
      now = moment;
      hub.chunk(what);
    },
  };
}

t.test('asks while it is looked at, and runs when something comes', async (t) => {
  const { source, asked, at, chunk } = world();
  t.same(source.state.value, { kind: 'waiting' });
  at(1_000, chunk(5_000));
  t.same(source.state.value, { kind: 'running' });
  t.equal(source.chunks, 1);
  source[Symbol.dispose]();
  t.same(asked, [['ecg_ii'], []]);
});

t.test('says since when nothing comes', async (t) => {
  const { source, at, chunk } = world();
  at(1_000, chunk(5_000));
  source.headAt(1_500);
  t.same(source.state.value, { kind: 'running' });
  t.equal(source.headAt(4_000), 6_000);
  t.same(source.state.value, { kind: 'stopped', since: 1_001_000 });
  at(5_000, chunk(9_000));
  t.same(source.state.value, { kind: 'running' });
  source[Symbol.dispose]();
});

t.test('two devices are not one line', async (t) => {
  const { source, at, chunk } = world();
  at(1_000, chunk(5_000, 'wrist-1'));
  at(1_100, chunk(905_000, 'chest-2'));
  t.equal(source.chunks, 1, 'the other one is left out');
  at(9_000, chunk(913_000, 'chest-2'));
  t.equal(source.chunks, 2, 'until the one is silent');
  t.equal(source.buffer.size, 100, 'and nothing of the former stays');
  source[Symbol.dispose]();
});

t.test('a clock that was set back is believed after a silence', async (t) => {
  const { source, at, chunk } = world();
  at(1_000, chunk(900_000));
  at(2_000, chunk(100_000));
  t.equal(source.buffer.end, 901_000);
  at(6_000, chunk(104_000));
  t.equal(source.buffer.end, 105_000);
  source[Symbol.dispose]();
});

t.test('a refusal is told, a connection that is gone is not one', async (t) => {
  const refused = world({
    ask: () => Promise.reject(new Problem('patient_forbidden', 'not yours')),
  });
  const gone = world({
    ask: () => Promise.reject(new Problem('not_connected', 'no connection')),
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.match(refused.source.state.value, { kind: 'refused', problem: { code: 'patient_forbidden' } });
  t.same(gone.source.state.value, { kind: 'waiting' });
  refused.source[Symbol.dispose]();
  gone.source[Symbol.dispose]();
});
