import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { changeTokenKeySet } from '../../src/identity/token-key-file.ts';
import { rotated } from '../../src/identity/token-key-set.ts';
import { deviceId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { ask, openStream, tokenOf, upgrade } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

t.test("a token lifted from one device is worth nothing with another's certificate", async (t) => {
  const server = await runningServer(t);
  const [victim, thief] = [await server.wearable('victim', 'p-1'), await server.wearable('thief', 'p-2')];
  const [lifted, own] = [await tokenOf(server, victim), await tokenOf(server, thief)];
  const hello = { type: 'hello', stream: crypto.randomUUID(), time: Date.now(), ack_interval_ms: 0 };

  const control = await openStream(server, victim, { authorization: `Bearer ${lifted}` });
  control.send(hello);
  await control.frame('welcome');
  control.send({ type: 'refresh', token: await tokenOf(server, victim) });
  await control.frame('refreshed');

  t.match(
    await upgrade(server.deviceUrl, thief, { authorization: `Bearer ${lifted}` }),
    { status: 401, body: { code: 'token_not_bound' } },
    'at the upgrade',
  );
  const socket = await openStream(server, thief, { authorization: `Bearer ${own}` });
  socket.send({ ...hello, stream: crypto.randomUUID() });
  await socket.frame('welcome');
  socket.send({ type: 'refresh', token: lifted });
  t.match(await socket.closed, { code: 4401 }, 'as a refresh');
  t.notOk(socket.frames.some(({ type }) => type === 'refreshed'));

  control.send({ type: 'vitals', seq: 1, samples: [{ t: Date.now(), heart_rate: 70 }] });
  await control.frame('ack');
  t.equal(control.frames.filter(({ type }) => type === 'reject').length, 0, 'the victim streams on');
  control.socket.terminate();
});

t.test('tokens of the former key hold through a rotation, and end with it', async (t) => {
  const server = await runningServer(t);
  const certs = join(server.directory, 'certs');
  const wearable = await server.wearable('watch-1', 'p-1');
  const [forDevice, forNurse] = [await tokenOf(server, wearable), await server.token('nurse-1')];
  const kids = async () => {
    const device = await ask(`${server.deviceUrl}/.well-known/jwks.json`, { ...wearable });
    const clinician = await rest(server, null, '/.well-known/jwks.json');
    t.same(device.body, clinician.body);
    t.notMatch(device.text, /"d"/);
    return (device.body.keys as { kid: string }[]).map(({ kid }) => kid);
  };
  const kidOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  const rotate = async (overlapS: number | null) => {
    await changeTokenKeySet(certs, (set) =>
      rotated(set, { signInS: 0, overlapS }, Math.floor(Date.now() / 1000)),
    );
    await server.restart();
  };
  const [old] = await kids();
  t.equal(kidOf(forDevice), old);

  await rotate(3_600);
  const [, fresh] = await kids();
  t.same(await kids(), [old, fresh]);
  (await openStream(server, wearable, { authorization: `Bearer ${forDevice}` })).socket.terminate();
  t.equal((await rest(server, forNurse, '/v1/patients')).status, 200);
  t.equal(kidOf(await tokenOf(server, wearable)), fresh, 'new tokens are of the new key');

  await rotate(null);
  t.equal((await kids()).length, 1);
  t.match(await upgrade(server.deviceUrl, wearable, { authorization: `Bearer ${forDevice}` }), {
    status: 401,
    body: { code: 'token_invalid' },
  });
  t.match(await rest(server, forNurse, '/v1/patients'), { status: 401, body: { code: 'token_invalid' } });
  t.equal(server.registry.device(deviceId('watch-1'))?.status, 'active');
});

t.test('a compromised key ends the feeds that its tokens opened, an ordinary rotation none', async (t) => {
  const server = await runningServer(t);
  const certs = join(server.directory, 'certs');
  // Whoever has the key writes tokens that last as long as they like.
  const token = await server.token('nurse-1', { ttlS: 10 * 365 * 86_400 });
  const feed = server.feed(token);
  const closed: number[] = [];
  feed.on('closed', ({ code }) => void closed.push(code));
  await once(feed, 'connected');
  const rotate = (overlapS: number | null) =>
    changeTokenKeySet(certs, (set) => rotated(set, { signInS: 0, overlapS }, Math.floor(Date.now() / 1000)));
  const published = async () => (await rest(server, null, '/.well-known/jwks.json')).body.keys as unknown[];
  await rotate(3_600);
  t.ok(await eventually(async () => (await published()).length === 2));
  t.same(closed, []);
  await rotate(null);
  t.ok(await eventually(() => closed.length > 0));
  t.equal(closed[0], 4401);
  t.match(await rest(server, token, '/v1/patients'), { status: 401 });
});
