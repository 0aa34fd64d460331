import { inspect } from 'node:util';
import type { ToolResult } from './external-tool.ts';

/** A command for the host: the script, and what a process of its own would have been started with. */
export interface HostedCommand {
  /** File URL of the script. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** As long as a script may take to be done after its last word. */
const LEFT_OPEN_AFTER_MS = 5_000;

/**
 * The process that `runScript` starts once and sends its commands to: each script is evaluated anew, on modules that are loaded
 * already, with the working directory, arguments and environment of the command.
 */
let runs = 0;

async function run({ script, args, cwd, env }: HostedCommand): Promise<ToolResult> {
  process.chdir(cwd);
  for (const key of Object.keys(process.env)) delete process.env[key];
  Object.assign(process.env, env);
  process.argv = [process.execPath, script, ...args];
  process.exitCode = undefined;
  const open = openThings();
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  try {
    // The query makes it a module that has not been evaluated yet.
    await import(`${script}?run=${runs++}`);
    const left = await leftOpen(open);
    if (left.length > 0)
      process.stderr.write(`the process would not have ended: open are ${left.join(', ')}\n`);
    return {
      code: left.length > 0 ? 1 : Number(process.exitCode ?? 0),
      stdout: stdout.text(),
      stderr: stderr.text(),
    };
  } catch (error) {
    return { code: 1, stdout: stdout.text(), stderr: `${stderr.text()}${inspect(error)}\n` };
  } finally {
    stdout.release();
    stderr.release();
  }
}

function captured(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const { write } = stream;
  const chunks: Buffer[] = [];
  stream.write = ((chunk: string | Uint8Array, ...more: unknown[]) => {
    chunks.push(Buffer.from(chunk as string));
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  }) as typeof write;
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    release: () => {
      stream.write = write;
    },
  };
}

/** What keeps the process alive, by kind. */
function openThings(): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return kinds;
}

/** What the script has left open that was not: a process of its own would wait for it. */
async function leftOpen(before: ReadonlyMap<string, number>): Promise<readonly string[]> {
  for (const end = performance.now() + LEFT_OPEN_AFTER_MS; ; ) {
    const more = [...openThings()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (more.length === 0 || performance.now() > end) return more.map(([kind]) => kind);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

process.on('message', (command: HostedCommand) => {
  void run(command).then((result) => process.send?.(result));
});
