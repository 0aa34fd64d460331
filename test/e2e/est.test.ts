import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { deviceId } from '../../src/model/ids.ts';
import { auditAt } from '../support/audit.ts';
import { DAY_MS, enrolledAt } from '../support/enrolled-at.ts';
import { eventually } from '../support/eventually.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';
import { openStream } from '../support/raw-device.ts';
import { type RunningServer, runningServer, type Wearable } from '../support/running-server.ts';

const skip = skipWithout('openssl', 'openssl') || skipWithout('curl', 'curl');

/** A device that is a directory with openssl and curl. */
class ShellDevice {
  readonly directory: string;
  readonly #server: RunningServer;
  readonly #name: string;

  constructor(t: Test, server: RunningServer, name: string, { cert, key, ca }: Wearable) {
    this.directory = mkdtempSync(join(tmpdir(), 'vitalwire-est-'));
    t.teardown(() => rmSync(this.directory, { recursive: true, force: true }));
    this.#server = server;
    this.#name = name;
    for (const [file, content] of Object.entries({ 'device.crt': cert, 'device.key': key, 'ca.crt': ca }))
      writeFileSync(join(this.directory, file), content);
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  async openssl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runTool('openssl', args, { cwd: this.directory });
    if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** The status, or `curl <exit code>` when there was no answer. The body goes to `answer`. */
  async curl(identity: string, path: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout } = await runTool(
      'curl',
      [
        ...['--silent', '--show-error', '--cacert', 'ca.crt', '--cert', `${identity}.crt`],
        ...['--key', `${identity}.key`, '--output', 'answer', '--write-out', '%{http_code}'],
        ...args,
        this.#server.deviceUrl + path,
      ],
      { cwd: this.directory },
    );
    return code === 0 ? stdout : `curl ${code}`;
  }

  token(identity: string): Promise<string> {
    return this.curl(identity, '/v1/token', '--data', 'grant_type=client_credentials');
  }

  /** Makes `<next>.key` and asks for its certificate as EST wants it; the answer becomes `<next>.crt`. */
  async reenroll(identity: string, next: string): Promise<string> {
    await this.openssl(
      ...['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${next}.key`],
    );
    await this.openssl(
      ...['req', '-new', '-key', `${next}.key`, '-subj', `/O=Vitalwire DEVELOPMENT/CN=${this.#name}`],
      ...['-addext', `subjectAltName=URI:urn:vitalwire:device:${this.#name}`],
      ...['-outform', 'DER', '-out', 'request.der'],
    );
    await this.openssl('base64', '-in', 'request.der', '-out', 'request.b64');
    const status = await this.curl(
      identity,
      '/.well-known/est/simplereenroll',
      ...['--header', 'Content-Type: application/pkcs10', '--header', 'Content-Transfer-Encoding: base64'],
      ...['--data-binary', '@request.b64'],
    );
    if (status === '200') await this.certificates(`${next}.crt`);
    return status;
  }

  async certificates(file: string): Promise<void> {
    await this.openssl('base64', '-d', '-in', 'answer', '-out', 'answer.p7');
    await this.openssl('pkcs7', '-inform', 'DER', '-in', 'answer.p7', '-print_certs', '-out', file);
  }
}

t.test(
  'a wearable that is openssl and curl renews, and takes the new certificate into use',
  {
    skip,
  },
  async (t) => {
    const server = await runningServer(t);
    const wearable = await server.wearable('watch-1');
    const device = new ShellDevice(t, server, 'watch-1', wearable);
    const stream = await openStream(server, wearable);

    t.equal(await device.curl('device', '/.well-known/est/cacerts'), '200');
    await device.certificates('trusted.crt');
    t.equal(await device.reenroll('device', 'next'), '200');
    t.match(
      await device.openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        'sslclient',
        '-CAfile',
        'trusted.crt',
        'next.crt',
      ),
      /OK/,
    );
    t.match(await device.openssl('x509', '-in', 'next.crt', '-noout', '-ext', 'subjectAltName'), 'watch-1');
    t.equal(
      device.read('next.crt').match(/BEGIN CERTIFICATE/g)?.length,
      1,
      'only the certificate (RFC 7030)',
    );
    t.equal(
      await device.openssl('x509', '-in', 'next.crt', '-noout', '-pubkey'),
      await device.openssl('pkey', '-in', 'next.key', '-pubout'),
    );

    t.equal(await device.token('device'), '200', 'the former stays good until the new one is used');
    t.equal(stream.socket.readyState, stream.socket.OPEN);
    t.equal(await device.token('next'), '200', 'with the leaf alone: the server has the rest of the chain');
    t.same(await stream.closed, { code: 4403, reason: 'certificate_superseded' });
    t.equal(await device.token('device'), '401');
    t.match(device.read('answer'), 'certificate_superseded');
    t.equal(await device.reenroll('next', 'after-next'), '200', 'and so on');
    const acts = () =>
      auditAt(join(server.directory, 'var', 'audit.db'))
        .entries.filter(({ actor }) => actor === 'watch-1')
        .map(({ action }) => action);
    await eventually(() => acts().length >= 3);
    t.same(acts().slice(0, 3), ['device_renewed', 'certificate_superseded', 'device_renewed']);
    for (const event of ['device_renewed', 'certificate_first_used'])
      t.ok(
        server.log.some((line) => line.includes(event)),
        event,
      );
  },
);

t.test('an expired certificate renews once, where an admin has allowed it', { skip }, async (t) => {
  const server = await runningServer(t);
  const name = deviceId('watch-1');
  const wearable = await enrolledAt(server, name, Date.now() - 91 * DAY_MS);
  const device = new ShellDevice(t, server, name, wearable);
  t.match(await device.reenroll('device', 'next'), /^curl /, 'not allowed: turned away in the handshake');

  await server.registry.allowLateRenewal(name, Date.now() + DAY_MS);
  await eventually(async () => (await device.token('device')) === '401');
  t.match(device.read('answer'), 'certificate_expired', 'and nothing but renew');
  t.equal(await device.reenroll('device', 'next'), '200');
  t.equal(await device.reenroll('device', 'again'), '200', 'an answer that was lost may be asked for again');
  t.equal(await device.token('again'), '200');
  t.match(await device.reenroll('device', 'more'), /^curl /, 'the first use of the new one uses it up');
  t.equal(await device.token('next'), '401', 'and ends the one that was lost');
});
