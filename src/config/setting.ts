import { CodedError } from '../core/coded-error.ts';

/** One key of the environment: how it is read, and what `--help` says of it. */
export interface Setting<Value> {
  readonly key: string;
  /** As one would write it; empty: not set. */
  readonly default: string;
  readonly about: string;
  /** What values there are, for people. */
  readonly allowed: string;
  /** The value, or null when `text` is not one. */
  readonly parse: (text: string) => Value | null;
  readonly secret?: true;
  /** A wrong value as an error may show it, where a secret could be part of it. */
  readonly show?: (text: string) => string;
}

/** A setting is wrong. `details` hold key, value (not of a secret) and what is allowed. */
export class ConfigError extends CodedError<'invalid_config'> {
  override readonly name = 'ConfigError';

  constructor(key: string, value: string, allowed: string) {
    super('invalid_config', `${key}=${value}: ${allowed}`, { details: { key, value, allowed } });
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a setting in this environment, or its default. @throws ConfigError naming key, value and what is allowed */
export function read<Value>(environment: Environment, setting: Setting<Value>): Value {
  const text = environment[setting.key]?.trim() || setting.default;
  const value = setting.parse(text);
  if (value === null)
    throw new ConfigError(
      setting.key,
      setting.secret ? '(secret)' : JSON.stringify(setting.show?.(text) ?? text),
      `must be ${setting.allowed}`,
    );
  return value;
}

/** A whole number from `min` to `max`. */
export function integer(
  key: string,
  fallback: number,
  min: number,
  max: number,
  about: string,
): Setting<number> {
  const parse = (text: string): number | null => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : null;
  };
  return { key, default: String(fallback), about, allowed: `a whole number from ${min} to ${max}`, parse };
}

/** One of a few words. */
export function choice<const Word extends string>(
  key: string,
  fallback: Word,
  words: readonly Word[],
  about: string,
): Setting<Word> {
  return {
    key,
    default: fallback,
    about,
    allowed: `one of ${words.join(', ')}`,
    parse: (text) => words.find((word) => word === text) ?? null,
  };
}

/** Any text that is not empty; with an empty default it may be left out. */
export function text(
  key: string,
  fallback: string,
  about: string,
  options: { readonly secret?: true } = {},
): Setting<string> {
  return { key, default: fallback, about, allowed: 'text', parse: (value) => value, ...options };
}
