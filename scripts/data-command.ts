import type { Command } from 'commander';
import { SETTINGS } from '../src/config/settings.ts';
import { settingOption } from './admin-command.ts';

export interface DataCommandText {
  readonly usage: string;
  readonly description: string;
  /** Shown below the options. */
  readonly notes: string;
  /** What follows `npm run`. */
  readonly examples: readonly string[];
}

/** A sub-command that needs the data directory only. @param file what of the directory it works on */
export function dataCommand(program: Command, file: string, text: DataCommandText): Command {
  const { usage, description, notes, examples } = text;
  return program
    .command(usage)
    .description(description)
    .addOption(settingOption('--data <dir>', `data directory, holds ${file}`, SETTINGS.data))
    .option('--json', 'answer with one JSON value instead of text')
    .addHelpText(
      'after',
      `\n${notes}\nExamples:\n${examples.map((line) => `  $ npm run ${line}\n`).join('')}`,
    );
}
