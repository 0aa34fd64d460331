import type { ClinicianId } from '../model/ids.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { FeedCommand } from '../protocol/feed-commands.ts';
import type { FeedFrame } from '../protocol/feed-frames.ts';
import { denialOf, type Refusal } from './refusal.ts';

/** A command that is answered. */
type Asked = Exclude<FeedCommand, { type: 'received' }>;

export interface CommandRepliesOptions {
  readonly clinician: ClinicianId;
  readonly send: (frame: FeedFrame) => void;
  readonly audit: Pick<DoorAudit, 'denied'>;
  readonly log: Log;
}

/** Answers one clinician's commands, and puts on record where they were turned away. */
export class CommandReplies {
  readonly #options: CommandRepliesOptions;

  constructor(options: CommandRepliesOptions) {
    this.#options = options;
  }

  /** @param refusal null: it was carried out */
  answer(command: Asked, refusal: Refusal | null): void {
    const result = { type: 'result', command: command.type } as const;
    const id = command.id === undefined ? {} : { id: command.id };
    if (refusal === null) return this.#options.send({ ...result, ...id, ok: true });
    this.#record(command, refusal);
    const { code, message } = refusal;
    this.#options.send({ ...result, ...id, ok: false, code, message });
  }

  /** Answers once it is known how it went. */
  answerLater(command: Asked, outcome: Promise<Refusal | null>): void {
    outcome.then(
      (refusal) => this.answer(command, refusal),
      (cause: unknown) => {
        this.#options.log.error(
          { event: 'feed_command_failed', command: command.type, err: cause },
          'feed command failed',
        );
        this.answer(command, { code: 'internal_error', message: ERROR_CODES.internal_error.cure });
      },
    );
  }

  #record({ type }: Asked, refusal: Refusal): void {
    const code = denialOf(refusal);
    if (code === null) return;
    const who = { kind: 'clinician', id: this.#options.clinician } as const;
    this.#options.audit.denied(this, { code, where: `/v1/feed ${type}`, who, address: undefined });
  }
}
