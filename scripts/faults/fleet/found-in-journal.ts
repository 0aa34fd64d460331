import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Found, FoundMoment } from './found.ts';

/** A journal reader that never commits: what was journaled stays for the oracle to see. */
const ORACLE = 'oracle';

interface Line {
  readonly kind?: unknown;
  readonly device?: unknown;
  readonly stream?: unknown;
  readonly seq?: unknown;
  readonly parts?: readonly { readonly patient: string | null; readonly samples: readonly FoundMoment[] }[];
}

/** From now on nothing of the journal in `data` is trimmed. */
export function keepJournal(data: string): void {
  const database = new DatabaseSync(join(data, 'journal.db'), { timeout: 10_000 });
  try {
    database.prepare('INSERT INTO readers VALUES (?, 0)').run(ORACLE);
  } finally {
    database.close();
  }
}

/**
 * Reads every batch of the journal, with nothing of the product's code between the file and the verdict. The server need
 * not be stopped.
 */
export function foundInJournal(data: string): Found {
  const moments = new Map<string, FoundMoment[]>();
  const corrupt: string[] = [];
  const disordered: string[] = [];
  const newest = new Map<string, number>();
  let last = 0;
  const database = new DatabaseSync(join(data, 'journal.db'), { readOnly: true, timeout: 10_000 });
  try {
    const batches = database.prepare('SELECT position, records, crc32, body FROM batches ORDER BY position');
    for (const batch of batches.iterate()) {
      const position = Number(batch.position);
      const body = batch.body as Uint8Array;
      if (position !== last + 1) corrupt.push(`batch ${position} of the journal follows on ${last}`);
      last = position;
      if (crc32(body) !== batch.crc32) corrupt.push(`batch ${position} of the journal has another checksum`);
      const lines = Buffer.from(body).toString('utf8').split('\n');
      if (lines.length !== batch.records) corrupt.push(`batch ${position} has ${lines.length} records`);
      for (const text of lines) note(JSON.parse(text) as Line);
    }
  } finally {
    database.close();
  }
  return { moments, corrupt, disordered };

  function note({ kind, device, stream, seq, parts = [] }: Line): void {
    if (typeof device !== 'string' || typeof seq !== 'number') return;
    const key = `${device} ${stream}`;
    const before = newest.get(key) ?? 0;
    if (seq !== before + 1) disordered.push(`${kind} frame ${seq} of ${key} follows on ${before}`);
    newest.set(key, Math.max(before, seq));
    const of = moments.get(device) ?? [];
    moments.set(device, of);
    for (const { patient, samples } of parts)
      for (const { t, heart_rate, spo2 } of samples) of.push({ t, patient, heart_rate, spo2 });
  }
}
