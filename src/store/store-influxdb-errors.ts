import { HttpError } from '@influxdata/influxdb-client';
import { StoreError, type StoreFailure } from './telemetry-store.ts';

/**
 * The class of an HTTP status, for 1.x, 2.x and 3.x alike: 400 and 422 a line that is refused, 413 a body too big
 * (halving it helps), 401, 403 and 404 credentials, database or bucket. Any other status below 500 means that what
 * answers is not the InfluxDB that was configured: a person must look.
 */
export function failureOfStatus(status: number): StoreFailure {
  if (status === 400 || status === 413 || status === 422) return 'invalid';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'transient';
  return 'denied';
}

const CURE: Readonly<Record<StoreFailure, string>> = {
  transient: 'trying again later helps',
  invalid: 'what was sent is refused',
  denied: 'check its address, credentials and database or bucket',
};

/** Anything that a request may throw, as a StoreError that keeps it as its cause. A lost connection is transient. */
export function storeError(doing: string, url: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (cause instanceof HttpError) {
    const failure = failureOfStatus(cause.statusCode);
    const said = saidBy(cause);
    return new StoreError(
      failure,
      `InfluxDB at ${url} answered ${cause.statusCode} to ${doing}${said}: ${CURE[failure]}`,
      {
        cause,
        details: { status: cause.statusCode, retry_after_s: cause.retryAfter() },
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

/** 1.x answers JSON with `error`, 2.x with `message`; bounded, since a proxy may answer a page. */
function saidBy({ json, body }: HttpError): string {
  const text: unknown = json?.error ?? json?.message ?? body;
  return typeof text === 'string' && text !== '' ? ` (${text.trim().slice(0, 300)})` : '';
}
