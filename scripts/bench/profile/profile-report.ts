import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlocksFile } from './block-profile.ts';
import type { CpuProfile } from './cpu-profile.ts';
import { type Part, type ProfiledParts, profiledParts } from './profile-parts.ts';

/** Parts below this are told together. Microseconds a frame. */
const TOLD_FROM_US = 0.05;

/** What the profiles of a directory say, in lines to be read. Empty: nothing was profiled. */
export function profileNotes(directory: string): readonly string[] {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  const notes = files
    .filter((file) => /^blocks\.\d+\.json$/.test(file))
    .flatMap((file) => partsOf(directory, files, read<BlocksFile>(directory, file)).flatMap(linesOf));
  return notes.length === 0
    ? []
    : [
        `Profiled, which costs a few per cent itself: open what is in ${directory} with Chrome's or VS Code's developer tools. Microseconds a frame, of blocks after the first:`,
        ...notes,
      ];
}

function partsOf(
  directory: string,
  files: readonly string[],
  { pid, blocks }: BlocksFile,
): readonly ProfiledParts[] {
  // CPU.<date>.<time>.<pid>.<thread>.<n>.cpuprofile: the main thread is the first.
  const main = files.find((file) => new RegExp(`^CPU\\.\\d+\\.\\d+\\.${pid}\\.0\\.`).test(file));
  return main === undefined ? [] : profiledParts(pid, read<CpuProfile>(directory, main), blocks);
}

function read<T>(directory: string, file: string): T {
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as T;
}

function linesOf({ what, frames, us, main, functions, threads }: ProfiledParts): readonly string[] {
  const sum = main.reduce((total, part) => total + part.us, 0);
  return [
    `${what}: ${us.toFixed(2)} us, of ${frames} frames`,
    `  main thread ${sum.toFixed(2)}: ${listed(main)}`,
    `  other threads: ${listed(threads)}`,
    `  its functions: ${listed(functions)}`,
  ];
}

function listed(parts: readonly Part[]): string {
  const told = parts.filter(({ us }) => us >= TOLD_FROM_US);
  const rest = parts.filter(({ us }) => us < TOLD_FROM_US).reduce((sum, { us }) => sum + us, 0);
  const all = rest < TOLD_FROM_US ? told : [...told, { name: 'the rest', us: rest }];
  return all.map(({ name, us }) => `${name} ${us.toFixed(2)}`).join(', ') || 'none';
}
