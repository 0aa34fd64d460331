import { vitalsText } from '../load/vitals-text.ts';

/** One sample as one POST, with no header that it could do without. `more`: the connection is used again. */
export function postRequest(token: string, seq: number, t: number, more: boolean): string {
  const body = vitalsText(seq, t);
  const head = [
    'POST /v1/vitals HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...(more ? [] : ['Connection: close']),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Where a patient stands now, as the product's REST part tells. */
export function snapshotRequest(token: string, patient: string): string {
  const head = [`GET /v1/patients/${patient} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`];
  return `${head.join('\r\n')}\r\n\r\n`;
}
