import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect, getCiphers, type TLSSocket } from 'node:tls';
import t from 'tap';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const { cert, key, ca } = await server.wearable('watch-1');
const listeners = { device: server.app.devicePort, clinician: server.app.clinicianPort };

interface Agreed {
  readonly version: string | null;
  readonly cipher: string;
  /** Null: none, as with RSA key transport. */
  readonly ephemeral: string | null;
}

/** What a handshake with these options comes to; the alert, where it comes to nothing. */
async function handshake(port: number, options: ConnectionOptions): Promise<Agreed | Error> {
  const socket: TLSSocket = connect({ host: 'localhost', port, ca, cert, key, ...options });
  try {
    await once(socket, 'secureConnect');
    const exchange = socket.getEphemeralKeyInfo() as { readonly type?: string } | null;
    return {
      version: socket.getProtocol(),
      cipher: socket.getCipher().standardName,
      ephemeral: exchange?.type ?? null,
    };
  } catch (error) {
    return error as Error;
  } finally {
    socket.destroy();
  }
}

for (const [name, port] of Object.entries(listeners)) {
  t.test(`${name}: TLS 1.3 where the peer can, 1.2 where it must, nothing before that`, async (t) => {
    t.match(await handshake(port, {}), { version: 'TLSv1.3' });
    t.match(await handshake(port, { maxVersion: 'TLSv1.2' }), { version: 'TLSv1.2' });
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const old = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
      t.match(await handshake(port, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, version);
    }
  });

  t.test(`${name}: nothing is spoken without TLS`, async (t) => {
    const socket = connectTcp({ host: 'localhost', port });
    const heard: Buffer[] = [];
    socket.on('data', (data: Buffer) => heard.push(data));
    socket.on('error', () => undefined);
    socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await once(socket, 'close');
    t.notMatch(Buffer.concat(heard).toString('latin1'), /HTTP/);
  });

  t.test(
    `${name}: whichever suite of TLS 1.2 a peer offers, there is forward secrecy and AEAD or no connection`,
    async (t) => {
      const offered = getCiphers().filter((cipher) => !cipher.startsWith('tls_'));
      const taken: string[] = [];
      for (const cipher of offered) {
        const ciphers = `${cipher.toUpperCase()}:@SECLEVEL=0`;
        const agreed = await handshake(port, { maxVersion: 'TLSv1.2', ciphers });
        if (agreed instanceof Error) continue;
        taken.push(agreed.cipher);
        t.match(agreed, { cipher: /^TLS_ECDHE_\w+_(GCM|CHACHA20_POLY1305)_/, ephemeral: 'ECDH' }, cipher);
      }
      t.comment(taken.join(' '));
      t.ok(taken.length > 0 && taken.length < offered.length);
    },
  );
}
