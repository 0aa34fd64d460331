import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's own directory. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A file of the project as text. */
export function page(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every page of the documentation, by its path in the project. */
export function pages(): readonly string[] {
  return globSync(['*.md', 'docs/**/*.md', 'certs/*.md'], { cwd: ROOT }).sort();
}

/** What stands below a heading, up to the next one of the same or a higher level; cells of tables without padding. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const end = lines.findIndex(
    (line, at) => at > start && (/^#+(?= )/.exec(line)?.[0].length ?? Number.POSITIVE_INFINITY) <= level,
  );
  const own = lines.slice(start, end < 0 ? undefined : end);
  return own.map((line) => (line.startsWith('|') ? line.replaceAll(/ +/g, ' ') : line)).join('\n');
}
