/** An entry of the audit trail as `GET /v1/audit` gives it. */
export interface AuditEntryAnswer {
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
  readonly actor: { readonly kind: string; readonly name: string };
  readonly action: string;
  readonly subject: string;
  /** Facts by name; as text where somebody tampered with them. */
  readonly details: unknown;
  readonly previous: string;
  readonly hash: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntryAnswer[];
  /** `after` of the next page; null: there are none further back. */
  readonly next: number | null;
}

/** One fact of an entry, for reading. */
export interface Detail {
  readonly name: string;
  readonly value: string;
  /** The moment that it is, epoch ms; null: it is none. */
  readonly at: number | null;
}

/** A moment as the trail writes it: UTC, by ISO 8601. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;

/** The facts of an entry; null: they are not as the service writes them, so somebody has changed them. */
export function detailsOf({ details }: Pick<AuditEntryAnswer, 'details'>): readonly Detail[] | null {
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return null;
  return Object.entries(details).map(([name, value]) => ({
    name,
    value: typeof value === 'object' ? JSON.stringify(value) : String(value),
    at: typeof value === 'string' && MOMENT.test(value) ? Date.parse(value) : null,
  }));
}

/** The entries as JSON, one a line. */
export function jsonLines(entries: readonly AuditEntryAnswer[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** What to call a file of them: by the numbers of the oldest and the newest in it. */
export function exportName(entries: readonly AuditEntryAnswer[]): string {
  const [newest, oldest] = [entries[0]?.seq ?? 0, entries.at(-1)?.seq ?? 0];
  return `audit-${oldest}-${newest}.jsonl`;
}
