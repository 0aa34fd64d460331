import type { EpochMs } from '../core/clock.ts';
import type { GrantId } from '../model/ids.ts';
import type { AccessGrant } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

export interface AccessBoardOptions {
  readonly registry: Registry;
  readonly now: () => EpochMs;
  /** Told when an access began, was followed by a newer one, or ended: given up, or by its time. */
  readonly onChange: (grant: AccessGrant, ended: boolean) => void;
}

/** Which break-glass accesses are live, so that each one's end is noticed too. */
export class AccessBoard implements Disposable {
  readonly #options: AccessBoardOptions;
  readonly #live = new Map<GrantId, AccessGrant>();
  readonly #subscription: Disposable;

  constructor(options: AccessBoardOptions) {
    this.#options = options;
    const now = options.now();
    // What is live at the start was announced by whoever ran then.
    for (const grant of options.registry.grants()) if (grant.until > now) this.#live.set(grant.id, grant);
    this.#subscription = options.registry.watch(({ kind, key }) => {
      if (kind === 'grant') this.#look(key as GrantId);
    });
  }

  /** To be called about once a second. */
  tick(now: EpochMs): void {
    for (const grant of this.#live.values()) if (grant.until <= now) this.#ended(grant);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #look(id: GrantId): void {
    const { registry, now, onChange } = this.#options;
    const grant = registry.grant(id);
    if (grant === undefined) return;
    if (grant.until <= now()) {
      if (this.#live.has(id)) this.#ended(grant);
      return;
    }
    if (this.#live.get(id)?.until === grant.until) return;
    this.#live.set(id, grant);
    onChange(grant, false);
  }

  /** Where a newer access of the same clinician to the same patient took its place, nothing has ended. */
  #ended(grant: AccessGrant): void {
    const { registry, now, onChange } = this.#options;
    this.#live.delete(grant.id);
    const [latest] = registry.grantsOf(grant.clinician).filter(({ patient }) => patient === grant.patient);
    if (latest === undefined || latest.until <= now()) onChange(grant, true);
  }
}
