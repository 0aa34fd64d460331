import type { WireBytes } from '../load/load-messages.ts';

/** How a clinician's screen hears of its patient: by the feed, or by asking so often. */
export type WatchWay = { readonly name: 'push' } | { readonly name: 'poll'; readonly everyMs: number };

export interface Watcher {
  readonly patient: string;
  readonly token: string;
}

/** One watch that can be ended, of whatever way. */
export interface Watch extends Disposable {
  readonly wire: WireBytes;
  readonly trouble: string | null;
}
