import { useConsole } from '../console-parts.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';

/** Over the whole width, and read out at once: a page that shows old values must not be taken for a live one. */
export function ConnectionBanner() {
  const { feed, ward } = useConsole();
  const state = feed.state.value;
  if (state.kind === 'lost')
    return (
      <div class="banner lost" role="alert">
        <strong>{text.connection.lost}</strong> <Silence since={state.since} />{' '}
        <span class="again">{text.connection.again(state.attempt)}</span>
      </div>
    );
  if (ward.missed.value)
    return (
      <div class="banner missed" role="alert">
        {text.connection.missed}
      </div>
    );
  return null;
}

/** Counts by this machine's own clock: the server's is out of reach. */
function Silence({ since }: { since: number }) {
  const { clock } = useConsole();
  const now = clock.now.value - clock.offsetMs;
  return <span aria-live="off">{text.connection.lost_for(span(now - since))}</span>;
}
