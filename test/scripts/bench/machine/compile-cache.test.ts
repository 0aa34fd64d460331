import t from 'tap';
import { sharedCompileCache } from '../../../../scripts/bench/machine/compile-cache.ts';

const SETTING = 'NODE_COMPILE_CACHE';

t.test('processes share a compile cache while it lasts, and one that is set is left', async (t) => {
  const before = process.env[SETTING];
  t.teardown(() => {
    if (before === undefined) delete process.env[SETTING];
    else process.env[SETTING] = before;
  });
  delete process.env[SETTING];
  {
    using _ = sharedCompileCache();
    t.match(process.env[SETTING], /node_modules/);
  }
  t.equal(process.env[SETTING], undefined);
  process.env[SETTING] = '/elsewhere';
  {
    using _ = sharedCompileCache();
    t.equal(process.env[SETTING], '/elsewhere');
  }
  t.equal(process.env[SETTING], '/elsewhere');
});
