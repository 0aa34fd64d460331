/** Why samples or a whole frame will never be stored: the `code` of a `reject` frame. */
export const REJECT_CODES = {
  invalid_sample:
    'The sample is not an object with an integer `t` and at least one vital that is a finite number.',
  unknown_vital: 'The sample names a vital that is not in the catalogue.',
  impossible_value: 'A value lies outside the possible range of its vital.',
  time_ahead: 'The time of the sample, or of a waveform chunk, is more than 24 hours ahead of the server.',
  time_expired: 'The time of the sample, or of a waveform chunk, is older than the retention.',
  unknown_signal: 'The waveform names a signal that is not in the catalogue.',
  invalid_waveform: 'The values of the waveform are not all finite numbers.',
} as const satisfies Readonly<Record<string, string>>;

export type RejectCode = keyof typeof REJECT_CODES;
