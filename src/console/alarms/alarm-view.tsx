import { text } from '../text/text.ts';

export function AlarmView() {
  return (
    <h1>
      {text.shell.title}
      {text.shell.loading}
    </h1>
  );
}
