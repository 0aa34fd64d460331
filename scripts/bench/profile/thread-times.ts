import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/** CPU time of one thread so far. */
export interface ThreadTime {
  /** Linux's number of it; the main thread's is that of its process. */
  readonly tid: number;
  /** As the kernel knows it: threads of a pool share a name. */
  readonly name: string;
  /** Microseconds. */
  readonly ranUs: number;
}

/** What the scheduler gave to each thread of a process. */
export function threadTimes(pid: number): readonly ThreadTime[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).map((tid) => {
    const [ran = ''] = readFileSync(`${tasks}/${tid}/schedstat`, 'utf8').split(' ', 1);
    const name = readFileSync(`${tasks}/${tid}/comm`, 'utf8').trim();
    return { tid: Number(tid), name, ranUs: Number(ran) / NS_PER_US };
  });
}

/** What each thread was given between two looks; one that is new was given all it has. */
export function ranBetween(
  before: readonly ThreadTime[],
  after: readonly ThreadTime[],
): readonly ThreadTime[] {
  const was = new Map(before.map(({ tid, ranUs }) => [tid, ranUs]));
  return after.map(({ tid, name, ranUs }) => ({ tid, name, ranUs: ranUs - (was.get(tid) ?? 0) }));
}
