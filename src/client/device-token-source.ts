import type { Agent } from 'node:https';
import type { Clock } from '../core/clock.ts';
import { type DeviceToken, requestToken } from './token-request.ts';

/** Part of a token's life after which a new one is fetched. */
export const REFRESH_AT = 0.8;

/** A token and how much of its life is left before it should be replaced. */
export interface HeldToken {
  readonly token: string;
  readonly refreshInMs: number;
}

/** Fetches the device's token and keeps it while it is fresh, so that a reconnect costs no second request. */
export class DeviceTokenSource {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #held: { readonly token: DeviceToken; readonly fetchedAt: number } | null = null;

  constructor(base: URL, agent: Agent, clock: Clock, timeoutMs: number) {
    this.#base = base;
    this.#agent = agent;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** The token at hand while it is fresh, else a new one. @throws Refusal, CodedError or the socket's error */
  async current(): Promise<HeldToken> {
    if (this.#held) {
      const { token, fetchedAt } = this.#held;
      const refreshInMs = token.lifetimeMs * REFRESH_AT - (this.#clock.monotonic() - fetchedAt);
      if (refreshInMs > 0) return { token: token.token, refreshInMs };
    }
    return this.renew();
  }

  /** A new token, whatever is at hand. @throws Refusal, CodedError or the socket's error */
  async renew(): Promise<HeldToken> {
    const token = await requestToken(this.#base, this.#agent, this.#timeoutMs);
    this.#held = { token, fetchedAt: this.#clock.monotonic() };
    return { token: token.token, refreshInMs: token.lifetimeMs * REFRESH_AT };
  }

  /** The server did not take the token at hand. */
  forget(): void {
    this.#held = null;
  }
}
