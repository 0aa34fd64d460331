/** Whether something that was read has reached what all objects share. What is assigned is enumerable, and inherited. */
export function isPolluted(): boolean {
  for (const _ in {}) return true;
  return false;
}

/** Whether a frame, or an object right in it, inherits from anything but what objects inherit from. */
export function hasForeignPrototype(frame: object): boolean {
  if (Object.getPrototypeOf(frame) !== Object.prototype) return true;
  return Object.values(frame).some(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !ArrayBuffer.isView(value) &&
      Object.getPrototypeOf(value) !== Object.prototype,
  );
}
