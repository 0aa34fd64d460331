import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../../src/core/coded-error.ts';
import { spawnPinned } from '../machine/pinned.ts';

/** Stands where InfluxDB would, on the load's core: what the product posts is counted, and nobody's disk is in the way. */
export interface LineSink extends AsyncDisposable {
  readonly url: string;
  /** Bytes of line protocol so far. */
  bytes(): Promise<number>;
}

/** @throws CodedError `line_sink_failed` */
export async function startLineSink(): Promise<LineSink> {
  const entry = fileURLToPath(new URL('./line-sink-process.ts', import.meta.url));
  const child = spawnPinned('load', [process.execPath, entry], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new CodedError('line_sink_failed', `the counter of line protocol ended with ${code}`);
  });
  failed.catch(() => {});
  const answer = async (): Promise<Readonly<Record<string, number>>> => {
    const [said] = (await Promise.race([once(child, 'message'), failed])) as [Record<string, number>];
    return said;
  };
  const { port } = await answer();
  return {
    url: `http://127.0.0.1:${port}`,
    async bytes() {
      const answered = answer();
      child.send('count');
      return (await answered).bytes ?? Number.NaN;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
