import { existsSync, readFileSync } from 'node:fs';
import type { Setting } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { SIGNALS } from '../../src/model/signal.ts';
import { possibleRange, VITAL_NAMES, VITALS } from '../../src/model/vital.ts';
import { AUDIT_ACTIONS } from '../../src/observe/audit-entry.ts';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { DEVICE_TO_SERVER, SERVER_TO_DEVICE } from '../../src/protocol/device-frames.ts';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';
import { FEED_TO_CLIENT, PatientSnapshot } from '../../src/protocol/feed-frames.ts';
import { REJECT_CODES } from '../../src/protocol/reject-codes.ts';
import {
  ChangeAlarmSchema,
  CombinationAlarmSchema,
  LimitAlarmSchema,
  News2AlarmSchema,
  TechnicalAlarmSchema,
} from './alarm-schema.ts';
import { waveformAsCbor } from './cbor-example.ts';
import { DEVICE_EXAMPLES, SERVER_EXAMPLES } from './device-frame-examples.ts';
import { ALARM_EXAMPLES, CLIENT_EXAMPLES, FEED_EXAMPLES } from './feed-frame-examples.ts';
import { fieldTable } from './field-table.ts';
import { importRules } from './import-rules.ts';
import { type JsonSchema, plain } from './json-schema.ts';
import { markdownTable } from './markdown-table.ts';

const code = (text: string | number): string => `\`${text}\``;

/** Columns that a reader need not scroll for. */
const WIDTH = 110;

/** JSON in as few lines as fit the width: what is short stands on one, what is long is broken into its members. */
function layOut(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (indent.length + line.length <= WIDTH || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item) => layOut(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${layOut(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}

function example(value: unknown): string {
  return `\`\`\`json\n${layOut(value)}\n\`\`\``;
}

function frame(schema: JsonSchema, sample: unknown): string {
  return [String(schema.description ?? ''), fieldTable(schema), example(sample)].join('\n\n');
}

const RECONNECT = {
  no: 'Do not come back by yourself.',
  with_jitter: 'Come back, with full jitter.',
  later: 'Come back later: a longer base and cap.',
} as const;

function vitalsTable(): string {
  return markdownTable(
    [
      'name',
      'shown as',
      'unit (UCUM)',
      'possible range',
      'LOINC',
      'MDC',
      'usual interval',
      'judged as frozen',
    ],
    VITAL_NAMES.map((name) => {
      const { label, unit, loinc, mdc, usualIntervalMs, varies } = VITALS[name];
      const range = possibleRange(name).replace(` ${unit}`, '');
      const mdcText = mdc === null ? '-' : String(mdc);
      return [
        code(name),
        label,
        code(unit),
        range,
        loinc,
        mdcText,
        `${usualIntervalMs / 1_000} s`,
        varies ? 'yes' : 'no',
      ];
    }),
  );
}

function limitsTable(): string {
  return markdownTable(
    ['vital', 'direction', 'priority', 'beyond', 'for', 'clears inside by', 'for'],
    DEFAULT_LIMITS.map((limit) => [
      code(limit.vital),
      limit.direction,
      limit.priority,
      `${limit.direction === 'low' ? '<' : '>'} ${limit.threshold} ${VITALS[limit.vital].unit}`,
      `${limit.onset_delay_ms / 1_000} s`,
      String(limit.clear_margin),
      `${limit.clear_delay_ms / 1_000} s`,
    ]),
  );
}

function configurationTable(): string {
  return markdownTable(
    ['key', 'default', 'allowed', 'meaning'],
    Object.values(SETTINGS).map((setting: Setting<unknown>) => [
      code(setting.key),
      setting.default === '' ? 'unset' : code(setting.default),
      setting.allowed,
      `${setting.about}${setting.secret ? ' Secret.' : ''}`,
    ]),
  );
}

function closeCodesTable(): string {
  return markdownTable(
    ['code', 'reason', 'meaning', 'what to do'],
    Object.entries(CLOSE_CODES).map(([number, { reason, meaning, reconnect }]) => [
      number,
      reason,
      meaning,
      RECONNECT[reconnect],
    ]),
  );
}

function importTable(): string {
  const root = new URL('../../', import.meta.url);
  // A rule may stand before its folder does.
  const rules = importRules(readFileSync(new URL('biome.json', root), 'utf8')).filter(({ folder }) =>
    existsSync(new URL(`src/${folder}`, root)),
  );
  return markdownTable(
    ['folder', 'may import, besides itself', 'vendor libraries'],
    rules.map(({ folder, folders, libraries, node }) => [
      code(folder),
      [...folders, ...(node ? ['node:*'] : [])].join(', ') || 'nothing',
      libraries.join(', ') || '-',
    ]),
  );
}

function framesOf(
  prefix: string,
  frames: Readonly<Record<string, object>>,
  examples: Readonly<Record<string, unknown>>,
): [string, () => string][] {
  return Object.entries(frames).map(([type, schema]) => [
    `${prefix}.${type}`,
    () => frame(plain(schema), examples[type]),
  ]);
}

/** Everything that the pages take from the code, by the name of its block. */
export const BLOCKS: ReadonlyMap<string, () => string> = new Map([
  ['vitals', vitalsTable],
  [
    'signals',
    () =>
      markdownTable(
        ['signal', 'unit (UCUM)'],
        Object.entries(SIGNALS).map(([name, { unit }]) => [code(name), unit ?? 'none: relative amplitude']),
      ),
  ],
  ['default-limits', limitsTable],
  ['configuration', configurationTable],
  ['close-codes', closeCodesTable],
  [
    'reject-codes',
    () =>
      markdownTable(
        ['code', 'meaning'],
        Object.entries(REJECT_CODES).map(([name, meaning]) => [code(name), meaning]),
      ),
  ],
  [
    'error-codes',
    () =>
      markdownTable(
        ['code', 'status', 'what to do'],
        Object.entries(ERROR_CODES).map(([name, { status, cure }]) => [code(name), String(status), cure]),
      ),
  ],
  [
    'audit-actions',
    () =>
      markdownTable(
        ['action', 'means', 'its subject'],
        Object.entries(AUDIT_ACTIONS).map(([name, { meaning, subject }]) => [code(name), meaning, subject]),
      ),
  ],
  ['imports', importTable],
  ['cbor-example', () => `\`\`\`text\n${waveformAsCbor()}\n\`\`\``],
  ['alarm.limit', () => frame(plain(LimitAlarmSchema), ALARM_EXAMPLES[0])],
  ['alarm.change', () => frame(plain(ChangeAlarmSchema), ALARM_EXAMPLES[1])],
  ['alarm.combination', () => frame(plain(CombinationAlarmSchema), ALARM_EXAMPLES[2])],
  ['alarm.news2', () => frame(plain(News2AlarmSchema), ALARM_EXAMPLES[3])],
  ['alarm.technical', () => frame(plain(TechnicalAlarmSchema), ALARM_EXAMPLES[4])],
  ['patient-snapshot', () => fieldTable(plain(PatientSnapshot))],
  ...framesOf('device', DEVICE_TO_SERVER, DEVICE_EXAMPLES),
  ...framesOf('server', SERVER_TO_DEVICE, SERVER_EXAMPLES),
  ...framesOf('client', CLIENT_TO_FEED, CLIENT_EXAMPLES),
  ...framesOf('feed', FEED_TO_CLIENT, FEED_EXAMPLES),
]);
