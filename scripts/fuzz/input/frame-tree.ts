/**
 * A frame on its way to bytes: like a value, but with names in an order, as often as one likes, and places at which
 * something is spelled that no value is.
 */
export type FrameTree =
  | { kind: 'object'; entries: { name: string; tree: FrameTree }[] }
  | { kind: 'array'; items: FrameTree[] }
  | { kind: 'value'; value: unknown }
  /** The nth of the spellings of the encoding. */
  | { kind: 'spelled'; which: number }
  /** Arrays or objects within each other. */
  | { kind: 'nested'; depth: number; objects: boolean };

/** The tree of a value as JSON knows it. */
export function treeOf(value: unknown): FrameTree {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { kind: 'value', value };
  return {
    kind: 'object',
    entries: Object.entries(value).map(([name, one]) => ({ name, tree: treeOf(one) })),
  };
}
