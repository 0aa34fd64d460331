/** One thing done to what is fuzzed. A codec only receives; sessions live in a world in which other things happen too. */
export type Step =
  | { readonly do: 'receive'; readonly data: Uint8Array; readonly binary: boolean }
  /** Time goes on: ticks, due acks, heartbeats. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Everything that waits for its turn has it. */
  | { readonly do: 'settle' }
  /** The disk has what was handed to it, refuses it as full, or fails; and is full before anything is handed to it. */
  | { readonly do: 'commit' | 'refuse' | 'fail' | 'full' | 'room' }
  /** The peer leaves this unread. Bytes. */
  | { readonly do: 'unread'; readonly bytes: number }
  /** Somebody sends the device a command. */
  | { readonly do: 'command' }
  /** A patient's device measures. */
  | { readonly do: 'measure'; readonly patient: number; readonly heartRate: number }
  /** The socket is gone, and another comes. */
  | { readonly do: 'leave' };

/** What is tried at once, and again alone when something was found. */
export interface FuzzCase {
  readonly target: string;
  /** What the target chose for the whole case, e.g. who the clinician is. */
  readonly choice: number;
  /** The server's time at which it begins, epoch ms: times in its frames are about it. */
  readonly at: number;
  readonly steps: readonly Step[];
}

/** What must not be. `kind` is stable: a smaller case shows the same when its kind is the same. */
export interface Finding {
  readonly kind: string;
  readonly message: string;
}

/** Something that frames are thrown at, and the oracle that watches it. */
export interface FuzzTarget extends AsyncDisposable {
  readonly name: string;
  /** The case of a number: the same for the same seed. */
  make(index: number): FuzzCase;
  /** Tries a case; what it found first, or null. */
  run(fuzzCase: FuzzCase, tally: Tally): Finding | null | Promise<Finding | null>;
}

/** What a run counts. */
export class Tally {
  frames = 0;
  bytes = 0;
  accepted = 0;
  readonly refused: Record<string, number> = {};
  slowest = { ms: 0, bytes: 0 };

  refuse(why: string): void {
    this.refused[why] = (this.refused[why] ?? 0) + 1;
  }

  took(ms: number, bytes: number): void {
    if (ms > this.slowest.ms) this.slowest = { ms, bytes };
  }
}
