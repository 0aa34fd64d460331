import t from 'tap';
import { type PlayerClient, playRecording } from '../../../scripts/replay/player.ts';
import { makeRecording } from '../../../scripts/replay/recording.ts';
import { acceleratedClock } from '../../../src/core/clock.ts';
import type { Sample } from '../../../src/model/sample.ts';

const start = 1_700_000_000_000;

// The clock's timers do not keep the process alive; a started client would.
const hold = setInterval(() => undefined, 60_000);
t.teardown(() => clearInterval(hold));

function recorder() {
  const frames: Sample[][] = [];
  const chunks: { t: number; at: number }[] = [];
  const due: { t: number; at: number }[] = [];
  const clock = acceleratedClock(100, start);
  const client: PlayerClient = {
    sendVitals(samples) {
      frames.push([...samples]);
      for (const sample of samples) due.push({ t: sample.t, at: clock.now() });
    },
    sendWaveform: ({ t }) => void chunks.push({ t, at: clock.now() }),
    room: () => Promise.resolve(),
  };
  return { frames, chunks, due, clock, client };
}

const moments = (count: number, everyMs: number) =>
  Array.from({ length: count }, (_, i) => ({ offsetMs: i * everyMs, values: { heart_rate: 60 + i } }));

t.test('each moment goes out when it is due, none before and none left out', async (t) => {
  const { due, clock, client } = recorder();
  const recording = makeRecording({
    name: 'a',
    kind: 'monitor_numerics',
    paths: [],
    recordedAt: null,
    samples: moments(30, 1000),
  });
  const played = await playRecording({ recording, client, clock, startAt: start });
  t.same(
    due.map(({ t }) => t),
    Array.from({ length: 30 }, (_, i) => start + 1000 * i),
  );
  t.ok(due.every(({ t, at }) => at >= t));
  t.match(played, { samples: 30, offsetMs: 29_000 });
});

t.test('what is due already goes out at once, at most 500 in a frame', async (t) => {
  const { frames, clock, client } = recorder();
  const recording = makeRecording({
    name: 'a',
    kind: 'monitor_numerics',
    paths: [],
    recordedAt: null,
    samples: moments(1_200, 1000),
  });
  await playRecording({ recording, client, clock, startAt: start - 2_000_000 });
  t.same(
    frames.map(({ length }) => length),
    [500, 500, 200],
  );
});

t.test('a chunk of a trace is due when its last value is', async (t) => {
  const { chunks, clock, client } = recorder();
  const values = Array.from({ length: 125 }, () => 0);
  const recording = makeRecording({
    name: 'a',
    kind: 'monitor_waveforms',
    paths: [],
    recordedAt: null,
    waveforms: [0, 1000, 2000].map((offsetMs) => ({ offsetMs, signal: 'ppg' as const, rateHz: 125, values })),
  });
  await playRecording({ recording, client, clock, startAt: start });
  t.same(
    chunks.map(({ t }) => t - start),
    [0, 1000, 2000],
  );
  t.ok(chunks.every(({ t, at }) => at >= t + 1000));
});

t.test('it waits for room, and ends when told to', async (t) => {
  const { frames, clock, client } = recorder();
  const recording = makeRecording({
    name: 'a',
    kind: 'monitor_numerics',
    paths: [],
    recordedAt: null,
    samples: moments(1_000, 1000),
  });
  const room = Promise.withResolvers<void>();
  const aborted = new AbortController();
  const played = playRecording({
    recording,
    client: { ...client, room: () => room.promise },
    clock,
    startAt: start,
    signal: aborted.signal,
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(frames.length, 0);
  room.resolve();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(frames.length > 0);
  aborted.abort(new Error('enough'));
  await t.rejects(played, { message: 'enough' });
});
