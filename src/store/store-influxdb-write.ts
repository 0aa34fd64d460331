import { HttpError } from '@influxdata/influxdb-client';
import { storeError } from './store-influxdb-errors.ts';
import type { QueryEndpoint } from './store-influxdb-query.ts';

/** What the client tells of the answer's head. */
interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Of an answer that says why lines were refused, this much is kept. */
const MAX_SAID = 1_000;

/**
 * Sends one body of line protocol over the client's transport: its own write API takes 201 for success, which is how
 * some versions 3.x say that they refused lines, and leaves a request open after a time-out, of which a hanging server
 * would gather one a retry.
 * @throws StoreError
 */
export async function writeLines(
  { client, url, timeoutMs }: QueryEndpoint,
  path: string,
  body: string,
  gzip: boolean,
): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      let answered: Answered | null = null;
      let said = '';
      client.transport.send(
        path,
        body,
        {
          method: 'POST',
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          signal: late.signal,
          // From 1,000 bytes on, where it is wanted.
          gzipThreshold: gzip ? 1_000 : Number.POSITIVE_INFINITY,
        },
        {
          responseStarted: (headers, status) => {
            answered = { status: status ?? 0, headers };
          },
          next: (piece: Uint8Array) => {
            if (said.length < MAX_SAID) said += Buffer.from(piece).toString('utf8', 0, MAX_SAID);
          },
          error: reject,
          complete: () => {
            const refusal = answered === null ? new Error('no answer') : refusalOf(answered, said);
            if (refusal === null) resolve();
            else reject(refusal);
          },
        },
      );
    });
  } catch (cause) {
    throw storeError('a write', url, late.signal.aborted ? timedOut(timeoutMs, cause) : cause);
  } finally {
    clearTimeout(timer);
  }
}

/** Null for what says that every line is stored: 204, or 201 with nothing refused. */
function refusalOf({ status, headers }: Answered, said: string): HttpError | null {
  if (status === 204 || (status === 201 && said.trim() === '')) return null;
  const type = String(headers['content-type'] ?? '');
  return new HttpError(status, undefined, said.slice(0, MAX_SAID), null, type, undefined, headers);
}

function timedOut(timeoutMs: number, cause: unknown): Error {
  return new Error(`no answer within ${timeoutMs} ms`, { cause });
}
