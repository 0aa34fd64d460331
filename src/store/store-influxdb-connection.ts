import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { storeError } from './store-influxdb-errors.ts';
import { readInfluxQl, runInfluxQl, type Series } from './store-influxdb-query.ts';
import { StoreError } from './telemetry-store.ts';

export interface InfluxOptions {
  readonly url: string;
  /** 1 writes to `/write`; 2 and 3 write to `/api/v2/write`. All are read over `/query`. */
  readonly version: 1 | 2 | 3;
  /** 1.x: the database; 3.x: the same by its newer name. Default `vitalwire`. */
  readonly database?: string;
  /** 2.x only. */
  readonly org?: string;
  /** 2.x; default: `database`. */
  readonly bucket?: string;
  /** 2.x, 3.x. */
  readonly token?: string;
  /** 1.x. */
  readonly username?: string;
  readonly password?: string;
  /** How long the server may take to answer a request. Milliseconds of real time. Default 10,000. */
  readonly timeoutMs?: number;
  /** Compress what is written: for a slow link only, it nearly doubles the CPU a line costs here. Default false. */
  readonly gzip?: boolean;
}

export interface InfluxConnection extends AsyncDisposable {
  /** Database or bucket. */
  readonly database: string;
  /** Resolves on the client's success callback and on nothing else. @throws StoreError */
  write(body: string): Promise<void>;
  /** @throws StoreError */
  query(statement: string, method?: 'GET' | 'POST'): Promise<readonly Series[]>;
  /** As `query`, but tells of each part of a series as it comes. */
  read(statement: string, piece: (series: Series) => void): Promise<void>;
}

/** The official client, set up so that it neither retries, nor batches, nor logs on its own. Nothing is sent yet. */
export function connect(options: InfluxOptions): InfluxConnection {
  const { version, org = '', timeoutMs = 10_000 } = options;
  const database = options.bucket ?? options.database ?? 'vitalwire';
  const address = new URL(options.url);
  const username = options.username ?? decodeURIComponent(address.username);
  const password = options.password ?? decodeURIComponent(address.password);
  address.username = '';
  address.password = '';
  const url = address.href.replace(/\/$/, '');

  const headers: Record<string, string> =
    username === '' || options.token !== undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  const clientWith = (agent: HttpAgent | HttpsAgent): InfluxDB =>
    new InfluxDB({
      url,
      headers,
      timeout: timeoutMs,
      transportOptions: { agent },
      ...(options.token === undefined ? {} : { token: options.token }),
    });
  const newAgent = (): HttpAgent | HttpsAgent =>
    address.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

  const writeAgent = newAgent();
  const readAgent = newAgent();
  const writer = clientWith(writeAgent);
  const endpoint = { client: clientWith(readAgent), url, database, timeoutMs };

  /** A client for one body: the promise of `flush` alone says nothing, its callbacks do. */
  async function write(body: string): Promise<void> {
    let stored = false;
    const api = writer.getWriteApi(org, database, 'us', {
      maxRetries: 0,
      flushInterval: 0,
      // More than the one record it is given, or it would send on its own and swallow the outcome.
      batchSize: 2,
      maxBatchBytes: Number.MAX_SAFE_INTEGER,
      // The client compresses from 1,000 bytes on unless told otherwise.
      gzipThreshold: options.gzip ? 1_000 : Number.POSITIVE_INFINITY,
      // A promise returned here is what `flush` gives, and keeps the client from logging lines and from retrying.
      writeFailed: (error) => Promise.reject(error),
      writeSuccess: () => {
        stored = true;
      },
    });
    // 1.x calls microseconds `u` and takes `us`, which it does not know, for nanoseconds.
    if (version === 1) api.path = `/write?db=${encodeURIComponent(database)}&precision=u`;
    try {
      api.writeRecord(body);
      await api.flush();
    } catch (cause) {
      // After a time-out the client leaves the request open: a hanging server would gather one a retry.
      if (!(cause instanceof HttpError)) writeAgent.destroy();
      throw storeError('a write', url, cause);
    } finally {
      api.dispose();
    }
    if (!stored) throw new StoreError('transient', `InfluxDB at ${url} did not confirm a write`);
  }

  return {
    database,
    write,
    query: (statement, method) => runInfluxQl(endpoint, statement, method),
    read: (statement, piece) => readInfluxQl(endpoint, statement, piece),
    async [Symbol.asyncDispose]() {
      writeAgent.destroy();
      readAgent.destroy();
    },
  };
}
