import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { RunningServer } from './running-server.ts';

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface RestRequest {
  /** Default GET. */
  readonly method?: string;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
}

/** A request on the clinician listener. */
export function rest(
  server: Pick<RunningServer, 'clinicianUrl' | 'directory'>,
  token: string | null,
  path: string,
  { method = 'GET', body, contentType = 'application/json' }: RestRequest = {},
): Promise<RestAnswer> {
  const ca = readFileSync(join(server.directory, 'certs', 'root-ca.crt'));
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      // Said, because Node frames the body of a DELETE by nothing else.
      ...(sent === undefined
        ? {}
        : { 'content-type': contentType, 'content-length': Buffer.byteLength(sent) }),
    };
    const url = new URL(path, server.clinicianUrl);
    const call = request(url, { ca, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const json = text !== '' && /json/.test(response.headers['content-type'] ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: json ? JSON.parse(text) : {},
        });
      });
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(sent);
  });
}
