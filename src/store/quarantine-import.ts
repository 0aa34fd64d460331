import { createReadStream, existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf } from '../core/coded-error.ts';
import type { QuarantineDatabase, Refused } from './quarantine-database.ts';

const LINES_AT_ONCE = 1_000;

/**
 * Takes over `quarantine.ndjson`, what earlier releases kept beside it, and puts `.imported` behind its name. A line that
 * a crash cut short stays in that file only. Cut off itself it begins anew at the next start, and keeps nothing twice.
 */
export async function importQuarantineLines(database: QuarantineDatabase, path: string): Promise<void> {
  const file = join(dirname(path), 'quarantine.ndjson');
  if (!existsSync(file)) return;
  let gathered: Refused[] = [];
  const put = (): void => {
    database.takeOver(gathered);
    gathered = [];
  };
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const one = refusedOf(line);
    if (one !== null && gathered.push(one) >= LINES_AT_ONCE) put();
  }
  put();
  await rename(file, `${file}.imported`).catch((cause: unknown) => {
    // Another process has just done the same.
    if (codeOf(cause) !== 'ENOENT') throw cause;
  });
}

function refusedOf(line: string): Refused | null {
  try {
    const { at, code, message, point } = JSON.parse(line) as Record<string, unknown>;
    if (typeof point !== 'object' || point === null) return null;
    return { at: Number(at), code: String(code), message: String(message), point: JSON.stringify(point) };
  } catch {
    return null;
  }
}
