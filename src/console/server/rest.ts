import { Problem, problemOf } from './problem.ts';

/** Longer than any answer takes that is not lost. Milliseconds. */
const TIMEOUT_MS = 30_000;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Called with every refusal, before whoever asked sees it: a session that has ended ends for the whole page. */
export type OnProblem = (problem: Problem) => void;

/** The server's REST interface (docs/openapi.json), with the session's cookie. */
export class Rest {
  readonly #onProblem: OnProblem;

  constructor(onProblem: OnProblem) {
    this.#onProblem = onProblem;
  }

  /** @throws Problem */
  get<Answer>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
    return this.#ask<Answer>('GET', withQuery(path, query), undefined, signal);
  }

  /** @param body sent as JSON; absent: an empty request. @throws Problem */
  send<Answer = void>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    return this.#ask<Answer>(method, path, body);
  }

  async #ask<Answer>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(path, {
        method,
        credentials: 'same-origin',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!response.ok) throw await problemOf(response);
      const text = await response.text();
      return (text === '' ? undefined : JSON.parse(text)) as Answer;
    } catch (error) {
      if (signal?.aborted) throw error;
      const problem =
        error instanceof Problem
          ? error
          : new Problem('unreachable', 'the server did not answer', { cause: error });
      this.#onProblem(problem);
      throw problem;
    }
  }
}

/** A path with each segment encoded: ids of alarms hold `:`. */
export function path(...segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
