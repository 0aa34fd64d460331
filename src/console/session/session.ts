import { type ReadonlySignal, signal } from '@preact/signals';
import type { Role } from '../../model/people.ts';
import { Problem } from '../server/problem.ts';
import { Rest } from '../server/rest.ts';

/** Who is signed in, as `GET /v1/session` says. */
export interface SessionFacts {
  readonly id: string;
  readonly clinician: string;
  readonly role: Role;
  readonly wards: readonly string[];
  readonly patients: readonly string[];
  /** Epoch ms. */
  readonly expires: number;
}

/** `asking`: not known yet. `confirming`: somebody is in, and a link would sign in somebody else. `out`: nobody is signed in, with why where there is something to say. */
export type SessionState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'redeeming' }
  | { readonly kind: 'confirming'; readonly invitation: string; readonly facts: SessionFacts }
  | { readonly kind: 'in'; readonly facts: SessionFacts }
  | { readonly kind: 'out'; readonly why: 'nobody' | 'signed_out' | 'ended' }
  | { readonly kind: 'out'; readonly why: 'link_refused'; readonly problem: Problem }
  | { readonly kind: 'unreachable' };

/** Which ways to sign in the server offers. */
export interface SignInOffer {
  readonly openid: { readonly name: string } | null;
}

/** Refusals that mean that the cookie holds no longer, whatever was asked. */
const ENDED: ReadonlySet<string> = new Set([
  ...['token_missing', 'token_invalid', 'token_expired', 'session_ended'],
  ...['clinician_unknown', 'clinician_inactive'],
]);

/** Who is at the screen. The cookie itself is out of a page's reach: only the server knows whether it holds. */
export class Session {
  readonly #state = signal<SessionState>({ kind: 'asking' });
  readonly rest = new Rest((problem) => this.#refused(problem));

  get state(): ReadonlySignal<SessionState> {
    return this.#state;
  }

  /** Asks the server who is signed in. Whoever is in stays so until the server says otherwise. */
  async ask(): Promise<void> {
    try {
      const facts = await this.#asked();
      const known = this.#state.peek();
      // What is as it was stays as it is: the page of a session, with its place in the feed, lasts as long as this object.
      if (known.kind === 'in' && JSON.stringify(known.facts) === JSON.stringify(facts)) return;
      this.#state.value = { kind: 'in', facts };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { kind } = this.#state.peek();
      if (kind === 'asking' || kind === 'unreachable')
        this.#state.value =
          error.status === 0 || error.status >= 500
            ? { kind: 'unreachable' }
            : { kind: 'out', why: 'nobody' };
    }
  }

  /**
   * Takes a link that was opened. Where somebody is signed in they are asked first: a link that others sent must not turn the
   * page into another person's unnoticed (login CSRF).
   */
  async open(invitation: string): Promise<void> {
    const facts = await this.#asked().catch(() => null);
    if (facts === null) await this.redeem(invitation);
    else this.#state.value = { kind: 'confirming', invitation, facts };
  }

  /** The link is left as it is, and whoever was in stays in. */
  stay(facts: SessionFacts): void {
    this.#state.value = { kind: 'in', facts };
  }

  /** Uses up the invitation of a link, which works once; whoever was signed in before stays so when it is refused. */
  async redeem(invitation: string): Promise<void> {
    this.#state.value = { kind: 'redeeming' };
    try {
      const facts = await this.rest.send<SessionFacts>('POST', '/v1/session', { invitation });
      this.#state.value = { kind: 'in', facts };
    } catch (refusal) {
      if (!(refusal instanceof Problem)) throw refusal;
      const facts = await this.#asked().catch(() => null);
      this.#state.value =
        facts === null ? { kind: 'out', why: 'link_refused', problem: refusal } : { kind: 'in', facts };
    }
  }

  #asked(): Promise<SessionFacts> {
    return this.rest.get<SessionFacts>('/v1/session');
  }

  /** @throws Problem */
  async signOut(): Promise<void> {
    await this.rest.send('DELETE', '/v1/session');
    this.#state.value = { kind: 'out', why: 'signed_out' };
  }

  /** The server said, by whichever way, that the session is over. */
  ended(): void {
    if (this.#state.peek().kind === 'in') this.#state.value = { kind: 'out', why: 'ended' };
  }

  #refused(problem: Problem): void {
    if (ENDED.has(problem.code)) this.ended();
  }
}
