import type { FeedCommand } from '../../protocol/feed-commands.ts';
import type { FeedFrame } from '../../protocol/feed-frames.ts';
import { Problem } from '../server/problem.ts';

type FeedResult = Extract<FeedFrame, { type: 'result' }>;

/** Longer than the server takes for anything that it can do at all. Milliseconds. */
const TIMEOUT_MS = 10_000;

interface Waiting {
  readonly settle: (result: FeedResult) => void;
  readonly fail: (problem: Problem) => void;
}

/** Commands that wait for their answer. Bounded: each waits for 10 s at most, and a person gives them. */
export class FeedRequests {
  readonly #send: (command: FeedCommand) => boolean;
  readonly #waiting = new Map<string, Waiting>();
  #last = 0;

  /** @param send false: there is no connection */
  constructor(send: (command: FeedCommand) => boolean) {
    this.#send = send;
  }

  /**
   * Resolves when the server has carried it out.
   * @throws Problem with the feed's code; `not_connected`, `connection_lost` (it is unknown whether it was done), `request_timeout`
   */
  ask(make: (id: string) => FeedCommand): Promise<void> {
    this.#last += 1;
    const id = `c${this.#last}`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => this.#end(id)?.fail(new Problem('request_timeout', 'the server did not answer in time')),
      TIMEOUT_MS,
    );
    this.#waiting.set(id, {
      settle: ({ ok, code, message }) => {
        clearTimeout(timer);
        if (ok) resolve();
        else reject(new Problem(code ?? 'refused', message ?? 'the server refused it'));
      },
      fail: (problem) => {
        clearTimeout(timer);
        reject(problem);
      },
    });
    if (!this.#send(make(id))) this.#end(id)?.fail(new Problem('not_connected', 'there is no connection'));
    return promise;
  }

  settle(result: FeedResult): void {
    if (result.id !== undefined) this.#end(result.id)?.settle(result);
  }

  /** The connection is gone: nobody will answer. */
  failAll(): void {
    for (const id of [...this.#waiting.keys()])
      this.#end(id)?.fail(
        new Problem('connection_lost', 'the connection was lost before the server answered'),
      );
  }

  #end(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
