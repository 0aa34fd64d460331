import { join } from 'node:path';
import t from 'tap';
import { profileNotes } from '../../../../scripts/bench/profile/profile-report.ts';
import { runBenchmarks } from '../../../../scripts/bench/run-benchmarks.ts';
import { judgedBy } from '../../../../scripts/bench/targets.ts';

const PROFILE = {
  nodes: [
    { id: 1, callFrame: { functionName: '(idle)', url: '' } },
    { id: 2, callFrame: { functionName: 'take', url: 'file:///srv/src/ingest/stream-intake.ts' } },
  ],
  startTime: 0,
  samples: [1, 2, 2, 1],
  timeDeltas: [0, 10, 10, 10],
};
const BLOCKS = {
  pid: 42,
  blocks: [
    {
      ...{ what: '20000 frames/s', frames: 10, fromUs: 0, untilUs: 100 },
      threads: [
        { tid: 42, name: 'node', ranUs: 50 },
        { tid: 43, name: 'libuv-worker', ranUs: 10 },
      ],
    },
  ],
};
const FILES = {
  'CPU.20260102.030405.42.0.001.cpuprofile': JSON.stringify(PROFILE),
  'CPU.20260102.030405.42.1.002.cpuprofile': '{}',
  'blocks.42.json': JSON.stringify(BLOCKS),
};

t.test('a server is told by its blocks, from the profile of its main thread', async (t) => {
  const notes = profileNotes(t.testdir(FILES)).join('\n');
  t.match(notes, /20000 frames\/s: 6\.00 us, of 10 frames/);
  t.match(notes, /main thread 5\.00: native: wake-ups, sockets, TLS 3\.00, src\/ingest 2\.00/);
  t.match(notes, /other threads: libuv-worker 1\.00/);
  t.match(notes, /its functions: take stream-intake\.ts 2\.00/);
});

t.test('where nothing was profiled nothing is told', async (t) => {
  t.same(profileNotes(join(t.testdir({}), 'none')), []);
  t.same(profileNotes(t.testdir({ 'blocks.42.json': FILES['blocks.42.json'] })), []);
});

t.test('no target is judged by a run that is profiled', async (t) => {
  const figures = [{ ...judgedBy('P1'), name: 'ratio', unit: '', value: 0.5, spread: [0.4, 0.6] as const }];
  const known = [
    { name: 'cost', about: 'cost', targets: ['P1'] as const, run: async () => ({ figures, notes: ['one'] }) },
  ];
  const report = await runBenchmarks({
    ...{ known, wanted: known, quick: true, asked: true, signal: new AbortController().signal },
    ...{ profile: t.testdir({ cost: FILES }), show: () => {}, onDone: () => {} },
  });
  t.match(report?.targets.P1, { pass: null, why: 'cost did not judge it: see its notes' });
  const [cost] = report?.benchmarks ?? [];
  t.strictSame(cost?.figures, [{ name: 'ratio', unit: '', value: 0.5, spread: [0.4, 0.6] }]);
  t.match(cost?.notes[0], 'one');
  t.equal(cost?.notes.length, 6);
});
