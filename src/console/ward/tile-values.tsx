import type { ComponentChildren } from 'preact';
import type { Alarm } from '../../model/alarm.ts';
import { type AlarmLook, alarmClasses, alarmLook } from '../alarms/alarm-look.ts';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { alarmOfCell, chosenCells } from './chosen-cells.ts';
import { Sparkline } from './sparkline.tsx';
import { ageWords, isFresh } from './tile-words.ts';
import type { TrendRecall } from './trend-recall.ts';
import { type VitalCell, vitalCells } from './vital-cells.ts';
import { mostVitals, type TileLevel } from './ward-layout.ts';

interface TileValuesProps {
  readonly model: PatientModel;
  /** Worst first. */
  readonly alarms: readonly Alarm[];
  readonly level: TileLevel;
  readonly recall: TrendRecall;
}

/** The numbers, each in its place. Redrawn with every value and every second, and nothing else of the tile with it. */
export function TileValues({ model, alarms, level, recall }: TileValuesProps) {
  const { clock } = useConsole();
  const cells = chosenCells(vitalCells(model.values.value, clock.now.value), alarms, mostVitals(level));
  if (cells.length === 0) return <p class="tile-values none">{text.ward.no_values}</p>;
  return (
    <div class="tile-values">
      {cells.map((cell) => {
        const alarm = alarmOfCell(cell, alarms);
        return (
          <Value key={cell.key} cell={cell} look={alarm === null ? null : alarmLook(alarm)} level={level}>
            {level === 'large' && <Sparkline model={model} vital={cell.trend} recall={recall} />}
          </Value>
        );
      })}
    </div>
  );
}

interface ValueProps {
  readonly cell: VitalCell;
  /** Of the worst alarm about it. */
  readonly look: AlarmLook | null;
  readonly level: TileLevel;
  readonly children: ComponentChildren;
}

/** A number as long as it is current; then a dash, and how long ago there was one (clinical rule 4). */
function Value({ cell, look, level, children }: ValueProps) {
  const { key, label, unit, shown, aside, ageMs, quality } = cell;
  const wordy = level === 'large' || level === 'medium';
  const state = shown === null ? 'unknown' : (quality ?? 'current');
  const alarmed = look === null ? '' : ` alarmed ${alarmClasses(look)}`;
  return (
    <div class={`cell ${key} ${state}${alarmed}`}>
      <span class="cell-label">
        {look !== null && <b class="cell-alarm">{look.symbol}</b>}
        {label}
        {wordy && shown !== null && <span class="cell-unit"> {unit}</span>}
      </span>
      <span class="cell-value">
        {shown ?? text.ward.dash}
        {wordy && aside !== null && <small> {aside}</small>}
      </span>
      <span class="cell-age">
        {shown === null && <span class="cell-words">{text.ward.unknown_now} </span>}
        {quality !== null && shown !== null && (
          <>
            <span class="cell-words">{text.vitals.quality[quality]} </span>
            <b class="cell-mark">{text.ward.marks[quality]} </b>
          </>
        )}
        {shown === null ? span(ageMs) : level === 'large' && <Age ageMs={ageMs} />}
      </span>
      {children}
    </div>
  );
}

/** That a value is as of now goes without saying where there is little room. */
function Age({ ageMs }: { ageMs: number }) {
  return <span class={isFresh(ageMs) ? 'cell-fresh' : undefined}>{ageWords(ageMs)}</span>;
}
