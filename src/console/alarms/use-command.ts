import { useState } from 'preact/hooks';
import { Problem } from '../server/problem.ts';

/** Something asked of the server: whether its answer is waited for, and what it refused. */
export interface Command {
  readonly waits: boolean;
  readonly problem: Problem | null;
  /** Resolves with whether it was carried out. One at a time: what is pressed twice is asked once. */
  readonly run: (act: () => Promise<void>) => Promise<boolean>;
}

/** Nothing on the page changes by a command: it does when the server says so. */
export function useCommand(): Command {
  const [waits, setWaits] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (act: () => Promise<void>): Promise<boolean> => {
    if (waits) return false;
    setWaits(true);
    setProblem(null);
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return false;
    } finally {
      setWaits(false);
    }
  };
  return { waits, problem, run };
}
