import { randomUUID } from 'node:crypto';
import { LoadConnection, type LoadTarget } from '../load/load-connection.ts';
import { feedDialect, type HeardAlarm } from './clinician-dialects.ts';

/**
 * The person who acknowledges each alarm once the patient's clinician knows of it, however that clinician came to know: an
 * alarm that nobody sees to is escalated to everyone, and that would be measured.
 */
export class Attendant implements Disposable {
  readonly #connection: LoadConnection;
  readonly #commands: string[];
  readonly #alarms: ReadonlyMap<string, string>;

  private constructor(connection: LoadConnection, commands: string[], alarms: ReadonlyMap<string, string>) {
    this.#connection = connection;
    this.#commands = commands;
    this.#alarms = alarms;
  }

  /** @param token of a clinician of the ward */
  static async open(target: LoadTarget, token: string, ward: string): Promise<Attendant> {
    const commands: string[] = [];
    const alarms = new Map<string, string>();
    const onAlarm = ({ id, patient }: HeardAlarm): void => {
      if (patient !== null) alarms.set(patient, id);
    };
    const connection = await LoadConnection.open({
      ...{ target, peer: { device: 'the attendant', cert: '', key: '', token } },
      ...{ dialect: feedDialect({ ward }, onAlarm, commands), onAcked: () => {} },
    });
    return new Attendant(connection, commands, alarms);
  }

  /** Whoever watches the patient knows of the alarm; gives false where the attendant does not yet. */
  see(patient: string): boolean {
    const alarm = this.#alarms.get(patient);
    if (alarm === undefined) return false;
    this.#commands.push(JSON.stringify({ type: 'acknowledge', id: randomUUID(), alarm }));
    this.#connection.send(Date.now());
    return true;
  }

  get trouble(): string | null {
    return this.#connection.trouble?.message ?? null;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}
