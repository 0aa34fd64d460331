import type { Clock } from '../core/clock.ts';
import { type CodedError, codeOf } from '../core/coded-error.ts';
import type { ClinicianId } from '../model/ids.ts';
import { type Denial, DenialTally } from './audit-denials.ts';
import { type AuditAct, type AuditActor, type AuditEntry, auditText } from './audit-entry.ts';
import type { AuditPages } from './audit-page.ts';
import { type AuditTrail, openAuditTrail } from './audit-trail.ts';
import type { Metrics } from './metrics.ts';

export interface DoorAuditOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** As of the trail and of the tally. */
  readonly onError: (error: CodedError) => void;
}

/** Tokens remembered as seen. The oldest is forgotten first: its next use is a sign-in once more. */
const MAX_TOKENS = 10_000;
/** A trail that cannot be written keeps its entries and is tried again after so long. */
const RETRY_MS = 1_000;

/**
 * What a server's doors tell the audit trail. Nobody at a door waits for the disk, and nobody is turned away because
 * the trail cannot be written: the trail's failure is an error in the log and in the health of the process.
 */
export class DoorAudit implements AsyncDisposable {
  /** For what is recorded once it is done, by name. */
  readonly trail: AuditTrail;
  /** For admins who read it. */
  readonly pages: AuditPages;
  readonly #tally: DenialTally;
  readonly #denials: ReturnType<Metrics['counter']>;
  readonly #known = new WeakMap<object, AuditActor>();
  readonly #tokens = new Set<string>();

  private constructor(trail: AuditTrail & AuditPages, { clock, onError, metrics }: DoorAuditOptions) {
    this.trail = trail;
    this.pages = trail;
    this.#tally = new DenialTally({ record: (entry) => trail.record(entry), clock, onError });
    this.#denials = metrics.counter(
      'vitalwire_denials_total',
      'Refusals: requests, commands of the feed, TLS handshakes.',
    );
  }

  /** @throws CodedError `database_unavailable`, `database_locked`, `schema_too_new` */
  static async open(options: DoorAuditOptions): Promise<DoorAudit> {
    const entries = options.metrics.counter(
      'vitalwire_audit_entries_total',
      'Entries this process added to the audit trail, by action.',
      ['action'],
    );
    const { path, clock, onError } = options;
    const onRecorded = (action: string): void => entries.inc({ action });
    const trail = await openAuditTrail({ path, clock, onError, onRecorded, retryMs: RETRY_MS });
    return new DoorAudit(trail, options);
  }

  /** Remembers who makes a request, from where that is known on: a later refusal of it is told by this name. */
  identified(request: object, who: AuditActor): void {
    this.#known.set(request, who);
  }

  /** Puts on record what the server did, by itself or for somebody. That the trail failed, the trail has told. */
  acted(act: AuditAct, actor: AuditActor = { kind: 'server' }): void {
    void this.trail.record({ ...act, actor }).catch(() => undefined);
  }

  /** Counts a refusal. `request` is whatever `identified` was told of, if anything. */
  denied(
    request: object,
    denial: Omit<Denial, 'who'> & { readonly address: string | undefined; readonly who?: AuditActor },
  ): void {
    const { address, who, ...rest } = denial;
    this.#denials.inc();
    this.#tally.add({ ...rest, who: who ?? this.#known.get(request) ?? strangerAt(address) });
  }

  /**
   * A person's token was accepted; the first time it becomes an entry.
   * @param token its fingerprint, never the token
   */
  signedIn(clinician: ClinicianId, token: string, address: string): void {
    if (this.#tokens.has(token)) return;
    if (this.#tokens.size >= MAX_TOKENS) this.#tokens.delete(this.#tokens.values().next().value ?? '');
    this.#tokens.add(token);
    const entry: AuditEntry = {
      actor: { kind: 'clinician', id: clinician },
      action: 'sign_in',
      subject: clinician,
      details: { address: auditText(address), fingerprint: token },
    };
    // The trail has told of its failure; unless it keeps the entry, the next use of the token is recorded instead.
    this.trail.record(entry).catch((cause) => {
      if (codeOf(cause) !== 'audit_delayed') this.#tokens.delete(token);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tally[Symbol.asyncDispose]();
    await this.trail[Symbol.asyncDispose]();
  }
}

function strangerAt(address: string | undefined): AuditActor {
  return { kind: 'stranger', address: auditText(address ?? '') };
}
