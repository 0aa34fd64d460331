import t from 'tap';
import { takeInvitation } from '../../../src/console/session/redeem-link.ts';

/** What the function reads of a browser, and what it changes. */
function at(pathname: string, hash: string) {
  const replaced: string[] = [];
  const history = { replaceState: (_data: unknown, _unused: string, url: string) => void replaced.push(url) };
  return { location: { pathname, hash } as Location, history: history as unknown as History, replaced };
}

t.test('the code of a link is read once and leaves the address', async (t) => {
  const { location, history, replaced } = at('/sign-in', '#abc_DEF-123');
  t.equal(takeInvitation(location, history), 'abc_DEF-123');
  t.same(replaced, ['/sign-in']);
});

t.test('an address without one stays as it is', async (t) => {
  for (const [pathname, hash] of [
    ['/sign-in', ''],
    ['/sign-in', '#'],
    ['/', '#content'],
  ] as const) {
    const { location, history, replaced } = at(pathname, hash);
    t.equal(takeInvitation(location, history), null);
    t.same(replaced, []);
  }
});
