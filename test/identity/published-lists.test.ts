import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { keyIdOf } from '../../src/identity/authorities.ts';
import { loadAuthority } from '../../src/identity/certificate-directory.ts';
import { PublishedLists } from '../../src/identity/published-lists.ts';
import { issueRevocationList } from '../../src/pki/revocation-list.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const DAY_MS = 86_400_000;

async function world(t: Test) {
  const fixture = await certificateFixture();
  t.teardown(() => fixture[Symbol.asyncDispose]());
  const { directory } = fixture;
  mkdirSync(join(directory, 'crl'), { recursive: true });
  const authority = await loadAuthority(directory, 'device');
  const file = `${keyIdOf(authority.certificate)}.crl`;
  const numbers = join(directory, '..', 'crl-numbers.json');
  const lists = new PublishedLists(directory, numbers);
  const now = Date.now();
  return {
    directory,
    lists,
    numbers,
    /** As another life of the process finds it. */
    restarted() {
      const after = new PublishedLists(directory, numbers);
      return { lists: after, refusal: () => refusalOf(after) };
    },
    file,
    path: join(directory, 'crl', file),
    authority,
    list: (number: bigint, from = now, issuer = authority) =>
      issueRevocationList(issuer, { number, thisUpdate: from, nextUpdate: from + DAY_MS, entries: [] }),
    refusal: () => refusalOf(lists),
    number: () => lists.find(file)?.list.number,
  };
}

async function refusalOf(lists: PublishedLists): Promise<string | null> {
  let code: string | null = null;
  for (let i = 0; i < 3; i++)
    for (const watch of await lists.watches()) {
      await watch.look(Date.now());
      code = watch.refusal?.code ?? null;
    }
  return code;
}

t.test('a list that was rolled back while nobody looked is refused after a restart', async (t) => {
  const { file, path, numbers, list, refusal, restarted } = await world(t);
  const huge = 2n ** 150n;
  for (const number of [5n, huge]) {
    writeFileSync(path, list(number));
    t.equal(await refusal(), null);
  }
  const same = restarted();
  t.equal(await same.refusal(), null);
  t.equal(same.lists.find(file)?.list.number, huge);

  writeFileSync(path, list(huge - 1n));
  const after = restarted();
  t.equal(await after.refusal(), 'revocation_list_rolled_back');
  t.equal(after.lists.find(file), undefined);
  writeFileSync(path, list(huge + 1n));
  t.equal(await after.refusal(), null);
  t.equal(after.lists.find(file)?.list.number, huge + 1n);

  writeFileSync(numbers, '{"x":1}');
  t.equal(await restarted().refusal(), 'credential_invalid', 'nothing is taken for a beginning');
  rmSync(numbers);
  t.equal(await restarted().refusal(), null);
  t.match(readFileSync(numbers, 'utf8'), String(huge + 1n));
});

t.test('a list is handed out once it is there, and its successor after it', async (t) => {
  const { lists, file, path, list, refusal, number } = await world(t);
  t.equal(await refusal(), null);
  t.equal(lists.find(file), undefined);
  writeFileSync(path, list(5n));
  t.equal(await refusal(), null);
  t.equal(number(), 5n);
  const next = list(6n);
  writeFileSync(path, next);
  t.equal(await refusal(), null);
  t.equal(number(), 6n);
  t.same(lists.find(file)?.der, next, 'byte for byte');
});

t.test('what is not the newest list of that authority never replaces it', async (t) => {
  const { directory, lists, file, path, list, refusal, number } = await world(t);
  const good = list(10n);
  writeFileSync(path, good);
  await refusal();
  await using stranger = await certificateFixture();
  const server = await loadAuthority(directory, 'server');
  const cases: Readonly<Record<string, readonly [Buffer | null, string]>> = {
    'rolled back': [list(9n), 'revocation_list_rolled_back'],
    stale: [list(11n, Date.now() - 3 * DAY_MS), 'revocation_list_stale'],
    'of another authority': [list(11n, Date.now(), server), 'revocation_list_not_of_issuer'],
    'of another installation': [
      list(11n, Date.now(), await loadAuthority(stranger.directory, 'device')),
      'revocation_list_not_of_issuer',
    ],
    'with one octet changed': [
      Buffer.from(good.map((octet, i) => (i === good.length - 5 ? octet ^ 1 : octet))),
      'revocation_list',
    ],
    'cut off': [good.subarray(0, good.length - 10), 'revocation_list_malformed'],
    empty: [Buffer.alloc(0), 'revocation_list_malformed'],
    'in PEM, and not in DER': [
      Buffer.from(`-----BEGIN X509 CRL-----\n${good.toString('base64')}\n-----END X509 CRL-----\n`),
      'revocation_list_malformed',
    ],
    removed: [null, 'credential_missing'],
  };
  for (const [name, [content, code]] of Object.entries(cases)) {
    if (content === null) rmSync(path);
    else writeFileSync(path, content);
    t.match(await refusal(), code, name);
    t.equal(number(), 10n, name);
    t.same(lists.find(file)?.der, good, name);
  }
  writeFileSync(path, list(12n));
  t.equal(await refusal(), null);
  t.equal(number(), 12n);
});

t.test(
  'a list of an authority that nobody knows, or under a name that is none, is not handed out',
  async (t) => {
    const { directory, lists, list, refusal } = await world(t);
    const unknown = `${'0'.repeat(16)}.crl`;
    writeFileSync(join(directory, 'crl', unknown), list(1n));
    writeFileSync(join(directory, 'crl', 'notes.txt'), 'hello');
    t.equal(await refusal(), 'revocation_list_not_of_issuer');
    t.equal(lists.find(unknown), undefined);
    t.equal(lists.find('notes.txt'), undefined);
    t.equal((await lists.watches()).length, 1);
    t.ok(readFileSync(join(directory, 'crl', 'notes.txt')).length > 0);
  },
);
