/** Aborts on the first Ctrl-C or SIGTERM, so that a script can end in order; a second one ends it at once. */
export function interruptedSignal(): AbortSignal & Disposable {
  const controller = new AbortController();
  const stop = (): void => {
    detach();
    controller.abort(new DOMException('interrupted', 'AbortError'));
  };
  const detach = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return Object.assign(controller.signal, { [Symbol.dispose]: detach });
}
