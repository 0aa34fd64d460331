import type { LaneWriter } from './lane-writer.ts';
import { laneOf, orderKey } from './lanes.ts';
import type { Point } from './point.ts';

/**
 * The lanes that rounds are written by. A round does not wait for the one before: each lane goes on with its own part when
 * it has written what it was given earlier, so that a slow lane holds up nobody else, and the store has something to do
 * while lines are made. A key's points stay in order, since a key's lane stays the same while any round is under way:
 * with another number of lanes a round waits for all before it.
 */
export class RoundLanes {
  readonly #lanes: readonly LaneWriter[];
  /** How many of them the newest round has. */
  #parted: number;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(lanes: readonly LaneWriter[]) {
    this.#lanes = lanes;
    this.#parted = lanes.length;
  }

  /** Resolves when the round is stored or set aside; one call after the other's `begun`. Rejects on abort, after all of its lanes. */
  async begin(parts: readonly (readonly Point[])[]): Promise<{ readonly written: Promise<void> }> {
    if (parts.length !== this.#parted) {
      await this.#underWay;
      this.#rehome(parts.length);
      this.#parted = parts.length;
    }
    const writes = parts.map((points, lane) => this.#lanes[lane]?.write(points));
    const all = Promise.allSettled(writes);
    this.#underWay = Promise.all([this.#underWay, all]);
    return { written: all.then(throwFirst) };
  }

  /**
   * What a lane wrote last it may write once more, to see whether the store takes anything: that changes nothing while
   * nobody else writes what it may overwrite. With another number of lanes somebody else does, and gets it.
   */
  #rehome(lanes: number): void {
    for (const lane of this.#lanes) {
      const { last } = lane;
      const home = last === null ? lane : this.#lanes[laneOf(orderKey(last), lanes)];
      if (home === lane) continue;
      lane.restsWith(null);
      home?.restsWith(last);
    }
  }
}

function throwFirst(writes: readonly PromiseSettledResult<unknown>[]): void {
  for (const write of writes) if (write.status === 'rejected') throw write.reason;
}
