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
