import { useEffect, useState } from 'preact/hooks';
import { Button } from '../shell/button.tsx';
import { problemText } from '../shell/problem-text.ts';
import { text } from '../text/text.ts';
import type { Session, SignInOffer } from './session.ts';

/** How long an unreachable server is left in peace. Milliseconds. */
const AGAIN_MS = 3_000;

/** Shown to whoever is not signed in. */
export function SignInPage({ session }: { session: Session }) {
  const state = session.state.value;
  const [offer, setOffer] = useState<SignInOffer | null>(null);

  useEffect(() => {
    if (state.kind !== 'unreachable') return;
    const again = setTimeout(() => void session.ask(), AGAIN_MS);
    return () => clearTimeout(again);
  }, [session, state]);
  useEffect(() => {
    if (state.kind !== 'out') return;
    session.rest.get<SignInOffer>('/v1/sign-in').then(setOffer, () => {
      // Links work without it; the next visit asks again.
      setOffer(null);
    });
  }, [session, state.kind]);

  return (
    <main class="sign-in" id="content">
      <h1>{text.shell.title}</h1>
      {state.kind === 'redeeming' && <p role="status">{text.sign_in.redeeming}</p>}
      {state.kind === 'asking' && <p role="status">{text.shell.loading}</p>}
      {state.kind === 'confirming' && (
        <>
          <p role="alert">{text.sign_in.somebody_in(state.facts.clinician)}</p>
          <Button kind="primary" onClick={() => session.stay(state.facts)}>
            {text.sign_in.stay(state.facts.clinician)}
          </Button>
          <Button onClick={() => void session.redeem(state.invitation)}>
            {text.sign_in.use_link(state.facts.clinician)}
          </Button>
        </>
      )}
      {state.kind === 'unreachable' && <p role="alert">{text.sign_in.unreachable}</p>}
      {state.kind === 'out' && (
        <>
          {state.why === 'ended' && <p role="alert">{text.sign_in.ended}</p>}
          {state.why === 'signed_out' && <p role="status">{text.sign_in.signed_out}</p>}
          {state.why === 'link_refused' && (
            <p role="alert">
              {text.sign_in.failed} {problemText(state.problem)}
            </p>
          )}
          {offer?.openid && (
            <Button kind="primary" href={`/v1/sign-in/openid?${new URLSearchParams({ return: here() })}`}>
              {text.sign_in.openid(offer.openid.name)}
            </Button>
          )}
          <p>{text.sign_in.by_link}</p>
          <p class="quiet">{text.sign_in.ask}</p>
        </>
      )}
      <footer class="quiet">{text.shell.not_a_medical_device}</footer>
    </main>
  );
}

function here(): string {
  const { pathname } = globalThis.location;
  return pathname === '/sign-in' ? '/' : pathname;
}
