import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { ClinicianId, DeviceId } from '../model/ids.ts';
import type { AuditFields } from './audit-chain.ts';
import { REDACTED, redacted } from './redaction.ts';

/** What is audited: what each entry's subject names, and what it means. */
export const AUDIT_ACTIONS = {
  device_issued: { subject: 'device', meaning: 'A device was enrolled and got its certificate.' },
  device_renewed: {
    subject: 'device',
    meaning: 'A device got its next certificate, on its own request or by an admin.',
  },
  device_replaced: { subject: 'device', meaning: 'An admin gave a device a new key and certificate.' },
  certificate_superseded: {
    subject: 'device',
    meaning: 'A newer certificate was used: the older ones ended.',
  },
  certificate_revoked: { subject: 'certificate serial', meaning: 'One certificate was revoked.' },
  device_revoked: { subject: 'device', meaning: 'A device was revoked with all its certificates.' },
  device_suspended: { subject: 'device', meaning: 'A device is turned away until it is resumed.' },
  device_resumed: { subject: 'device', meaning: 'A suspended device is admitted again.' },
  device_assigned: { subject: 'device', meaning: 'Who wears a device was changed.' },
  late_renewal_allowed: {
    subject: 'device',
    meaning: 'One renewal with an expired certificate was allowed.',
  },
  authority_made: { subject: 'authority', meaning: 'A certificate authority was made.' },
  authority_rotated: { subject: 'authority', meaning: 'A new authority took the place of another.' },
  authority_revoked: { subject: 'authority', meaning: 'An issuing authority was revoked by its root.' },
  crl_published: { subject: 'authority', meaning: 'A certificate revocation list was signed.' },
  server_certificate_issued: { subject: 'server', meaning: 'The server got a certificate.' },
  token_key_rotated: { subject: 'key id', meaning: 'Tokens are signed with a new key.' },
  clinician_changed: { subject: 'clinician', meaning: "A person, or a person's role or scope, was changed." },
  clinician_token_issued: { subject: 'clinician', meaning: 'A token for a person was printed.' },
  sign_in: {
    subject: 'clinician',
    meaning: "A person's token was used for the first time with this process.",
  },
  invitation_issued: { subject: 'clinician', meaning: 'A link to sign in with at the console was printed.' },
  invitation_used: { subject: 'clinician', meaning: 'Such a link was used; no other use of it is admitted.' },
  session_begun: { subject: 'clinician', meaning: 'A person signed in at the console.' },
  session_ended: {
    subject: 'clinician',
    meaning: 'A session at the console ended before its time, for a `reason`.',
  },
  denied: {
    subject: 'route or listener',
    meaning: 'Somebody was turned away, `count` times within a minute.',
  },
  break_glass: {
    subject: 'patient',
    meaning: 'A person gave themselves access to a patient outside their scope, with a reason.',
  },
  break_glass_ended: {
    subject: 'patient',
    meaning: 'Such access was given up, or taken away, before its time.',
  },
  observation_entered: {
    subject: 'patient',
    meaning: 'A person entered what they had observed or measured by hand.',
  },
  limits_changed: { subject: 'scope', meaning: 'Alarm limits were changed.' },
  patient_changed: {
    subject: 'patient',
    meaning:
      'A patient was registered, went to another ward, is called otherwise, or is scored by another NEWS2.',
  },
  device_commanded: {
    subject: 'device',
    meaning: 'A person had a device do something; `outcome` tells whether it did.',
  },
  alarm_shelved: {
    subject: 'patient',
    meaning: 'Alarms of one vital and direction were put on the shelf, with a reason and an end.',
  },
  alarm_acknowledged: {
    subject: 'patient, or device that nobody wears',
    meaning: 'A person said that they have seen an alarm; `scope` tells whether the patient is in theirs.',
  },
  alarm_unattended: {
    subject: 'patient',
    meaning: "No clinician's client confirmed in time that it has an alarm.",
  },
  alarm_unshelved: { subject: 'patient', meaning: 'Such alarms were taken off the shelf before its end.' },
  backup_made: { subject: 'backup', meaning: 'All data were copied, with `files` files.' },
  data_restored: {
    subject: 'backup',
    meaning: 'The data directory, this trail too, was put back to what it was when the backup was made.',
  },
  quarantine_dropped: {
    subject: 'device, or patient of what no device measured',
    meaning: 'Points that the store refuses were thrown away, with a reason.',
  },
  credentials_reloaded: { subject: 'file', meaning: 'The server took new certificates or keys into use.' },
  credentials_refused: {
    subject: 'file',
    meaning: 'The server kept its credentials: the new ones are wrong.',
  },
} as const satisfies Readonly<Record<string, { readonly subject: string; readonly meaning: string }>>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export const AUDIT_ACTION_NAMES = Object.keys(AUDIT_ACTIONS) as readonly AuditAction[];

/** Who did it. */
export type AuditActor =
  /** The operating system's user who ran a script. */
  | { readonly kind: 'admin'; readonly name: string }
  | { readonly kind: 'clinician'; readonly id: ClinicianId }
  | { readonly kind: 'device'; readonly id: DeviceId }
  | { readonly kind: 'server' }
  /** Nobody we know: where they came from. */
  | { readonly kind: 'stranger'; readonly address: string };

/** Facts beside the subject, by snake_case names: never secrets, never patients' labels, ids only. */
export type AuditDetails = Readonly<Record<string, string | number>>;

export const AUDIT_ACTOR_KINDS: readonly AuditActor['kind'][] = [
  'admin',
  'clinician',
  'device',
  'server',
  'stranger',
];

export interface AuditAct {
  readonly action: AuditAction;
  /** The id of what was acted on; `AUDIT_ACTIONS` says of what kind. */
  readonly subject: string;
  readonly details?: AuditDetails;
}

export interface AuditEntry extends AuditAct {
  readonly actor: AuditActor;
}

/** Bounds of an entry: characters of any text, of a text in the details, details in number. */
export const AUDIT_TEXT_MAX = 256;
export const AUDIT_DETAIL_MAX = 512;
export const AUDIT_DETAILS_MAX = 16;
const DETAIL_NAME = /^[a-z][a-z0-9_]{0,31}$/;
/** Control characters would reach the terminal of whoever reads the trail; a lone surrogate has no UTF-8. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** The name of an actor within its kind; '' for the server. */
export function actorName(actor: AuditActor): string {
  switch (actor.kind) {
    case 'admin':
      return actor.name;
    case 'clinician':
    case 'device':
      return actor.id;
    case 'stranger':
      return actor.address;
    case 'server':
      return '';
  }
}

/**
 * An entry as it is stored and hashed.
 * @throws CodedError `audit_entry_invalid`, naming the field: too long, empty, unprintable, too many details, a detail
 *   whose name says that it is a secret or a label.
 */
export function toAuditFields(entry: AuditEntry, at: EpochMs): AuditFields {
  const { actor, action, subject, details = {} } = entry;
  if (!Object.hasOwn(AUDIT_ACTIONS, action)) throw invalid('action', 'is not in the table of actions');
  if (!Number.isSafeInteger(at) || at < 0) throw invalid('at', 'is not a time');
  const name = actorName(actor);
  if (actor.kind !== 'server') checkText('actor', name);
  checkText('subject', subject);
  return { at, actorKind: actor.kind, actor: name, action, subject, details: detailsText(details) };
}

/** Names in the order of their code units, so that one record of details has one text. */
function detailsText(details: AuditDetails): string {
  const names = Object.keys(details).sort();
  if (names.length > AUDIT_DETAILS_MAX) throw invalid('details', `hold more than ${AUDIT_DETAILS_MAX} facts`);
  for (const name of names) {
    const value = details[name];
    if (!DETAIL_NAME.test(name)) throw invalid('details', 'hold a name that is not snake_case');
    if (isSecret(name)) throw invalid(`details.${name}`, 'has the name of a secret or a label');
    if (typeof value === 'string') checkText(`details.${name}`, value, AUDIT_DETAIL_MAX);
    else if (!Number.isFinite(value)) throw invalid(`details.${name}`, 'is not a finite number');
  }
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, details[name]])));
}

function isSecret(name: string): boolean {
  return (redacted({ [name]: '' }) as Record<string, unknown>)[name] === REDACTED;
}

function checkText(field: string, text: string, most = AUDIT_TEXT_MAX): void {
  if (typeof text !== 'string' || text === '') throw invalid(field, 'is empty');
  if (text.length > most) throw invalid(field, `is longer than ${most} characters`);
  if (UNPRINTABLE.test(text)) throw invalid(field, 'holds control characters');
}

/** The value is not repeated: what was wrongly given might be a secret. */
function invalid(field: string, problem: string): CodedError {
  return new CodedError('audit_entry_invalid', `audit entry: ${field} ${problem}: nothing was recorded`, {
    details: { field },
  });
}

/** Text of a stranger's making, cut and cleaned so that it fits an entry; never empty. */
export function auditText(text: string): string {
  // Cut first: the cut may leave half of a pair of surrogates.
  const clean = text.slice(0, AUDIT_TEXT_MAX).replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '?');
  return clean === '' ? 'unknown' : clean;
}
