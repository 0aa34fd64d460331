import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { JWK } from 'jose';
import { CodedError, codeOf } from '../../../src/core/coded-error.ts';
import type { Vector } from './vector.ts';

export interface VectorFiles {
  /** Files that held a vector. */
  readonly files: number;
  readonly vectors: readonly Vector[];
}

/** Files are read whole. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * Reads every vector below a directory: Wycheproof's JSON (`testGroups[].tests[]`), the JSON of the JOSE cookbook
 * (RFC 7520), objects that name a `jws` and its key, and text files with a compact token a line.
 * @throws CodedError `vectors_unreadable`, `vectors_missing`
 */
export function readVectors(directory: string): VectorFiles {
  const vectors: Vector[] = [];
  let files = 0;
  for (const path of pathsBelow(directory)) {
    const found = vectorsIn(path, relative(directory, path));
    if (found.length > 0) files += 1;
    vectors.push(...found);
  }
  if (vectors.length > 0) return { files, vectors };
  throw new CodedError(
    'vectors_missing',
    `--jws-vectors ${directory}: no vector is below it: name a directory with Wycheproof's JSON files, those of the JOSE cookbook, or tokens in .jws or .txt files`,
  );
}

function pathsBelow(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(json|jws|jwt|txt)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    throw new CodedError(
      'vectors_unreadable',
      `--jws-vectors ${directory} cannot be read (${codeOf(cause)}): name a directory`,
      { cause },
    );
  }
}

function vectorsIn(path: string, name: string): readonly Vector[] {
  const bytes = readFileSync(path);
  if (bytes.length > MAX_FILE_BYTES) return [];
  const text = bytes.toString('utf8');
  if (!/\.json$/i.test(name)) return tokensIn(text, name);
  try {
    return ofJson(JSON.parse(text), name);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new CodedError('vectors_unreadable', `${path} is not JSON: remove it, or fetch it again`, {
      cause,
    });
  }
}

type Value = Readonly<Record<string, unknown>>;

function asObject(value: unknown): Value {
  return typeof value === 'object' && value !== null ? (value as Value) : {};
}

function ofJson(value: unknown, name: string): readonly Vector[] {
  if (Array.isArray(value)) return value.flatMap((one, i) => ofJson(one, `${name} ${i + 1}`));
  const file = asObject(value);
  if (Array.isArray(file.testGroups))
    return file.testGroups.flatMap((group) => ofGroup(asObject(group), name));
  if ('output' in file) return ofCookbook(file, name);
  return ofTest(file, keysOf(file), name);
}

/** Wycheproof: the key stands once for all tests of a group. */
function ofGroup(group: Value, name: string): readonly Vector[] {
  const tests: readonly unknown[] = Array.isArray(group.tests) ? group.tests : [];
  return tests.flatMap((one) => {
    const test = asObject(one);
    const own = keysOf(test);
    return ofTest(test, own.length > 0 ? own : keysOf(group), `${name} ${String(test.tcId ?? '')}`.trim());
  });
}

function keysOf({ public: open, private: secret, key, jwk, jwks }: Value): readonly JWK[] {
  const [given] = [open, jwk, jwks, key, secret].filter((one) => typeof one === 'object' && one !== null);
  const set = asObject(given).keys;
  const all: readonly unknown[] = Array.isArray(set) ? set : Array.isArray(given) ? given : [given];
  return all.filter((one): one is JWK => typeof asObject(one).kty === 'string');
}

function ofTest(test: Value, keys: readonly JWK[], name: string): readonly Vector[] {
  const found = test.jws ?? test.compact ?? test.jwt ?? test.token;
  if (found === undefined) return [];
  const jws = typeof found === 'string' ? found : JSON.stringify(found);
  const expected = test.result === 'valid' || test.result === 'invalid' ? test.result : 'unknown';
  return [{ name, jws, expected, keys }];
}

/** RFC 7520: worked examples, all of them right. */
function ofCookbook({ input, output }: Value, name: string): readonly Vector[] {
  const keys = keysOf(asObject(input));
  return Object.entries(asObject(output)).flatMap(([form, value]): readonly Vector[] => {
    if (!/^(compact|json|json_flat)$/.test(form)) return [];
    const jws = typeof value === 'string' ? value : JSON.stringify(value);
    return [{ name: `${name} ${form}`, jws, expected: 'valid', keys }];
  });
}

const token = /^[\w-]*(\.[\w=-]*){2,4}$/;

/** A token a line, or one that is broken into lines; other lines are somebody's remarks. */
function tokensIn(text: string, name: string): readonly Vector[] {
  const whole = text.replaceAll(/\s/g, '');
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const found = token.test(whole) ? [whole] : lines.filter((line) => line !== '' && token.test(line));
  return found.map((jws, i) => ({ name: `${name} ${i + 1}`, jws, expected: 'unknown', keys: [] }));
}
