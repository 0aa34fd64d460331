import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { Tiers } from '../model/effective-limits.ts';
import type { Tier } from '../model/limit.ts';
import type { News2Trigger, News2Use } from '../model/news2.ts';
import { NEVER } from './device-track.ts';
import { end, hold } from './live-alarms.ts';
import { news2Trigger, TRIGGER_PRIORITY, triggerRank } from './news2.ts';
import { lackingInputs, NEWS2_READERS, newestIsByHand } from './news2-inputs.ts';
import type { SubjectRules } from './subject-rules.ts';
import type { SubjectState } from './subject-state.ts';
import { stepTiers, type TierTest } from './tier-step.ts';

const KEY = 'news2';
/** The score is not taken through its tiers more often, by the server's clock. */
const STEP_EVERY_MS = 1_000;
/** A score must stand, and be gone, for this long: one noisy sample raises and clears nothing. */
const DELAY_MS = 60_000;

interface News2Tier extends Tier {
  readonly trigger: News2Trigger;
}

function tier(trigger: 'single_parameter' | 'urgent' | 'emergency'): News2Tier {
  return { trigger, priority: TRIGGER_PRIORITY[trigger], onset_delay_ms: DELAY_MS, clear_delay_ms: DELAY_MS };
}

const TIERS: Tiers<News2Tier> = [tier('single_parameter'), tier('urgent'), tier('emergency')];

/** By rank of the trigger. The chart has no margins: below the mildest trigger is inside. */
const TRIGGER_TEST: TierTest<News2Tier, number> = {
  isBeyond: ({ trigger }, rank) => rank >= triggerRank(trigger),
  isInside: ({ trigger }, rank) => rank < triggerRank(trigger),
};

/*
 * What was found, as a number: a subject's score is looked at with every sample, and nothing may be allocated for one that
 * is as before. Below 0: -1 not scored; else -2 minus what is lacking as bits, and the scale. From 0 on: score, rank of the
 * trigger, scale.
 */
const OFF = -1;

function partial(lacking: number, scale: 1 | 2): number {
  return -(2 + lacking * 2 + (scale - 1));
}

function complete(score: number, rank: number, scale: 1 | 2): number {
  return score * 100 + rank * 10 + scale;
}

function scoreOf(found: number): number {
  return Math.floor(found / 100);
}

function rankOf(found: number): number {
  return Math.floor(found / 10) % 10;
}

function find(state: SubjectState, use: News2Use, now: EpochMs): number {
  if (use === 'off') return OFF;
  const scale = use === 'scale_2' ? 2 : 1;
  const lacking = lackingInputs(state, now);
  if (lacking !== 0) return partial(lacking, scale);
  let score = 0;
  let single = false;
  for (const reader of NEWS2_READERS) {
    const points = reader.points(state, scale, now) ?? 0;
    score += points;
    single ||= points === 3;
  }
  return complete(score, triggerRank(news2Trigger(score, single)), scale);
}

/** Takes the score through its tiers at `at`, by the server's clock. */
function step(
  state: SubjectState,
  found: number,
  at: EpochMs,
  received: EpochMs,
  rules: SubjectRules,
): AlarmEvent | null {
  const { news2: watch, patient } = state;
  if (patient === null) return null;
  const { tiers } = watch;
  const live = state.live.get(KEY);
  tiers.held = live === undefined || live.presence === 'latched' ? null : live.priority;
  const afterGap = watch.interrupted;
  watch.interrupted = false;
  const reached = stepTiers(tiers, TIERS, TRIGGER_TEST, rankOf(found), at, afterGap);
  if (reached === null) return null;
  if (reached.kind === 'inside') return end(state, KEY, at);
  const { trigger, priority } = reached.tier;
  const score = scoreOf(found);
  return hold(
    state,
    { cause: 'news2', patient, device: null, score, trigger, priority, breached_since: reached.since },
    { at, received, rules },
  );
}

/** What a finding without a score does: nothing is raised or cleared (rule 4), but for a patient no longer scored. */
function withoutScore(state: SubjectState, found: number, at: EpochMs): AlarmEvent | null {
  state.news2.interrupted = true;
  return found === OFF ? end(state, KEY, at) : null;
}

/** The server's clock was set back: time goes on from where it is now, or nothing would be scored until it is there again. */
function noticeSetBack({ news2: watch }: SubjectState, now: EpochMs): void {
  if (watch.steppedAt <= now) return;
  watch.steppedAt = NEVER;
  watch.interrupted = true;
}

/**
 * Scores the patient as of `at`, the time of the newest evidence by the server's clock, at most once a second of it.
 * Without every input there is no score, and nothing is raised or cleared.
 * @param received server time
 * @param atOnce a person entered something: not to be put off
 */
export function evaluateNews2(
  state: SubjectState,
  at: EpochMs,
  received: EpochMs,
  rules: SubjectRules,
  atOnce = false,
): AlarmEvent | null {
  const { news2: watch } = state;
  if (rules.news2 === 'off' && watch.found === OFF) return null;
  noticeSetBack(state, received);
  if (at - watch.steppedAt < STEP_EVERY_MS && !atOnce) return null;
  // Time does not run back for a device that sends late, nor for what is entered after a sample ahead of it.
  const now = Math.max(at, watch.steppedAt);
  watch.steppedAt = now;
  const found = find(state, rules.news2, now);
  watch.found = found;
  return found < 0 ? withoutScore(state, found, now) : step(state, found, now, received, rules);
}

/**
 * By server time: inputs that became stale, a score that time alone makes last, other rules. What a device measured lasts
 * as long as its next samples say so; what a person entered stands until something newer comes, so that one full set of
 * observations entered by hand is enough for an alarm. To be called about once a second.
 */
export function sweepNews2(state: SubjectState, now: EpochMs, rules: SubjectRules): AlarmEvent | null {
  const { news2: watch } = state;
  if (state.patient === null || watch.found === null) return null;
  if (rules.news2 === 'off' && watch.found === OFF) return null;
  noticeSetBack(state, now);
  if (newestIsByHand(state)) return evaluateNews2(state, now, now, rules);
  watch.found = find(state, rules.news2, Math.max(now, watch.steppedAt));
  return watch.found < 0 ? withoutScore(state, watch.found, now) : null;
}

/** Whether score, trigger or what is lacking is another than when this was last asked; that nobody ever scored is no news. */
export function news2Changed(state: SubjectState): boolean {
  const { news2: watch } = state;
  if (watch.found === watch.told) return false;
  const news = watch.told !== null || watch.found !== OFF;
  watch.told = watch.found;
  return news;
}
