import type { Problem } from '../server/problem.ts';
import { text } from '../text/text.ts';

/** What to tell a person of a refusal: what happened, and what to do. */
export function problemText({ code, message, cure }: Problem): string {
  const own = (text.problem as Readonly<Record<string, string>>)[code];
  if (own !== undefined) return own;
  return cure === '' ? message : `${message}. ${cure}`;
}
