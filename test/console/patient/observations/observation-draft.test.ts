import t from 'tap';
import {
  checkedObservation,
  EMPTY_DRAFT,
  localMinute,
  type ObservationDraft,
} from '../../../../src/console/patient/observations/observation-draft.ts';
import { faultText } from '../../../../src/console/patient/observations/observation-words.ts';

const NOW = Date.UTC(2026, 2, 2, 12, 0, 30);
const HOUR = 3_600_000;
const draft = (part: Partial<ObservationDraft>): ObservationDraft => ({ ...EMPTY_DRAFT, ...part });
const words = (part: Partial<ObservationDraft>): readonly string[] => {
  const checked = checkedObservation(draft(part), NOW);
  return checked.kind === 'faults' ? checked.faults.map(faultText) : [];
};

t.test('what was left out is not sent, and numbers may have a comma', async (t) => {
  const filled = draft({
    values: { body_temp: '38,2', systolic_bp: ' 104 ', spo2: '' },
    oxygen: 'oxygen',
    consciousness: 'alert',
  });
  t.same(checkedObservation(filled, NOW), {
    kind: 'entry',
    entry: { values: { body_temp: 38.2, systolic_bp: 104 }, oxygen: 'oxygen', consciousness: 'alert' },
  });
  t.same(checkedObservation(draft({ consciousness: 'voice' }), NOW), {
    kind: 'entry',
    entry: { consciousness: 'voice' },
  });
  t.same(checkedObservation(draft({ values: { resp_rate: '0' } }), NOW), {
    kind: 'entry',
    entry: { values: { resp_rate: 0 } },
  });
});

t.test('a fault names the field, what was entered, and the range', async (t) => {
  t.same(words({ values: { body_temp: '50' } }), [
    'Body temperature: 50 is not possible. It is at least 26, at most 45 °C.',
  ]);
  t.same(words({ values: { spo2: '0', heart_rate: '300' } }), [
    'Oxygen saturation: 0 is not possible. It is more than 0, at most 100 %.',
    'Heart rate: 300 is not possible. It is more than 0, less than 300 /min.',
  ]);
  for (const typed of ['12O', '1e2', '120/80', '1.000,5', 'NaN', '--3'])
    t.same(words({ values: { systolic_bp: typed } }), [`Systolic pressure: “${typed}” is no number.`]);
});

t.test('nothing at all is refused, and so is a time out of the last 24 h', async (t) => {
  t.same(words({}), ['Enter at least one value.']);
  const at = (ms: number): Partial<ObservationDraft> => ({ oxygen: 'air', when: localMinute(ms) });
  t.same(words(at(NOW - 24 * HOUR - 60_000)), ['At most 24 hours ago.']);
  t.same(words(at(NOW + 120_000)), ['This is in the future.']);
  t.same(words({ oxygen: 'air', when: 'yesterday' }), ['Enter day and time, or leave it empty for now.']);
  const checked = checkedObservation(draft(at(NOW - 3 * HOUR)), NOW);
  t.match(
    checked,
    { kind: 'entry', entry: { t: NOW - 3 * HOUR - 30_000 } },
    'to the minute, in the own zone',
  );
});
