/** Waveform signals a device may stream, with their unit (UCUM; null: relative amplitude). */
export const SIGNALS = {
  ecg_i: { unit: 'mV' },
  ecg_ii: { unit: 'mV' },
  ecg_v: { unit: 'mV' },
  ppg: { unit: null },
  resp: { unit: null },
  acc_x: { unit: 'g' },
  acc_y: { unit: 'g' },
  acc_z: { unit: 'g' },
} as const satisfies Readonly<Record<string, { readonly unit: string | null }>>;

export type Signal = keyof typeof SIGNALS;

export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly Signal[];

/** Whether `name` is a signal of the catalogue. */
export function isSignal(name: string): name is Signal {
  return Object.hasOwn(SIGNALS, name);
}
