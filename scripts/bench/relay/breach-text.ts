/** What is below 80 % alarms at once, without an onset delay; then it is good for longer than the clear delay. */
const BREACH = 75;
const GOOD = 97;
const GOOD_SAMPLES = 7;

/** From one breach of a device to its next. Milliseconds of sample time. */
export const BREACH_TAKES_MS = (GOOD_SAMPLES + 2) * 1_000;

/** A wearable's frame of a breach at `t` that passes, so that the next one alarms anew. `t`: ms since the epoch. */
export function breachText(seq: number, t: number): string {
  const samples = [`{"t":${t},"spo2":${BREACH}}`];
  for (let i = 1; i <= GOOD_SAMPLES; i++) samples.push(`{"t":${t + i * 1_000},"spo2":${GOOD}}`);
  return `{"type":"vitals","seq":${seq},"samples":[${samples.join(',')}]}`;
}
