import {
  type EpisodeCount,
  type EpisodeCriterion,
  MAX_BACKTEST_LISTED,
  type MissedEpisode,
} from '../model/backtest.ts';
import { type Episode, EpisodeFinder } from './episodes.ts';
import type { LimitsRun } from './limits-run.ts';

/** Counts the episodes of one criterion, and sorts out those within which a run gave no alarm. */
class CriterionCount {
  readonly finder: EpisodeFinder;
  found = 0;
  readonly missed = { today: 0, proposed: 0 };

  constructor(criterion: EpisodeCriterion, judge: (count: CriterionCount, episode: Episode) => void) {
    this.finder = new EpisodeFinder(criterion, (episode) => judge(this, episode));
  }
}

/** The real episodes of a history, whatever the limits, and which of them went without an alarm. */
export class MissedEpisodes {
  readonly #today: LimitsRun;
  readonly #proposed: LimitsRun;
  readonly #counts: readonly CriterionCount[];
  /** Missed by the proposed limits alone, by both, by today's alone. */
  readonly #listed: readonly [MissedEpisode[], MissedEpisode[], MissedEpisode[]] = [[], [], []];

  constructor(criteria: readonly EpisodeCriterion[], today: LimitsRun, proposed: LimitsRun) {
    this.#today = today;
    this.#proposed = proposed;
    this.#counts = criteria.map(
      (criterion) => new CriterionCount(criterion, (count, episode) => this.#judge(count, episode)),
    );
  }

  /** To be told of values after the runs have evaluated them. */
  get finders(): readonly EpisodeFinder[] {
    return this.#counts.map(({ finder }) => finder);
  }

  counts(): EpisodeCount[] {
    return this.#counts.map(({ finder, found, missed }) => ({ ...finder.criterion, found, missed }));
  }

  listed(): MissedEpisode[] {
    return this.#listed.flat().slice(0, MAX_BACKTEST_LISTED);
  }

  #judge(count: CriterionCount, { device, from, until, worst }: Episode): void {
    const { vital, direction, beyond } = count.finder.criterion;
    const target = `${vital}:${direction}`;
    const today = this.#today.wasLive(target, from, until);
    const proposed = this.#proposed.wasLive(target, from, until);
    count.found++;
    if (!today) count.missed.today++;
    if (!proposed) count.missed.proposed++;
    if (today && proposed) return;
    const list = this.#listed[proposed ? 2 : today ? 0 : 1];
    if (list.length >= MAX_BACKTEST_LISTED) return;
    const about = { device, vital, direction, beyond, from, until, lasted_s: (until - from) / 1_000, worst };
    list.push({ ...about, alarmed: { today, proposed } });
  }
}
