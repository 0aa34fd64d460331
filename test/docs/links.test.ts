import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { page, pages, ROOT } from './pages.ts';

/** Text without what is shown as code, where brackets mean something else. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, 'code');
}

/** The anchors of a page, as GitHub makes them of its headings. */
function anchors(text: string): Set<string> {
  const found = new Map<string, number>();
  const all = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .replaceAll(/[`*]/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = found.get(slug) ?? 0;
    found.set(slug, before + 1);
    all.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return all;
}

t.test('every link within the project leads somewhere', async (t) => {
  for (const from of pages()) {
    for (const [, target = ''] of prose(page(from)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? from : relative(ROOT, join(ROOT, dirname(from), path));
      if (!t.ok(existsSync(join(ROOT, file)), `${from}: ${target}`)) continue;
      if (anchor === undefined || statSync(join(ROOT, file)).isDirectory()) continue;
      t.ok(anchors(page(file)).has(anchor), `${from}: ${target}, its heading`);
    }
  }
});

t.test('the index of decisions names every record, once', async (t) => {
  const index = page('docs/adr/README.md');
  for (const path of pages().filter((one) => /^docs\/adr\/\d/.test(one))) {
    const name = path.replace('docs/adr/', '');
    t.equal(index.split(`(${name})`).length, 2, name);
    t.match(page(path), new RegExp(`^# ${name.slice(0, 4)}\\. `), 'its number is in its title');
    for (const part of ['**Context.**', '**Decision.**', '**Consequences.**'])
      t.ok(page(path).includes(part), `${name}: ${part}`);
  }
});
