import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { CodedError } from '../../src/core/coded-error.ts';
import type { Rig } from './rig.ts';

const ANSWER_WITHIN_MS = 5_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface Readiness {
  readonly state: string;
  readonly parts: Readonly<Record<string, { readonly state: string; readonly detail: string }>>;
}

/**
 * What the clinician listener answers, whatever its status.
 * @param token of the person who asks; null: nobody does
 * @throws CodedError `server_silent`
 */
export function answerOf({ server, ca }: Rig, path: string, token: string | null = null): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new CodedError('server_silent', `${path} was not answered: ${cause.message}`, { cause }));
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const options = { ca, headers, timeout: ANSWER_WITHIN_MS };
    const asked = request(new URL(path, server.clinicianUrl), options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text += piece;
        if (text.length > MAX_ANSWER_BYTES) asked.destroy(new Error('the answer is too long'));
      });
      answer.on('end', () => resolve(text));
      answer.on('error', failed);
    });
    asked.on('timeout', () => asked.destroy(new Error(`nothing within ${ANSWER_WITHIN_MS} ms`)));
    asked.on('error', failed);
    asked.end();
  });
}

/** What `/readyz` says, whether or not the server is fit for traffic. @throws CodedError `server_silent` */
export async function readiness(rig: Rig): Promise<Readiness> {
  return JSON.parse(await answerOf(rig, '/readyz')) as Readiness;
}

/** Every sample of `/metrics` by its name with its labels, as they stand there. @throws CodedError `server_silent` */
export async function metricsOf(rig: Rig): Promise<ReadonlyMap<string, number>> {
  const samples = new Map<string, number>();
  for (const line of (await answerOf(rig, '/metrics')).split('\n')) {
    const [, name, value] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) samples.set(name, Number(value));
  }
  return samples;
}

/** Memory that the server holds, in MiB. 0 when it does not run. */
export function residentMiB({ server }: Rig): number {
  if (server.pid === undefined) return 0;
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024);
}
