import type { IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { getCACertificates } from 'node:tls';
import { CodedError, codeOf } from '../core/coded-error.ts';

/** A discovery document is a few KiB; a key set with certificate chains some tens. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** What the provider's TLS may chain to. */
export interface OpenIdTrust {
  /** Certificates in PEM beside the public ones. */
  readonly further: string | null;
}

/**
 * GETs a JSON document of the provider. Redirects are not followed: they would lead to where nobody configured.
 * @throws CodedError `provider_unreachable` (network, TLS), `provider_refused` (its status), `provider_answer_invalid`
 *   (not JSON, or longer than 256 KiB), or the reason of `signal`
 */
export async function providerJson(url: URL, trust: OpenIdTrust, signal: AbortSignal): Promise<unknown> {
  const response = await answerOf(url, trust, signal);
  try {
    if (response.statusCode !== 200) {
      throw new CodedError('provider_refused', `${url.href} answered ${response.statusCode}, not 200`);
    }
    return parsed(url, await bodyOf(url, response));
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    signal.throwIfAborted();
    throw unreachable(url, cause);
  } finally {
    response.destroy();
  }
}

function answerOf(url: URL, { further }: OpenIdTrust, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const shared = { signal, agent: false, headers: { accept: 'application/json' } } as const;
  const request =
    url.protocol === 'https:'
      ? requestHttps(url, {
          ...shared,
          ...(further === null ? {} : { ca: [...getCACertificates('default'), further] }),
        })
      : requestHttp(url, shared);
  request.on('response', resolve);
  request.on('error', (cause) => reject(signal.aborted ? signal.reason : unreachable(url, cause)));
  request.end();
  return promise;
}

async function bodyOf(url: URL, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new CodedError(
        'provider_answer_invalid',
        `${url.href} answered with more than ${MAX_ANSWER_BYTES} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(url: URL, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new CodedError('provider_answer_invalid', `${url.href} did not answer with JSON`, { cause });
  }
}

function unreachable(url: URL, cause: unknown): CodedError {
  return new CodedError('provider_unreachable', `${url.href} can not be read (${codeOf(cause)})`, { cause });
}
