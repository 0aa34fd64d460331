import type { X509Certificate } from 'node:crypto';
import { type Agent, type RequestOptions, request } from 'node:https';
import { CodedError } from '../core/coded-error.ts';
import { decodeCertsOnly } from '../pki/certs-only.ts';
import { decodeBase64 } from '../pki/pem.ts';
import { Refusal, readBody } from './refusal.ts';

/** Where EST answers, and who asks. */
export interface EstPeer {
  readonly base: URL;
  /** Presents the certificate that is to be renewed. */
  readonly agent: Agent;
  /** Real milliseconds for one request. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * The authorities whose device certificates the server takes (RFC 7030 section 4.1).
 * @throws Refusal; CodedError `est_answer_malformed`; the socket's own error
 */
export function fetchAuthorities(peer: EstPeer): Promise<X509Certificate[]> {
  return exchange(peer, 'cacerts', { method: 'GET' }, '');
}

/**
 * Asks for the next certificate (RFC 7030 section 4.2.2).
 * @param certificateRequest PKCS#10 in DER
 * @throws as `fetchAuthorities`
 */
export function requestRenewal(peer: EstPeer, certificateRequest: Buffer): Promise<X509Certificate[]> {
  const body = certificateRequest.toString('base64');
  const headers = {
    'content-type': 'application/pkcs10',
    'content-transfer-encoding': 'base64',
    'content-length': body.length,
  };
  return exchange(peer, 'simplereenroll', { method: 'POST', headers }, body);
}

function exchange(
  { base, agent, timeoutMs, signal }: EstPeer,
  operation: string,
  options: RequestOptions,
  body: string,
): Promise<X509Certificate[]> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const url = new URL(`/.well-known/est/${operation}`, base);
    const sent = request(url, { ...options, agent, signal: limit }, (response) => {
      readBody(response)
        .then((text) => {
          if (response.statusCode !== 200) throw new Refusal(operation, response, text);
          resolve(certificatesIn(operation, text));
        })
        .catch(reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function certificatesIn(operation: string, text: string): X509Certificate[] {
  const der = decodeBase64(text);
  try {
    if (der !== null) return decodeCertsOnly(der);
  } catch (cause) {
    throw malformed(operation, cause);
  }
  throw malformed(operation);
}

function malformed(operation: string, cause?: unknown): CodedError {
  return new CodedError(
    'est_answer_malformed',
    `the server did not answer ${operation} with certificates: check the URL`,
    { cause },
  );
}
