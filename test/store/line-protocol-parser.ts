/** One line of line protocol, read by the published grammar alone: shares no code with what writes it. */
export interface ParsedLine {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number | boolean | bigint>>;
  readonly timestamp: bigint;
}

/** @throws Error for anything outside the grammar. */
export function parseLine(line: string): ParsedLine {
  let at = 0;
  /** Up to an unescaped character of `ends`; `escapable` are those a backslash takes along. */
  const token = (ends: string, escapable: string): string => {
    let text = '';
    while (at < line.length && !ends.includes(line[at]!)) {
      if (line[at] === '\\' && at + 1 < line.length && escapable.includes(line[at + 1]!)) at += 1;
      text += line[at];
      at += 1;
    }
    return text;
  };
  const expect = (character: string): void => {
    if (line[at] !== character) throw new Error(`expected ${character} at ${at} of ${line}`);
    at += 1;
  };

  const measurement = token(', ', ', ');
  const tags: Record<string, string> = {};
  while (line[at] === ',') {
    expect(',');
    const key = token('=', ',= ');
    expect('=');
    const value = token(', ', ',= ');
    if (key === '' || value === '') throw new Error(`empty tag in ${line}`);
    tags[key] = value;
  }
  expect(' ');
  const fields: Record<string, string | number | boolean | bigint> = {};
  for (;;) {
    const key = token('=', ',= ');
    expect('=');
    if (line[at] === '"') {
      expect('"');
      fields[key] = token('"', '"\\');
      expect('"');
    } else {
      fields[key] = fieldValue(token(', ', ''));
    }
    if (line[at] !== ',') break;
    expect(',');
  }
  expect(' ');
  return { measurement, tags, fields, timestamp: BigInt(line.slice(at)) };
}

function fieldValue(text: string): number | boolean | bigint {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+i$/.test(text)) return BigInt(text.slice(0, -1));
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text);
  throw new Error(`no field value: ${text}`);
}
