import { CodedError } from '../../src/core/coded-error.ts';
import { serveCalls } from '../../src/core/worker-calls.ts';

export interface FixtureCalls {
  add(args: { a: number; b: number }): number;
  later(args: { value: string }): Promise<string>;
  size(bytes: Uint8Array): number;
  fail(args: { field: string }): never;
  die(args: null): Promise<never>;
  order(args: null): readonly string[];
  hang(args: null): void;
}

serveCalls<FixtureCalls, { refuse: boolean; refuseClose: boolean }>(({ refuse, refuseClose }) => {
  if (refuse) throw new CodedError('fixture_refused', 'told to refuse');
  const order: string[] = [];
  return {
    add: ({ a, b }) => {
      order.push('add');
      return a + b;
    },
    later: async ({ value }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(value);
      return value;
    },
    size: (bytes) => bytes.byteLength,
    fail: ({ field }) => {
      throw new CodedError('fixture_failed', 'outer', {
        details: { field },
        cause: Object.assign(new Error('inner'), { code: 'ERR_INNER', errcode: 10 }),
      });
    },
    die: () => {
      setImmediate(() => {
        throw new Error('struck down');
      });
      return new Promise<never>(() => {});
    },
    order: () => order,
    hang: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
    [Symbol.dispose]: () => {
      if (refuseClose) throw new CodedError('fixture_stuck', 'told not to close');
    },
  };
});
