import { createInterface } from 'node:readline/promises';
import { CodedError } from '../../src/core/coded-error.ts';

/** Longer than any passphrase; what is beyond is not one. Characters. */
const SECRET_MAX = 1_024;

/** Whether somebody sits at the terminal who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Asks for a secret on the terminal, without showing what is typed. The question goes to standard error, so that
 * standard output stays what the command answers.
 * @throws CodedError `interrupted` on Ctrl-C, or when the terminal is closed
 */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  // First, so that not even the fastest answer is shown.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8');
  try {
    return await typedLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function typedLine(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = (): void => {
      stdin.off('data', take);
      stdin.off('end', give);
    };
    const give = (): void => {
      end();
      reject(interrupted());
    };
    const take = (data: string): void => {
      for (const character of data) {
        // In raw mode the terminal edits nothing: its control characters arrive here.
        if (character === '\r' || character === '\n') {
          end();
          resolve(typed.join(''));
          return;
        }
        if (character === '\u0003' || character === '\u0004') return give();
        if (character === '\u007f' || character === '\b') typed.pop();
        else if (character === '\u0015') typed = [];
        else if (typed.length < SECRET_MAX) typed.push(character);
      }
    };
    stdin.on('data', take);
    stdin.once('end', give);
    stdin.resume();
  });
}

/**
 * Asks whether to go on with something that cannot be undone; anything but yes is a no.
 * @throws CodedError `not_confirmed`; `interrupted` on Ctrl-C
 */
export async function confirm(question: string): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const stopped = new AbortController();
  lines.once('SIGINT', () => stopped.abort());
  lines.once('close', () => stopped.abort());
  let answer: string;
  try {
    answer = await lines.question(`${question} [y/N] `, { signal: stopped.signal });
  } catch (cause) {
    throw stopped.signal.aborted ? interrupted() : cause;
  } finally {
    lines.close();
  }
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CodedError('not_confirmed', 'nothing was changed: answer "y", or give --yes');
}

function interrupted(): CodedError {
  return new CodedError('interrupted', 'interrupted: nothing was changed');
}
