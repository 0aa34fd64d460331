import { LoadFleet } from './load-fleet.ts';
import type { LoadCalls } from './load-messages.ts';

interface Call {
  readonly id: number;
  readonly name: keyof LoadCalls;
  readonly request: unknown;
}

/** Answers the benchmark over the channel between the processes, one call at a time, until that is closed. */
const fleet = new LoadFleet();

async function answer({ id, name, request }: Call): Promise<void> {
  try {
    const call = fleet[name].bind(fleet) as (request: unknown) => unknown;
    process.send?.({ id, value: (await call(request)) ?? null });
  } catch (error) {
    process.send?.({ id, problem: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (call: Call) => void answer(call));
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group: the benchmark ends this process when it has ended its own work.
process.on('SIGINT', () => {});
