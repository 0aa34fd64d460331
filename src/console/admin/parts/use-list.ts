import { useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import type { Query } from '../../server/rest.ts';
import { type Pages, readPages } from './read-pages.ts';
import { type Reading, useReading } from './use-reading.ts';

/** How many entries are read at first, and with each time more. */
const STEP = 5_000;
const EVERY_MS = 15_000;

export interface ListReading<Entry> extends Reading<Pages<Entry>> {
  /** Reads further pages too. */
  readonly more: () => void;
}

/** A list of the server, read page by page and kept up to date. @param name under which the answer has the entries */
export function useList<Entry>(path: string, name: string, query: Query = {}): ListReading<Entry> {
  const { session } = useConsole();
  const [most, setMost] = useState(STEP);
  const reading = useReading(
    JSON.stringify([path, query]),
    (signal) => readPages<Entry>(session.rest, { path, name, query, most }, signal),
    EVERY_MS,
  );
  return {
    ...reading,
    more: () => {
      setMost((before) => before + STEP);
      reading.again();
    },
  };
}
