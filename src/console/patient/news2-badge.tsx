import type { News2State } from '../feed/patient-model.ts';
import { text } from '../text/text.ts';

/** The score with what it calls for, or that there is none: never a number that lacks something. */
export function News2Badge({ news2 }: { news2: News2State }) {
  const words = text.patient.news2;
  const trigger = news2.kind === 'score' ? (news2.trigger ?? 'none') : news2.kind;
  return (
    <span class={`news2 ${trigger}`}>
      {words.name}{' '}
      {news2.kind === 'score' ? (
        <>
          <strong>{news2.score}</strong> <span>{words.triggers[news2.trigger ?? 'none']}</span>
        </>
      ) : (
        <strong>{words[news2.kind]}</strong>
      )}
    </span>
  );
}
