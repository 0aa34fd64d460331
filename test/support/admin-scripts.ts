import { fileURLToPath } from 'node:url';
import { runTool, type ToolResult } from './external-tool.ts';

/** Runs `scripts/<name>.ts` as npm would, in `cwd`, with no setting of the product in its environment but `env`. */
export function runScript(
  cwd: string,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ToolResult> {
  const script = fileURLToPath(new URL(`../../scripts/${name}.ts`, import.meta.url));
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(VITALWIRE_|INFLUX_|NODE_OPTIONS|SUDO_)/.test(key),
  );
  return runTool(process.execPath, [script, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
  });
}
