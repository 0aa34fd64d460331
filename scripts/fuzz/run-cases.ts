import { CBOR_SUBPROTOCOL, JSON_SUBPROTOCOL } from '../../src/protocol/device-codec.ts';
import { type CaseFile, readCaseFiles } from './case-files.ts';
import { Tally } from './fuzz-case.ts';
import type { CasesResult } from './fuzz-result.ts';
import { type Codec, judgeCodec } from './oracle/codec-oracle.ts';
import { deviceSide, feedSide } from './targets/codec-target.ts';

/** A codec, and a frame of it in which anything may stand for a field that nobody reads. */
interface Way {
  readonly name: string;
  readonly codec: Codec;
  readonly binary: boolean;
  /** How it says that it is not even a document of the encoding. */
  readonly notOfIt: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const hex = (digits: string): Uint8Array => Buffer.from(digits, 'hex');

function waysOf(kind: 'json' | 'cbor'): readonly Way[] {
  if (kind === 'cbor') {
    // {"type": "status", "seq": 1, "extra": ...}
    const before = hex('a36474797065667374617475736373657101656578747261');
    const codec = deviceSide(CBOR_SUBPROTOCOL);
    return [{ name: 'device', codec, binary: true, notOfIt: 'not CBOR', before, after: bytes('') }];
  }
  const json = { binary: false, notOfIt: 'not JSON', after: bytes('}') };
  return [
    {
      ...{ ...json, name: 'device', codec: deviceSide(JSON_SUBPROTOCOL) },
      before: bytes('{"type":"status","seq":1,"extra":'),
    },
    { ...json, name: 'feed', codec: feedSide(), before: bytes('{"type":"unsubscribe","extra":') },
  ];
}

/** Whether bytes are what the WebSocket hands on as text: it refuses what is not UTF-8 by itself (RFC 6455 section 8.1). */
function isUtf8(data: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with how one way took a case; and whether it read it. */
function judge(
  way: Way,
  { expected, data }: CaseFile,
): { readonly read: boolean; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`${way.name}: ${what}`);
  if (!way.binary && way.name === 'feed' && !isUtf8(data)) {
    if (expected === 'read') say('is not UTF-8, and must be read');
    return { read: false, problems };
  }
  const wrapped = Buffer.concat([way.before, data, way.after]);
  for (const one of [data, wrapped]) {
    const finding = judgeCodec(way.codec, one, way.binary, new Tally());
    if (finding) say(`${finding.kind}: ${finding.message}`);
  }
  const alone = way.codec.decode(data, way.binary);
  const within = way.codec.decode(wrapped, way.binary);
  const isOfIt = alone.ok || alone.problem !== way.notOfIt;
  if (expected === 'read') {
    if (!isOfIt) say(`must be read, and is ${way.notOfIt}`);
    if (!within.ok) say(`must be read within a frame: ${within.problem}`);
  }
  if (expected === 'refused') {
    if (isOfIt)
      say(`must be refused as ${way.notOfIt}: ${alone.ok ? 'was taken for a frame' : alone.problem}`);
    if (within.ok) say('must be refused within a frame, and the frame was taken');
  }
  return { read: isOfIt, problems };
}

/**
 * Puts recorded cases of an encoding to the codecs, alone and within a frame: that a document is read is seen from why it is
 * no frame.
 * @throws CodedError `options_invalid`
 */
export function runCases(directory: string, kind: 'json' | 'cbor'): CasesResult {
  const files = readCaseFiles(directory, kind);
  const ways = waysOf(kind);
  const count = { read: 0, refused: 0, either: 0 };
  let eitherAccepted = 0;
  const findings: { file: string; message: string }[] = [];
  for (const file of files) {
    count[file.expected]++;
    const judged = ways.map((way) => judge(way, file));
    if (file.expected === 'either' && judged[0]?.read) eitherAccepted++;
    for (const message of judged.flatMap(({ problems }) => problems))
      findings.push({ file: file.name, message });
  }
  const { read: mustAccept, refused: mustRefuse, either } = count;
  return { directory, kind, files: files.length, mustAccept, mustRefuse, either, eitherAccepted, findings };
}
