import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runTool, type ToolResult } from './external-tool.ts';
import type { HostedCommand } from './script-host.ts';

type Environment = Readonly<Record<string, string>>;

/** Scripts whose commands end by themselves; neither signals nor terminals nor standard input are about them. */
const HOSTED: ReadonlySet<string> = new Set([
  ...['alarms', 'audit', 'ca', 'clinician', 'device', 'limits', 'patient', 'server-cert', 'token-key'],
  // Of these, only what ends before it begins.
  ...['replay', 'simulate', 'watch'],
]);

/** Scripts that have run in a process of their own in this file. */
const shown = new Set<string>();
let host: ChildProcess | undefined;
let busy = false;

/**
 * Runs `scripts/<name>.ts` as npm would, in `cwd`, with no setting of the product in its environment but `env`. The first time
 * in a process of its own, which shows that it ends, and how; from then on, in one that has its modules loaded already.
 */
export async function runScript(
  cwd: string,
  name: string,
  args: readonly string[],
  env: Environment = {},
): Promise<ToolResult> {
  if (!HOSTED.has(name) || !shown.has(name) || busy || args.includes('-')) {
    shown.add(name);
    return runScriptProcess(cwd, name, args, env);
  }
  return runHosted({ script: scriptUrl(name).href, args, cwd, env: environment(env) });
}

/** The same in a process of its own, whatever ran before. */
export function runScriptProcess(
  cwd: string,
  name: string,
  args: readonly string[],
  env: Environment = {},
): Promise<ToolResult> {
  return runTool(process.execPath, [fileURLToPath(scriptUrl(name)), ...args], { cwd, env: environment(env) });
}

function scriptUrl(name: string): URL {
  return new URL(`../../scripts/${name}.ts`, import.meta.url);
}

function environment(env: Environment): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(VITALWIRE_|INFLUX_|NODE_OPTIONS|SUDO_)/.test(key),
  );
  return { ...(Object.fromEntries(inherited) as Record<string, string>), NO_COLOR: '1', ...env };
}

/** It ends with the tests of this file, or with this process, and does not keep that alive between two commands. */
function startedHost(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('script-host.ts', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // As device.ts sets it before its first use of a thread.
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  child.unref();
  t.teardown(async () => {
    if (!child.connected) return;
    child.ref();
    child.disconnect();
    await once(child, 'exit');
  });
  return child;
}

async function runHosted(command: HostedCommand): Promise<ToolResult> {
  host ??= startedHost();
  busy = true;
  host.channel?.ref();
  const ended = new AbortController();
  try {
    const answer = once(host, 'message', { signal: ended.signal });
    const crashed = once(host, 'exit', { signal: ended.signal });
    host.send(command);
    const [what] = await Promise.race([answer, crashed]);
    if (typeof what === 'object' && what !== null) return what as ToolResult;
    host = undefined;
    throw new Error(`the host of scripts ended (${what}) at: ${command.script} ${command.args.join(' ')}`);
  } finally {
    busy = false;
    ended.abort();
    host?.channel?.unref();
  }
}
