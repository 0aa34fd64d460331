import { parseCursor } from '../bus/bus.ts';
import type { VerifiedClinician } from '../identity/clinician-principal.ts';
import type { AlarmId, Cursor, PatientId, ShelfId } from '../model/ids.ts';
import type { Signal } from '../model/signal.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { FeedCommand } from '../protocol/feed-commands.ts';
import type { ObserveFrame } from '../protocol/observation-frames.ts';
import { type AcknowledgeContext, acknowledge } from './acknowledge.ts';
import type { CommandReplies } from './command-replies.ts';
import type { FeedAudit } from './feed-audit.ts';
import { type ObserveContext, observe } from './observe.ts';
import type { Person } from './person.ts';
import { outsideScope, type Refusal } from './refusal.ts';
import { type ShelvingContext, shelve, unshelve } from './shelving.ts';
import { Subscription, selectionOf } from './subscription.ts';
import type { WatchedWaveforms } from './watched-waveforms.ts';

export interface FeedCommandsOptions extends AcknowledgeContext, ShelvingContext, ObserveContext {
  readonly audit: FeedAudit;
  readonly person: Person;
  readonly replies: CommandReplies;
  readonly waveforms: WatchedWaveforms;
  readonly verifyToken: (token: string) => Promise<VerifiedClinician | Refusal>;
  /** Begins a subscription in place of the one there is; null: ends it. */
  readonly watch: (subscription: Subscription | null, since: Cursor | null) => void;
  /** The client has every alarm event up to the cursor; null: what it sent is none. */
  readonly confirmed: (cursor: Cursor | null) => void;
  /** A newer token of the person holds. */
  readonly renewed: (verified: VerifiedClinician) => void;
}

/** Carries out one clinician's commands, and answers them. */
export class FeedCommands {
  readonly #options: FeedCommandsOptions;

  constructor(options: FeedCommandsOptions) {
    this.#options = options;
  }

  handle(frame: FeedCommand): void {
    const { replies, person, watch, confirmed } = this.#options;
    switch (frame.type) {
      case 'subscribe':
        return this.#subscribe(frame);
      case 'unsubscribe':
        watch(null, null);
        return replies.answer(frame, null);
      case 'received':
        return confirmed(parseCursor(frame.cursor));
      case 'acknowledge': {
        const outcome = acknowledge(
          this.#options,
          person.standing,
          frame.alarm as AlarmId,
          frame.alerted_at ?? null,
        );
        return replies.answerLater(frame, outcome);
      }
      case 'shelve':
        return replies.answerLater(frame, this.#shelve(frame));
      case 'unshelve':
        return replies.answerLater(frame, this.#unshelve(frame.shelf as ShelfId));
      case 'observe':
        return replies.answerLater(frame, this.#observe(frame));
      case 'waveforms': {
        const refusal = this.#selectWaveforms(frame.patient as PatientId, new Set(frame.signals));
        return replies.answer(frame, refusal);
      }
      case 'refresh':
        return replies.answerLater(frame, this.#refresh(frame.token));
    }
  }

  #subscribe(frame: Extract<FeedCommand, { type: 'subscribe' }>): void {
    const { person, replies, registry, watch } = this.#options;
    const refuse = (refusal: Refusal): void => replies.answer(frame, refusal);
    if (frame.patients && frame.ward !== undefined)
      return refuse({ code: 'invalid_request', message: 'name patients or a ward, not both' });
    for (const patient of frame.patients ?? [])
      if (!person.maySee(patient as PatientId)) return refuse(outsideScope(patient));
    const since = frame.since === undefined ? null : parseCursor(frame.since);
    if (frame.since !== undefined && since === null)
      return refuse({ code: 'invalid_request', message: 'since is not a cursor of this feed' });
    watch(null, null);
    replies.answer(frame, null);
    watch(new Subscription(registry, person.standing, selectionOf(frame)), since);
  }

  async #shelve({ patient, ...request }: Extract<FeedCommand, { type: 'shelve' }>): Promise<Refusal | null> {
    const about = { ...request, patient: patient as PatientId };
    const outcome = await shelve(this.#options, this.#options.person.standing, about);
    return 'code' in outcome ? outcome : null;
  }

  async #unshelve(id: ShelfId): Promise<Refusal | null> {
    const { registry, person } = this.#options;
    const patient = registry.shelf(id)?.patient;
    const refusal: Refusal = { code: 'not_found', message: 'there is no such shelf in your scope' };
    if (patient === undefined) return refusal;
    // Unknown shelves and those of others look the same.
    if (!person.maySee(patient)) return { ...refusal, onRecordAs: 'patient_forbidden' };
    const outcome = await unshelve(this.#options, person.standing, patient, id);
    return 'code' in outcome ? outcome : null;
  }

  async #observe({ patient, t, values, oxygen, consciousness }: ObserveFrame): Promise<Refusal | null> {
    const outcome = await observe(this.#options, this.#options.person.standing, {
      patient: patient as PatientId,
      ...(t === undefined ? {} : { t }),
      ...(values === undefined ? {} : { values }),
      ...(oxygen === undefined ? {} : { oxygen }),
      ...(consciousness === undefined ? {} : { consciousness }),
    });
    return 'code' in outcome ? outcome : null;
  }

  #selectWaveforms(patient: PatientId, signals: ReadonlySet<Signal>): Refusal | null {
    if (!this.#options.person.maySee(patient)) return outsideScope(patient);
    this.#options.waveforms.select(patient, signals);
    return null;
  }

  async #refresh(token: string): Promise<Refusal | null> {
    const { verifyToken, person, renewed } = this.#options;
    const verified = await verifyToken(token);
    if ('code' in verified) return verified;
    if (verified.principal.id !== person.id)
      return { code: 'token_invalid', message: ERROR_CODES.token_invalid.cure };
    renewed(verified);
    return null;
  }
}
