import { type ChainVerdict, type SealedEntry, verifyChain } from '../../src/observe/audit-chain.ts';
import { AuditReader } from '../../src/observe/audit-reader.ts';

/** Everything in the trail at `path`, and whether its chain is whole. */
export function auditAt(path: string): {
  readonly entries: readonly SealedEntry[];
  readonly verdict: ChainVerdict;
} {
  using reader = new AuditReader(path);
  const entries = [...reader.entries()];
  return { entries, verdict: verifyChain(entries) };
}
