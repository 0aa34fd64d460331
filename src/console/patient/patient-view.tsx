import { useComputed, useSignal } from '@preact/signals';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { text } from '../text/text.ts';
import { CurrentValues } from './current-values.tsx';
import { DevicesPanel } from './devices/devices-panel.tsx';
import { LimitsPanel } from './limits/limits-panel.tsx';
import { News2Panel } from './news2-panel.tsx';
import { ObservationForm } from './observations/observation-form.tsx';
import { ObservationsPanel } from './observations/observations-panel.tsx';
import { OutsideScope } from './outside-scope.tsx';
import { PatientAlarms } from './patient-alarms.tsx';
import { PatientHead } from './patient-head.tsx';
import { PatientTraces } from './patient-traces.tsx';
import { LAST_HOUR, type TrendWindow } from './trends/trend-window.ts';
import { TrendsPanel } from './trends/trends-panel.tsx';

/** One patient: all that is known of them, and all that can be done. */
export function PatientView({ patient }: { patient: string }) {
  const { ward, feed } = useConsole();
  const model = useComputed(() => ward.patients.value.get(patient)).value;
  if (model !== undefined) return <Watched model={model} />;
  // What the feed watches is known with its first snapshot.
  if (feed.state.value.kind !== 'live') return <p role="status">{text.shell.loading}</p>;
  return <OutsideScope patient={patient} />;
}

function Watched({ model }: { model: PatientModel }) {
  const entering = useSignal(false);
  const entered = useSignal(0);
  const limitsChanged = useSignal(0);
  const window = useSignal<TrendWindow>(LAST_HOUR);
  const enter = (): void => {
    entering.value = true;
  };
  return (
    <div class="patient">
      <PatientHead model={model} />
      <CurrentValues model={model} />
      <div class="patient-columns">
        <div class="patient-main">
          <PatientTraces patient={model.patient} />
          <TrendsPanel model={model} limitsChanged={limitsChanged} window={window} />
        </div>
        <div class="patient-aside">
          <PatientAlarms model={model} />
          <News2Panel model={model} onEnter={enter} window={window} />
          <ObservationsPanel model={model} onEnter={enter} entered={entered} />
          <LimitsPanel
            patient={model.patient}
            onChanged={() => {
              limitsChanged.value += 1;
            }}
          />
          <DevicesPanel model={model} />
        </div>
      </div>
      {entering.value && (
        <ObservationForm
          patient={model.patient}
          onClose={() => {
            entering.value = false;
          }}
          onEntered={() => {
            entering.value = false;
            entered.value += 1;
          }}
        />
      )}
    </div>
  );
}
