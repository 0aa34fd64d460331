import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';

/** A recorded frame: a line of a file of the corpus. */
export interface RecordedFrame {
  /** What it is, for people. */
  readonly name: string;
  /** Which codec it is for. */
  readonly codec: 'device-json' | 'device-cbor' | 'feed';
  /** Whether that codec takes it. */
  readonly accepted: boolean;
  readonly data: Uint8Array;
}

const CODECS = ['device-json', 'device-cbor', 'feed'] as const;

function frameOf(line: string, place: string): RecordedFrame {
  try {
    const { name, codec, accepted, base64 } = JSON.parse(line) as Record<string, unknown>;
    const known = CODECS.find((one) => one === codec);
    if (known === undefined || typeof base64 !== 'string' || typeof accepted !== 'boolean')
      throw new TypeError('fields');
    return { name: String(name), codec: known, accepted, data: Buffer.from(base64, 'base64') };
  } catch (cause) {
    const what = `${place} is no recorded frame: {"name", "codec": ${CODECS.join('|')}, "accepted", "base64"}`;
    throw new CodedError('options_invalid', what, { cause });
  }
}

/** Every frame in the `.ndjson` files of a directory. @throws CodedError `options_invalid` */
export function readCorpus(directory: string): readonly RecordedFrame[] {
  try {
    const files = readdirSync(directory)
      .filter((name) => name.endsWith('.ndjson'))
      .sort();
    if (files.length === 0)
      throw new CodedError('options_invalid', `--corpus ${directory}: there is no .ndjson file in it`);
    return files.flatMap((name) =>
      readFileSync(join(directory, name), 'utf8')
        .split('\n')
        .flatMap((line, i) => (line === '' ? [] : [frameOf(line, `${join(directory, name)} line ${i + 1}`)])),
    );
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('options_invalid', `--corpus ${directory} cannot be read (${codeOf(cause)})`, {
      cause,
    });
  }
}

/** What may be damaged for a target. */
export function framesFor(corpus: readonly RecordedFrame[], target: string): readonly Uint8Array[] {
  const codecs: readonly string[] =
    target === 'device-session'
      ? ['device-json', 'device-cbor']
      : [target === 'feed-session' ? 'feed' : target];
  return corpus.filter(({ codec }) => codecs.includes(codec)).map(({ data }) => data);
}
