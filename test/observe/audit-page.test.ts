import { join } from 'node:path';
import t from 'tap';
import { AuditDatabase } from '../../src/observe/audit-database.ts';
import { AUDIT_WINDOW, type AuditPage, collectPage } from '../../src/observe/audit-page.ts';
import { AuditReader } from '../../src/observe/audit-reader.ts';

t.test('a page looks at one window after the other, back to the first entry', async (t) => {
  const path = join(t.testdir(), 'audit.db');
  {
    using database = new AuditDatabase({ path, busyTimeoutMs: 1_000 });
    const entries = Array.from({ length: AUDIT_WINDOW + 10 }, (_, i) => ({
      ...{ at: 1_000 + i, actorKind: 'admin', actor: 'root', action: 'device_issued', details: '{}' },
      subject: i === 2 || i === AUDIT_WINDOW + 8 ? 'rare' : 'usual',
    }));
    database.append(entries);
  }
  using reader = new AuditReader(path);
  const windows: number[] = [];
  const page = async (query: { subject?: string; limit: number; before: number | null }) => {
    windows.length = 0;
    const found = await collectPage(query, async (asked) => {
      windows.push(asked.before ?? 0);
      return reader.window(asked);
    });
    return [found.entries.map(({ seq }) => seq), found.next];
  };
  const newest = AUDIT_WINDOW + 10;
  t.same(await page({ limit: 2, before: null }), [[newest, newest - 1], newest - 1]);
  t.same(await page({ limit: 2, before: 3 }), [[2, 1], null], 'the first entry is the last page');
  t.same(await page({ subject: 'rare', limit: 5, before: null }), [[newest - 1, 3], null]);
  t.same(windows, [0, 11], 'in two goes');
  t.same(await page({ subject: 'rare', limit: 1, before: null }), [[newest - 1], newest - 1]);
  t.same(await page({ subject: 'rare', limit: 1, before: newest - 1 }), [[3], 3]);
  t.same(await page({ subject: 'rare', limit: 1, before: 3 }), [[], null]);
  t.same(await page({ subject: 'never', limit: 1, before: null }), [[], null]);
});

t.test('a search that finds nothing stops after a while, and can go on; or when nobody waits', async (t) => {
  let goes = 0;
  const read = async ({ before }: { before: number | null }): Promise<AuditPage> => {
    goes++;
    return { entries: [], next: (before ?? 1_000_000) - AUDIT_WINDOW };
  };
  const { next } = await collectPage({ limit: 1, before: null }, read);
  t.equal(goes, 40);
  t.equal(next, 1_000_000 - 40 * AUDIT_WINDOW);
  await collectPage({ limit: 1, before: null }, read, AbortSignal.abort());
  t.equal(goes, 40);
});
