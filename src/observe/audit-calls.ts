import type { AuditFields } from './audit-chain.ts';
import type { AuditPage, AuditPageQuery } from './audit-page.ts';

export interface AuditWorkerData {
  readonly path: string;
  /** How long an append waits for other processes. */
  readonly busyTimeoutMs: number;
}

/** What the audit trail's worker can be asked. */
export interface AuditCalls {
  /** Appends all or none, in one transaction, behind whatever any process has appended by then. */
  append(args: { readonly entries: readonly AuditFields[] }): void;
  /** What fits among the entries of one window. */
  window(args: AuditPageQuery): AuditPage;
}
