import { effect, type ReadonlySignal } from '@preact/signals';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import type { AlarmsByPatient } from './alarms-by-patient.ts';
import { settle, UNSETTLED } from './settled-order.ts';
import { scoreOf, urgencyRank } from './urgency.ts';

/** In which order to show the patients, by id; looked at again with every alarm and every second. */
export function useSettledOrder(
  patients: readonly PatientModel[],
  alarms: ReadonlySignal<AlarmsByPatient>,
): readonly string[] {
  const { clock } = useConsole();
  const settled = useRef(UNSETTLED);
  const [order, setOrder] = useState(UNSETTLED.order);
  const who = patients.map(({ patient }) => patient).join(' ');
  const known = useRef(patients);
  known.current = patients;
  useLayoutEffect(
    () =>
      effect(() => {
        const urgencies = known.current.map(({ patient, news2, label }) => ({
          patient,
          rank: urgencyRank(alarms.value.get(patient) ?? []),
          news2: scoreOf(news2.value),
          label: label.value,
        }));
        // What waited for its time is looked at again.
        clock.now.value;
        settled.current = settle(settled.current, urgencies, performance.now());
        setOrder(settled.current.order);
      }),
    [alarms, clock, who],
  );
  return order;
}
