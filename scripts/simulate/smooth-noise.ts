/** 32 bits from a seed and a whole number, as far apart as chance for neighbours (finaliser of MurmurHash3, A. Appleby). */
function mix(seed: number, n: number): number {
  let h = (seed ^ Math.imul(n | 0, 0x9e3779b1) ^ Math.imul(Math.floor(n / 2 ** 32), 0x85ebca77)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number of [0, 1) that depends on `seed` and `n` alone. */
export function uniform(seed: number, n: number): number {
  return mix(mix(seed, 0x5bd1e995), n) / 2 ** 32;
}

/**
 * Noise of about [-1, 1] that has no jumps: random values at every `periodMs`, joined smoothly. A pure function of
 * time, so that a sample does not depend on which were asked for before.
 */
export function smoothNoise(seed: number, t: number, periodMs: number): number {
  const at = t / periodMs;
  const step = Math.floor(at);
  const x = at - step;
  const ease = x * x * x * (x * (6 * x - 15) + 10);
  const from = uniform(seed, step);
  const to = uniform(seed, step + 1);
  return 2 * (from + (to - from) * ease) - 1;
}

/**
 * Noise of about [-1, 1] whose slow parts are the strong ones, as physiological series have it (near 1/f): octaves of
 * smooth noise, each twice as fast and weaker than the one before.
 */
export function pinkNoise(seed: number, t: number, slowestMs: number, octaves = 5): number {
  let sum = 0;
  let weight = 0;
  for (let octave = 0; octave < octaves; octave += 1) {
    const strength = 0.7 ** octave;
    sum += strength * smoothNoise(seed + 101 * octave, t, slowestMs / 2 ** octave);
    weight += strength;
  }
  return (1.6 * sum) / weight;
}
