import { useState } from 'preact/hooks';
import type { AlarmClass } from '../alarms/alarm-look.ts';
import { Button } from '../shell/button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { text } from '../text/text.ts';
import type { AlarmSound } from './alarm-sound.ts';
import { VOLUME } from './volume.ts';

const CLASSES: readonly AlarmClass[] = ['high', 'medium', 'low'];

/** Hear what alarms sound like, how loud they are, and keep them silent for a moment. */
export function SoundDialog({ sound, onClose }: { sound: AlarmSound; onClose: () => void }) {
  const [played, setPlayed] = useState<AlarmClass | null>(null);
  const test = (of: AlarmClass): void => {
    void sound.test(of);
    setPlayed(of);
  };
  const then = (act: () => void) => (): void => {
    act();
    onClose();
  };
  return (
    <Dialog title={text.sound.title} onClose={onClose}>
      <fieldset class="sound-tests">
        <legend>{text.sound.test}</legend>
        {CLASSES.map((of) => (
          <Button key={of} onClick={() => test(of)}>
            {text.sound.tests[of]}
          </Button>
        ))}
        <span role="status">{played !== null && text.sound.played(text.sound.tests[played])}</span>
      </fieldset>
      <label class="sound-volume">
        {text.sound.volume}
        <input
          type="range"
          min={VOLUME.least}
          max={VOLUME.most}
          step={VOLUME.step}
          value={sound.volume.value}
          onInput={(event) => sound.setVolume(event.currentTarget.valueAsNumber)}
          onChange={() => test('medium')}
        />
      </label>
      <p class="quiet">{text.sound.only_here}</p>
      <div class="dialog-actions">
        <Button onClick={then(() => sound.pause())}>{text.sound.pause}</Button>
        <Button kind="danger" onClick={then(() => sound.switchOff())}>
          {text.sound.switch_off}
        </Button>
      </div>
    </Dialog>
  );
}
