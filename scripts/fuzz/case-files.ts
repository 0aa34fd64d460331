import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';

/** What a parser has to do with a case: read it (`y_`), refuse it (`n_`), or either (`i_`). */
export type Expected = 'read' | 'refused' | 'either';

export interface CaseFile {
  readonly name: string;
  readonly expected: Expected;
  readonly data: Uint8Array;
}

const EXPECTED: Readonly<Record<string, Expected>> = { y: 'read', n: 'refused', i: 'either' };

/**
 * Every case below a directory, by the names of the JSON test suites that are about: `y_NAME.json`, `n_NAME.json`, `i_NAME.json`, bytes as
 * they are; for CBOR `.cbor`, or `.hex` with a digit pair a byte.
 * @throws CodedError `options_invalid`
 */
export function readCaseFiles(directory: string, kind: 'json' | 'cbor'): readonly CaseFile[] {
  const named = kind === 'json' ? /^([yni])_.*\.json$/ : /^([yni])_.*\.(cbor|hex)$/;
  const files = pathsBelow(directory, kind).flatMap((path): CaseFile[] => {
    const expected = EXPECTED[named.exec(basename(path))?.[1] ?? ''];
    return expected === undefined ? [] : [{ name: relative(directory, path), expected, data: bytesOf(path) }];
  });
  if (files.length > 0) return files;
  const names = kind === 'json' ? 'y_*.json, n_*.json and i_*.json' : 'y_*, n_* and i_* with .cbor or .hex';
  throw new CodedError(
    'options_invalid',
    `--${kind}-cases ${directory}: there are no cases below it: ${names}`,
  );
}

function pathsBelow(directory: string, kind: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    const message = `--${kind}-cases ${directory} cannot be read (${codeOf(cause)}): name a directory`;
    throw new CodedError('options_invalid', message, { cause });
  }
}

function bytesOf(path: string): Uint8Array {
  const bytes = readFileSync(path);
  if (!path.endsWith('.hex')) return bytes;
  const digits = bytes.toString('latin1').replaceAll(/\s/g, '');
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, 'hex');
  throw new CodedError('options_invalid', `${path} is not hexadecimal: give two digits a byte`);
}
