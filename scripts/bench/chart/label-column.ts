/** A label beside a chart: where it would like its middle to be, and how tall it is. */
export interface WantedLabel {
  readonly at: number;
  readonly height: number;
}

/**
 * Where labels stand so that none covers another, each as near to its place as that allows, in the order of their places.
 * What is too much for the column from `top` to `bottom` goes on below it.
 * @returns the middle of each, in the order given
 */
export function labelColumn(wanted: readonly WantedLabel[], top: number, bottom: number): number[] {
  const order = wanted.map((label, index) => ({ ...label, index })).sort((a, b) => a.at - b.at);
  // Labels that touch form a block; a block stands where its members on average want it.
  const blocks: { members: typeof order; height: number; begin: number }[] = [];
  for (const label of order) {
    blocks.push(placed([label], top, bottom));
    for (let last = blocks.at(-1), before = blocks.at(-2); last && before; ) {
      if (before.begin + before.height <= last.begin) break;
      blocks.splice(-2, 2, placed([...before.members, ...last.members], top, bottom));
      [last, before] = [blocks.at(-1), blocks.at(-2)];
    }
  }
  const middles = wanted.map(() => top);
  for (const { members, begin } of blocks) {
    let at = begin;
    for (const { index, height } of members) {
      middles[index] = at + height / 2;
      at += height;
    }
  }
  return middles;
}

function placed(
  members: (WantedLabel & { readonly index: number })[],
  top: number,
  bottom: number,
): { members: typeof members; height: number; begin: number } {
  const height = members.reduce((sum, label) => sum + label.height, 0);
  let [above, wish] = [0, 0];
  for (const label of members) {
    wish += label.at - label.height / 2 - above;
    above += label.height;
  }
  return { members, height, begin: Math.max(top, Math.min(wish / members.length, bottom - height)) };
}
