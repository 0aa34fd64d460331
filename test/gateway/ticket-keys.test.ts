import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { TICKET_KEY_LIFE_MS, TicketKeys } from '../../src/gateway/ticket-keys.ts';
import { createLog } from '../../src/observe/log.ts';
import { createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { CLOCK_START, manualClock } from '../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
const authority = (commonName: string): string =>
  createRootAuthority({ commonName, organization: 'test' }, CLOCK_START).certificate.toString();
const [ROOT, OLD, NEW] = [authority('root'), authority('old'), authority('new')];
/** A listener that is made and does not listen: its key is what is looked at. */
const listener = (server: Server) => ({ server }) as unknown as FastifyInstance;

function world(t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-tickets-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'tls-ticket.key');
  const clock = manualClock();
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  return {
    path,
    clock,
    lines,
    logged: (event: string) => lines.map((line) => JSON.parse(line)).filter((line) => line.event === event),
    /** A process: its device listener's and its clinician listener's keys. */
    async process(trust = ROOT + OLD) {
      const keys = await TicketKeys.open({ path, trust, clock, log });
      const [device, clinician] = [createServer(), createServer()];
      keys.serve(listener(device), listener(clinician));
      t.teardown(() => keys[Symbol.asyncDispose]());
      return {
        keys,
        stop: () => keys[Symbol.asyncDispose](),
        device: () => device.getTicketKeys().toString('hex'),
        clinician: () => clinician.getTicketKeys().toString('hex'),
      };
    },
  };
}

t.test("the device listener's key outlives the process, the clinician listener's does not", async (t) => {
  const { process, path, lines } = world(t);
  const first = await process();
  const [device, clinician] = [first.device(), first.clinician()];
  await first.stop();
  t.equal(statSync(path).mode & 0o777, 0o600);
  const second = await process();
  t.equal(second.device(), device);
  t.not(second.clinician(), clinician);
  t.notMatch(readFileSync(path, 'utf8'), Buffer.from(clinician, 'hex').toString('base64'));
  t.same(lines, [], 'nothing to tell');
});

t.test(
  'a key is replaced when it is a day old, over a restart or not, and both listeners get one',
  async (t) => {
    const { process, clock, logged } = world(t);
    const first = await process();
    const keys = [first.device(), first.clinician()];
    clock.advance(10 * HOUR_MS);
    await first.stop();
    const second = await process();
    const unkept = second.clinician();
    clock.advance(14 * HOUR_MS - 1);
    t.equal(second.device(), keys[0]);
    clock.advance(1);
    t.not(second.device(), keys[0]);
    t.not(second.clinician(), unkept);
    t.match(logged('ticket_key_replaced'), [{ reason: 'age' }]);
    const next = second.device();
    await second.stop();
    clock.advance(TICKET_KEY_LIFE_MS);
    t.not((await process()).device(), next, 'one that became too old while nobody ran');
  },
);

t.test(
  'trust that is withdrawn takes the key with it, while the process runs and while it does not',
  async (t) => {
    const { process, logged } = world(t);
    const first = await process();
    const key = first.device();
    first.keys.trusting(ROOT + OLD + NEW);
    t.equal(first.device(), key, 'an authority more');
    first.keys.trusting(ROOT + OLD);
    const after = first.device();
    t.not(after, key, 'one less, that was added since');
    t.match(logged('ticket_key_replaced'), [{ reason: 'trust_withdrawn' }]);
    await first.stop();
    const second = await process(ROOT + OLD + NEW);
    t.equal(second.device(), after);
    await second.stop();
    t.not((await process(ROOT + NEW)).device(), after);
  },
);

t.test('a token key that is withdrawn takes the ticket key with it, also for the next process', async (t) => {
  const { process } = world(t);
  const first = await process();
  const key = first.device();
  first.keys.end('token_key_withdrawn');
  const after = first.device();
  t.not(after, key);
  await first.stop();
  t.equal((await process()).device(), after);
});

const SPOILT: Readonly<Record<string, (path: string) => void>> = {
  'that others may read': (path) => chmodSync(path, 0o640),
  'that is a link': (path) => {
    const elsewhere = `${path}.elsewhere`;
    writeFileSync(elsewhere, readFileSync(path), { mode: 0o600 });
    rmSync(path);
    symlinkSync(elsewhere, path);
  },
  'that is a pipe': (path) => {
    rmSync(path);
    execFileSync('mkfifo', ['-m', '600', path]);
  },
  'that is no JSON': (path) => writeFileSync(path, readFileSync(path).subarray(0, 40)),
  'with a short key': (path) => writeFileSync(path, '{"created":1700000000000,"trust":[],"key":"AAAA"}'),
  'without a time': (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('created', 'made')),
  'that is larger than any key': (path) => writeFileSync(path, ' '.repeat(100_000)),
};

for (const [what, spoil] of Object.entries(SPOILT)) {
  t.test(`a file ${what} is replaced with a warning, without a word of the key`, async (t) => {
    const { process, path, lines, logged } = world(t);
    const first = await process();
    const key = first.device();
    await first.stop();
    spoil(path);
    const second = await process();
    t.not(second.device(), key);
    t.match(logged('ticket_key_refused'), [{ level: 40, code: 'ticket_key_unfit' }]);
    t.notMatch(lines.join(), Buffer.from(key, 'hex').toString('base64').slice(0, 12));
    t.equal(statSync(path).mode & 0o777, 0o600);
    await second.stop();
    t.equal((await process()).device(), second.device(), 'the new one is kept');
  });
}

t.test(
  "a key of another user's is not taken",
  { skip: process.getuid?.() !== 0 && 'needs root' },
  async (t) => {
    const { process, path, logged } = world(t);
    await (await process()).stop();
    execFileSync('chown', ['1', path]);
    await process();
    t.match(logged('ticket_key_refused'), [{ reason: /belongs to user 1/ }]);
  },
);

t.test('a key of the future is of a clock that was wrong', async (t) => {
  const { process, clock } = world(t);
  const first = await process();
  const key = first.device();
  await first.stop();
  clock.jump(-HOUR_MS);
  t.not((await process()).device(), key);
});

t.test('where nothing can be written the key serves as long as the process', async (t) => {
  const { path, clock, logged, lines } = world(t);
  const log = createLog('info', { write: (line) => void lines.push(line) });
  await using keys = await TicketKeys.open({ path: join(path, 'nowhere'), trust: ROOT, clock, log });
  t.ok(keys);
  t.match(logged('ticket_key_unwritten'), [{ level: 40, code: 'ENOENT' }]);
});
