import { fchownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives a file that was just made to whom its directory belongs to, when root made it: an admin's restore must not leave
 * files that keep the server's own user out. SQLite does the same with what it makes beside a database.
 * @param file open descriptor of the file at `path`
 */
export function giveToDirectoryOwner(file: number, path: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid === 0) return;
  try {
    fchownSync(file, uid, gid);
  } catch {
    // Where root may not (a network file system, a user that a container does not know) the file serves root all the same.
  }
}
