import { existsSync } from 'node:fs';
import t from 'tap';
import { ALARM_KILL } from '../../../scripts/faults/alarm-kill/alarm-kill.ts';
import { describeFaults } from '../../../scripts/faults/describe-faults.ts';
import { runFaults } from '../../../scripts/faults/run-faults.ts';
import type { TrialOutcome } from '../../../scripts/faults/scenario.ts';
import { unlessAborted } from '../../../scripts/faults/until.ts';

const NOTHING_LOST = {
  ...{ on: 3, latched: 2, acknowledged: 1, shelved: 1, unattended: 2, events: 40 },
  ...{ unlogged: 0, rederived: 0, raised_anew: 0, gone: 0, told_of_gap: 0 },
};
const LOST = { ...NOTHING_LOST, unlogged: 7, rederived: 4, raised_anew: 2, gone: 1, told_of_gap: 3 };

function said(all: readonly (typeof LOST)[]): string {
  const held = { faults: [], evidence: null, seconds: 2 };
  const trials = all.map((counts, i) => ({ ...held, counts, trial: i + 1 }));
  return describeFaults({ scenario: ALARM_KILL.name, seed: 1, skipped: null, trials }, ALARM_KILL);
}

t.test('what was counted is summed up in words, below the table', async (t) => {
  const text = said([LOST, NOTHING_LOST]);
  t.match(text, /^TRIAL +ON .* RAISED ANEW +GONE .* FAULTS$/m);
  const summary = text.slice(text.indexOf('\n\n'));
  t.notMatch(summary, /unlogged|rederived|raised_anew|told_of_gap|\d, in \d/);
  t.match(summary, /6 on, 4 latched, 2 acknowledged, 2 shelved; 4 of them unattended\./);
  t.match(summary, /7 events had reached a clinician and not yet the disk/);
  t.match(summary, /for 4 the same alarm was found again/);
  t.match(summary, /for 2 a new alarm of the same condition was raised/);
  t.match(summary, /for 1 there was no such alarm any more/);
  t.match(summary, /clinicians were told 3 times that events are missing/);
  t.match(summary, /alarm-kill held: 2 trials, seed 1\./);
});

t.test('a run in which nothing was lost says so, and no more', async (t) => {
  const text = said([NOTHING_LOST]);
  t.match(text, /Every event that a clinician had was on the disk\./);
  t.notMatch(text, /not yet the disk|told \d/);
});

t.test(
  'a trial that was interrupted is not judged: Ctrl-C in a terminal ends its servers, too',
  async (t) => {
    const evidence = t.testdir({ 'evidence.json': '{}' });
    for (const end of ['finding', 'error'] as const) {
      const interruption = new AbortController();
      const run = async (): Promise<TrialOutcome> => {
        interruption.abort();
        if (end === 'error') throw new Error('the server does not answer');
        return { counts: {}, faults: ['not everything was acked in the end'], evidence };
      };
      const { signal } = interruption;
      const scenario = { name: 'cut-off', about: '', run };
      await t.rejects(runFaults({ scenario, trials: 1, seed: 1, signal, show: () => undefined }), {
        name: 'AbortError',
      });
    }
    t.notOk(existsSync(evidence), 'and leaves no evidence');
  },
);

t.test('what is waited for is given up when the run is interrupted', async (t) => {
  const interruption = new AbortController();
  const never = unlessAborted(new Promise(() => undefined), interruption.signal);
  interruption.abort();
  await t.rejects(never, { name: 'AbortError' });
  t.equal(await unlessAborted(Promise.resolve(7), new AbortController().signal), 7);
});
