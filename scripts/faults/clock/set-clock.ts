import { globSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian's libfaketime has the library for programs with threads. */
const LIBRARY = '/usr/lib/*/faketime/libfaketimeMT.so.1';

/** Why a server's clock cannot be set here; null: it can. */
export function clockMissing(): string | null {
  return globSync(LIBRARY).length > 0 ? null : 'libfaketime is not installed: apt-get install libfaketime';
}

/**
 * The wall clock of one process, set as an administrator would: its monotonic clock and everybody else's go on as they
 * are. The process starts with `environment`.
 */
export class SetClock {
  readonly #file: string;

  constructor(name: string) {
    this.#file = join(tmpdir(), `${name}.clock`);
    this.set(0);
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: globSync(LIBRARY)[0] ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** The file that holds the offset: whoever made the clock takes it away. */
  get file(): string {
    return this.#file;
  }

  /** @param seconds from the time that it is */
  set(seconds: number): void {
    // In one step: half a line would be another time.
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
