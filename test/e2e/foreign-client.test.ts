import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { deviceId } from '../../src/model/ids.ts';
import { runTool, skipWithout, skipWithoutPython } from '../support/external-tool.ts';
import { rest } from '../support/rest.ts';
import { runningServer, type Wearable } from '../support/running-server.ts';

const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('foreign-client.py', import.meta.url));

/** The token as any shell gets it. */
async function tokenByCurl(deviceUrl: string, { files }: Wearable): Promise<string> {
  const { code, stdout, stderr } = await runTool('curl', [
    ...['--silent', '--show-error', '--fail', '--cacert', files.authority],
    ...['--cert', files.certificate, '--key', files.key],
    ...['--data', 'grant_type=client_credentials', `${deviceUrl}/v1/token`],
  ]);
  if (code !== 0) throw new Error(`curl: ${stderr}`);
  const answer = JSON.parse(stdout) as { access_token: string; token_type: string };
  if (answer.token_type !== 'Bearer') throw new Error(stdout);
  return answer.access_token;
}

interface Line {
  readonly event: 'open' | 'frame' | 'closed';
  readonly subprotocol?: string;
  readonly code?: number;
  readonly frame?: Readonly<Record<string, unknown>>;
}

for (const encoding of ['json', 'cbor'] as const) {
  const skip =
    skipWithout('curl', 'curl') ||
    skipWithoutPython('websockets', 'python3-websockets') ||
    (encoding === 'cbor' && skipWithoutPython('cbor2', 'python3-cbor2'));
  t.test(`a Python client streams ${encoding}, loses its network, and resumes`, { skip }, async (t) => {
    const server = await runningServer(t);
    const wearable = await server.wearable('watch-1', 'p-1');
    const token = await tokenByCurl(server.deviceUrl, wearable);
    const begin = Date.now() - 60_000;
    const { code, stdout, stderr } = await runTool(PYTHON, [
      PROGRAM,
      ...['--url', `${server.deviceUrl.replace('https', 'wss')}/v1/stream`],
      ...['--certificate', wearable.files.certificate, '--key', wearable.files.key],
      ...['--authority', wearable.files.authority, '--token', token],
      ...['--stream', randomUUID(), '--begin', String(begin), '--encoding', encoding],
    ]);
    t.equal(code, 0, stderr || 'the client is content');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const again = lines.findLastIndex(({ event }) => event === 'open');
    const framesOf = (part: readonly Line[], type: string) =>
      part.flatMap(({ frame }) => (frame?.type === type ? [frame] : []));
    const first = lines.slice(0, again);
    const second = lines.slice(again);

    t.match(first[0], { event: 'open', subprotocol: `vitalwire.v1.${encoding}` });
    t.match(framesOf(first, 'welcome'), [{ ack: 0, session: /\S/, heartbeat_s: 20, token_expires: Number }]);
    t.match(framesOf(first, 'reject'), [{ seq: 2, code: 'impossible_value', samples: [1] }]);
    const acks = framesOf(first, 'ack').map(({ seq }) => Number(seq));
    t.equal(acks.at(-1), 4);
    t.same(acks, [...new Set(acks)].sort(), 'acks only grow');

    t.match(framesOf(second, 'welcome'), [{ ack: 4 }], 'the stream is known: nothing to send again');
    t.same(framesOf(second, 'reject'), []);
    t.same(framesOf(second, 'resend'), []);
    t.equal(framesOf(second, 'ack').at(-1)?.seq, 5);
    t.same(second.at(-1), { event: 'closed', code: 1000 });

    await server.app.drained();
    t.equal(
      await server.app.store.countSamples(deviceId('watch-1'), begin, begin + 60_000),
      3,
      'moments 1, 2 and 5, the repeated one once',
    );
    const clinician = await server.token('nurse-1');
    const history = async (path: string) => {
      const { body } = await rest(
        server,
        clinician,
        `/v1/patients/p-1/${path}&from=${begin}&to=${begin + 60_000}`,
      );
      return (body.values as { value: number }[]).map(({ value }) => value);
    };
    t.same(await history('vitals?vital=heart_rate'), [71, 72, 75]);
    t.same(await history('vitals?vital=spo2'), [97]);
    t.same(await history('waveforms?signal=ecg_ii'), [0.5, -0.25, 0.125]);
  });
}

for (const version of ['-tls1_2', '-tls1_3']) {
  const skip = skipWithout('openssl', 'openssl');
  t.test(
    `openssl s_client ${version}: the chain verifies, and no certificate is no connection`,
    { skip },
    async (t) => {
      const server = await runningServer(t);
      const { files } = await server.wearable('watch-1');
      const { port } = new URL(server.deviceUrl);
      const shake = (...more: string[]) =>
        runTool('sh', [
          ...[
            '-c',
            'printf "GET /.well-known/jwks.json HTTP/1.0\\r\\n\\r\\n" | exec openssl s_client "$@"',
            'sh',
          ],
          ...['-connect', `localhost:${port}`, '-servername', 'localhost', '-verify_hostname', 'localhost'],
          ...['-CAfile', files.authority, '-verify_return_error', '-brief', '-ign_eof', version],
          ...more,
        ]);
      const device = await shake('-cert', files.certificate, '-key', files.key);
      t.equal(device.code, 0, device.stderr);
      t.match(device.stderr, /Verification: OK/);
      t.match(device.stdout, /"kty":"EC"/);
      const nobody = await shake();
      t.not(nobody.code, 0);
      t.notMatch(nobody.stdout, /kty/);
      t.ok(server.log.some((line) => /"event":"tls_refused".*peer did not return a certificate/.test(line)));
    },
  );
}
