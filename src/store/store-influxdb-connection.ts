import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB } from '@influxdata/influxdb-client';
import { readInfluxQl, runInfluxQl, type Series } from './store-influxdb-query.ts';
import { writeLines } from './store-influxdb-write.ts';

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
  /** Resolves when the server confirmed that every line is stored, and on nothing else. @throws StoreError */
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
  const agent =
    address.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const client = new InfluxDB({
    url,
    headers,
    timeout: timeoutMs,
    transportOptions: { agent },
    ...(options.token === undefined ? {} : { token: options.token }),
  });
  const endpoint = { client, url, database, timeoutMs };
  // 1.x calls microseconds `u` and takes `us`, which it does not know, for nanoseconds.
  const writePath =
    version === 1
      ? `/write?db=${encodeURIComponent(database)}&precision=u`
      : `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(database)}&precision=us`;

  return {
    database,
    write: (body) => writeLines(endpoint, writePath, body, options.gzip === true),
    query: (statement, method) => runInfluxQl(endpoint, statement, method),
    read: (statement, piece) => readInfluxQl(endpoint, statement, piece),
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
}
