import { useState } from 'preact/hooks';
import { SIGNAL_NAMES, type Signal } from '../../model/signal.ts';
import { text } from '../text/text.ts';
import { TraceCanvas } from '../trace/trace-canvas.tsx';

/** Live traces at 25 mm/s with calibration: which ones, the reader chooses. Each is asked of the devices while it is shown. */
export function PatientTraces({ patient }: { patient: string }) {
  const [shown, setShown] = useState<readonly Signal[]>([]);
  const words = text.patient.traces;
  const toggle = (signal: Signal): void =>
    setShown(shown.includes(signal) ? shown.filter((one) => one !== signal) : [...shown, signal]);
  return (
    <section class="panel traces" aria-labelledby="traces-title">
      <h2 id="traces-title">{words.title}</h2>
      <fieldset class="trace-choice">
        <legend class="hidden">{words.choose}</legend>
        {SIGNAL_NAMES.map((signal) => (
          <label key={signal}>
            <input type="checkbox" checked={shown.includes(signal)} onChange={() => toggle(signal)} />{' '}
            {text.trace.signals[signal]}
          </label>
        ))}
      </fieldset>
      {shown.length === 0 && <p class="quiet small">{words.none}</p>}
      {SIGNAL_NAMES.filter((signal) => shown.includes(signal)).map((signal) => (
        <TraceCanvas patient={patient} signal={signal} calibration key={signal} />
      ))}
    </section>
  );
}
