import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** The pseudo-random function of TLS 1.2 with SHA-256 (RFC 5246 section 5). */
export function prf(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const full = Buffer.concat([Buffer.from(label, 'ascii'), seed]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  const blocks: Buffer[] = [];
  for (let a = hmac(full); Buffer.concat(blocks).length < length; a = hmac(a)) {
    blocks.push(hmac(Buffer.concat([a, full])));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** What protects the records of one direction: AES-128-GCM as TLS 1.2 uses it (RFC 5288 section 3). */
export class RecordProtection {
  readonly #key: Buffer;
  readonly #salt: Buffer;
  #sequence = 0n;

  constructor(key: Buffer, salt: Buffer) {
    this.#key = key;
    this.#salt = salt;
  }

  seal(type: number, plain: Buffer): Buffer {
    const explicit = this.#number();
    const cipher = createCipheriv('aes-128-gcm', this.#key, Buffer.concat([this.#salt, explicit]));
    cipher.setAAD(this.#additional(type, plain.length));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    this.#sequence += 1n;
    return Buffer.concat([explicit, sealed, cipher.getAuthTag()]);
  }

  open(type: number, fragment: Buffer): Buffer {
    const nonce = Buffer.concat([this.#salt, fragment.subarray(0, 8)]);
    const decipher = createDecipheriv('aes-128-gcm', this.#key, nonce);
    decipher.setAAD(this.#additional(type, fragment.length - 24));
    decipher.setAuthTag(fragment.subarray(-16));
    const plain = Buffer.concat([decipher.update(fragment.subarray(8, -16)), decipher.final()]);
    this.#sequence += 1n;
    return plain;
  }

  #number(): Buffer {
    const octets = Buffer.alloc(8);
    octets.writeBigUInt64BE(this.#sequence);
    return octets;
  }

  #additional(type: number, length: number): Buffer {
    return Buffer.concat([this.#number(), Buffer.from([type, 3, 3, length >> 8, length & 0xff])]);
  }
}
