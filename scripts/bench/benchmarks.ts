import { BACKTEST } from './backtest-bench.ts';
import type { Benchmark } from './benchmark.ts';
import { SLOW_CLINICIANS } from './slow-clinicians/slow-clinicians.ts';

/** Every benchmark there is: a further one is one more entry. */
export const BENCHMARKS: readonly Benchmark[] = [SLOW_CLINICIANS, BACKTEST];
