/** One PEM block: a label, and the base64 of `der` in lines of 64 (RFC 7468). */
export function encodePem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The bytes of the first block that carries one of `labels`; null when there is none, or it is not base64. */
export function decodePem(text: string, labels: readonly string[]): Buffer | null {
  for (const label of labels) {
    const begin = `-----BEGIN ${label}-----`;
    const start = text.indexOf(begin);
    if (start === -1) continue;
    const end = text.indexOf(`-----END ${label}-----`, start);
    return end === -1 ? null : decodeBase64(text.slice(start + begin.length, end));
  }
  return null;
}

/** Base64 with white space anywhere, as PEM and EST (RFC 7030) carry it; null when it is anything else. */
export function decodeBase64(text: string): Buffer | null {
  const compact = text.replace(/[\t\n\r ]+/g, '');
  if (compact.length === 0 || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact))
    return null;
  return Buffer.from(compact, 'base64');
}
