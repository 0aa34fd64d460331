import { createECDH, createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { ANSWER_WITHIN_MS, type Channel, type ClientCredential, type Route } from './channel.ts';
import { Inbox } from './inbox.ts';
import { prf, RecordProtection } from './raw-tls-crypto.ts';
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  clientHello,
  HANDSHAKE,
  handshakeMessage,
  MESSAGE,
  type Message,
  parseHandshake,
  parseRecord,
  record,
  serverPoint,
  vector,
} from './raw-tls-messages.ts';

/** How a peer shows that it holds the key of its certificate. */
export type Proof =
  | { readonly kind: 'signed'; readonly key: KeyObject }
  /** A signature over another handshake: what a thief of recorded traffic has. */
  | { readonly kind: 'other_transcript'; readonly key: KeyObject }
  | { readonly kind: 'none' };

export interface RawCredential extends Pick<ClientCredential, 'chain'> {
  readonly proof: Proof;
}

/**
 * A TLS 1.2 client of its own (RFC 5246; ECDHE with P-256, AES-128-GCM), because OpenSSL will not send what is no
 * certificate, nor one whose key it has not got: here any bytes go as a certificate. Of the server it verifies
 * nothing, which is no concern of an attacker's.
 */
export function rawTlsChannel(route: Route, credential: RawCredential): Channel {
  return new RawTls(route, credential);
}

const SIGNATURE_SCHEMES: Readonly<Record<string, { readonly code: number; readonly hash: string | null }>> = {
  ec: { code: 0x0403, hash: 'sha256' },
  rsa: { code: 0x0401, hash: 'sha256' },
  ed25519: { code: 0x0807, hash: null },
};

class RawTls implements Channel {
  readonly inbox = new Inbox();
  readonly #socket: Socket;
  readonly #credential: RawCredential;
  readonly #random = randomBytes(32);
  readonly #ecdh = createECDH('prime256v1');
  readonly #transcript: Buffer[] = [];
  /** Application data that waits for the end of the handshake. */
  readonly #unsent: Buffer[] = [];
  #received = Buffer.alloc(0);
  #handshake = Buffer.alloc(0);
  #serverRandom: Buffer = Buffer.alloc(0);
  #serverPoint: Buffer = Buffer.alloc(0);
  #out: RecordProtection | null = null;
  #in: RecordProtection | null = null;
  #pendingIn: RecordProtection | null = null;
  #asked = false;
  #finished = false;

  constructor({ port, localAddress }: Route, credential: RawCredential) {
    this.#credential = credential;
    this.#ecdh.generateKeys();
    this.#socket = connect({ host: '127.0.0.1', port, localAddress });
    this.#socket.setTimeout(ANSWER_WITHIN_MS, () => this.#end('timeout'));
    this.#socket.on('connect', () => this.#say(clientHello(this.#random)));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.inbox.end(error.code ?? error.message));
    this.#socket.on('end', () => this.inbox.end('end'));
    this.#socket.on('close', () => this.inbox.end('close'));
  }

  send(bytes: Buffer | string): void {
    const data = Buffer.from(bytes);
    if (!this.#finished) {
      this.#unsent.push(data);
      return;
    }
    for (let at = 0; at < data.length; at += 16_000) {
      this.#write(APPLICATION_DATA, data.subarray(at, at + 16_000));
    }
  }

  destroy(): void {
    this.#end('destroyed');
  }

  #end(reason: string): void {
    this.inbox.end(reason);
    this.#socket.destroy();
  }

  #write(type: number, content: Buffer): void {
    if (this.#socket.writable) this.#socket.write(record(type, this.#out?.seal(type, content) ?? content));
  }

  /** Sends a handshake message, in as many records as it needs. */
  #say(message: Buffer): void {
    this.#transcript.push(message);
    for (let at = 0; at < message.length; at += 16_000) {
      this.#write(HANDSHAKE, message.subarray(at, at + 16_000));
    }
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    try {
      for (let next = parseRecord(this.#received); next !== null; next = parseRecord(this.#received)) {
        this.#received = this.#received.subarray(next.used);
        this.#take(
          next.value.type,
          this.#in?.open(next.value.type, next.value.fragment) ?? next.value.fragment,
        );
      }
    } catch (error) {
      this.#end(`unreadable: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(type: number, content: Buffer): void {
    switch (type) {
      case ALERT:
        return this.#end(`alert ${content[1]}`);
      case CHANGE_CIPHER_SPEC:
        this.#in = this.#pendingIn;
        return;
      case APPLICATION_DATA:
        return this.inbox.push(content);
      case HANDSHAKE:
        this.#handshake = Buffer.concat([this.#handshake, content]);
        for (
          let next = parseHandshake(this.#handshake);
          next !== null;
          next = parseHandshake(this.#handshake)
        ) {
          this.#handshake = this.#handshake.subarray(next.used);
          this.#heard(next.value);
        }
    }
  }

  #heard({ type, body, whole }: Message): void {
    this.#transcript.push(whole);
    switch (type) {
      case MESSAGE.serverHello:
        this.#serverRandom = body.subarray(2, 34);
        return;
      case MESSAGE.serverKeyExchange:
        this.#serverPoint = serverPoint(body);
        return;
      case MESSAGE.certificateRequest:
        this.#asked = true;
        return;
      case MESSAGE.serverHelloDone:
        return this.#answer();
      case MESSAGE.finished:
        this.#finished = true;
        for (const data of this.#unsent.splice(0)) this.send(data);
    }
  }

  /** The client's second flight: certificate, key exchange, proof, finished. */
  #answer(): void {
    const { chain, proof } = this.#credential;
    if (this.#asked) {
      const list = Buffer.concat(chain.map((der) => vector(3, der)));
      this.#say(handshakeMessage(MESSAGE.certificate, vector(3, list)));
    }
    this.#say(handshakeMessage(MESSAGE.clientKeyExchange, vector(1, this.#ecdh.getPublicKey())));
    if (this.#asked && proof.kind !== 'none') this.#say(this.#certificateVerify(proof));
    const master = prf(
      this.#ecdh.computeSecret(this.#serverPoint),
      'master secret',
      Buffer.concat([this.#random, this.#serverRandom]),
      48,
    );
    const block = prf(master, 'key expansion', Buffer.concat([this.#serverRandom, this.#random]), 40);
    this.#write(CHANGE_CIPHER_SPEC, Buffer.from([1]));
    this.#out = new RecordProtection(block.subarray(0, 16), block.subarray(32, 36));
    this.#pendingIn = new RecordProtection(block.subarray(16, 32), block.subarray(36, 40));
    const digest = createHash('sha256').update(Buffer.concat(this.#transcript)).digest();
    this.#say(handshakeMessage(MESSAGE.finished, prf(master, 'client finished', digest, 12)));
  }

  #certificateVerify({ kind, key }: Exclude<Proof, { kind: 'none' }>): Buffer {
    const scheme = SIGNATURE_SCHEMES[key.asymmetricKeyType ?? ''] ?? { code: 0x0403, hash: 'sha256' };
    const messages = Buffer.concat(this.#transcript);
    const signed = kind === 'signed' ? messages : Buffer.concat([randomBytes(32), messages]);
    const code = Buffer.from([scheme.code >> 8, scheme.code & 0xff]);
    const signature = sign(scheme.hash, signed, key);
    return handshakeMessage(MESSAGE.certificateVerify, Buffer.concat([code, vector(2, signature)]));
  }
}
