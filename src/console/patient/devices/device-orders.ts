import type { CommandName } from '../../../model/device-command.ts';
import type { Signal } from '../../../model/signal.ts';

/** What `POST /v1/devices/{id}/commands` takes: each command with its own argument, or none. */
export type DeviceOrder =
  | { readonly name: 'set_interval'; readonly args: { readonly interval_ms: number } }
  | {
      readonly name: 'start_waveform' | 'stop_waveform';
      readonly args: { readonly signals: readonly Signal[] };
    }
  | { readonly name: 'identify' };

/** How often a device may be told to measure, in seconds: a tenth to an hour. */
export const INTERVAL_S = { least: 0.1, most: 3_600 } as const;

/** A typed interval in ms; null: it is none that a device may be given. @param seconds as it was typed */
export function intervalMs(seconds: string): number | null {
  const typed = seconds.trim().replace(',', '.');
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(typed)) return null;
  const value = Number(typed);
  return value >= INTERVAL_S.least && value <= INTERVAL_S.most ? Math.round(value * 1_000) : null;
}

/** How far a command to a device has come. */
export type OrderState =
  | { readonly kind: 'waiting'; readonly name: CommandName }
  | { readonly kind: 'answered'; readonly name: CommandName; readonly message: string | null }
  | { readonly kind: 'refused'; readonly name: CommandName; readonly why: string };
