import { computed, useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { alarmsByPatient } from './alarms-by-patient.ts';
import { traceTurns } from './trace-turns.ts';
import { TrendRecall } from './trend-recall.ts';
import { usePlace } from './use-place.ts';
import { useSettledOrder } from './use-settled-order.ts';
import { vitalCount } from './vital-cells.ts';
import { wardLayout } from './ward-layout.ts';
import { WardTile } from './ward-tile.tsx';

/** The tiles: as many columns, and as much in each, as there is room for. */
export function WardGrid({ patients }: { patients: readonly PatientModel[] }) {
  const { ward, session, clock } = useConsole();
  const grid = useRef<HTMLUListElement>(null);
  const place = usePlace(grid);
  const alarms = useComputed(() => alarmsByPatient(ward.alarms.value.values()));
  const order = useSettledOrder(patients, alarms);
  const models = new Map(patients.map((model) => [model.patient, model]));
  const vitals = useMostVitals(patients);
  const recall = useMemo(() => new TrendRecall(session.rest, () => clock.exact()), [session, clock]);
  useEffect(() => () => recall[Symbol.dispose](), [recall]);
  const [none, setNone] = useState<ReadonlyMap<string, number>>(new Map());
  const noTrace = (patient: string): void =>
    setNone((before) => new Map(before).set(patient, performance.now()));
  useKeptFocus(grid.current, order);

  const layout = wardLayout({ ...place, count: patients.length, vitals });
  const traced =
    layout.level === 'large'
      ? traceTurns(order, none, performance.now())
      : (new Set() as ReadonlySet<string>);
  return (
    <ul
      ref={grid}
      class={`ward-grid ${layout.level}${layout.scrolls ? ' scrolls' : ''}`}
      style={{
        '--columns': `${layout.columns}`,
        '--cells': `${layout.cellColumns}`,
        ...(layout.scrolls ? { '--tile-height': `${layout.tile.height}px` } : {}),
      }}
    >
      {order.map((patient) => {
        const model = models.get(patient);
        return (
          model !== undefined && (
            <WardTile
              key={patient}
              model={model}
              alarms={alarms}
              level={layout.level}
              traced={traced.has(patient)}
              onNoTrace={() => noTrace(patient)}
              recall={recall}
            />
          )
        );
      })}
    </ul>
  );
}

/** How many places the tile of the patient with the most vitals needs. */
function useMostVitals(patients: readonly PatientModel[]): number {
  const most = useMemo(
    () => computed(() => Math.max(1, ...patients.map(({ values }) => vitalCount(values.value)))),
    [patients],
  );
  return most.value;
}

/** A tile that moves to another place keeps the focus, which moving an element takes from it. */
function useKeptFocus(grid: HTMLElement | null, order: readonly string[]): void {
  const focused = document.activeElement;
  const had = focused instanceof HTMLElement && grid?.contains(focused) ? focused : null;
  useLayoutEffect(() => {
    if (had?.isConnected && document.activeElement !== had) had.focus({ preventScroll: true });
  }, [order]);
}
