import type { Agent } from 'node:https';
import { request } from 'node:https';
import { CodedError } from '../core/coded-error.ts';
import { Refusal, readBody } from './refusal.ts';

/** A token and how long it holds, in milliseconds from when it was issued. */
export interface DeviceToken {
  readonly token: string;
  readonly lifetimeMs: number;
}

function parseToken(body: string): DeviceToken {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new CodedError('bad_token_answer', 'the token endpoint did not answer with JSON: check the URL', {
      cause,
    });
  }
  const answer = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== 'string' || token === '' || typeof seconds !== 'number' || !(seconds > 0))
    throw new CodedError(
      'bad_token_answer',
      'the token endpoint answered without access_token or a positive expires_in: check the URL',
    );
  return { token, lifetimeMs: seconds * 1000 };
}

/**
 * Asks for an access token with the client certificate of `agent` as the credential
 * (OAuth 2.0 client credentials, RFC 6749 section 4.4; RFC 8705 `tls_client_auth`).
 * @throws Refusal when the server answers with an error; CodedError `bad_token_answer`; the socket's own error
 */
export function requestToken(base: URL, agent: Agent, timeoutMs: number): Promise<DeviceToken> {
  const body = 'grant_type=client_credentials';
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL('/v1/token', base),
      {
        method: 'POST',
        agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          accept: 'application/json',
        },
      },
      (response) => {
        readBody(response)
          .then((text) => {
            if (response.statusCode !== 200) throw new Refusal('a token', response, text);
            resolve(parseToken(text));
          })
          .catch(reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
