/** Longer is no path of the console. */
const MAX_LENGTH = 512;
/** A segment that nothing reads as another: no empty one, no dots, no slash or backslash, no control, encoded or not. */
const SEGMENT = /^(?!\.{1,2}$)(?:[A-Za-z0-9._~:@!$'()*+,;=-]|%(?!2e|2f|5c|7f|[01][0-9a-f])[0-9a-f]{2})+$/i;
const QUERY = /^(?:[A-Za-z0-9._~:@!$'()*+,;=&?/-]|%[0-9a-f]{2})*$/i;
/** A browser that is sent there would see an answer for programs, or go round in a circle. */
const NOT_PAGES: ReadonlySet<string> = new Set(['v1', 'sign-in']);

/**
 * Where a sign-in may lead: a path of this site's pages, read by a list of what it may be made of, since what is sent to
 * a browser as a path can be another site (`//evil`, `/\evil`, `/%2fevil`, `/.//evil`).
 * @returns the path as it came; `/` for everything else
 */
export function returnPath(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > MAX_LENGTH || !asked.startsWith('/')) return '/';
  const [path = '', ...query] = asked.split('?');
  const segments = path.slice(1).split('/');
  const [first = ''] = segments;
  if (NOT_PAGES.has(first.toLowerCase()) || !QUERY.test(query.join('?'))) return '/';
  return path === '/' || segments.every((segment) => SEGMENT.test(segment)) ? asked : '/';
}
