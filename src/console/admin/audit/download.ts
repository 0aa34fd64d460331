/** Long enough for a browser to have begun to read it. Milliseconds. */
const KEPT_MS = 10_000;

/** Gives the reader a file. @param type media type */
export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
