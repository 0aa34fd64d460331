import { open } from 'node:fs/promises';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import {
  type CertificateRequest,
  parseCertificateRequest,
  REQUEST_MAX_OCTETS,
  readCertificateRequest,
} from '../../src/pki/certificate-request.ts';

/** Twice the octets of DER: base64, line ends, and what openssl writes above the PEM. */
const MAX_OCTETS = 2 * REQUEST_MAX_OCTETS;
/** The first octet of DER; text begins with another: PEM with a dash, base64 of DER with an M. */
const SEQUENCE = 0x30;

/**
 * Reads a certificate request, PEM or DER, from a file, or from standard input for `-`; its signature is checked.
 * @throws CodedError `request_unreadable`, and as `parseCertificateRequest`
 */
export async function readRequest(file: string): Promise<CertificateRequest> {
  const content = file === '-' ? await readBounded(process.stdin, 'standard input') : await readFile(file);
  return content[0] === SEQUENCE
    ? parseCertificateRequest(content)
    : readCertificateRequest(content.toString('latin1'));
}

async function readFile(path: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    return await readBounded(file.createReadStream(), path);
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      'request_unreadable',
      `${path} cannot be read (${codeOf(cause)}): name a file with a certificate request, or - for standard input`,
      { cause },
    );
  }
}

async function readBounded(stream: AsyncIterable<Buffer>, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let octets = 0;
  for await (const part of stream) {
    octets += part.length;
    if (octets > MAX_OCTETS) {
      throw new CodedError(
        'request_malformed',
        `${name} holds more than ${MAX_OCTETS} octets: it is not a certificate request`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
