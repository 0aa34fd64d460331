import t from 'tap';
import { categoryOf, selfTimes } from '../../../../scripts/bench/profile/cpu-profile.ts';
import { profiledParts } from '../../../../scripts/bench/profile/profile-parts.ts';
import { ranBetween } from '../../../../scripts/bench/profile/thread-times.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });
const OURS = 'file:///srv/vitalwire/src/journal/group-commit.ts';

t.test('whose time a sample is, is told by its file', async (t) => {
  t.equal(categoryOf(frame('(idle)')), null);
  t.equal(categoryOf(frame('(garbage collector)')), 'collecting garbage');
  t.equal(categoryOf(frame('(program)')), null, 'native, which is reckoned');
  t.match(categoryOf(frame('writev')), /^native, called/);
  t.match(categoryOf(frame('onread', 'node:internal/stream_base_commons')), /^Node/);
  t.equal(categoryOf(frame('data', 'file:///srv/node_modules/ws/lib/receiver.js')), 'ws');
  t.equal(categoryOf(frame('f', 'file:///srv/node_modules/@scope/name/index.js')), '@scope/name');
  t.equal(categoryOf(frame('#commit', OURS)), 'src/journal');
  t.equal(categoryOf(frame('run', 'file:///srv/other.js')), 'other');
});

/** Samples 10 us apart from 1,000 on: idle, ours, ours, native, ours, idle. */
const PROFILE = {
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('#commit', OURS) },
    { id: 3, callFrame: frame('(program)') },
  ],
  startTime: 990,
  samples: [1, 2, 2, 3, 2, 1],
  timeDeltas: [10, 10, 10, 10, 10, 10],
};

t.test(
  'a sample that another thread kept from being followed stands for little more than others',
  async (t) => {
    const timeDeltas = [10, 10, 100, 10, 10, 10];
    const times = selfTimes({ ...PROFILE, timeDeltas }, [{ fromUs: 0, untilUs: 2_000 }], categoryOf);
    t.strictSame([...times], [['src/journal', 15 + 10 + 10]]);
  },
);

t.test('a sample holds until the next, and counts where it lies in a span', async (t) => {
  const name = ({ functionName }: { functionName: string }) => functionName;
  const times = (fromUs: number, untilUs: number) =>
    Object.fromEntries(selfTimes(PROFILE, [{ fromUs, untilUs }], name));
  t.strictSame(times(0, 2_000), { '(idle)': 10, '#commit': 30, '(program)': 10 });
  t.strictSame(times(1_010, 1_030), { '#commit': 20 });
  t.strictSame(times(2_000, 3_000), {});
});

t.test(
  'the time of the main thread is split as its samples are, after the block that warms up',
  async (t) => {
    const thread = (tid: number, name: string, ranUs: number) => ({ tid, name, ranUs });
    const block = (fromUs: number, untilUs: number, ranUs: number) => ({
      ...{ what: '10 frames/s', frames: 10, fromUs, untilUs },
      threads: [
        thread(7, 'node', ranUs),
        thread(6, 'v8:ProfEvntProc', 99),
        thread(8, 'libuv-worker', 10),
        thread(9, 'libuv-worker', 20),
      ],
    });
    const [parts, ...others] = profiledParts(7, PROFILE, [block(0, 1_010, 900), block(1_010, 1_050, 80)]);
    t.equal(others.length, 0);
    t.match(parts, { what: '10 frames/s', frames: 10, us: 11 });
    t.strictSame(parts?.main, [
      { name: 'native: wake-ups, sockets, TLS', us: 5 },
      { name: 'src/journal', us: 3 },
    ]);
    t.strictSame(parts?.functions, [{ name: '#commit group-commit.ts', us: 3 }]);
    t.strictSame(parts?.threads, [{ name: 'libuv-worker', us: 3 }]);
  },
);

t.test('a thread that came between two looks counts with all that it ran', async (t) => {
  const [old, young] = [
    { tid: 1, name: 'node', ranUs: 5 },
    { tid: 2, name: 'worker', ranUs: 3 },
  ];
  t.strictSame(ranBetween([old], [{ ...old, ranUs: 9 }, young]), [{ ...old, ranUs: 4 }, young]);
});
