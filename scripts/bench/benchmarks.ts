import { BACKTEST } from './backtest-bench.ts';
import type { Benchmark } from './benchmark.ts';
import { COST } from './cost/cost.ts';
import { GROWTH } from './growth/growth.ts';
import { SLOW_CLINICIANS } from './slow-clinicians/slow-clinicians.ts';
import { WAVEFORMS } from './waveforms/waveforms.ts';

/** Every benchmark there is: a further one is one more entry. */
export const BENCHMARKS: readonly Benchmark[] = [COST, GROWTH, SLOW_CLINICIANS, BACKTEST, WAVEFORMS];
