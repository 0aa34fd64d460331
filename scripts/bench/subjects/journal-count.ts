import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { CodedError } from '../../../src/core/coded-error.ts';

/** The benchmark's own reader of the journal: what it has not counted yet is not trimmed. */
const READER = 'bench';

interface Line {
  readonly kind?: unknown;
  readonly device?: unknown;
  readonly stream?: unknown;
  readonly seq?: unknown;
}

/**
 * Counts the frames in a journal, past all of the product's code: speed means nothing without them. Between counts the
 * journal is trimmed as ever, so that what trimming costs is in what is measured.
 */
export class JournalCount {
  readonly #path: string;
  readonly #newest = new Map<string, number>();

  /** @param data the server's data directory */
  constructor(data: string) {
    this.#path = join(data, 'journal.db');
    const database = this.#open();
    try {
      database
        .prepare('INSERT INTO readers VALUES (?, (SELECT coalesce(max(position), 0) FROM batches))')
        .run(READER);
    } finally {
      database.close();
    }
  }

  /** Frames that came since the last count. @throws CodedError `bench_journal_wrong`: one that is damaged, missing or there twice */
  count(): number {
    const database = this.#open();
    try {
      const from = Number(
        database.prepare('SELECT position FROM readers WHERE name = ?').get(READER)?.position,
      );
      const batches = database
        .prepare('SELECT position, crc32, body FROM batches WHERE position > ? ORDER BY position')
        .iterate(from);
      let [frames, last] = [0, from];
      for (const batch of batches) {
        const body = batch.body as Uint8Array;
        last = Number(batch.position);
        if (crc32(body) !== batch.crc32) throw wrong(`batch ${last} has another checksum`);
        for (const text of Buffer.from(body).toString('utf8').split('\n'))
          frames += this.#note(JSON.parse(text) as Line);
      }
      database.prepare('UPDATE readers SET position = ? WHERE name = ?').run(last, READER);
      return frames;
    } finally {
      database.close();
    }
  }

  #open(): DatabaseSync {
    return new DatabaseSync(this.#path, { timeout: 10_000 });
  }

  #note({ kind, device, stream, seq }: Line): 0 | 1 {
    if (typeof seq !== 'number' || typeof device !== 'string') return 0;
    const key = `${device} ${stream}`;
    const before = this.#newest.get(key) ?? 0;
    if (seq !== before + 1) throw wrong(`${kind} ${seq} of ${key} follows on ${before}`);
    this.#newest.set(key, seq);
    return 1;
  }
}

function wrong(why: string): CodedError {
  return new CodedError('bench_journal_wrong', `the journal is not what was acked: ${why}`);
}
