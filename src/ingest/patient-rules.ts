import { NOBODYS_RULES, type SubjectRules } from '../alarms/subject-rules.ts';
import type { EpochMs } from '../core/clock.ts';
import { DEFAULT_LIMITS } from '../model/default-limits.ts';
import { type EffectiveLimits, effectiveLimits } from '../model/effective-limits.ts';
import type { PatientId, ShelfId, WardId } from '../model/ids.ts';
import { shelfKey } from '../model/shelf.ts';
import type { Registry, RegistryChange } from '../registry/registry.ts';

/** What applies to one patient, as long as nothing of it has changed. */
export interface RulesEntry {
  /** Null: nobody's, or an unknown patient's. */
  readonly ward: WardId | null;
  readonly limits: EffectiveLimits;
  /** Null: something has changed, and the entry is to be looked up again. */
  rules: SubjectRules | null;
  /** When a shelf that was put for later begins: the rules are others then, and nobody says so. */
  until: EpochMs;
}

/** Whose rules a change of the registry has made others. */
export interface ChangedRules {
  readonly patient: PatientId;
  /** The limits until now. */
  readonly limits: EffectiveLimits;
}

const NOBODYS_ENTRY: RulesEntry = {
  ward: null,
  limits: NOBODYS_RULES.limits,
  rules: NOBODYS_RULES,
  until: Number.POSITIVE_INFINITY,
};

/** Whether an entry still says what applies at `now` (server time). */
export function isCurrent(entry: RulesEntry, now: EpochMs): boolean {
  return entry.rules !== null && now < entry.until;
}

/** What applies to each patient, resolved from the registry and kept until something of that patient changes. */
export class PatientRules {
  readonly #registry: Registry;
  readonly #entries = new Map<PatientId, RulesEntry>();
  /** Patients whom the scope of an active clinician names; null: to be looked up. */
  #named: ReadonlySet<PatientId> | null = null;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The rules for a patient at `now` (server time); of a device that nobody wears, or an unknown patient, nobody's. */
  of(patient: PatientId | null, now: EpochMs): SubjectRules {
    return this.entryOf(patient, now).rules ?? NOBODYS_RULES;
  }

  /**
   * The same with how long it holds, for whoever asks again and again: good for a later `now` if `isCurrent` says so.
   */
  entryOf(patient: PatientId | null, now: EpochMs): RulesEntry {
    if (patient === null) return NOBODYS_ENTRY;
    const entry = this.#entries.get(patient);
    return entry !== undefined && isCurrent(entry, now) ? entry : this.#resolve(patient, now);
  }

  /** Forgets what a change has made wrong, and nothing else; tells for whom that was. */
  forget({ kind, key }: RegistryChange): readonly ChangedRules[] {
    switch (kind) {
      case 'limits':
        return this.#limitsChanged(key);
      case 'patient':
        return this.#outdate([key as PatientId]);
      case 'shelf': {
        const patient = this.#registry.shelf(key as ShelfId)?.patient;
        return patient === undefined ? [] : this.#outdate([patient]);
      }
      case 'clinician': {
        this.#named = null;
        const moved = [...this.#entries].filter(
          ([patient, { rules }]) => rules && rules.firstCircle !== this.#firstCircle(patient),
        );
        return this.#outdate(moved.map(([patient]) => patient));
      }
      default:
        return [];
    }
  }

  #limitsChanged(key: string): readonly ChangedRules[] {
    // As `limitsKey` has it; ids hold no colon.
    const [scope, id] = key.split(':');
    const changed: ChangedRules[] = [];
    for (const [patient, entry] of this.#entries) {
      const { ward, limits } = entry;
      if (scope === 'patient' && patient !== id) continue;
      if (scope === 'ward' && ward !== id) continue;
      changed.push({ patient, limits });
      entry.rules = null;
      this.#entries.delete(patient);
    }
    return changed;
  }

  #outdate(patients: readonly PatientId[]): readonly ChangedRules[] {
    return patients.flatMap((patient) => {
      const entry = this.#entries.get(patient);
      if (!entry) return [];
      entry.rules = null;
      return [{ patient, limits: entry.limits }];
    });
  }

  #resolve(patient: PatientId, now: EpochMs): RulesEntry {
    const known = this.#registry.patient(patient);
    if (!known) return { ...NOBODYS_ENTRY, until: now };
    const { ward, news2 } = known;
    const before = this.#entries.get(patient);
    const limits =
      before?.ward === ward
        ? before.limits
        : effectiveLimits(DEFAULT_LIMITS, this.#registry.limitOverrides(), patient, ward);
    // The shelf that ends last comes first, and counts.
    const shelves = this.#registry.shelvesOf(patient).filter(({ until }) => until > now);
    const shelvedUntil = new Map(
      shelves
        .filter(({ from }) => from <= now)
        .reverse()
        .map(({ vital, direction, until }) => [shelfKey(vital, direction), until]),
    );
    const later = shelves.map(({ from }) => from).filter((from) => from > now);
    const rules = { limits, firstCircle: this.#firstCircle(patient), shelvedUntil, news2 };
    const entry = { ward, limits, rules, until: Math.min(...later) };
    this.#entries.set(patient, entry);
    return entry;
  }

  #firstCircle(patient: PatientId): SubjectRules['firstCircle'] {
    // Admins see no alarms: one who is named for a patient is nobody to wait for.
    this.#named ??= new Set(
      this.#registry
        .clinicians()
        .flatMap(({ active, role, patients }) => (active && role !== 'admin' ? patients : [])),
    );
    return this.#named.has(patient) ? 'assigned' : 'ward';
  }
}
