import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { writeFailureOf } from '../core/sqlite-failure.ts';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import type { LimitOverride } from '../model/limit-override.ts';
import { limitsKey } from './limit-checks.ts';
import type { Registry, RegistryChange } from './registry.ts';
import { RegistryMemory } from './registry-memory.ts';
import { prepareRows, type RegistryRows } from './registry-rows.ts';
import { REGISTRY_MIGRATIONS } from './registry-schema.ts';
import type { RegistryWrite } from './registry-write.ts';
import { RegistryWrites } from './registry-writes.ts';
import type { AnsweredWrite } from './session-writes.ts';

export interface SqliteRegistryOptions {
  /** The database file, e.g. `var/registry.db`. Any number of processes may have it open. */
  readonly path: string;
  /**
   * Told what has no caller to reject: `registry_watcher_failed`, `registry_poll_failed` (once until a poll succeeds
   * again), `registry_corrupt` (an entry that another process wrote).
   */
  readonly onError: (error: CodedError) => void;
}

const BUSY_TIMEOUT_MS = 2_000;
/** With the time a read takes, well within the 250 ms the port promises. */
const POLL_INTERVAL_MS = 100;

class SqliteRegistry implements Registry {
  readonly #database: DatabaseSync;
  readonly #onError: (error: CodedError) => void;
  readonly #memory = new RegistryMemory();
  readonly #writes = new RegistryWrites(this.#memory);
  readonly #watchers = new Set<(change: RegistryChange) => void>();
  readonly #rowsAfter: (revision: number) => RegistryRows;
  readonly #dataVersion: StatementSync;
  readonly #nextRevision: StatementSync;
  readonly #timer: NodeJS.Timeout;
  /** The newest revision that memory holds. */
  #revision = 0;
  #seenVersion: number;
  #pollFailed = false;

  constructor({ path, onError }: SqliteRegistryOptions) {
    this.#onError = onError;
    this.#database = openSqliteFile({
      path,
      migrations: REGISTRY_MIGRATIONS,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
    });
    this.#rowsAfter = prepareRows(this.#database);
    this.#dataVersion = this.#database.prepare('PRAGMA data_version');
    this.#nextRevision = this.#database.prepare('UPDATE revision SET value = value + 1 RETURNING value');
    this.#seenVersion = this.#version();
    const { corrupt } = this.#load();
    if (corrupt[0] !== undefined) {
      this.#database.close();
      throw corrupt[0];
    }
    // Real time on purpose: what is bounded is how long another process's change stays unseen, and that process does
    // not share an accelerated clock.
    this.#timer = setInterval(() => this.#poll(), POLL_INTERVAL_MS).unref();
  }

  get healthy(): boolean {
    return !this.#pollFailed;
  }

  device: Registry['device'] = (id) => this.#memory.devices.get(id);
  devices: Registry['devices'] = () => this.#memory.devices.list();
  certificate: Registry['certificate'] = (thumbprint) => this.#memory.certificates.get(thumbprint);
  certificatesOf: Registry['certificatesOf'] = (device) => this.#memory.certificatesOf(device);
  patient: Registry['patient'] = (id) => this.#memory.patients.get(id);
  patients: Registry['patients'] = () => this.#memory.patients.list();
  clinician: Registry['clinician'] = (id) => this.#memory.clinicians.get(id);
  clinicians: Registry['clinicians'] = () => this.#memory.clinicians.list();
  patientAt: Registry['patientAt'] = (device, t) => this.#memory.patientAt(device, t);
  assignmentAt: Registry['assignmentAt'] = (device, t) => this.#memory.assignmentAt(device, t);
  get assignmentsAsOf(): number {
    return this.#memory.assignmentsAsOf;
  }
  assignmentsOf: Registry['assignmentsOf'] = (device) => this.#memory.assignmentsOf(device);
  devicesOf: Registry['devicesOf'] = (patient, t) => this.#memory.devicesOf(patient, t);
  grant: Registry['grant'] = (id) => this.#memory.grants.get(id);
  grants: Registry['grants'] = () => this.#memory.grants.list();
  grantsOf: Registry['grantsOf'] = (clinician) => this.#memory.grants.of(clinician);
  grantsFor: Registry['grantsFor'] = (patient) => this.#memory.grants.for(patient);
  shelf: Registry['shelf'] = (id) => this.#memory.shelves.get(id);
  shelvesOf: Registry['shelvesOf'] = (patient) => this.#memory.shelves.for(patient);
  sessions: Registry['sessions'] = () => this.#memory.sessions.list();
  sessionsOf: Registry['sessionsOf'] = (clinician) => this.#memory.sessions.of(clinician);
  session: Registry['session'] = (id) => this.#memory.sessions.get(id);
  sessionWithSecret: Registry['sessionWithSecret'] = (hash) => this.#memory.sessions.withSecret(hash);
  invitation: Registry['invitation'] = (codeHash) => this.#memory.sessions.invitation(codeHash);
  limitOverrides: Registry['limitOverrides'] = () => this.#memory.limits.list();

  addDevice: Registry['addDevice'] = (device) => this.#write((to) => to.addDevice(device));
  setDeviceStatus: Registry['setDeviceStatus'] = (id, status) =>
    this.#write((to) => to.setDeviceStatus(id, status));
  addCertificate: Registry['addCertificate'] = (certificate) =>
    this.#write((to) => to.certificates.add(certificate));
  revokeDevice: Registry['revokeDevice'] = (id, reason, at) =>
    this.#write((to) => to.certificates.revokeDevice(id, reason, at));
  allowLateRenewal: Registry['allowLateRenewal'] = (id, until) =>
    this.#write((to) => to.allowLateRenewal(id, until));
  enrol: Registry['enrol'] = (enrolments) => this.#write((to) => to.enrol(enrolments));
  activateCertificate: Registry['activateCertificate'] = (thumbprint, at, reason = 'superseded') =>
    this.#write((to) => to.certificates.activate(thumbprint, at, reason));
  endCertificate: Registry['endCertificate'] = (thumbprint, reason, at) =>
    this.#write((to) => to.certificates.end(thumbprint, reason, at));
  endCertificatesOf: Registry['endCertificatesOf'] = (authority, reason, at) =>
    this.#write((to) => to.certificates.endAllOf(authority, reason, at));
  addPatient: Registry['addPatient'] = (patient) => this.#write((to) => to.addPatient(patient));
  assign: Registry['assign'] = (device, patient, at) => this.#write((to) => to.assign(device, patient, at));
  putClinician: Registry['putClinician'] = (clinician) => this.#write((to) => to.putClinician(clinician));
  changeClinician: Registry['changeClinician'] = (id, change) =>
    this.#answered((to) => to.changeClinician(id, change));
  grantAccess: Registry['grantAccess'] = (grant) => this.#write((to) => to.access.grant(grant));
  endAccess: Registry['endAccess'] = (id, at) => this.#write((to) => to.access.end(id, at));
  putLimits: Registry['putLimits'] = async (override) => {
    let before: LimitOverride | undefined;
    await this.#write((to) => {
      const write = to.putLimits(override);
      before = this.#memory.limits.get(limitsKey(override));
      return write;
    });
    return before === undefined || before.tiers === null ? null : before;
  };

  changePatient: Registry['changePatient'] = (id, change) =>
    this.#write((to) => to.changePatient(id, change));
  setNews2: Registry['setNews2'] = (patient, news2) => this.#write((to) => to.setNews2(patient, news2));
  putShelf: Registry['putShelf'] = (shelf) => this.#write((to) => to.shelves.put(shelf));
  endShelf: Registry['endShelf'] = (id, at) => this.#write((to) => to.shelves.end(id, at));

  addInvitation: Registry['addInvitation'] = (invitation) =>
    this.#write((to) => to.sessions.invite(invitation));
  redeemInvitation: Registry['redeemInvitation'] = (codeHash, at) =>
    this.#answered((to) => to.sessions.redeem(codeHash, at));
  addSession: Registry['addSession'] = (session) => this.#answered((to) => to.sessions.begin(session));
  endSession: Registry['endSession'] = async (id, at, reason) =>
    (await this.#answered((to) => to.sessions.end(id, at, reason))).length > 0;
  endSessionsOf: Registry['endSessionsOf'] = (clinician, at, reason) =>
    this.#answered((to) => to.sessions.endOf(clinician, at, reason));

  watch(listener: (change: RegistryChange) => void): Disposable {
    const own = (change: RegistryChange): void => listener(change);
    this.#watchers.add(own);
    return { [Symbol.dispose]: () => void this.#watchers.delete(own) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#watchers.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  async #write(rules: (writes: RegistryWrites) => RegistryWrite): Promise<void> {
    if (!this.#database.isOpen) throw new CodedError('registry_closed', 'the registry is closed');
    const told: RegistryChange[] = [];
    try {
      inTransaction(this.#database, () => {
        // Other processes' writes first: the rules hold against the newest state, not against ours.
        told.push(...this.#take());
        const write = rules(this.#writes);
        const revision = Number(this.#nextRevision.get()?.value);
        for (const { sql, values } of write(revision)) this.#database.prepare(sql).run(...values);
      });
      told.push(...this.#take());
    } catch (cause) {
      throw asRegistryError(cause);
    } finally {
      this.#tell(told);
    }
  }

  async #answered<Answer>(rules: (writes: RegistryWrites) => AnsweredWrite<Answer>): Promise<Answer> {
    const answers: Answer[] = [];
    await this.#write((to) => {
      const { write, answer } = rules(to);
      answers.push(answer);
      return write;
    });
    return answers[0] as Answer;
  }

  #version(): number {
    return Number(this.#dataVersion.get()?.data_version);
  }

  /** All of a read sees one state: a commit between two tables would otherwise be skipped for good. */
  #snapshot<T>(read: () => T): T {
    if (this.#database.isTransaction) return read();
    this.#database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** Brings memory up to the newest revision. */
  #load(): { changes: readonly RegistryChange[]; corrupt: readonly CodedError[] } {
    const { entries, corrupt, revision } = this.#snapshot(() => this.#rowsAfter(this.#revision));
    const changes = new Map<string, RegistryChange>();
    for (const entry of entries) {
      const change = this.#memory.put(entry);
      if (change !== null) changes.set(`${change.kind} ${change.key}`, change);
    }
    this.#revision = revision;
    return { changes: [...changes.values()], corrupt };
  }

  /** As `#load`; an entry that cannot be read must not keep the ones behind it (a revocation) from being seen. */
  #take(): readonly RegistryChange[] {
    const { changes, corrupt } = this.#load();
    for (const error of corrupt) this.#onError(error);
    return changes;
  }

  #poll(): void {
    try {
      const version = this.#version();
      if (version !== this.#seenVersion) {
        const changes = this.#take();
        this.#seenVersion = version;
        this.#tell(changes);
      }
      this.#pollFailed = false;
    } catch (cause) {
      if (this.#pollFailed) return;
      this.#pollFailed = true;
      this.#onError(
        new CodedError('registry_poll_failed', "other processes' changes of the registry are not seen", {
          cause,
        }),
      );
    }
  }

  #tell(changes: readonly RegistryChange[]): void {
    for (const change of changes) {
      for (const watcher of [...this.#watchers]) {
        try {
          watcher(change);
        } catch (cause) {
          this.#onError(
            new CodedError('registry_watcher_failed', `a watcher failed on ${change.kind} ${change.key}`, {
              cause,
            }),
          );
        }
      }
    }
  }
}

/** A rule's own error as it is; the database's under the port's code. */
function asRegistryError(cause: unknown): unknown {
  if (cause instanceof CodedError) return cause;
  if (writeFailureOf(cause) === 'disk_full') {
    return new CodedError(
      'registry_disk_full',
      'the disk of the registry is full: nothing was changed; free space, then do it again',
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'registry_failed',
    `the registry could not be written (${codeOf(cause)}: ${reason}): check the disk, then try again`,
    { cause },
  );
}

/**
 * Opens the registry's database file and reads all of it into memory.
 * @throws CodedError `database_unavailable`, `schema_too_new`, `registry_corrupt`
 */
export async function openSqliteRegistry(options: SqliteRegistryOptions): Promise<Registry> {
  return new SqliteRegistry(options);
}
