import { HttpError } from '@influxdata/influxdb-client';
import { StoreError, type StoreFailure } from './telemetry-store.ts';

/**
 * The class of an HTTP status, for 1.x, 2.x and 3.x alike: 400 and 422 a line that is refused, 201 the same of some
 * versions 3.x, which have taken the others, 413 a body too big for the server or a proxy, 401, 403 and 404 credentials,
 * database or bucket. Any other status below 500, a redirection or a page among them, means that what answers is not the
 * InfluxDB that was configured: a person must look.
 */
export function failureOfStatus(status: number): StoreFailure {
  if (status === 201 || status === 400 || status === 422) return 'invalid';
  if (status === 413) return 'too_large';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'transient';
  return 'denied';
}

const CURE: Readonly<Record<StoreFailure, string>> = {
  transient: 'trying again later helps',
  invalid: 'what was sent is refused',
  too_large: 'less at a time may be taken',
  denied: 'check its address, credentials and database or bucket',
};

/** Anything that a request may throw, as a StoreError that keeps it as its cause. A lost connection is transient. */
export function storeError(doing: string, url: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (cause instanceof HttpError) {
    const ofStatus = failureOfStatus(cause.statusCode);
    const failure = ofStatus === 'invalid' && isOfAnother(cause) ? 'denied' : ofStatus;
    const said = saidBy(cause, failure);
    return new StoreError(
      failure,
      `InfluxDB at ${url} answered ${cause.statusCode} to ${doing}${said}: ${CURE[failure]}`,
      {
        cause,
        details: { status: cause.statusCode, retry_after_s: retryAfterS(cause.headers ?? {}) },
      },
    );
  }
  if (cause instanceof SyntaxError) {
    return new StoreError('denied', `what answers at ${url} is not InfluxDB: no JSON to ${doing}`, { cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    'transient',
    `InfluxDB at ${url} did not answer to ${doing} (${why}): ${CURE.transient}`,
    {
      cause,
    },
  );
}

/**
 * `Retry-After` in seconds, 0 without it: a number of them, or a date, which is taken by the answer's own `Date`, so that
 * clocks that differ do not matter (RFC 9110, 10.2.3).
 */
export function retryAfterS(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): number {
  const asked = String(headers['retry-after'] ?? '').trim();
  if (/^\d+$/.test(asked)) return Number(asked);
  const seconds = (Date.parse(asked) - Date.parse(String(headers.date ?? ''))) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/** Whether a proxy's page, or what any server in Go says to HTTP where it speaks TLS, stands where InfluxDB would refuse lines. */
function isOfAnother({ contentType, body }: HttpError): boolean {
  return /^text\/html/i.test(contentType ?? '') || /HTTP request to an HTTPS server/.test(body ?? '');
}

/**
 * 1.x answers JSON with `error`, 2.x with `message`; bounded, since a proxy may answer a page. All but what is refused is
 * logged: then an answer that shows lines, which name patients, is left out.
 */
function saidBy({ json, body }: HttpError, failure: StoreFailure): string {
  const text: unknown = json?.error ?? json?.message ?? body;
  if (typeof text !== 'string' || text === '') return '';
  if (failure !== 'invalid' && /\b(?:device|patient)=/.test(text)) return ' (and showed what was written)';
  return ` (${text.trim().slice(0, 300)})`;
}
