import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { devicePaths } from '../../src/identity/certificate-directory.ts';
import type { DeviceFiles } from '../../src/identity/device-files.ts';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import type { DeviceIssuer } from '../../src/identity/device-issuance.ts';
import { certify } from '../../src/identity/enrolment.ts';
import type { WardId } from '../../src/model/ids.ts';
import type { DeviceCertificate, NewEnrolment } from '../../src/model/people.ts';
import type { KeyAlgorithm } from '../../src/pki/key-pair.ts';
import type { AdminContext } from '../admin-command.ts';
import type { BulkFault, BulkRow } from './bulk-rows.ts';
import type { BulkStaging } from './bulk-staging.ts';
import { standingOf } from './bulk-standing.ts';
import { instant } from './describe.ts';

export interface BulkRequest {
  readonly context: AdminContext;
  readonly issuer: DeviceIssuer;
  readonly staging: BulkStaging;
  readonly rows: readonly BulkRow[];
  readonly key: KeyAlgorithm;
  readonly validityDays: number;
  /** The ward of patients that are not registered yet; null: those are faults. */
  readonly addPatients: WardId | null;
  /** Once aborted, what is in hand is completed and nothing more is begun. */
  readonly signal: AbortSignal;
  /** Called with what has become of each row. */
  readonly onOutcome: (outcome: BulkOutcome) => void;
}

/** What became of a row. `present`: its device was there, complete. */
export type BulkOutcome =
  | {
      readonly status: 'issued' | 'present';
      readonly row: BulkRow;
      readonly certificate: DeviceCertificate;
      readonly directory: string;
    }
  | { readonly status: 'failed'; readonly fault: BulkFault };

/** A device whose certificate is made, and not registered yet. */
interface Made {
  readonly row: BulkRow;
  readonly enrolment: NewEnrolment;
  readonly content: DeviceFiles;
}

/** Devices of one transaction: enough that its fsync weighs nothing, few enough that Ctrl-C is soon answered. */
const BATCH = 128;
/** Batches on their way to disk while the next one is made: neither waits for the other. */
const UNDER_WAY = 2;
/** Keys that take long to make make smaller batches. Milliseconds. */
const BATCH_MS = 1_000;
/** About a device, so that the others of its batch can still be registered; all else is about the registry. */
const ABOUT_ONE = new Set([
  ...['revoked', 'already_exists', 'unknown_patient', 'unknown_device'],
  ...['key_of_another_device', 'key_revoked'],
  ...['invalid_entry', 'invalid_id', 'invalid_assignment'],
]);

/**
 * Issues to every row in its turn: certificates are made while the files of the batches before go to disk. Of a batch
 * first all files are on disk, then it is registered as a whole, then put on record, then the files go into their place.
 * @throws what concerns more than one row: the disk, the registry, the audit trail, `issuer_expired`
 */
export async function enrolInBulk(request: BulkRequest): Promise<void> {
  await completeLeftovers(request);
  const underWay: Promise<Error | null>[] = [];
  const settleOldest = async (): Promise<void> => {
    const failed = await underWay.shift();
    if (failed) throw failed;
  };
  const rows = request.rows.values();
  try {
    for (;;) {
      const batch = await makeBatch(rows, request);
      if (batch.length === 0) break;
      if (underWay.length === UNDER_WAY) await settleOldest();
      underWay.push(
        complete(batch, request).then(
          () => null,
          (error: Error) => error,
        ),
      );
    }
    while (underWay.length > 0) await settleOldest();
  } finally {
    // What failed for one batch must not leave another half done.
    await Promise.all(underWay);
  }
}

/**
 * What an interrupted run left: registered, it goes to its place, so that no certificate is out that nobody holds;
 * else it is removed, and its row issued anew.
 */
async function completeLeftovers({ context, staging }: BulkRequest): Promise<void> {
  for (const { id, certificate } of await staging.leftovers()) {
    const registered = certificate && context.registry.certificate(thumbprintOf(certificate.raw));
    if (registered?.device !== id || registered.ended !== null) {
      await staging.discard(id);
      continue;
    }
    // On record perhaps twice, never not at all.
    await record(context, registered);
    await staging.place(id);
  }
  await staging.settle();
}

/** The next devices that are to be issued; none: no row is left, or it was interrupted. */
async function makeBatch(rows: Iterator<BulkRow>, request: BulkRequest): Promise<readonly Made[]> {
  const { clock } = request.context;
  const batch: Made[] = [];
  let begun = clock.monotonic();
  while (batch.length < BATCH && !request.signal.aborted) {
    const { done, value: row } = rows.next();
    if (done) break;
    const made = await makeOne(row, request);
    if (made !== null) {
      if (batch.length === 0) begun = clock.monotonic();
      batch.push(made);
      if (clock.monotonic() - begun > BATCH_MS) break;
    }
    // Lets the files of the batch before go on to disk, and Ctrl-C be heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return batch;
}

async function makeOne(row: BulkRow, request: BulkRequest): Promise<Made | null> {
  const { context, issuer, addPatients, onOutcome } = request;
  const { registry, certs, clock } = context;
  const now: EpochMs = clock.now();
  try {
    const { patient } = row;
    if (addPatients !== null && patient !== null && registry.patient(patient) === undefined) {
      await registry.addPatient({ id: patient, ward: addPatients, label: patient, news2: 'scale_1' });
    }
    const standing = await standingOf(row, { registry, certs, now });
    if (standing.kind === 'present') {
      const { certificate, files } = standing;
      onOutcome({ status: 'present', row, certificate, directory: files.directory });
      return null;
    }
    const key = { kind: 'made', algorithm: row.key ?? request.key } as const;
    const { validityDays } = request;
    const made = certify(issuer, { device: row.id, validityDays, key, now }, { kind: 'first' });
    const { certificate } = made.issued;
    return {
      row,
      enrolment: { device: standing.device, certificate, patient, at: now, provided: 'no_certificate' },
      content: made.content,
    };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code === 'issuer_expired' || error.code === 'registry_failed')
      throw error;
    onOutcome(failed(row, error));
    return null;
  }
}

async function complete(batch: readonly Made[], request: BulkRequest): Promise<void> {
  const { context, staging, onOutcome } = request;
  await Promise.all(batch.map(({ row, content }) => staging.stage(row.id, content)));
  await staging.settle();
  const registered = await register(batch, request);
  await Promise.all(registered.map(({ enrolment }) => record(context, enrolment.certificate)));
  const placed = await Promise.all(registered.map((made) => placeOne(made, request)));
  await staging.settle();
  for (const { row, enrolment } of placed.filter((made) => made !== null)) {
    const { directory } = devicePaths(context.certs, row.id);
    onOutcome({ status: 'issued', row, certificate: enrolment.certificate, directory });
  }
}

/** All at once; where the registry has come to refuse one meanwhile, each for itself. */
async function register(batch: readonly Made[], request: BulkRequest): Promise<readonly Made[]> {
  const { context, staging, onOutcome } = request;
  try {
    await context.registry.enrol(batch.map(({ enrolment }) => enrolment));
    return batch;
  } catch (error) {
    if (!ABOUT_ONE.has(codeOf(error))) throw error;
  }
  const registered: Made[] = [];
  for (const made of batch) {
    try {
      await context.registry.enrol([made.enrolment]);
      registered.push(made);
    } catch (error) {
      if (!(error instanceof CodedError) || !ABOUT_ONE.has(error.code)) throw error;
      await staging.discard(made.row.id);
      onOutcome(failed(made.row, error));
    }
  }
  return registered;
}

/** A certificate whose files cannot get to their place is nobody's: it ends. */
async function placeOne(made: Made, { context, staging, onOutcome }: BulkRequest): Promise<Made | null> {
  const { row, enrolment } = made;
  try {
    await staging.place(row.id);
    return made;
  } catch (cause) {
    const { thumbprint, serial } = enrolment.certificate;
    const reason = 'cessationOfOperation';
    await context.registry.endCertificate(thumbprint, reason, context.clock.now());
    const details = { device: row.id, reason };
    await context.audit.record({ action: 'certificate_revoked', subject: serial, details });
    await staging.discard(row.id);
    const { directory } = devicePaths(context.certs, row.id);
    onOutcome(
      failed(
        row,
        new CodedError(
          'device_files_unwritable',
          `${directory} cannot be put in place (${codeOf(cause)}): make room there, then run this again`,
          { cause },
        ),
      ),
    );
    return null;
  }
}

function record({ audit }: AdminContext, { device, serial, not_after }: DeviceCertificate): Promise<void> {
  const details = { serial, until: instant(not_after), made_by: 'admin', bulk: 1 };
  return audit.record({ action: 'device_issued', subject: device, details });
}

function failed({ line, id }: BulkRow, { code, message }: CodedError): BulkOutcome {
  return { status: 'failed', fault: { line, id, code, message } };
}
