import type { Query } from '../../server/rest.ts';
import { text } from '../../text/text.ts';

/** Which entries are looked for, as it is typed. */
export interface AuditFilter {
  /** As `<input type="datetime-local">` gives it, in the reader's zone; empty: from the beginning. */
  readonly from: string;
  readonly to: string;
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
}

export const EVERYTHING: AuditFilter = { from: '', to: '', action: '', subject: '', actor: '' };

const PAGE = 100;
/** What the server takes of a subject or actor, characters. */
const LONGEST = 256;

/** What is wrong with a filter, in words by field; empty: nothing. */
export function auditFaults(filter: AuditFilter): Partial<Record<keyof AuditFilter, string>> {
  const words = text.admin.audit.faults;
  const [from, to] = [moment(filter.from), moment(filter.to)];
  return {
    ...(Number.isNaN(from) ? { from: words.no_time } : {}),
    ...(Number.isNaN(to) ? { to: words.no_time } : {}),
    ...(from !== undefined && to !== undefined && from >= to ? { to: words.order } : {}),
    ...(filter.subject.trim().length > LONGEST ? { subject: text.admin.faults.too_long(LONGEST) } : {}),
    ...(filter.actor.trim().length > LONGEST ? { actor: text.admin.faults.too_long(LONGEST) } : {}),
  };
}

/** What `GET /v1/audit` is asked of a filter without faults. @param after `next` of the page before; absent: the newest */
export function auditQuery(filter: AuditFilter, after?: number): Query {
  const { action, subject, actor } = filter;
  return {
    ...{ from: moment(filter.from), to: moment(filter.to) },
    ...{ action: given(action), subject: given(subject), actor: given(actor) },
    ...{ limit: PAGE, after },
  };
}

function given(typed: string): string | undefined {
  return typed.trim() === '' ? undefined : typed.trim();
}

/** Epoch ms; undefined: nothing was entered; NaN: it is no time. */
function moment(local: string): number | undefined {
  return local === '' ? undefined : new Date(local).getTime();
}
