import type { Clock } from '../core/clock.ts';
import type { IdentifiedDevice } from '../identity/device-identity.ts';
import { noteUse } from '../identity/renewal.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import type { Registry } from '../registry/registry.ts';

export interface FirstUseOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
}

/** Sees to it that the first use of a renewed certificate ends the former ones of its device. */
export class FirstUse {
  readonly #options: FirstUseOptions;
  /** By thumbprint: a device that sends several requests at once has used its certificate once. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: FirstUseOptions) {
    this.#options = options;
  }

  /**
   * To be called for a device that has been identified, before it is served. Durable when it resolves.
   * @throws IdentityError when another certificate of the device was used at the same moment
   */
  note(identified: IdentifiedDevice): Promise<void> {
    if (identified.certificate.status !== 'pending') return Promise.resolve();
    const { thumbprint } = identified;
    const underWay = this.#underWay.get(thumbprint);
    if (underWay !== undefined) return underWay;
    const noted = this.#note(identified).finally(() => this.#underWay.delete(thumbprint));
    this.#underWay.set(thumbprint, noted);
    return noted;
  }

  async #note(identified: IdentifiedDevice): Promise<void> {
    const { registry, clock, log, audit } = this.#options;
    const { device, certificate } = identified;
    const ended = registry.certificatesOf(device.id).filter((one) => one.ended === null).length - 1;
    if (!(await noteUse(registry, identified, clock.now()))) return;
    const { serial } = certificate;
    log.info(
      { event: 'certificate_first_used', device: device.id, serial, ended },
      'the new certificate of a device took the place of the former',
    );
    audit.acted(
      { action: 'certificate_superseded', subject: device.id, details: { serial, ended } },
      { kind: 'device', id: device.id },
    );
  }
}
