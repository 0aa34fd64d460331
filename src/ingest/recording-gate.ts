import type { Journal } from '../journal/journal.ts';

/**
 * What is to become of a frame now.
 * - `recording`: it is heard and handed to the journal.
 * - `held_back`: the disk is behind: the frame waits, and its socket is not read.
 * - `unrecorded`: the journal takes nothing and may not for long: a breach is heard all the same (R3), and the device
 *   keeps the frame, which is not acked.
 */
export type RecordingMode = 'recording' | 'held_back' | 'unrecorded';

/** The journal's condition as the sessions see it: one look at the journal for all that wait. */
export class RecordingGate {
  readonly #journal: Pick<Journal, 'condition' | 'onCondition'>;
  #released: Promise<void> | null = null;

  constructor(journal: Pick<Journal, 'condition' | 'onCondition'>) {
    this.#journal = journal;
  }

  get mode(): RecordingMode {
    switch (this.#journal.condition) {
      case 'ok':
        return 'recording';
      case 'behind':
        return 'held_back';
      default:
        return 'unrecorded';
    }
  }

  /** Resolves when frames are not held back any more, whichever way they go then. */
  released(): Promise<void> {
    this.#released ??= new Promise((resolve) => {
      const subscription = this.#journal.onCondition((condition) => {
        if (condition === 'behind') return;
        subscription[Symbol.dispose]();
        this.#released = null;
        resolve();
      });
    });
    return this.#released;
  }
}
