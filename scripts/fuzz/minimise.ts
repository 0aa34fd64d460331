import { type FuzzCase, type FuzzTarget, type Step, Tally } from './fuzz-case.ts';

/** Tries that are worth a smaller case. */
const MAX_TRIES = 2_000;
const MAX_MS = 5_000;

/** The shortest list found of which `shows` still holds, by leaving out ever smaller parts (ddmin, A. Zeller). */
async function shortest<Item>(
  whole: readonly Item[],
  shows: (part: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  let best = whole;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.length; ) {
      const part = best.toSpliced(from, size);
      if (await shows(part)) best = part;
      else from += size;
    }
  }
  return best;
}

/** A case that shows the same kind of finding, with fewer steps and bytes; the case itself when it does not show it again. */
export async function minimise(target: FuzzTarget, whole: FuzzCase, kind: string): Promise<FuzzCase> {
  let tries = 0;
  const until = performance.now() + MAX_MS;
  const shows = async (steps: readonly Step[]): Promise<boolean> => {
    tries++;
    if (tries > MAX_TRIES || performance.now() > until) return false;
    return (await target.run({ ...whole, steps }, new Tally()))?.kind === kind;
  };
  let steps = await shortest(whole.steps, shows);
  for (const [i, step] of steps.entries()) {
    if (step.do !== 'receive') continue;
    const withData = (bytes: readonly number[]): readonly Step[] =>
      steps.with(i, { ...step, data: Uint8Array.from(bytes) });
    steps = withData(await shortest(Array.from(step.data), (bytes) => shows(withData(bytes))));
  }
  return { ...whole, steps };
}
