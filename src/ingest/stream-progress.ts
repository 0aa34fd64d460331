import type { Journal, Ticket } from '../journal/journal.ts';
import type { StreamId } from '../model/ids.ts';

/**
 * How far one stream of one device has come. Shared by the connection that is going and the one that is coming.
 * `durable <= received <= heard`.
 */
export class StreamProgress {
  readonly stream: StreamId;
  /** Highest number evaluated and relayed, in order; in a frame that is not above it nothing is new to a person. */
  heard: number;
  /** False while the journal has not said where the stream stands: until then nothing of it can be recorded. */
  confirmed: boolean;
  readonly #journal: Pick<Journal, 'durableTicket'>;
  #received: number;
  #durable: number;
  // Two commits at most are not durable, so that two numbers do for what a promise a frame would (1.6 us of it).
  #olderTicket: Ticket = 0;
  #olderTop: number;
  #newerTicket: Ticket = 0;

  /** @param from what is on disk of it */
  constructor(
    journal: Pick<Journal, 'durableTicket'>,
    stream: StreamId,
    { from, confirmed }: { readonly from: number; readonly confirmed: boolean },
  ) {
    this.#journal = journal;
    this.stream = stream;
    this.confirmed = confirmed;
    this.heard = from;
    this.#received = from;
    this.#durable = from;
    this.#olderTop = from;
  }

  /** Highest number handed to the journal in order; what is not above it is a duplicate. */
  get received(): number {
    return this.#received;
  }

  /** Highest number on disk, by now. */
  get durable(): number {
    const { durableTicket } = this.#journal;
    if (this.#newerTicket <= durableTicket) this.#durable = this.#received;
    else if (this.#olderTicket <= durableTicket) this.#durable = this.#olderTop;
    return this.#durable;
  }

  /** The journal has frame `seq`, the next one, and it is durable with `ticket`. */
  handedOver(seq: number, ticket: Ticket): void {
    if (ticket !== this.#newerTicket) {
      // The journal gives a new ticket only when the last but one is durable.
      this.#durable = this.#olderTicket === 0 ? this.#durable : this.#olderTop;
      this.#olderTicket = this.#newerTicket;
      this.#olderTop = this.#received;
      this.#newerTicket = ticket;
    }
    this.#received = seq;
  }

  /** The journal says where the stream stands: what is above the device's word was heard by the process that wrote it. */
  confirm(durable: number): void {
    this.#durable = durable;
    this.#received = durable;
    this.#olderTop = durable;
    this.heard = Math.max(this.heard, durable);
    this.confirmed = true;
  }
}
