import t from 'tap';
import { neighbour, rowKey } from '../../../src/console/alarms/row-keys.ts';

const plain = { ctrlKey: false, altKey: false, metaKey: false, repeat: false };

t.test('keys on a row', async (t) => {
  const of = (key: string) => rowKey({ key, ...plain });
  t.same(of('j'), of('ArrowDown'));
  t.same(of('k'), { kind: 'move', by: -1 });
  t.same(of('a'), { kind: 'press', action: 'acknowledge' });
  t.same(of('s'), { kind: 'press', action: 'shelve' });
  t.same(of('Enter'), { kind: 'press', action: 'details' });
  t.same(of('?'), { kind: 'help' });
  for (const none of ['x', 'A', 'constructor', 'Tab']) t.equal(of(none), null, none);
  for (const held of ['ctrlKey', 'altKey', 'metaKey'] as const)
    t.equal(rowKey({ key: 'a', ...plain, [held]: true }), null, `${held} and a is the browser's`);
});

t.test('a key that is held down walks the rows, and does nothing to each of them', async (t) => {
  const held = (key: string) => rowKey({ key, ...plain, repeat: true });
  t.same(held('j'), { kind: 'move', by: 1 });
  for (const key of ['a', 's', 'Enter', '?']) t.equal(held(key), null, key);
});

t.test('from row to row, and no further than the ends', async (t) => {
  const ids = ['a', 'b', 'c'];
  t.equal(neighbour(ids, 'a', 1), 'b');
  t.equal(neighbour(ids, 'c', 1), 'c');
  t.equal(neighbour(ids, 'a', -1), 'a');
  t.equal(neighbour(ids, 'gone', 1), 'a');
  t.equal(neighbour([], 'a', 1), undefined);
});
