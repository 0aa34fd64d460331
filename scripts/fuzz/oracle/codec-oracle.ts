import type { Decoded } from '../../../src/protocol/decode-frame.ts';
import type { Finding, Tally } from '../fuzz-case.ts';
import { CANARY } from '../input/hostile-atoms.ts';
import type { FrameSchemas } from '../input/schema.ts';
import { conforms } from './conforms.ts';
import { knownPart, sameValue } from './known-part.ts';
import { hasForeignPrototype, isPolluted } from './pollution.ts';
import { tooSlow } from './time-bound.ts';

/** A problem goes into a close reason (123 bytes) and a line of the log. Characters. */
export const MAX_PROBLEM = 200;

/** One way in, and its way back. */
export interface Codec {
  readonly schemas: FrameSchemas;
  decode(data: Uint8Array, binary: boolean): Decoded<object>;
  encode(frame: object): Uint8Array;
}

/** Why a frame was refused, without what is different in each. */
export function refusalKind(problem: string): string {
  const [first = ''] = problem.split(/[:.]/);
  return first.startsWith('unknown type') || !/^[a-z]+ (must|has)/.test(first)
    ? first
    : (first.split(' ')[0] ?? '');
}

/** Reads one frame, and holds what comes of it against what every codec promises. */
export function judgeCodec(codec: Codec, data: Uint8Array, binary: boolean, tally: Tally): Finding | null {
  const begin = performance.now();
  let decoded: Decoded<object>;
  try {
    decoded = codec.decode(data, binary);
  } catch (error) {
    return { kind: 'codec_threw', message: `decode threw ${String(error)}` };
  }
  const ms = performance.now() - begin;
  tally.frames++;
  tally.bytes += data.length;
  tally.took(ms, data.length);
  if (tooSlow(ms, data.length, () => codec.decode(data, binary)))
    return { kind: 'codec_slow', message: `${data.length} bytes took ${Math.round(ms)} ms, and again` };
  if (isPolluted()) return { kind: 'prototype_polluted', message: 'a frame changed what all objects share' };
  if (decoded.ok) {
    tally.accepted++;
    return judgeFrame(codec, decoded.frame, binary);
  }
  tally.refuse(refusalKind(decoded.problem));
  return judgeProblem(decoded.problem);
}

/** A problem is told to the peer and to the log: it must be short, and hold nothing that came in. */
export function judgeProblem(problem: string): Finding | null {
  if (typeof problem !== 'string' || problem === '')
    return { kind: 'no_problem', message: 'refused without a reason' };
  if (problem.length > MAX_PROBLEM)
    return {
      kind: 'problem_long',
      message: `a problem of ${problem.length} characters: ${problem.slice(0, 80)}...`,
    };
  if (problem.includes(CANARY)) return { kind: 'problem_echoes', message: 'a problem holds what came in' };
  return null;
}

function judgeFrame(codec: Codec, frame: object, binary: boolean): Finding | null {
  if (hasForeignPrototype(frame))
    return { kind: 'foreign_prototype', message: 'a frame inherits what it does not say' };
  const type = String((frame as { type?: unknown }).type);
  const schema = codec.schemas[type];
  if (schema === undefined) return { kind: 'type_unknown', message: `accepted a frame of type ${type}` };
  if (!conforms(schema, frame))
    return { kind: 'not_conforming', message: `accepted a ${type} that is not as its schema says` };
  const strange = Object.entries(frame).find(
    ([, value]) => typeof value === 'symbol' || typeof value === 'function',
  );
  if (strange) return { kind: 'no_data', message: `accepted a ${type} that holds a ${typeof strange[1]}` };
  const known = knownPart(codec.schemas, frame as Record<string, unknown>);
  try {
    const again = codec.decode(codec.encode(known), binary);
    if (!again.ok)
      return {
        kind: 'not_writable',
        message: `a ${type} that was read is refused when written: ${again.problem}`,
      };
    if (!sameValue(known, knownPart(codec.schemas, again.frame as Record<string, unknown>)))
      return { kind: 'not_equal', message: `a ${type} is another after it was written and read again` };
  } catch (error) {
    return { kind: 'not_encodable', message: `a ${type} that was read cannot be written: ${String(error)}` };
  }
  return null;
}
