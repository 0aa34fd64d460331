import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');
const SOURCE = join(ROOT, 'src/console');
/** Where the server looks for the built page. */
export const CONSOLE_DIRECTORY = join(ROOT, 'build/console');
/** Says of which sources a build was made. */
const STAMP = 'build.json';

/** What decides how the page turns out: its own sources, what it may import of the server's, and the builder. */
const SOURCES = ['src/console/**', 'src/protocol/*.ts', 'src/model/*.ts', 'src/core/*.ts'];
const BUILDER = ['package-lock.json', 'scripts/console/build-console.ts'];

export interface ConsoleBuild {
  /** Whether it was built now; false: what was there is of these sources. */
  readonly built: boolean;
  readonly milliseconds: number;
  /** Bytes of all scripts and styles as they are, and as Brotli sends them. */
  readonly bytes: number;
  readonly compressed: number;
}

/** SHA-256 over names and contents of everything that the page is made of. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const files = globSync([...SOURCES, ...BUILDER], { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of files)
    hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

interface Stamp extends Pick<ConsoleBuild, 'bytes' | 'compressed'> {
  readonly sources: string;
}

function stampOf(directory: string): Stamp | null {
  const path = join(directory, STAMP);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Stamp) : null;
}

/**
 * Builds the console's page into `build/console` unless what is there is of the sources as they are now. What is there is
 * replaced only by a whole build, so that a server may go on serving it.
 * @throws what Vite says of sources that can't be built
 */
export async function buildConsole({ force = false } = {}): Promise<ConsoleBuild> {
  const started = performance.now();
  const since = (): number => Math.round(performance.now() - started);
  const sources = fingerprint();
  const there = stampOf(CONSOLE_DIRECTORY);
  if (!force && there?.sources === sources) return { ...there, built: false, milliseconds: since() };

  const making = `${CONSOLE_DIRECTORY}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  try {
    const { build } = await import('vite');
    await build({
      root: SOURCE,
      configFile: false,
      logLevel: 'warn',
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
      build: {
        outDir: making,
        emptyOutDir: true,
        assetsDir: 'assets',
        // Content-Security-Policy: nothing inline.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        target: 'es2023',
        reportCompressedSize: false,
      },
    });
    const sizes = compress(making);
    writeFileSync(join(making, STAMP), JSON.stringify({ sources, ...sizes } satisfies Stamp));
    replace(making);
    return { ...sizes, built: true, milliseconds: since() };
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** Puts a Brotli and a gzip copy beside everything that is text, so that no request compresses. */
function compress(directory: string): Pick<ConsoleBuild, 'bytes' | 'compressed'> {
  let [bytes, compressed] = [0, 0];
  for (const name of globSync('**/*.{html,js,css,svg,webmanifest}', { cwd: directory })) {
    const content = readFileSync(join(directory, name));
    const brotli = brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
    });
    writeFileSync(join(directory, `${name}.br`), brotli);
    writeFileSync(join(directory, `${name}.gz`), gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
    bytes += content.length;
    compressed += brotli.length;
  }
  return { bytes, compressed };
}

/** Another process may build at the same time: whoever comes last replaces a build of the same sources. */
function replace(made: string): void {
  const former = `${made}.former`;
  mkdirSync(join(CONSOLE_DIRECTORY, '..'), { recursive: true });
  if (existsSync(CONSOLE_DIRECTORY)) {
    try {
      renameSync(CONSOLE_DIRECTORY, former);
    } catch (error) {
      if (!existsSync(CONSOLE_DIRECTORY)) return replace(made);
      throw error;
    }
  }
  try {
    renameSync(made, CONSOLE_DIRECTORY);
  } catch (error) {
    // Put there by another process in this very moment.
    if (!existsSync(CONSOLE_DIRECTORY)) throw error;
  }
  rmSync(former, { recursive: true, force: true });
}
