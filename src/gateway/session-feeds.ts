import type { ConsoleSession } from '../model/console-session.ts';
import type { SessionId } from '../model/ids.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import type { Registry } from '../registry/registry.ts';

/** What ends with its session. */
interface Closable {
  close(code: CloseCode, problem: string): void;
}

/** The open feeds of console sessions: they end in the moment that it is known here that their session has. */
export class SessionFeeds implements Disposable {
  readonly #registry: Pick<Registry, 'session'>;
  readonly #open = new Map<SessionId, Set<Closable>>();
  readonly #watch: Disposable;

  constructor(registry: Pick<Registry, 'session' | 'watch'>) {
    this.#registry = registry;
    this.#watch = registry.watch(({ kind, key }) => {
      if (kind === 'session') this.#look(key as SessionId);
    });
  }

  opened({ id }: ConsoleSession, feed: Closable): void {
    this.#open.set(id, (this.#open.get(id) ?? new Set()).add(feed));
    // It may have ended since the upgrade was asked for.
    this.#look(id);
  }

  closed({ id }: ConsoleSession, feed: Closable): void {
    const feeds = this.#open.get(id);
    feeds?.delete(feed);
    if (feeds?.size === 0) this.#open.delete(id);
  }

  /** Sessions with open feeds. */
  get size(): number {
    return this.#open.size;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** A session whose time is over is the feed's own to see, as the end of a token is. */
  #look(id: SessionId): void {
    const session = this.#registry.session(id);
    if (session !== undefined && session.ended === null) return;
    for (const feed of this.#open.get(id) ?? []) feed.close(4403, 'session ended');
  }
}
