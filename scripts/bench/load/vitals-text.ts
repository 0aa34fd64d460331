/** Values of somebody who is well, so that no alarm is part of what is measured; they vary, as measured ones do. */
const HEART_RATE = { least: 62, span: 24 };
const RESP_RATE = { least: 13, span: 5 };
const SPO2 = { least: 96, span: 4 };

/** The values of the n-th moment. */
export function vitalsOf(n: number): {
  readonly heart_rate: number;
  readonly resp_rate: number;
  readonly spo2: number;
} {
  return {
    heart_rate: HEART_RATE.least + (n % HEART_RATE.span),
    resp_rate: RESP_RATE.least + (n % RESP_RATE.span),
    spo2: SPO2.least + (n % SPO2.span),
  };
}

/** A frame of one moment as a wearable writes it, some 110 bytes. `t`: ms since the epoch. */
export function vitalsText(seq: number, t: number): string {
  const { heart_rate, resp_rate, spo2 } = vitalsOf(seq);
  return `{"type":"vitals","seq":${seq},"samples":[{"t":${t},"heart_rate":${heart_rate},"resp_rate":${resp_rate},"spo2":${spo2}}]}`;
}
