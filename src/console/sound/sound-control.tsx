import { useEffect, useState } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import { Button } from '../shell/button.tsx';
import { text } from '../text/text.ts';
import { AlarmSound, PAUSE_MS } from './alarm-sound.ts';
import { SoundDialog } from './sound-dialog.tsx';

/** Sounds the alarms while it is shown, and says how loud: nobody shall think that a silent page has nothing to tell. */
export function SoundControl() {
  const { ward, feed } = useConsole();
  const [sound, setSound] = useState<AlarmSound | null>(null);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const opened = new AlarmSound({
      alarms: ward.alarms,
      connection: feed.state,
      storage: localStorage,
      root: document.documentElement,
    });
    setSound(opened);
    return () => opened[Symbol.dispose]();
  }, [ward, feed]);
  if (sound === null) return null;
  return (
    <>
      <SoundButton sound={sound} onAsk={() => setAsked(true)} />
      {asked && <SoundDialog sound={sound} onClose={() => setAsked(false)} />}
    </>
  );
}

function SoundButton({ sound, onAsk }: { sound: AlarmSound; onAsk: () => void }) {
  const state = sound.state.value;
  switch (state.kind) {
    case 'on':
      return (
        <span class="sound on">
          <Button onClick={onAsk}>{text.sound.on}</Button>
        </span>
      );
    case 'paused':
      return (
        <span class="sound paused">
          <span role="status">{text.sound.paused}</span> <Countdown until={state.until} />
          <Button onClick={() => sound.switchOn()}>{text.sound.resume}</Button>
        </span>
      );
    case 'off':
    case 'blocked':
      return (
        <span class="sound off" role="status">
          <Button kind="danger" onClick={() => sound.switchOn()}>
            {text.sound[state.kind]}
          </Button>
        </span>
      );
    case 'unsupported':
      return (
        <span class="sound off" role="alert">
          {text.sound.unsupported}
        </span>
      );
  }
}

/** Until the sound is back, by this machine's clock. Redraws itself once a second. */
function Countdown({ until }: { until: number }) {
  const { clock } = useConsole();
  const left = until - (clock.now.value - clock.offsetMs);
  const seconds = Math.ceil(Math.min(PAUSE_MS, Math.max(0, left)) / 1_000);
  const shown = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return <span aria-live="off">{text.sound.pause_left(shown)}</span>;
}
