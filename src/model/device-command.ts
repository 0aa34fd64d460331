import type { ClinicianId, DeviceId } from './ids.ts';

/** What a device may be told to do over its stream. */
export const COMMAND_NAMES = ['set_interval', 'start_waveform', 'stop_waveform', 'identify'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** Downlink to one device, asked for by a clinician or an admin. */
export interface DeviceCommand {
  readonly id: string;
  readonly device: DeviceId;
  readonly name: CommandName;
  readonly args: Readonly<Record<string, unknown>>;
  readonly requested_by: ClinicianId;
}

/** What the device answered, or that it was not connected to answer. */
export interface DeviceCommandResult {
  readonly id: string;
  readonly device: DeviceId;
  readonly ok: boolean;
  readonly message: string | null;
  /** Set where nobody was there to hear it; absent in what a device answered. */
  readonly unreachable?: true;
}
