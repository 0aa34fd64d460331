import { useState } from 'preact/hooks';
import { SIGNAL_NAMES, type Signal } from '../../../model/signal.ts';
import { useConsole } from '../../console-parts.ts';
import type { DeviceState, PatientModel } from '../../feed/patient-model.ts';
import { Problem } from '../../server/problem.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { text } from '../../text/text.ts';
import { Field } from '../field.tsx';
import { type DeviceOrder, INTERVAL_S, intervalMs, type OrderState } from './device-orders.ts';

/** What the patient's devices can be told to do, and what they answer. */
export function DevicesPanel({ model }: { model: PatientModel }) {
  const words = text.patient.devices;
  const devices = model.devices.value;
  return (
    <section class="panel" aria-labelledby="devices-title">
      <h2 id="devices-title">{words.title}</h2>
      {devices.length === 0 && <p class="quiet">{text.patient.head.no_device}</p>}
      {devices.map((device) => (
        <Orders device={device} key={device.device} />
      ))}
    </section>
  );
}

/** One device: one command at a time. */
function Orders({ device: { device, presence } }: { device: DeviceState }) {
  const { session } = useConsole();
  const [state, setState] = useState<OrderState | null>(null);
  const words = text.patient.devices;
  const waiting = state?.kind === 'waiting';
  const order = async (command: DeviceOrder): Promise<void> => {
    const { name } = command;
    setState({ kind: 'waiting', name });
    try {
      type Answer = { readonly message: string | null };
      const at = path('v1', 'devices', device, 'commands');
      const { message } = await session.rest.send<Answer>('POST', at, command);
      setState({ kind: 'answered', name, message });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setState({ kind: 'refused', name, why: problemText(error) });
    }
  };
  const give = (command: DeviceOrder): void => void order(command);
  return (
    <details class="device-orders">
      <summary>
        {device} <span class="quiet">{text.patient.head.presence[presence]}</span>
      </summary>
      <div class="fields">
        <p>
          <Button onClick={() => give({ name: 'identify' })} disabled={waiting}>
            {words.identify}
          </Button>{' '}
          <span class="quiet small">{words.identify_is}</span>
        </p>
        <IntervalOrder waiting={waiting} give={give} />
        <WaveformOrder waiting={waiting} give={give} />
      </div>
      <p role="status">{state !== null && orderText(state)}</p>
    </details>
  );
}

interface OrderProps {
  readonly waiting: boolean;
  readonly give: (order: DeviceOrder) => void;
}

function IntervalOrder({ waiting, give }: OrderProps) {
  const [seconds, setSeconds] = useState('');
  const [wrong, setWrong] = useState(false);
  const words = text.patient.devices;
  const send = (event: Event): void => {
    event.preventDefault();
    const interval = intervalMs(seconds);
    setWrong(interval === null);
    if (interval !== null) give({ name: 'set_interval', args: { interval_ms: interval } });
  };
  return (
    <form class="one-line" noValidate onSubmit={send}>
      <Field
        label={words.interval}
        fault={wrong ? words.interval_range(seconds, INTERVAL_S.least, INTERVAL_S.most) : undefined}
      >
        {(ids) => (
          <input
            {...ids}
            inputMode="decimal"
            size={6}
            value={seconds}
            onInput={({ currentTarget }) => setSeconds(currentTarget.value)}
          />
        )}
      </Field>
      <Button submit disabled={waiting}>
        {words.set_interval}
      </Button>
    </form>
  );
}

function WaveformOrder({ waiting, give }: OrderProps) {
  const [signal, setSignal] = useState<Signal>('ecg_ii');
  const words = text.patient.devices;
  const choose = (name: string): void => setSignal(SIGNAL_NAMES.find((one) => one === name) ?? signal);
  return (
    <div class="one-line">
      <Field label={words.waveform}>
        {(ids) => (
          <select {...ids} value={signal} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {SIGNAL_NAMES.map((name) => (
              <option value={name} key={name}>
                {text.trace.signals[name]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Button
        disabled={waiting}
        onClick={() => give({ name: 'start_waveform', args: { signals: [signal] } })}
      >
        {words.start}
      </Button>
      <Button disabled={waiting} onClick={() => give({ name: 'stop_waveform', args: { signals: [signal] } })}>
        {words.stop}
      </Button>
    </div>
  );
}

function orderText(state: OrderState): string {
  const words = text.patient.devices;
  const name = words.names[state.name];
  switch (state.kind) {
    case 'waiting':
      return words.waits(name);
    case 'answered':
      return words.answered(name, state.message ?? '');
    case 'refused':
      return words.refused(name, state.why);
  }
}
