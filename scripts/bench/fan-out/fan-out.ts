import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import type { Audience, FanOutBlock } from './audience.ts';
import {
  FAN_OUT_NAMES,
  type FanOutName,
  type FanOutTurn,
  fanOutResult,
  type SizeTurns,
} from './fan-out-result.ts';
import { openRelays, type Relays } from './relays.ts';

/**
 * `rate`: alarms a second, at every size alike, so that what the product sends once a second beside them weighs the same; few
 * enough that one is over before the next. Judged is the last size.
 */
const FULL = {
  ...{ sizes: [100, 400, 1_000], turns: { judged: 6, beside: 2 }, frames: 48, rate: 20 },
  warmFrames: 60,
};
const QUICK = { sizes: [300], turns: { judged: 3, beside: 0 }, frames: 30, rate: 60, warmFrames: 45 };

async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  const { sizes, turns, frames, rate, warmFrames } = quick ? QUICK : FULL;
  const most = Math.max(...sizes);
  await using open = await openRelays(most, rate, { signal, show });
  const { relays, texts } = open;
  const measured: SizeTurns[] = [];
  for (const size of sizes) {
    show(`${size} clinicians`);
    for (const name of FAN_OUT_NAMES) await relays[name].everybody.grow(size);
    const all = FAN_OUT_NAMES.flatMap((name) => [relays[name].everybody, relays[name].single]);
    await Promise.all(all.map((audience) => audience.block(warmFrames, rate / 2, signal)));
    const count = turns[size === most ? 'judged' : 'beside'];
    const found: FanOutTurn[] = [];
    for (let i = 0; i < count; i++) {
      show(`${size} clinicians, turn ${i + 1} of ${count}`);
      found.push(await turnOf(relays, i, (audience) => audience.block(frames, rate, signal)));
    }
    measured.push({ size, turns: found });
  }
  return fanOutResult(measured, texts);
}

/** Which comes first changes from turn to turn, so that what grows with time favours none. */
async function turnOf(
  relays: Relays['relays'],
  turn: number,
  block: (audience: Audience) => Promise<FanOutBlock>,
): Promise<FanOutTurn> {
  const found: Partial<Record<FanOutName, FanOutTurn[FanOutName]>> = {};
  for (const name of turn % 2 === 0 ? FAN_OUT_NAMES : FAN_OUT_NAMES.toReversed()) {
    const { everybody, single } = relays[name];
    found[name] = { everybody: await block(everybody), single: await block(single) };
  }
  return found as FanOutTurn;
}

export const FAN_OUT: Benchmark = {
  name: 'fan-out',
  about: 'CPU that each further clinician takes of an alarm, up to 1,000 of them, against a naive relay',
  targets: ['P10'],
  run,
};
