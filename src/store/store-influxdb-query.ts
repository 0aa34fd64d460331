import type { InfluxDB } from '@influxdata/influxdb-client';
import { storeError } from './store-influxdb-errors.ts';
import { StoreError } from './telemetry-store.ts';

/** One series of an answer: times are microseconds. */
export interface Series {
  readonly tags: Readonly<Record<string, string | null>>;
  readonly rows: readonly (readonly unknown[])[];
}

/** One document of an answer: at most 10,000 rows; the same series may go on in the next. */
interface Answer {
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly tags?: Readonly<Record<string, string | null>>;
      readonly values?: readonly (readonly unknown[])[];
    }[];
  }[];
}

export interface QueryEndpoint {
  readonly client: InfluxDB;
  /** For messages: without credentials. */
  readonly url: string;
  readonly database: string;
  readonly timeoutMs: number;
}

/** Runs one InfluxQL statement and gathers its whole answer. @throws StoreError as `readInfluxQl` */
export async function runInfluxQl(
  endpoint: QueryEndpoint,
  statement: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<readonly Series[]> {
  const found = new Map<string, { readonly tags: Series['tags']; readonly rows: (readonly unknown[])[] }>();
  const gather = ({ tags, rows }: Series): void => {
    const key = JSON.stringify(tags);
    const series = found.get(key) ?? { tags, rows: [] };
    for (const row of rows) series.rows.push(row);
    found.set(key, series);
  };
  await readInfluxQl(endpoint, statement, gather, method);
  return [...found.values()];
}

/**
 * Runs one InfluxQL statement over `/query`, which 1.x, 2.x (a bucket maps to a database of its name) and 3.x serve.
 * Chunked, because an answer in one piece is cut at the server's `max-row-limit`, and the flag that says so is also
 * set on whole answers of more than 10,000 rows (influxdata/influxdb 10114, seen with 1.6.7).
 * @param piece told of each part of a series as it comes, so that a long answer need not be held
 * @throws StoreError: by status, or `invalid` when the answer carries an error of the statement.
 */
export async function readInfluxQl(
  { client, url, database, timeoutMs }: QueryEndpoint,
  statement: string,
  piece: (series: Series) => void,
  method: 'GET' | 'POST' = 'GET',
): Promise<void> {
  const doing = statement.split(' ', 1)[0] ?? statement;
  const query = new URLSearchParams({ db: database, epoch: 'u', chunked: 'true', q: statement });
  try {
    const answer = client.transport.iterate(`/query?${query}`, '', {
      method,
      headers: { accept: 'application/json' },
      // The client notices its own time-out but leaves the request open; the signal ends it.
      signal: AbortSignal.timeout(timeoutMs),
    });
    for await (const document of documentsOf(answer)) {
      const [result] = document.results ?? [];
      if (result?.error !== undefined) {
        throw new StoreError('invalid', `InfluxDB at ${url} refused ${doing}: ${result.error}`);
      }
      for (const { tags = {}, values = [] } of result?.series ?? []) piece({ tags, rows: values });
    }
  } catch (cause) {
    throw storeError(doing, url, cause);
  }
}

/** JSON documents parted by line feeds. */
async function* documentsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Answer> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
