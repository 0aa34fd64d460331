/**
 * Keeps the process alive until disposed. The clock's timers do not, so that a client which waits to reconnect, with
 * no socket open, would otherwise let the process end with data unsent.
 */
export function holdProcess(): Disposable {
  const handle = setInterval(() => undefined, 2 ** 31 - 1);
  return { [Symbol.dispose]: () => clearInterval(handle) };
}
