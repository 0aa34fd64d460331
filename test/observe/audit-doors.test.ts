import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connect } from 'node:tls';
import t from 'tap';
import { tokenFingerprint } from '../../src/identity/token-fingerprint.ts';
import { deviceId } from '../../src/model/ids.ts';
import type { SealedEntry } from '../../src/observe/audit-chain.ts';
import { auditAt } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const detailsOf = (entry: SealedEntry | undefined) => JSON.parse(entry?.details ?? '{}');

t.test('sign-ins are on record once a token, by fingerprint, with the address', async (t) => {
  const server = await runningServer(t);
  const path = join(server.directory, 'var/audit.db');
  const signIns = () => auditAt(path).entries.filter(({ action }) => action === 'sign_in');
  const first = await server.token('nurse-1');
  const second = await server.token('nurse-1');
  for (const token of [first, first, second, first]) {
    t.equal((await rest(server, token, '/v1/patients')).status, 200);
  }
  await eventually(() => signIns().length >= 2);
  t.match(signIns(), [
    { actorKind: 'clinician', actor: 'nurse-1', subject: 'nurse-1' },
    { actorKind: 'clinician', actor: 'nurse-1', subject: 'nurse-1' },
  ]);
  t.same(
    signIns().map((entry) => detailsOf(entry).fingerprint),
    [first, second].map(tokenFingerprint),
  );
  t.match(detailsOf(signIns()[0]).address, /127\.0\.0\.1|::1/);
  await server.restart();
  t.equal((await rest(server, first, '/v1/patients')).status, 200);
  await eventually(() => signIns().length === 3);
  t.match(auditAt(path).verdict, { ok: true });
});

t.test(
  'refusals are on record by the name that was proven, else by address, when the server stops at the latest',
  async (t) => {
    const server = await runningServer(t);
    const watch = await server.wearable('watch-1', 'p-1');
    const nurse = await server.token('nurse-1', { wards: ['elsewhere'] });
    for (let n = 0; n < 3; n++) t.equal((await rest(server, null, '/v1/patients')).status, 401);
    t.equal((await rest(server, `${nurse.slice(0, -8)}AAAAAAAA`, '/v1/patients')).status, 401);
    t.equal((await rest(server, nurse, '/v1/patients/p-1')).status, 403);
    t.equal((await rest(server, nurse, '/v1/no-such-thing')).status, 404);

    const boss = await server.token('boss-1', { role: 'admin' });
    await server.registry.setDeviceStatus(deviceId('watch-1'), 'suspended');
    await eventually(async () => (await rest(server, boss, '/v1/devices')).text.includes('"suspended"'));
    const ca = readFileSync(join(server.directory, 'certs/root-ca.crt'));
    const asksForToken = [
      'POST /v1/token HTTP/1.1',
      'host: localhost',
      'content-type: application/x-www-form-urlencoded',
      'content-length: 29',
      'connection: close',
      '',
      'grant_type=client_credentials',
    ].join('\r\n');
    const tls = (more: object) =>
      new Promise<string>((resolve) => {
        const to = { host: 'localhost', port: server.app.devicePort, ca, ...more };
        const socket = connect(to, () => socket.write(asksForToken));
        let heard = '';
        socket.on('data', (chunk) => {
          heard += chunk;
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(heard));
      });
    t.match(await tls({ cert: watch.cert, key: watch.key }), /"code":"device_suspended"/);
    t.equal(await tls({}), '', 'without a certificate');

    await server.app[Symbol.asyncDispose]();
    const { entries, verdict } = auditAt(join(server.directory, 'var/audit.db'));
    t.match(verdict, { ok: true });
    const denied = entries
      .filter(({ action }) => action === 'denied')
      .map((entry) => ({ ...entry, ...detailsOf(entry) }))
      .map(({ actorKind, actor, subject, code, reason, count }) => [
        actorKind,
        actorKind === 'stranger' ? 'somewhere' : actor,
        subject,
        code,
        ...(reason ? [reason] : []),
        count,
      ]);
    t.same(denied, [
      ['stranger', 'somewhere', '/v1/patients', 'token_missing', 3],
      ['stranger', 'somewhere', '/v1/patients', 'token_invalid', 1],
      ['clinician', 'nurse-1', '/v1/patients/:id', 'patient_forbidden', 1],
      ['device', 'watch-1', '/v1/token', 'device_suspended', 1],
      ['stranger', 'somewhere', 'device listener', 'tls_refused', 'peer did not return a certificate', 1],
    ]);
    t.notMatch(JSON.stringify(entries), /p-1|Bed of/);
  },
);

t.test(
  'who cannot be put on record is served all the same, and the server says that it is not well',
  async (t) => {
    const server = await runningServer(t);
    const token = await server.token('nurse-1');
    using raw = new DatabaseSync(join(server.directory, 'var/audit.db'));
    raw.exec("CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no room'); END");
    t.equal((await rest(server, token, '/v1/patients')).status, 200);
    const ready = await eventually(async () => {
      const answer = await rest(server, null, '/readyz');
      return (answer.body as { state: string }).state === 'degraded' && answer;
    });
    t.match(ready, { status: 200, body: { parts: { audit_trail: { state: 'degraded' } } } });
    t.equal(server.log.filter((line) => line.includes('"audit_failed"')).length, 1);
    t.equal((await rest(server, token, '/v1/patients')).status, 200);
  },
);
