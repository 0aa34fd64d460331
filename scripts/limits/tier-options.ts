import { type Command, InvalidArgumentError, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import {
  DEFAULT_CLEAR_DELAY_MS,
  DEFAULT_ONSET_DELAY_MS,
  defaultClearMargin,
} from '../../src/model/default-limits.ts';
import { type LimitTarget, PRIORITIES, type Priority, targetKey } from '../../src/model/limit.ts';
import { isVital } from '../../src/model/vital.ts';

/** What the options of `set` say of tiers. Delays and windows in seconds. */
export interface TierOptions {
  readonly low?: number;
  readonly lowDelay?: number;
  readonly medium?: number;
  readonly mediumDelay?: number;
  readonly high?: number;
  readonly highDelay?: number;
  readonly margin?: number;
  readonly clearDelay?: number;
  readonly window?: number;
  readonly when?: string;
  readonly priority?: Priority;
  readonly delay?: number;
}

type BareTier = Readonly<Record<string, unknown>>;

function decimal(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a number, 0 or more');
}

function seconds(text: string): number {
  const value = decimal(text);
  if (Number.isInteger(Math.round(value * 1e6) / 1e3)) return value;
  throw new InvalidArgumentError('give seconds, with three decimals at most');
}

/** Adds the options that describe tiers. */
export function withTierOptions(command: Command): Command {
  for (const priority of PRIORITIES) {
    command
      .option(
        `--${priority} <number>`,
        `threshold, or size of the change, that alarms with ${priority} priority`,
        decimal,
      )
      .option(
        `--${priority}-delay <s>`,
        `seconds that it must last (default: ${DEFAULT_ONSET_DELAY_MS[priority] / 1_000})`,
        seconds,
      );
  }
  return command
    .option(
      '--margin <number>',
      "how far inside clears (default: the vital's; of a change, a quarter of it)",
      decimal,
    )
    .option(
      '--clear-delay <s>',
      `seconds that it must be inside (default: ${DEFAULT_CLEAR_DELAY_MS / 1_000})`,
      seconds,
    )
    .option('--window <s>', 'seconds within which a change counts', seconds)
    .option('--when <conditions>', 'of a combination, such as "pulse_rate>110,systolic_bp<100"')
    .addOption(new Option('--priority <priority>', 'of a combination').choices(PRIORITIES))
    .option('--delay <s>', 'of a combination: seconds that it must last', seconds);
}

/** Which options belong to which kind of target. */
const OPTIONS_OF: Readonly<Record<LimitTarget['kind'], readonly (keyof TierOptions)[]>> = {
  value: ['low', 'lowDelay', 'medium', 'mediumDelay', 'high', 'highDelay', 'margin', 'clearDelay'],
  change: ['low', 'lowDelay', 'medium', 'mediumDelay', 'high', 'highDelay', 'margin', 'clearDelay', 'window'],
  combination: ['when', 'priority', 'delay', 'margin', 'clearDelay'],
};
const ALL_OPTIONS = new Set(Object.values(OPTIONS_OF).flat());

/** The options of tiers that were given, as they are written. */
export function givenTierOptions(options: TierOptions): readonly string[] {
  return [...ALL_OPTIONS].filter((name) => options[name] !== undefined).map(written);
}

function written(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function mistake(message: string): CodedError {
  return new CodedError('options_invalid', message);
}

/**
 * The tiers that the options describe, without what the target says.
 * @throws CodedError `options_invalid`: an option is missing, or not of this kind of target
 */
export function tiersOfOptions(target: LimitTarget, options: TierOptions): readonly BareTier[] {
  const key = targetKey(target);
  const allowed: ReadonlySet<string> = new Set(OPTIONS_OF[target.kind].map(written));
  const strange = givenTierOptions(options).find((name) => !allowed.has(name));
  if (strange !== undefined)
    throw mistake(`${strange} does not describe ${key}: use ${[...allowed].join(', ')}`);
  const clear_delay_ms = inMs(options.clearDelay) ?? DEFAULT_CLEAR_DELAY_MS;
  if (target.kind === 'combination') return [combinationTier(options, clear_delay_ms)];
  const tiers = PRIORITIES.flatMap((priority) => {
    const size = options[priority];
    const delay = inMs(options[`${priority}Delay`]);
    if (size === undefined && delay !== undefined)
      throw mistake(`--${priority}-delay is given without --${priority}: give both`);
    const onset_delay_ms = delay ?? DEFAULT_ONSET_DELAY_MS[priority];
    return size === undefined ? [] : [{ priority, onset_delay_ms, clear_delay_ms, size }];
  });
  if (tiers.length === 0)
    throw mistake(
      `no tier of ${key} is given: use --low, --medium or --high with a number, --file, or --off`,
    );
  if (target.kind === 'value') {
    const clear_margin = options.margin ?? defaultClearMargin(target.vital);
    return tiers.map(({ size, ...tier }) => ({ ...tier, threshold: size, clear_margin }));
  }
  const window_ms = inMs(options.window);
  if (window_ms === undefined)
    throw mistake(`--window is missing: within how many seconds does ${key} count?`);
  const clear_margin = options.margin ?? Math.min(...tiers.map(({ size }) => size)) / 4;
  return tiers.map(({ size, ...tier }) => ({ ...tier, change: size, window_ms, clear_margin }));
}

function combinationTier(options: TierOptions, clear_delay_ms: number): BareTier {
  const { when, priority, margin } = options;
  if (when === undefined || priority === undefined)
    throw mistake('a combination takes --when and --priority, or --file (several tiers)');
  return {
    priority,
    onset_delay_ms: inMs(options.delay) ?? DEFAULT_ONSET_DELAY_MS[priority],
    clear_delay_ms,
    conditions: when.split(',').map((text) => conditionOf(text.trim(), margin)),
  };
}

function conditionOf(text: string, margin: number | undefined): BareTier {
  const [, vital = '', sign, threshold] = /^(\w+)\s*([<>])\s*(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (!isVital(vital))
    throw mistake(
      `--when ${JSON.stringify(text.slice(0, 60))} is no condition: write a vital, < or >, a number`,
    );
  return {
    vital,
    direction: sign === '<' ? 'low' : 'high',
    threshold: Number(threshold),
    clear_margin: margin ?? defaultClearMargin(vital),
  };
}

function inMs(s: number | undefined): number | undefined {
  return s === undefined ? undefined : Math.round(s * 1_000);
}
