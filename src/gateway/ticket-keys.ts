import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { Server } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Clock, Scheduled } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import type { Log } from '../observe/log.ts';
import {
  readTicketKey,
  TICKET_KEY_OCTETS,
  type TicketKey,
  trustDigests,
  writeTicketKey,
} from './ticket-key-file.ts';

/** A key serves so long; then whatever it sealed is worth nothing any more. Milliseconds. */
export const TICKET_KEY_LIFE_MS = 24 * 60 * 60 * 1000;
/** A key from further ahead than clocks differ was made by a clock that was wrong: its age is not known. Milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Why a key was replaced, beside its age. */
export type TicketKeyEnd = 'trust_withdrawn' | 'token_key_withdrawn';

export interface TicketKeysOptions {
  /** The file that keeps the device listener's key over a restart. */
  readonly path: string;
  /** What device certificates chain to now, PEM. */
  readonly trust: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The keys that seal TLS session tickets (RFC 5077; RFC 8446 section 4.6.1).
 *
 * The device listener's key is kept over a restart, so that a fleet that comes back resumes. Node has one key at a time:
 * sessions made under the one before are full handshakes once. The clinician listener's key is written nowhere: people
 * are few, and their connections carry names.
 *
 * What a kept key puts at risk, and what bounds it: whoever reads it can decrypt recorded TLS 1.2 connections that were
 * given tickets under it (their tickets hold the secret and cross the wire in the clear), and can seal tickets of its own
 * that name any device's certificate. TLS 1.3 connections stay closed to it: a resumed one makes a new Diffie-Hellman
 * exchange, and the ticket's secret does not lead back to the first one's keys. So the key lives a day, is its owner's
 * alone, is in no backup, and ends early where trust is withdrawn. The server's private keys, which are worth more,
 * lie on the same disk under the same user. A resumed session proves nothing about the certificate's standing: that is
 * looked up at every request, whatever the key.
 */
export class TicketKeys implements AsyncDisposable {
  readonly #options: TicketKeysOptions;
  readonly #kept: Server[] = [];
  readonly #unkept: Server[] = [];
  #current: TicketKey;
  #timer: Scheduled | null = null;
  #written: Promise<void> = Promise.resolve();

  private constructor(options: TicketKeysOptions, current: TicketKey) {
    this.#options = options;
    this.#current = current;
  }

  /** Takes up the key of the process before this one, where it is fit; never rejects. */
  static async open(options: TicketKeysOptions): Promise<TicketKeys> {
    const { path, clock, log } = options;
    const trust = trustDigests(options.trust);
    let found: TicketKey | null = null;
    try {
      found = await readTicketKey(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ event: 'ticket_key_refused', code: codeOf(error), reason }, 'a new key for session tickets');
    }
    const age = clock.now() - (found?.created ?? 0);
    const isOfNow = age > -CLOCK_TOLERANCE_MS && age < TICKET_KEY_LIFE_MS;
    if (found && isOfNow && !isWithdrawn(found.trust, trust)) {
      const keys = new TicketKeys(options, found);
      // What has been added since is to be missed when it goes.
      if (trust.length > found.trust.length) keys.#put({ ...found, trust });
      keys.#schedule();
      return keys;
    }
    const keys = new TicketKeys(options, newKey(clock, trust));
    keys.#put(keys.#current);
    keys.#schedule();
    await keys.#written;
    return keys;
  }

  /** Gives both listeners their keys, now and whenever they are replaced. */
  serve(device: Pick<FastifyInstance, 'server'>, clinician: Pick<FastifyInstance, 'server'>): void {
    // Fastify's type knows plain HTTP only; both listeners are made with TLS.
    this.#kept.push(device.server as unknown as Server);
    this.#unkept.push(clinician.server as unknown as Server);
    this.#hand();
  }

  /** The trust towards devices is another: a key that outlived an authority is replaced. */
  trusting(pem: string): void {
    const trust = trustDigests(pem);
    if (isWithdrawn(this.#current.trust, trust)) this.#replace(trust, 'trust_withdrawn');
    else if (trust.length > this.#current.trust.length) this.#put({ ...this.#current, trust });
  }

  /** What was sealed so far is not to be taken any more. */
  end(reason: TicketKeyEnd): void {
    this.#replace(this.#current.trust, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    await this.#written;
  }

  #replace(trust: readonly string[], reason: TicketKeyEnd | 'age'): void {
    const { clock, log } = this.#options;
    this.#put(newKey(clock, trust));
    this.#hand();
    this.#schedule();
    log.info({ event: 'ticket_key_replaced', reason }, 'sessions of before are full handshakes once');
  }

  #hand(): void {
    for (const server of this.#kept) server.setTicketKeys(this.#current.key);
    for (const server of this.#unkept) server.setTicketKeys(randomBytes(TICKET_KEY_OCTETS));
  }

  #schedule(): void {
    const { clock } = this.#options;
    this.#timer?.cancel();
    const left = TICKET_KEY_LIFE_MS - Math.max(0, clock.now() - this.#current.created);
    this.#timer = clock.after(left, () => this.#replace(this.#current.trust, 'age'));
  }

  #put(key: TicketKey): void {
    this.#current = key;
    // One after the other: the last one stays.
    this.#written = this.#written.then(() => this.#write(key));
  }

  async #write(key: TicketKey): Promise<void> {
    const { path, log } = this.#options;
    try {
      await writeTicketKey(path, key);
    } catch (error) {
      // Used all the same; and a key that has ended is not to be found by the next start.
      log.warn(
        { event: 'ticket_key_unwritten', code: codeOf(error) },
        'the key for session tickets is not kept: after a restart devices make full handshakes',
      );
      await fs.rm(path, { force: true }).catch(() => undefined);
    }
  }
}

function newKey(clock: Clock, trust: readonly string[]): TicketKey {
  return { key: randomBytes(TICKET_KEY_OCTETS), created: clock.now(), trust };
}

/** Whether an authority that was trusted is not any more. */
function isWithdrawn(before: readonly string[], now: readonly string[]): boolean {
  return before.some((digest) => !now.includes(digest));
}
