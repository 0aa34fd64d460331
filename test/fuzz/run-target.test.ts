import { existsSync } from 'node:fs';
import t from 'tap';
import { readFinding } from '../../scripts/fuzz/finding-file.ts';
import { type FuzzCase, type FuzzTarget, Tally } from '../../scripts/fuzz/fuzz-case.ts';
import { FuzzRandom } from '../../scripts/fuzz/fuzz-random.ts';
import { runTarget } from '../../scripts/fuzz/run-target.ts';
import { deviceSessionTarget } from '../../scripts/fuzz/targets/device-session-target.ts';
import { FUZZ_TARGETS } from '../../scripts/fuzz/targets/fuzz-targets.ts';
import { openFuzzWorld } from '../../scripts/fuzz/world/fuzz-world.ts';
import { HeldJournal } from '../../scripts/fuzz/world/held-journal.ts';

const { signal } = new AbortController();
const onProgress = (): void => {};

/** Finds fault with a byte 7 after a byte 3, as long as a step has been waited for. */
function plantedTarget(): FuzzTarget {
  return {
    name: 'planted',
    make: (index) => ({
      ...{ target: 'planted', choice: 0, at: 0 },
      steps: [
        { do: 'settle' },
        { do: 'receive', binary: true, data: new FuzzRandom(1, index).bytes(100) },
        { do: 'wait', ms: 1 },
      ],
    }),
    run({ steps }, tally) {
      tally.frames++;
      const received = steps.flatMap((step) => (step.do === 'receive' ? [...step.data] : []));
      const waited = steps.some((step) => step.do === 'wait');
      const shows = waited && received.includes(3) && received.indexOf(7) > received.indexOf(3);
      return shows ? { kind: 'planted', message: '7 after 3' } : null;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

t.test('a finding is made small, written down once, and shown again by its file', async (t) => {
  const keep = t.testdir();
  const options = { seed: 1, frames: 500, keep, signal, onProgress };
  const { findings, frames } = await runTarget({ ...options, open: async () => plantedTarget() });
  t.equal(frames, 500, 'the run goes on');
  t.match(findings, [{ kind: 'planted', message: '7 after 3', again: true }]);
  const { kind, fuzzCase } = readFinding(String(findings[0]?.file));
  t.equal(kind, 'planted');
  t.match(fuzzCase.steps, [
    { do: 'receive', data: Buffer.of(3, 7) },
    { do: 'wait', ms: 1 },
  ]);
  t.equal(fuzzCase.steps.length, 2);
  t.match(await plantedTarget().run(fuzzCase, new Tally()), { kind: 'planted' });
});

t.test('a file that is no finding is told', async (t) => {
  t.throws(() => readFinding(`${t.testdir({ 'x.json': '{}' })}/x.json`), { code: 'options_invalid' });
});

for (const [name, make] of Object.entries(FUZZ_TARGETS)) {
  t.test(`${name}: nothing is found in 800 frames, and the same seed makes the same`, async (t) => {
    const keep = `${t.testdir()}/findings`;
    const open = () => make({ seed: 3, corpus: [] });
    const result = await runTarget({ open, seed: 3, frames: 800, keep, signal, onProgress });
    t.same(result.findings, []);
    t.ok(result.frames >= 800 && result.accepted > 100 && Object.keys(result.refused).length > 3);
    t.notOk(existsSync(keep), 'nothing is written');
    await using one = await open();
    await using two = await open();
    t.same(one.make(7), two.make(7));
    t.notSame(one.make(7).steps, one.make(8).steps);
  });
}

t.test('a run that is interrupted ends', async (t) => {
  const open = async () => plantedTarget();
  const stopped = AbortSignal.abort(new Error('planted'));
  await t.rejects(
    runTarget({ open, seed: 1, frames: 500, keep: t.testdir(), signal: stopped, onProgress }),
    /planted/,
  );
});

/** Says that a record is on disk before it is. */
class EagerJournal extends HeldJournal {
  override get durableTicket(): number {
    return super.durableTicket + 1;
  }
}

t.test('a session that acks what is not on disk is found out', async (t) => {
  await using target = await deviceSessionTarget({ seed: 3, corpus: [] }, () =>
    openFuzzWorld(new EagerJournal()),
  );
  const kinds = new Set<string>();
  for (let index = 0; index < 60; index++) {
    const finding = await target.run(target.make(index) as FuzzCase, new Tally());
    if (finding) kinds.add(finding.kind);
  }
  t.ok(kinds.has('acked_too_much'), [...kinds].join(', '));
});
