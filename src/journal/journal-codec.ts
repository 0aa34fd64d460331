import { crc32 } from 'node:zlib';
import { CodedError } from '../core/coded-error.ts';
import type { TelemetryRecord } from '../model/record.ts';
import type { Position } from './journal.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A record as one line: JSON escapes every control character, so a line feed stands only between records. */
export function encodeRecord(record: TelemetryRecord): string {
  return JSON.stringify(record);
}

/** The body of a batch: its lines in UTF-8, separated by line feeds. */
export function encodeBody(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  return encoder.encode(lines.join('\n'));
}

/** CRC-32 (ISO-HDLC, as in zlib) of a body. */
export function checksum(body: Uint8Array): number {
  return crc32(body);
}

/** A batch as it is stored. */
export interface StoredBatch {
  readonly position: Position;
  readonly records: number;
  readonly crc32: number;
  readonly body: Uint8Array;
}

/** @throws CodedError `journal_corrupt` when the body is not the one that was written. */
export function verifyBody(batch: StoredBatch): void {
  if (checksum(batch.body) !== batch.crc32) throw corrupt(batch.position, 'its checksum does not match');
}

/** The records of a verified batch. @throws CodedError `journal_corrupt` */
export function decodeBatch(batch: StoredBatch): TelemetryRecord[] {
  let records: TelemetryRecord[];
  try {
    records = decoder
      .decode(batch.body)
      .split('\n')
      .map((line) => JSON.parse(line) as TelemetryRecord);
  } catch (cause) {
    throw corrupt(batch.position, 'it is not lines of JSON', cause);
  }
  if (records.length === batch.records) return records;
  throw corrupt(batch.position, `it has ${records.length} records, not ${batch.records}`);
}

function corrupt(position: Position, why: string, cause?: unknown): CodedError {
  return new CodedError(
    'journal_corrupt',
    `batch ${position} of the journal cannot be read (${why}): restore the journal from a backup; nothing is skipped by itself`,
    { cause, details: { position } },
  );
}
