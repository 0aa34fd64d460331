import t from 'tap';
import { bounded, chosenVolume, keepVolume } from '../../../src/console/sound/volume.ts';

t.test('nobody makes alarms inaudible by the volume', async (t) => {
  t.equal(bounded(0), 0.2);
  t.equal(bounded(-3), 0.2);
  t.equal(bounded(7), 1);
  t.equal(bounded(0.5), 0.5);
  t.equal(bounded(Number.NaN), 0.7);
});

t.test('it is kept on the machine, and within bounds whatever stands there', async (t) => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  t.equal(chosenVolume(storage), 0.7);
  keepVolume(storage, 0.4);
  t.equal(chosenVolume(storage), 0.4);
  keepVolume(storage, 0);
  t.equal(chosenVolume(storage), 0.2);
});
