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

/** A GET on the clinician listener. */
export function rest(
  server: Pick<RunningServer, 'clinicianUrl' | 'directory'>,
  token: string | null,
  path: string,
): Promise<RestAnswer> {
  const ca = readFileSync(join(server.directory, 'certs', 'root-ca.crt'));
  return new Promise((resolve, reject) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const call = request(new URL(path, server.clinicianUrl), { ca, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const json = /json/.test(response.headers['content-type'] ?? '');
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
    call.end();
  });
}
