import type { DatabaseSync } from 'node:sqlite';

/**
 * Looks whether what was set aside can be read back, and adds up to what the file says it holds.
 * @returns what was looked at
 */
export function checkQuarantine(database: DatabaseSync, fault: (problem: string) => void): string {
  const row = database
    .prepare(
      `SELECT count(*) AS points, coalesce(sum(length(point)), 0) AS bytes,
         count(*) FILTER (WHERE NOT json_valid(point)) AS unreadable FROM points`,
    )
    .get();
  const held = database.prepare('SELECT points, bytes FROM held').get();
  const [points, bytes, unreadable] = [Number(row?.points), Number(row?.bytes), Number(row?.unreadable)];
  if (unreadable > 0) fault(`${unreadable} points are not JSON`);
  if (held?.points !== points || held?.bytes !== bytes)
    fault(
      `it says that it holds ${held?.points} points of ${held?.bytes} bytes, and holds ${points} of ${bytes}`,
    );
  return `${points} points`;
}
