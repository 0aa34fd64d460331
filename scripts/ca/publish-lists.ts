import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { type KnownAuthority, openAuthority } from '../../src/identity/authorities.ts';
import { type ListPublication, publishRevocationLists } from '../../src/identity/revocation-lists.ts';
import type { CertificateAuthority } from '../../src/pki/certificate-authority.ts';
import type { AdminContext } from '../admin-command.ts';

/** What became of the revocation list of one authority, as commands tell it. */
export interface PublishedList {
  readonly authority: KnownAuthority['name'];
  readonly state: KnownAuthority['state'];
  readonly key_id: string;
  readonly outcome: 'published' | 'unchanged' | 'not_published';
  /** Why it was not published; null where it was, or needed not be. */
  readonly why: string | null;
  readonly file: string;
  /** Of the list in place; null: there is none. The number is decimal. */
  readonly number: string | null;
  readonly entries: number | null;
  readonly next_update: EpochMs | null;
}

/** Of the root's list unless said otherwise: its key is kept offline, and its list seldom changes. Days. */
const ROOT_LIST_DAYS = 180;
const GROUPS: readonly (readonly KnownAuthority['name'][])[] = [['root'], ['device', 'server']];

/**
 * Publishes the list of every authority whose key opens, and records each that was made. A key that does not open is a
 * reason to tell, never an error: the other lists are published all the same.
 * @throws CodedError `audit_not_recorded`, and what reading and writing the certificates directory gives
 */
export async function publishLists(
  { registry, audit, certs, clock }: AdminContext,
  options: { readonly passphrase?: string; readonly days?: number; readonly force?: boolean },
): Promise<readonly PublishedList[]> {
  const reasons = new Map<string, string>();
  const { passphrase, force = false } = options;
  const publications: ListPublication[] = [];
  for (const group of GROUPS) {
    const days = options.days ?? (group.includes('root') ? ROOT_LIST_DAYS : undefined);
    const made = await publishRevocationLists({
      directory: certs,
      registry,
      force,
      now: clock.now(),
      open: async (authority) =>
        group.includes(authority.name) ? openOrTell(authority, certs, passphrase, reasons) : null,
      ...(days === undefined ? {} : { validityDays: days }),
    });
    publications.push(...made.filter(({ authority }) => group.includes(authority.name)));
  }
  const lists = publications.map((publication) => told(publication, reasons));
  for (const { authority, key_id, outcome, number, entries } of lists) {
    if (outcome !== 'published') continue;
    const details = { authority, number: number ?? '', entries: entries ?? 0 };
    await audit.record({ action: 'crl_published', subject: key_id, details });
  }
  return lists;
}

async function openOrTell(
  authority: KnownAuthority,
  directory: string,
  passphrase: string | undefined,
  reasons: Map<string, string>,
): Promise<CertificateAuthority | null> {
  try {
    const opened = await openAuthority(authority, directory, passphrase);
    if (opened === null) reasons.set(authority.keyId, `${authority.paths.key} is not there`);
    return opened;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    reasons.set(authority.keyId, error.message);
    return null;
  }
}

function told(
  { authority, file, outcome, list }: ListPublication,
  reasons: ReadonlyMap<string, string>,
): PublishedList {
  const { name, state, keyId } = authority;
  const failed = outcome === 'key_offline';
  return {
    authority: name,
    state,
    key_id: keyId,
    outcome: failed ? 'not_published' : outcome,
    why: failed ? (reasons.get(keyId) ?? 'its key does not open') : null,
    file,
    number: list === null ? null : String(list.number),
    entries: list?.entries.length ?? null,
    next_update: list?.nextUpdate ?? null,
  };
}
