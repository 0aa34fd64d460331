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

/** A request to the provider; without a body a GET. */
export interface ProviderRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the provider answered, whatever its status. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * GETs a JSON document of the provider.
 * @throws CodedError `provider_unreachable` (network, TLS), `provider_refused` (its status), `provider_answer_invalid`
 *   (not JSON, or longer than 256 KiB), or the reason of `signal`
 */
export async function providerJson(url: URL, trust: OpenIdTrust, signal: AbortSignal): Promise<unknown> {
  const accept = { accept: 'application/json' };
  const { status, body } = await providerAnswer(url, { headers: accept }, trust, signal);
  if (status !== 200) throw new CodedError('provider_refused', `${url.href} answered ${status}, not 200`);
  return parsed(url, body);
}

/**
 * Asks the provider. Redirects are not followed: they would lead to where nobody configured.
 * @throws CodedError `provider_unreachable` (network, TLS), `provider_answer_invalid` (longer than 256 KiB), or the
 *   reason of `signal`
 */
export async function providerAnswer(
  url: URL,
  request: ProviderRequest,
  trust: OpenIdTrust,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  const response = await answerOf(url, request, trust, signal);
  try {
    const body = await bodyOf(url, response);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    signal.throwIfAborted();
    throw unreachable(url, cause);
  } finally {
    response.destroy();
  }
}

function answerOf(
  url: URL,
  { method = 'GET', headers = {}, body = '' }: ProviderRequest,
  { further }: OpenIdTrust,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
  const shared = { method, signal, agent: false, headers: { ...headers, ...length } } as const;
  const request =
    url.protocol === 'https:'
      ? requestHttps(url, {
          ...shared,
          ...(further === null ? {} : { ca: [...getCACertificates('default'), further] }),
        })
      : requestHttp(url, shared);
  request.on('response', resolve);
  request.on('error', (cause) => reject(signal.aborted ? signal.reason : unreachable(url, cause)));
  request.end(body);
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
