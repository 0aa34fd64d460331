import t from 'tap';
import { OpenParts } from '../src/app-parts.ts';
import { CodedError } from '../src/core/coded-error.ts';

const BOUNDS = { stopMs: 400, partMs: 100 };
const never = (): Promise<never> => new Promise(() => {});

async function told(parts: OpenParts): Promise<CodedError> {
  try {
    await parts[Symbol.asyncDispose]();
  } catch (error) {
    return error as CodedError;
  }
  throw new Error('it ended');
}

t.test('parts end in the reverse order of their opening, each after the one before it', async (t) => {
  const parts = new OpenParts(BOUNDS);
  const ended: string[] = [];
  for (const name of ['first', 'second', 'third'])
    parts.use(name, {
      async [Symbol.asyncDispose]() {
        await new Promise(setImmediate);
        ended.push(name);
      },
    });
  parts.use('plain', { [Symbol.dispose]: () => void ended.push('plain') });
  const first = parts[Symbol.asyncDispose]();
  await parts[Symbol.asyncDispose]();
  t.same(ended, ['plain', 'third', 'second', 'first'], 'also for who asks a second time');
  await first;
});

t.test('what is moved is ended by its new owner only', async (t) => {
  const parts = new OpenParts(BOUNDS);
  let ended = 0;
  parts.defer('one', () => ended++);
  const moved = parts.move();
  await parts[Symbol.asyncDispose]();
  t.equal(ended, 0);
  await moved[Symbol.asyncDispose]();
  t.equal(ended, 1);
});

t.test(
  'a part that hangs is left behind and named, and those before it are ended all the same',
  async (t) => {
    const parts = new OpenParts(BOUNDS);
    const ended: string[] = [];
    parts.defer('disk', () => Promise.reject(new CodedError('worker_hangs', 'the disk')));
    parts.defer('alarm_log', () => void ended.push('alarm_log'));
    parts.defer('listener', never);
    parts.defer('sessions', () => void ended.push('sessions'));
    const began = performance.now();
    const error = await told(parts);
    t.match(error, { code: 'stop_overdue', details: { parts: ['listener', 'disk'] } });
    t.match(error.message, /listener, disk/);
    t.same(ended, ['sessions', 'alarm_log']);
    t.ok(performance.now() - began < 1_000);
  },
);

t.test('what guards the others is let go of when all of them have ended, and kept otherwise', async (t) => {
  for (const hangs of [false, true]) {
    const parts = new OpenParts(BOUNDS);
    let freed = 0;
    parts.guard('data_directory', { [Symbol.dispose]: () => void freed++ });
    parts.defer('journal', hangs ? never : () => {});
    if (hangs) t.same((await told(parts)).details.parts, ['journal']);
    else await parts[Symbol.asyncDispose]();
    t.equal(freed, hangs ? 0 : 1, 'a thread that waits for its disk may yet write');
  }
});

t.test('the stop as a whole has its bound, however many parts hang', async (t) => {
  const parts = new OpenParts({ stopMs: 100, partMs: 60 });
  const names = Array.from({ length: 20 }, (_, index) => `part ${index}`);
  for (const name of names) parts.defer(name, never);
  const began = performance.now();
  t.same((await told(parts)).details.parts, names.toReversed());
  t.ok(performance.now() - began < 1_000);
});

t.test('one that throws keeps nobody from ending, and is told at the end', async (t) => {
  const parts = new OpenParts(BOUNDS);
  let ended = 0;
  const trouble = new Error('no space');
  parts.defer('first', () => ended++);
  parts.defer('second', () => Promise.reject(trouble));
  await t.rejects(parts[Symbol.asyncDispose](), trouble);
  t.equal(ended, 1);
  const both = new OpenParts(BOUNDS);
  both.defer('one', () => {
    throw trouble;
  });
  both.defer('other', () => Promise.reject(trouble));
  await t.rejects(both[Symbol.asyncDispose](), { errors: [trouble, trouble] });
});
