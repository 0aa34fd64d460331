/** Text in at most `lines` lines of about `width` characters, broken at spaces; what does not fit ends in an ellipsis. */
export function wrapped(text: string, width: number, lines: number): readonly string[] {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      found.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  found.push(line);
  const kept = found.slice(0, lines).map((one) => (one.length > width ? `${one.slice(0, width - 1)}…` : one));
  const last = kept.at(-1);
  if (found.length > lines && last !== undefined && !last.endsWith('…'))
    kept[lines - 1] = `${last.slice(0, width - 1)}…`;
  return kept;
}
