import { setImmediate as turn } from 'node:timers/promises';
import { writeFinding } from './finding-file.ts';
import { type Finding, type FuzzCase, type FuzzTarget, Tally } from './fuzz-case.ts';
import type { KeptFinding, TargetResult } from './fuzz-result.ts';
import { heapInUse, MAX_GROWTH_BYTES } from './heap.ts';
import { minimise } from './minimise.ts';

export interface RunTargetOptions {
  readonly open: () => Promise<FuzzTarget>;
  readonly seed: number;
  readonly frames: number;
  /** Where findings are written. */
  readonly keep: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: TargetProgress) => void;
}

export interface TargetProgress {
  readonly target: string;
  readonly frames: number;
  readonly of: number;
  readonly seconds: number;
  readonly findings: number;
}

/** Kinds of findings after which a run goes on no further. */
const MAX_FINDINGS = 10;
/** Below this, warming up is most of what the heap grows by. */
const JUDGED_FROM_FRAMES = 200_000;
const WARM_UP = 0.1;
const PROGRESS_MS = 200;
/** These may come of a machine that is busy: only a case that shows them again is a finding. */
const MAY_BE_CHANCE: ReadonlySet<string> = new Set(['session_slow', 'unanswered']);

/** Runs cases until enough frames were thrown. @throws the signal's reason when aborted */
export async function runTarget(options: RunTargetOptions): Promise<TargetResult> {
  const { open, frames, signal, onProgress } = options;
  await using target = await open();
  const tally = new Tally();
  const kept = new Map<string, KeptFinding>();
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1_000;
  let warm: number | null = null;
  let told = 0;
  let index = 0;
  for (; tally.frames < frames && kept.size < MAX_FINDINGS; index++) {
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      await turn();
      signal.throwIfAborted();
      onProgress({
        target: target.name,
        frames: tally.frames,
        of: frames,
        seconds: seconds(),
        findings: kept.size,
      });
    }
    if (warm === null && tally.frames >= frames * WARM_UP) warm = heapInUse();
    const fuzzCase = target.make(index);
    // Most cases are done at once: to wait for each would take as long as they do.
    const outcome = target.run(fuzzCase, tally);
    const finding = outcome instanceof Promise ? await outcome : outcome;
    if (finding !== null && !kept.has(finding.kind)) {
      const record = await keep(options, fuzzCase, index, finding);
      if (record) kept.set(finding.kind, record);
    }
  }
  const end = heapInUse();
  const heap = { start: warm ?? end, end };
  const took = seconds();
  if (frames >= JUDGED_FROM_FRAMES && end - heap.start > MAX_GROWTH_BYTES) {
    const finding = { kind: 'heap_growth', message: `the heap grew by ${end - heap.start} bytes` };
    const nothing: FuzzCase = { target: target.name, choice: 0, at: 0, steps: [] };
    const file = writeFinding(options.keep, {
      ...finding,
      seed: options.seed,
      index: null,
      fuzzCase: nothing,
    });
    kept.set(finding.kind, { ...finding, index: null, file, again: false });
  }
  const { slowest, accepted, bytes } = tally;
  return {
    ...{ target: target.name, frames: tally.frames, bytes, cases: index, seconds: took, accepted },
    ...{ refused: tally.refused, slowest, heap, findings: [...kept.values()] },
  };
}

/** Makes a finding as small as it gets and writes it down; null: it was chance. */
async function keep(
  { open, seed, keep: directory }: RunTargetOptions,
  fuzzCase: FuzzCase,
  index: number,
  finding: Finding,
): Promise<KeptFinding | null> {
  await using alone = await open();
  const again = (await alone.run(fuzzCase, new Tally()))?.kind === finding.kind;
  if (!again && MAY_BE_CHANCE.has(finding.kind)) return null;
  const smallest = again ? await minimise(alone, fuzzCase, finding.kind) : fuzzCase;
  const file = writeFinding(directory, { ...finding, seed, index, fuzzCase: smallest });
  return { ...finding, index, file, again };
}
