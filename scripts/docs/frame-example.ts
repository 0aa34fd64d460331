/** A frame as the reference shows it. */
export type Example = Readonly<Record<string, unknown>>;

/** An example of every type of frame that there is, or the compiler complains. */
export type Examples<Frames> = { readonly [Type in keyof Frames]: Example };

/** When the examples happen: 2026-03-02T08:00:00Z, in milliseconds since the epoch. */
export const T = 1_772_438_400_000;
