import { RawFeed } from '../../rig/raw-feed.ts';
import { type Rig, WARD } from '../../rig/rig.ts';

/** A clinician's screen that shows a ward, may stop to read, and comes back where it was. */
export class Screen implements Disposable {
  readonly name: string;
  /** Cursors of the alarm events it got, in the order in which they came. */
  readonly cursors: string[] = [];
  /** Code of the last close; null: it is open. */
  closed: number | null = null;
  /** Whether it was told that events are missing. */
  gap = false;
  readonly #rig: Rig;
  readonly #token: string;
  #since = '0';
  #caughtUp = false;
  #feed: RawFeed | null = null;

  constructor(rig: Rig, name: string, token: string) {
    this.#rig = rig;
    this.name = name;
    this.#token = token;
  }

  /** Opens the feed where it was. @throws CodedError `feed_not_open` */
  async open(): Promise<void> {
    const { server, ca } = this.#rig;
    this.closed = null;
    this.#caughtUp = false;
    this.#feed = await RawFeed.open({
      ...{ url: server.clinicianUrl, token: this.#token, ca },
      onMessage: (text) => this.#heard(text),
      onClose: (code) => {
        this.closed = code;
      },
    });
    this.#feed.send({ type: 'subscribe', ward: WARD, since: this.#since });
  }

  /** Whether it has been shown everything since it was opened. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** The newest event it got. */
  get newest(): string {
    return this.#since;
  }

  pause(): void {
    this.#feed?.pause();
  }

  /** Reads again: first what the network still holds, then that it was closed. */
  resume(): void {
    this.#feed?.resume();
  }

  [Symbol.dispose](): void {
    this.#feed?.[Symbol.dispose]();
  }

  #heard(text: string): void {
    // Most of a ward's frames are vitals, of which nothing is asked here.
    if (text.startsWith('{"type":"vitals"')) return;
    const frame = JSON.parse(text) as { readonly type: string; readonly cursor: string };
    if (frame.type === 'gap') this.gap = true;
    if (frame.type === 'snapshot') this.#caughtUp = true;
    if (frame.type !== 'alarm') return;
    this.cursors.push(frame.cursor);
    this.#since = frame.cursor;
  }
}
