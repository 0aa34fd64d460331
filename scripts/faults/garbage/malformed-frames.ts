import type { Seeded } from '../../attack/seeded.ts';

const DAY_MS = 86_400_000;
const DEPTH = 5_000;

/** Samples that no server may take, each for a reason of its own. @param now milliseconds since the epoch */
function badSample(random: Seeded, now: number): string {
  return random.pick([
    'null',
    '7',
    '[]',
    '"x"',
    '{}',
    `{"t":${now}}`,
    '{"heart_rate":80}',
    `{"t":"${now}","heart_rate":80}`,
    `{"t":${now}.5,"heart_rate":80}`,
    `{"t":${now},"heart_rate":"80"}`,
    `{"t":${now},"heart_rate":null}`,
    `{"t":${now},"heart_rate":${random.below(2) === 0 ? '-1' : '1e308'}}`,
    `{"t":${now},"heart_rate":${'9'.repeat(4 + random.below(400))}}`,
    `{"t":${now},"nonsense":${random.below(1_000)}}`,
    `{"t":${now},"__proto__":{"heart_rate":80}}`,
    `{"t":${now},"heart_rate":80,"quality":"${'q'.repeat(random.below(200))}"}`,
    `{"t":${now + 3 * DAY_MS},"heart_rate":80}`,
    `{"t":-${random.below(1_000_000)},"heart_rate":80}`,
  ]);
}

/** A vitals frame with the number it should have, of which every sample is refused: the connection goes on. */
export function refusedFrame(seq: number, random: Seeded, now: number): string {
  const samples = Array.from({ length: 1 + random.below(4) }, () => badSample(random, now));
  return `{"type":"vitals","seq":${seq},"samples":[${samples.join(',')}]}`;
}

/** A message that is no frame at all: the connection is closed with 4400. */
export function brokenMessage(seq: number, random: Seeded, now: number): Buffer {
  const good = `{"type":"vitals","seq":${seq},"samples":[{"t":${now},"heart_rate":80}]}`;
  const text = random.pick([
    good.slice(0, 1 + random.below(good.length - 2)),
    `${good}${good}`,
    `${good.slice(0, -1)},}`,
    good.replace('"seq"', `"seq":1,"seq"`).replace(`${seq},`, `${seq},"seq":`),
    good.replace('vitals', 'v'.repeat(1 + random.below(1_000))),
    good.replace(`${seq}`, `-${seq}`),
    good.replace(`${seq}`, '1e400'),
    good.replace('"samples":[', '"samples":{"__proto__":['),
    '['.repeat(DEPTH) + ']'.repeat(DEPTH),
    `{"type":"vitals","seq":${seq},"samples":${'['.repeat(DEPTH)}`,
    '{"type":"hello"}',
    'null',
    '',
    '\u0000',
    `{"type":"result","id":"${'x'.repeat(random.below(5_000))}"}`,
  ]);
  const bytes = Buffer.from(text);
  // Not UTF-8 any more.
  return random.below(4) === 0 ? Buffer.concat([bytes, Buffer.from([0xc3, 0x28, 0xff])]) : bytes;
}
