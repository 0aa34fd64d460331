export const REDACTED = '[redacted]';
/** Names whose values never reach a log line, wherever they stand; in any case, with anything before them. */
const SECRET_NAME = /(token|authorization|password|passphrase|secret|cookie|label|^key|private_?key)$/i;
/** Nothing that is logged on purpose is nested deeper. */
const MAX_DEPTH = 8;

function hasOwnForm(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** A copy of what is to be logged, with secrets and patient labels struck out by the name of their field. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || hasOwnForm(value)) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((one) => redacted(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [
      name,
      SECRET_NAME.test(name) ? REDACTED : redacted(of, depth + 1),
    ]),
  );
}
