import t from 'tap';
import type { News2State } from '../../../src/console/feed/patient-model.ts';
import { heardScores, inputText, type ScoreHeard } from '../../../src/console/patient/news2-rows.ts';

const score = (value: number): News2State => ({
  kind: 'score',
  scale: 1,
  score: value,
  trigger: 'low',
  inputs: [],
});

t.test('inputs are said with their unit, or in words', async (t) => {
  t.equal(inputText({ parameter: 'temperature', value: 38.24 }), '38.2 °C');
  t.equal(inputText({ parameter: 'pulse', value: 71.4 }), '71 /min');
  t.equal(inputText({ parameter: 'consciousness', value: 'confused' }), 'New confusion');
  t.equal(inputText({ parameter: 'oxygen', value: 'air' }), 'Air');
});

t.test('only what changed is heard, the newest first, and no more than 200', async (t) => {
  let heard: readonly ScoreHeard[] = heardScores([], score(3), 1);
  t.equal(heardScores(heard, score(3), 2), heard);
  heard = heardScores(heard, { kind: 'partial', scale: 1, lacks: ['oxygen'], inputs: [] }, 3);
  heard = heardScores(heard, { kind: 'partial', scale: 1, lacks: ['oxygen', 'pulse'], inputs: [] }, 4);
  t.same(
    heard.map(({ at }) => at),
    [4, 3, 1],
  );
  for (let i = 0; i < 300; i += 1) heard = heardScores(heard, score(i % 20), 10 + i);
  t.equal(heard.length, 200);
});
