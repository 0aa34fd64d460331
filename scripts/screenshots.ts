import { mkdirSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { CodedError } from '../src/core/coded-error.ts';
import { EXIT, runProgram, wholeNumber } from './admin-command.ts';
import { buildConsole } from './console/build-console.ts';
import { launchBrowser } from './rig/browser.ts';
import { SHOTS } from './screenshots/shots.ts';
import { type Taken, takeShots } from './screenshots/take-shots.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface ScreenshotOptions {
  readonly out: string;
  readonly only?: readonly string[];
  readonly after: number;
  readonly json?: true;
}

async function screenshots({ out, only, after, json }: ScreenshotOptions): Promise<void> {
  const unknown = only?.find((name) => !SHOTS.some((shot) => shot.name === name));
  if (unknown !== undefined) {
    const names = SHOTS.map(({ name }) => name).join(', ');
    throw new CodedError('options_invalid', `--only ${unknown}: no such picture; there are ${names}`);
  }
  const wanted = SHOTS.filter(({ name }) => only === undefined || only.includes(name));
  using signal = interruptedSignal();
  using progress = new ProgressLine(process.stderr, json !== true);
  const directory = resolve(out);
  mkdirSync(directory, { recursive: true });
  progress.show('building the console');
  await buildConsole();
  const browser = await launchBrowser();
  const taken: Taken[] = [];
  try {
    for (const people of new Set(wanted.map((shot) => shot.people))) {
      const shots = wanted.filter((shot) => shot.people === people);
      const step = (text: string): void => progress.show(text);
      taken.push(
        ...(await takeShots({ browser, shots, people, directory, afterSeconds: after, signal, step })),
      );
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    await browser.close();
  }
  progress[Symbol.dispose]();
  if (json) process.stdout.write(`${JSON.stringify({ pictures: taken })}\n`);
  else for (const { file } of taken) process.stdout.write(`${relative(process.cwd(), file)}\n`);
}

const program = new Command('npm run screenshots --')
  .description(
    'Takes pictures of the console, freshly of the demo: ward, alarms, patient, administration, phone.',
  )
  .exitOverride()
  .option('--out <folder>', 'where they go', 'screenshots')
  .option('--only <name...>', `of ${SHOTS.map(({ name }) => name).join(', ')}`)
  .option('--after <seconds>', 'how long the demo plays before the first', wholeNumber(0, 300), 40)
  .option('--json', 'one JSON object with the files instead of lines')
  .addHelpText(
    'after',
    '\nNeeds Chromium (Debian: apt-get install chromium).\nExit codes: 0 all were taken, 1 they could not be, 2 wrong usage, 130 interrupted.',
  )
  .action(screenshots);

await runProgram(program);
