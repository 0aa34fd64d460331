import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';

/** A pair is written file by file: what is wrong in this many looks in a row is wrong. */
const PATIENCE = 3;

/** Something whose end must not come as a surprise. */
export interface Expiry {
  readonly name: string;
  readonly at: EpochMs;
}

/** A group of files that only mean something together, how they are read, and what they are for. */
export interface CredentialSource<Value> {
  /** Stable: in the log, in /readyz and as a metric's label. */
  readonly name: string;
  /** What it is read from now, in a stable order; a file need not exist. */
  readonly files: () => Promise<readonly string[]>;
  /**
   * Reads and checks all of it.
   * @param held what is in use, if anything
   * @throws CodedError why it must not take the place of what is in use
   */
  readonly load: (now: EpochMs, held: Value | null) => Promise<Value>;
  /** Equal for values that mean the same. */
  readonly digestOf: (value: Value) => string;
  readonly expiriesOf: (value: Value) => readonly Expiry[];
  /** Puts it in use. */
  readonly apply: (value: Value) => void;
}

export interface CredentialRefusal {
  readonly code: string;
  readonly message: string;
}

export type WatchOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'reloaded' }
  /** Told once for each state of the files. */
  | { readonly kind: 'refused'; readonly refusal: CredentialRefusal };

const UNCHANGED: WatchOutcome = { kind: 'unchanged' };

/**
 * Takes one group of credentials again whenever its files change, if they are good; what is in use stays in use while
 * they are not.
 */
export class CredentialWatch<Value> {
  readonly #source: CredentialSource<Value>;
  #held: Value | null;
  /** What the files looked like when the held value was read from them; null: they were not looked at yet. */
  #taken: string | null = null;
  #failing: { readonly seen: string; looks: number } | null = null;
  #refusal: CredentialRefusal | null = null;
  #told = '';

  /** @param held what was read at the start, by whatever checks hold then; null: nothing is in use yet */
  constructor(source: CredentialSource<Value>, held: Value | null) {
    this.#source = source;
    this.#held = held;
  }

  get name(): string {
    return this.#source.name;
  }

  /** Why the files as they stand are not in use; null: they are, or nobody can tell yet. */
  get refusal(): CredentialRefusal | null {
    return this.#refusal;
  }

  /** When what is in use ends. */
  get expiries(): readonly Expiry[] {
    return this.#held === null ? [] : this.#source.expiriesOf(this.#held);
  }

  /** Looks at the files. Never rejects. */
  async look(now: EpochMs): Promise<WatchOutcome> {
    let seen = 'unreadable';
    try {
      seen = await fingerprint(await this.#source.files());
      if (seen === this.#taken) return this.#settle(seen);
      const value = await this.#source.load(now, this.#held);
      // Written meanwhile: what was read may be of both states.
      if ((await fingerprint(await this.#source.files())) !== seen) return UNCHANGED;
      const isNews =
        this.#held === null || this.#source.digestOf(this.#held) !== this.#source.digestOf(value);
      if (isNews) {
        this.#source.apply(value);
        this.#held = value;
      }
      this.#settle(seen);
      return isNews ? { kind: 'reloaded' } : UNCHANGED;
    } catch (error) {
      return this.#refuse(seen, error);
    }
  }

  #settle(seen: string): WatchOutcome {
    this.#taken = seen;
    this.#failing = null;
    this.#refusal = null;
    this.#told = '';
    return UNCHANGED;
  }

  #refuse(seen: string, error: unknown): WatchOutcome {
    if (this.#failing?.seen !== seen) this.#failing = { seen, looks: 0 };
    this.#failing.looks += 1;
    if (this.#failing.looks < PATIENCE) return UNCHANGED;
    const message =
      error instanceof CodedError ? error.message : `${this.name} could not be read: ${String(error)}`;
    this.#refusal = { code: codeOf(error), message };
    const state = `${seen} ${message}`;
    if (state === this.#told) return UNCHANGED;
    this.#told = state;
    return { kind: 'refused', refusal: this.#refusal };
  }
}

/** Changes when one of the files is written, replaced, made or removed, or others may read it. */
async function fingerprint(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    paths.map(async (path) => {
      try {
        const { mtimeNs, size, ino, mode } = await fs.stat(path, { bigint: true });
        return `${path} ${mtimeNs} ${size} ${ino} ${mode}`;
      } catch (error) {
        return `${path} ${codeOf(error)}`;
      }
    }),
  );
  return parts.join('\n');
}

/** SHA-256 of texts or octets, to tell whether two values are the same; of secrets it gives nothing away. */
export function digestOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}
