/** How much a tile tells, from most to least. */
export const TILE_LEVELS = ['large', 'medium', 'small', 'tiny'] as const;
export type TileLevel = (typeof TILE_LEVELS)[number];

/** What a level needs; theme/ward.css draws it so. In rem, so that it grows with the reader's font. */
interface Needs {
  readonly width: number;
  /** Everything above, below and around the values. */
  readonly frame: number;
  readonly cell: { readonly width: number; readonly height: number; readonly gap: number };
  /** To the left and right of the values. */
  readonly sides: number;
  /** Places beyond one a vital: a blood pressure takes two. */
  readonly more: number;
  /** No more cells than these are shown. */
  readonly cells: number;
  /** Width to height at which it reads best. */
  readonly shape: number;
}

const NEEDS: Readonly<Record<TileLevel, Needs>> = {
  large: {
    ...{ width: 15, frame: 9.75, cell: { width: 4.2, height: 3.75, gap: 0.25 }, sides: 1.25 },
    ...{ more: 1, cells: 12, shape: 1.2 },
  },
  medium: {
    ...{ width: 11, frame: 6.4, cell: { width: 4, height: 2.6, gap: 0.25 }, sides: 1.25 },
    ...{ more: 1, cells: 12, shape: 1.5 },
  },
  small: {
    ...{ width: 8, frame: 2.5, cell: { width: 3.1, height: 2.1, gap: 0.1 }, sides: 0.8 },
    ...{ more: 1, cells: 7, shape: 1.8 },
  },
  tiny: {
    ...{ width: 7, frame: 2.3, cell: { width: 2.75, height: 2.1, gap: 0.1 }, sides: 0.8 },
    ...{ more: 0, cells: 3, shape: 2 },
  },
};

/** Between tiles, rem: as the gap of theme/ward.css. */
const GAP = 0.375;
/** How large digits are in a cell, as shares of it. */
const DIGITS = { ofWidth: 0.34, ofHeight: 0.42 } as const;
/** Narrower than this is a phone, or a page at 200 %: one tile beside another would be too little of each. rem. */
const NARROW = 40;
/** What has no room for everybody is scrolled, and then needs not be told in the smallest print. */
const SCROLLED: TileLevel = 'medium';

export interface WardLayoutInput {
  /** Of the place for the tiles, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Tiles. */
  readonly count: number;
  /** Font size of the page, CSS pixels. */
  readonly rem: number;
  /** Vitals of the patient who has the most of them. */
  readonly vitals: number;
}

export interface WardLayout {
  readonly level: TileLevel;
  readonly columns: number;
  readonly rows: number;
  /** Not everybody has room: the place scrolls. */
  readonly scrolls: boolean;
  /** CSS pixels. */
  readonly tile: { readonly width: number; readonly height: number };
  /** Beside one another in a tile. */
  readonly cellColumns: number;
}

/** Places that a tile of a level has for values. */
function placesOf(level: TileLevel, vitals: number): number {
  const { more, cells } = NEEDS[level];
  return Math.max(1, Math.min(vitals, cells) + more);
}

/** How many values of a level there is room for beside one another in a tile of that width (rem). */
function mostBeside(level: TileLevel, width: number, vitals: number): number {
  const { cell, sides } = NEEDS[level];
  const room = Math.floor((width - sides + cell.gap) / (cell.width + cell.gap));
  return Math.max(1, Math.min(placesOf(level, vitals), room));
}

/** How many values to put beside one another, so that their digits become largest. rem. */
function cellColumns(level: TileLevel, tile: { width: number; height: number }, vitals: number): number {
  const { frame, sides, more } = NEEDS[level];
  const places = placesOf(level, vitals);
  const most = mostBeside(level, tile.width, vitals);
  let [best, largest] = [most, 0];
  for (let columns = most; columns >= Math.min(most, 1 + more); columns -= 1) {
    const width = (tile.width - sides) / columns;
    const height = (tile.height - frame) / Math.ceil(places / columns);
    const digits = Math.min(width * DIGITS.ofWidth, height * DIGITS.ofHeight);
    if (digits <= largest + 1e-9) continue;
    [best, largest] = [columns, digits];
  }
  return best;
}

/** The least height of a tile of that width. Both rem. */
export function neededHeight(level: TileLevel, width: number, vitals: number): number {
  const { frame, cell } = NEEDS[level];
  const rows = Math.ceil(placesOf(level, vitals) / mostBeside(level, width, vitals));
  return frame + rows * (cell.height + cell.gap);
}

/** How many vitals a tile of that level shows at the most. */
export function mostVitals(level: TileLevel): number {
  return NEEDS[level].cells;
}

/**
 * Chooses columns, rows and how much each tile tells: the most of it with which all tiles have room; where they have not, that
 * it scrolls. Narrow places have one column.
 */
export function wardLayout({ width, height, count, rem, vitals }: WardLayoutInput): WardLayout {
  const [across, down] = [Math.max(0, width / rem), Math.max(0, height / rem)];
  const tiles = Math.max(1, count);
  const narrow = across < NARROW;
  const most = narrow ? 1 : tiles;
  for (const level of TILE_LEVELS) {
    // One column has the width for more than the three numbers of a tiny tile.
    if (narrow && level === 'tiny') continue;
    let [best, misfit] = [null as WardLayout | null, Number.POSITIVE_INFINITY];
    for (let columns = 1; columns <= most; columns += 1) {
      const rows = Math.ceil(tiles / columns);
      const tile = { width: share(across, columns), height: share(down, rows) };
      if (tile.width < NEEDS[level].width || tile.height < neededHeight(level, tile.width, vitals)) continue;
      const empty = (columns * rows - tiles) / tiles;
      const off = Math.abs(Math.log(tile.width / tile.height / NEEDS[level].shape)) + empty;
      if (off >= misfit) continue;
      misfit = off;
      best = laidOut({ level, columns, rows, scrolls: false, tile }, rem, vitals);
    }
    if (best !== null) return best;
  }
  const columns = Math.max(1, Math.min(most, Math.floor((across + GAP) / (NEEDS[SCROLLED].width + GAP))));
  const wide = share(across, columns);
  const tile = { width: wide, height: neededHeight(SCROLLED, wide, vitals) };
  return laidOut(
    { level: SCROLLED, columns, rows: Math.ceil(tiles / columns), scrolls: true, tile },
    rem,
    vitals,
  );
}

/** What one of `parts` gets of a length. rem. */
function share(length: number, parts: number): number {
  return (length - (parts - 1) * GAP) / parts;
}

/** @param layout with the tile in rem */
function laidOut(layout: Omit<WardLayout, 'cellColumns'>, rem: number, vitals: number): WardLayout {
  const { width, height } = layout.tile;
  return {
    ...layout,
    tile: { width: width * rem, height: height * rem },
    cellColumns: cellColumns(layout.level, layout.tile, vitals),
  };
}
