/** What a key does in the list of alarms. They count only while the focus is on a row (WCAG 2.2, 2.1.4). */
export type RowKey =
  | { readonly kind: 'move'; readonly by: 1 | -1 }
  | { readonly kind: 'press'; readonly action: 'acknowledge' | 'shelve' | 'details' }
  | { readonly kind: 'help' };

const KEYS: Readonly<Record<string, RowKey>> = {
  ArrowDown: { kind: 'move', by: 1 },
  j: { kind: 'move', by: 1 },
  ArrowUp: { kind: 'move', by: -1 },
  k: { kind: 'move', by: -1 },
  a: { kind: 'press', action: 'acknowledge' },
  s: { kind: 'press', action: 'shelve' },
  Enter: { kind: 'press', action: 'details' },
  '?': { kind: 'help' },
};

/**
 * How long a row that the page has given the focus takes no key that does something: whoever pressed it meant the row that
 * stood there before. Milliseconds.
 */
export const UNEXPECTED_MS = 1_000;

/**
 * Null: nothing. With Ctrl, Alt or Meta a key is the browser's. One that is held down does its work once: the next row is
 * another alarm.
 */
export function rowKey({
  key,
  ctrlKey,
  altKey,
  metaKey,
  repeat,
}: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'repeat'>): RowKey | null {
  if (ctrlKey || altKey || metaKey || !Object.hasOwn(KEYS, key)) return null;
  const does = KEYS[key] ?? null;
  return repeat && does?.kind !== 'move' ? null : does;
}

/** The row to go to; it stays at the ends. */
export function neighbour(ids: readonly string[], from: string, by: 1 | -1): string | undefined {
  const at = ids.indexOf(from);
  return at < 0 ? ids[0] : ids[Math.min(ids.length - 1, Math.max(0, at + by))];
}
