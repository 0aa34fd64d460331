/** Values of somebody who is well, so that no alarm is part of what is measured; they vary, as measured ones do. */
const HEART_RATE = { least: 62, span: 24 };
const RESP_RATE = { least: 13, span: 5 };
const SPO2 = { least: 96, span: 4 };

/** A frame of one moment as a wearable writes it, some 110 bytes. `t`: ms since the epoch. */
export function vitalsText(seq: number, t: number): string {
  const heart = HEART_RATE.least + (seq % HEART_RATE.span);
  const breath = RESP_RATE.least + (seq % RESP_RATE.span);
  const spo2 = SPO2.least + (seq % SPO2.span);
  return `{"type":"vitals","seq":${seq},"samples":[{"t":${t},"heart_rate":${heart},"resp_rate":${breath},"spo2":${spo2}}]}`;
}
