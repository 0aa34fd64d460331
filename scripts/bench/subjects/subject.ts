import type { DialectName } from '../load/load-messages.ts';
import type { BlockProfile } from '../profile/block-profile.ts';

/** What is measured: the product or a baseline, a process of its own that listens. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly dialect: DialectName;
  /** Its profiler is to know which parts of its life are measured; absent: it is not profiled. */
  readonly profile?: BlockProfile;
  /** What it has taken so far; null: its acks tell. */
  taken(): Promise<number | null>;
  /** Of the frames acked since the last call: how many are in its journal, in order and once; null: it has none. */
  journaled(): Promise<number | null>;
}
