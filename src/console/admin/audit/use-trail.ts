import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Problem } from '../../server/problem.ts';
import type { AuditEntryAnswer, AuditPage } from './audit-entries.ts';
import { type AuditFilter, auditQuery } from './audit-query.ts';

/** What was read of the trail so far. */
export interface Trail {
  /** Newest first. */
  readonly entries: readonly AuditEntryAnswer[];
  /** Where to go on; null: at the beginning of the trail. */
  readonly next: number | null;
  readonly reads: boolean;
  /** Epoch ms; 0: nothing was read yet. */
  readonly readAt: number;
  readonly problem: Problem | null;
  readonly more: () => void;
  /** From the newest again. */
  readonly again: () => void;
}

/** Reads the trail backwards, a page at a time, from the newest when another filter is given. */
export function useTrail(filter: AuditFilter): Trail {
  const { session, clock } = useConsole();
  const [page, setPage] = useState<AuditPage>({ entries: [], next: null });
  const [reads, setReads] = useState(true);
  const [readAt, setReadAt] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const going = useRef<AbortController | null>(null);

  const read = useCallback(
    async (before: AuditPage | null): Promise<void> => {
      going.current?.abort();
      const gone = new AbortController();
      going.current = gone;
      setReads(true);
      try {
        const query = auditQuery(filter, before?.next ?? undefined);
        const found = await session.rest.get<AuditPage>('/v1/audit', query, gone.signal);
        if (gone.signal.aborted) return;
        setPage({ entries: [...(before?.entries ?? []), ...found.entries], next: found.next });
        setReadAt(clock.exact());
        setProblem(null);
        setReads(false);
      } catch (error) {
        if (gone.signal.aborted) return;
        setReads(false);
        if (!(error instanceof Problem)) throw error;
        setProblem(error);
      }
    },
    [session, clock, filter],
  );
  useEffect(() => {
    setPage({ entries: [], next: null });
    setReadAt(0);
    void read(null);
    return () => going.current?.abort();
  }, [read]);
  return { ...page, reads, readAt, problem, more: () => void read(page), again: () => void read(null) };
}
