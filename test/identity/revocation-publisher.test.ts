import { rmSync } from 'node:fs';
import t from 'tap';
import type { ListPublication } from '../../src/identity/revocation-lists.ts';
import { RevocationPublisher } from '../../src/identity/revocation-publisher.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;

t.test('lists follow the registry, and are renewed before they end', async (t) => {
  await using fixture = await certificateFixture();
  const { registry, directory } = fixture;
  const clock = manualClock(Date.now());
  const published: ListPublication[] = [];
  const errors: Error[] = [];
  const options = { directory, registry, passphrase: null, clock };
  await using _publisher = new RevocationPublisher({
    ...options,
    onPublished: (publication) => published.push(publication),
    onError: (error) => errors.push(error),
  });
  const { certificate } = await fixture.enrol('d1');
  clock.advance(2_000);
  await eventually(() => published.length === 3 || undefined);
  t.same(
    published.map(({ authority }) => authority.name),
    ['root', 'device', 'server'],
  );

  await registry.endCertificate(certificate.thumbprint, 'keyCompromise', clock.now());
  clock.advance(2_000);
  const revoked = await eventually(() => published[3]);
  t.match(revoked, { authority: { name: 'device' }, list: { entries: [{ serial: certificate.serial }] } });

  for (let hour = 0; hour < 4 * 24; hour += 1) {
    clock.advance(DAY_MS / 24);
    clock.advance(2_000);
  }
  const renewed = await eventually(() => published[6]);
  t.ok(renewed.list && revoked.list && renewed.list.nextUpdate > revoked.list.nextUpdate);
  t.same(errors, []);
});

t.test('what goes wrong is told once, and mended when it can be', async (t) => {
  await using fixture = await certificateFixture();
  const { registry, directory } = fixture;
  const clock = manualClock(Date.now());
  const published: ListPublication[] = [];
  const errors: Error[] = [];
  await using _publisher = new RevocationPublisher({
    directory: `${directory}/nowhere`,
    registry,
    passphrase: null,
    clock,
    onPublished: (publication) => published.push(publication),
    onError: (error) => errors.push(error),
  });
  clock.advance(2_000);
  await eventually(() => errors[0]);
  await fixture.enrol('d1');
  clock.advance(2_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.match(errors, [{ code: 'revocation_lists_failed', cause: { code: 'credential_missing' } }]);
  t.equal(errors.length, 1);
  t.same(published, []);
  rmSync(`${directory}/nowhere`, { recursive: true, force: true });
});
