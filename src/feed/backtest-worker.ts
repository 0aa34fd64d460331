import { Backtest, type BacktestPlan } from '../alarms/backtest.ts';
import { type Served, serveCalls } from '../core/worker-calls.ts';
import type { BacktestReport } from '../model/backtest.ts';
import type { DeviceMoments } from '../model/moments.ts';

/** One back-test at a time: begun, fed in stretches that follow each other, and reported. */
export interface BacktestCalls {
  /** Whatever was under way is let go of. */
  begin(plan: BacktestPlan): void;
  take(lists: readonly DeviceMoments[]): void;
  report(args: null): BacktestReport;
}

serveCalls<BacktestCalls, null>((): Served<BacktestCalls> => {
  let current: Backtest | null = null;
  return {
    begin: (plan) => {
      current = new Backtest(plan);
    },
    take: (lists) => current?.take(lists),
    report: () => {
      if (current === null) throw new Error('report before begin');
      const report = current.report();
      current = null;
      return report;
    },
  };
});
