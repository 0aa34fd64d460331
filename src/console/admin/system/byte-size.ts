const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in the largest decimal unit of which there is one, with one decimal at most: `1500` is `1.5 kB`. */
export function byteSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1_000 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${Math.round(size * 10) / 10} ${UNITS[unit] ?? ''}`;
}
