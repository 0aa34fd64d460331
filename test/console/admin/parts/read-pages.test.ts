import t from 'tap';
import { readPages } from '../../../../src/console/admin/parts/read-pages.ts';
import type { Query } from '../../../../src/console/server/rest.ts';

/** A server with so many entries, which gives them in pages of two. */
function listOf(count: number) {
  const asked: Query[] = [];
  return {
    asked,
    async get<Answer>(_path: string, query: Query = {}): Promise<Answer> {
      asked.push(query);
      const from = query.after === undefined ? 0 : Number(query.after) + 1;
      const devices = Array.from({ length: Math.min(2, count - from) }, (_, i) => from + i);
      const last = devices.at(-1) ?? 0;
      return { devices, next: last + 1 < count ? String(last) : null } as Answer;
    },
  };
}

t.test('a list is read to its end', async (t) => {
  const server = listOf(5);
  const read = { path: '/v1/devices', name: 'devices', query: { status: 'active' }, most: 100 };
  t.same(await readPages(server, read), { entries: [0, 1, 2, 3, 4], next: null });
  t.same(
    server.asked.map(({ status, after }) => [status, after]),
    [
      ['active', undefined],
      ['active', '1'],
      ['active', '3'],
    ],
  );
});

t.test('no further than asked for, and says that there is more', async (t) => {
  const server = listOf(9);
  const read = { path: '/v1/devices', name: 'devices', most: 3 };
  t.same(await readPages(server, read), { entries: [0, 1, 2, 3], next: '3' });
  t.equal(server.asked.length, 2);
});
