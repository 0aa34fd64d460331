/** What any frame may cost, and what each of its bytes may on top: a 256 KiB frame has 0.3 s. Milliseconds. */
const ANY_FRAME_MS = 40;
const A_BYTE_MS = 0.001;
const TRIES = 3;

/** Whether `ms` for a frame is too long, when it is so each time: the first time the collector may have been at work. */
export function tooSlow(ms: number, bytes: number, again: () => void): boolean {
  const bound = ANY_FRAME_MS + A_BYTE_MS * bytes;
  let best = ms;
  for (let i = 0; i < TRIES && best > bound; i++) {
    const begin = performance.now();
    again();
    best = Math.min(best, performance.now() - begin);
  }
  return best > bound;
}
