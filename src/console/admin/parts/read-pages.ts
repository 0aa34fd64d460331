import type { Query, Rest } from '../../server/rest.ts';

const PAGE = 1_000;

/** What several pages of a list hold together, and behind which entry the next begins; null: there is none. */
export interface Pages<Entry> {
  readonly entries: readonly Entry[];
  readonly next: string | null;
}

/**
 * Reads a list page by page: what is sorted by anything but its id must be known as a whole.
 * @param name under which the answer has the entries @param most entries, about: the last page is read whole
 * @throws Problem
 */
export async function readPages<Entry>(
  rest: Pick<Rest, 'get'>,
  { path, name, query = {}, most }: { path: string; name: string; query?: Query; most: number },
  signal?: AbortSignal,
): Promise<Pages<Entry>> {
  const entries: Entry[] = [];
  let after: string | undefined;
  for (;;) {
    const answer = await rest.get<Readonly<Record<string, unknown>>>(
      path,
      { ...query, limit: PAGE, after },
      signal,
    );
    entries.push(...((answer[name] ?? []) as readonly Entry[]));
    const next = (answer.next ?? null) as string | null;
    if (next === null || entries.length >= most) return { entries, next };
    after = next;
  }
}
