import t from 'tap';
import { Seeded } from '../../../scripts/attack/seeded.ts';
import { diskFullPlan } from '../../../scripts/faults/disk/disk-full.ts';
import { fsyncErrorPlan } from '../../../scripts/faults/disk/fsync-error.ts';
import { slowFsyncPlan } from '../../../scripts/faults/disk/slow-fsync.ts';
import { mayMount } from '../../../scripts/faults/disk/small-disk.ts';
import { filesOf, injectedIn, withSyncFault } from '../../../scripts/faults/disk/strace.ts';
import { saidInLog } from '../../../scripts/faults/disk/told.ts';

t.test('strace is put before the server, and is out of its way', async (t) => {
  const fault = {
    inject: 'error=EIO',
    first: 70,
    last: null,
    files: filesOf('/d/journal.db'),
    output: '/d/o',
  };
  t.same(withSyncFault(fault), [
    ...['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', '/d/o'],
    ...['-P', '/d/journal.db', '-P', '/d/journal.db-wal'],
    ...['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=70+'],
  ]);
  const slow = withSyncFault({ ...fault, inject: 'delay_exit=300000', first: 3, last: 9, files: [] });
  t.equal(slow.at(-1), 'inject=fsync,fdatasync:delay_exit=300000:when=3..9');
  t.notOk(slow.includes('-P'), 'of every file');
});

t.test('what strace has tampered with is counted, also where two threads were at it', async (t) => {
  const output = `${t.testdir({
    'strace.txt': [
      '17    fsync(22)                         = 0',
      '17    fsync(22)                         = -1 EIO (Input/output error) (INJECTED)',
      '18    fsync(23 <unfinished ...>',
      '18    <... fsync resumed>)              = 0 (DELAYED)',
      '',
    ].join('\n'),
  })}/strace.txt`;
  t.equal(injectedIn(output), 2);
  t.equal(injectedIn(`${output}.not`), 0);
});

t.test('who may mount is told by the capabilities of the process', async (t) => {
  t.equal(mayMount('Name:\tnode\nCapEff:\t000001ffffffffff\n'), true);
  t.equal(mayMount('CapEff:\t00000000a80425fb\n'), false, 'root of a container');
  t.equal(mayMount('CapEff:\t0000000000000000\n'), false);
  t.equal(mayMount(''), false, 'not Linux');
});

t.test('number and seed say what a trial does, and five trials do everything', async (t) => {
  const plans = (trial: number, seed: number) => {
    const one = () => ({ trial, random: new Seeded(seed).fork(`trial ${trial}`) });
    return [diskFullPlan(one()), fsyncErrorPlan(one()), slowFsyncPlan(one())] as const;
  };
  t.same(plans(2, 7), plans(2, 7));
  t.notSame(plans(2, 7), plans(2, 8));
  const all = [1, 2, 3, 4, 5].map((trial) => plans(trial, 1));
  const kinds = new Set(all.flatMap(([full, error, slow]) => [full.variant, error.target, slow.variant]));
  t.same([...kinds].toSorted(), [
    ...['again_soon', 'alarms', 'amid_stream', 'before_anything', 'every_file', 'journal', 'journal_once'],
    ...['killed', 'stall', 'started_full', 'telemetry'],
  ]);
  for (const [, error] of all) {
    t.ok(error.first > 10, 'not before the server is up');
    t.equal(error.last === null, error.target === 'journal');
  }
});

t.test('only what the log says from a moment on counts', async (t) => {
  const log = [
    '{"time":"2026-01-01T00:00:10.000Z","event":"journal_condition","condition":"disk_full"}',
    'no line of the log',
  ];
  const at = Date.parse('2026-01-01T00:00:10.000Z');
  t.equal(saidInLog(log, 'disk_full', at), true);
  t.equal(saidInLog(log, 'disk_full', at + 5_000), false);
  t.equal(saidInLog(log, 'failed', at), false);
});
