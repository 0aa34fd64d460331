/** A count with its noun as people write it: `1 device`, `2 devices`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
