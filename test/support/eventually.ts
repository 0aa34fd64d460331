/** Waits until `probe` gives something that is not falsy and returns it, looking every 10 ms; fails after `timeoutMs` of real time. */
export async function eventually<Value>(
  probe: () => Value | Promise<Value>,
  timeoutMs = 20_000,
): Promise<NonNullable<Awaited<Value>>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value as NonNullable<Awaited<Value>>;
    if (performance.now() > end)
      throw new Error(`not within ${timeoutMs} ms: ${probe.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
