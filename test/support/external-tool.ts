import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Why a test that needs `tool` is skipped, or false when it runs. With CI=true nothing is skipped: the missing tool
 * then fails the test.
 */
export function skipWithout(tool: string, debianPackage: string): string | false {
  if (process.env.CI === 'true') return false;
  const found = spawnSync(tool, ['--version']).error === undefined;
  return found ? false : `${tool} is not installed (Debian: apt-get install ${debianPackage})`;
}

/** The same for a module of Debian's own Python, which need not be the first in PATH. */
export function skipWithoutPython(module: string, debianPackage: string): string | false {
  if (process.env.CI === 'true') return false;
  const found = spawnSync('/usr/bin/python3', ['-c', `import ${module}`]).status === 0;
  return found ? false : `Python's ${module} is not installed (Debian: apt-get install ${debianPackage})`;
}

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a failing one is a result, a missing one throws. */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<ToolResult> {
  try {
    return { code: 0, ...(await run(tool, [...args], options)) };
  } catch (error) {
    const failed = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof failed.code !== 'number') throw error;
    return { code: failed.code, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' };
  }
}
