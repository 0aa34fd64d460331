import fc from 'fast-check';
import t from 'tap';
import {
  type AuditFields,
  type AuditHead,
  entryHash,
  GENESIS,
  type SealedEntry,
  sealEntry,
  verifyChain,
} from '../../src/observe/audit-chain.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const fields: fc.Arbitrary<AuditFields> = fc.record({
  at: fc.nat(),
  actorKind: text,
  actor: text,
  action: text,
  subject: text,
  details: text,
});

function chainOf(all: readonly AuditFields[], from: AuditHead = GENESIS): readonly SealedEntry[] {
  const chain: SealedEntry[] = [];
  for (const one of all) chain.push(sealEntry(chain.at(-1) ?? from, one));
  return chain;
}

/** A chain, a place in it, and a place beside that. */
const placed = fc
  .array(fields, { minLength: 2, maxLength: 12 })
  .map((all) => chainOf(all))
  .chain((chain) => fc.record({ chain: fc.constant(chain), i: fc.nat({ max: chain.length - 1 }) }));

t.test('a chain as it was made is whole, and its head is its last entry', async (t) => {
  t.same(verifyChain([]), { ok: true, head: GENESIS });
  fc.assert(
    fc.property(fc.array(fields, { minLength: 1, maxLength: 12 }), (all) => {
      const chain = chainOf(all);
      const { seq, hash } = chain.at(-1)!;
      t.strictSame(verifyChain(chain), { ok: true, head: { seq, hash } });
    }),
  );
});

t.test('any field of any entry that changed is found, at that entry or the one behind it', async (t) => {
  const change = fc.constantFrom<keyof SealedEntry>(
    ...(['seq', 'at', 'actorKind', 'actor', 'action', 'subject', 'details', 'previous', 'hash'] as const),
  );
  fc.assert(
    fc.property(placed, change, fc.oneof(text, fc.nat()), ({ chain, i }, field, other) => {
      const entry = chain[i]!;
      const value = typeof entry[field] === 'number' ? Number(other) || entry.seq + 1_000 : String(other);
      fc.pre(entry[field] !== value);
      const verdict = verifyChain(chain.with(i, { ...entry, [field]: value } as SealedEntry));
      t.ok(!verdict.ok && (field === 'seq' || verdict.seq === entry.seq));
    }),
    { numRuns: 500 },
  );
});

t.test('an entry that is missing, doubled, put in or exchanged is found', async (t) => {
  fc.assert(
    fc.property(placed, fields, ({ chain, i }, foreign) => {
      const last = i === chain.length - 1;
      const next = chain[i + 1] ?? chain[0]!;
      const entry = chain[i]!;
      if (!last) t.match(verifyChain(chain.toSpliced(i, 1)), { ok: false, seq: i + 2 }, 'removed');
      t.match(verifyChain(chain.toSpliced(i, 0, entry)), { ok: false }, 'doubled');
      const put = sealEntry(chain[i - 1] ?? GENESIS, foreign);
      fc.pre(put.hash !== entry.hash);
      t.match(verifyChain(chain.toSpliced(i, 0, put)), { ok: false }, 'put in');
      if (!last) t.match(verifyChain(chain.with(i, put)), { ok: false, seq: i + 2 }, 'replaced');
      t.match(verifyChain(chain.with(i, next).with((i + 1) % chain.length, entry)), { ok: false }, 'swapped');
    }),
  );
});

t.test('what the chain alone cannot show, the head noted earlier does', async (t) => {
  fc.assert(
    fc.property(placed, fields, ({ chain, i }, foreign) => {
      const { seq, hash } = chain[i]!;
      const noted = { seq, hash };
      t.match(verifyChain(chain, { noted }), { ok: true }, 'contained and extended');
      const cut = chain.slice(0, i);
      t.match(verifyChain(cut), { ok: true });
      t.match(verifyChain(cut, { noted }), { ok: false, seq, problem: /cut off/ });
      const anew = [...cut, ...chainOf([foreign, ...chain.slice(i + 1)], cut.at(-1))];
      fc.pre(anew[i]!.hash !== hash);
      t.match(verifyChain(anew), { ok: true });
      t.match(verifyChain(anew, { noted }), { ok: false, seq, problem: /written anew/ });
    }),
  );
  t.match(verifyChain([], { noted: { seq: 0, hash: 'f'.repeat(64) } }), { ok: false, seq: 0 });
});

t.test('text that moves from one field to the next gives another hash', async (t) => {
  fc.assert(
    fc.property(fields, text, (one, moved) => {
      fc.pre(moved !== '');
      const hashOf = (more: Partial<AuditFields>) => entryHash(sealEntry(GENESIS, { ...one, ...more }));
      const { actor, action, subject } = one;
      const hashes = new Set([
        hashOf({ actor: actor + moved }),
        hashOf({ action: moved + action }),
        hashOf({ action: action + moved }),
        hashOf({ subject: moved + subject }),
        hashOf({ subject: `${subject}","${moved}` }),
      ]);
      const same = moved + action === action + moved ? 1 : 0;
      t.equal(hashes.size, 5 - same);
    }),
  );
});

t.test('the form of what is hashed is the released one', async (t) => {
  const entry = sealEntry(GENESIS, {
    at: 1_700_000_000_000,
    actorKind: 'admin',
    actor: 'root',
    action: 'device_issued',
    subject: 'watch-1',
    details: '{"days":90}',
  });
  t.equal(entry.hash, 'a3bf6371fb3dbca9dce4ddd919180764eea2323913abcfb704c83681c8fcbc16');
});
