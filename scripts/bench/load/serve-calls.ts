import { flushCompileCache } from 'node:module';

interface Call {
  readonly id: number;
  readonly name: string;
  readonly request: unknown;
}

/** Answers a `LoadGenerator` with the methods of `target` over the channel between the processes, until that is closed. */
export function serveCalls(target: object): void {
  const answer = async ({ id, name, request }: Call): Promise<void> => {
    try {
      const call = (target as Record<string, (request: unknown) => unknown>)[name]?.bind(target);
      process.send?.({ id, value: (await call?.(request)) ?? null });
    } catch (error) {
      process.send?.({ id, problem: error instanceof Error ? error.message : String(error) });
    }
  };
  process.on('message', (call: Call) => void answer(call));
  // Such a process is killed in the end: others like it find compiled what it has loaded by now.
  flushCompileCache();
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group: the benchmark ends this process when it has ended its own work.
  process.on('SIGINT', () => {});
}
