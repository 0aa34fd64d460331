import Type from 'typebox';
import { ID_PATTERN } from '../model/ids.ts';
import { MAX_ROWS } from './history-range.ts';

/** Query of a list that is given in pages. */
export const PAGE_QUERY = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_ROWS, default: MAX_ROWS })),
  after: Type.Optional(
    Type.String({ pattern: ID_PATTERN, description: '`next` of the page before: entries behind this id.' }),
  ),
};

/** `next` of an answer. */
export const NextPage = Type.Union([Type.String(), Type.Null()], {
  description: '`after` of the next page; null: this is the last one.',
});

/** One page of entries in the order of their ids, whatever comes and goes between two pages. */
export function pageOf<T extends { readonly id: string }>(
  entries: readonly T[],
  { limit = MAX_ROWS, after = '' }: { readonly limit?: number; readonly after?: string },
): { readonly page: readonly T[]; readonly next: string | null } {
  const behind = entries.filter(({ id }) => id > after);
  const page = behind.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  return { page, next: behind.length > page.length ? (page.at(-1)?.id ?? null) : null };
}
