import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../server/problem.ts';
import { Button } from '../shell/button.tsx';
import { problemText } from '../shell/problem-text.ts';
import { text } from '../text/text.ts';
import type { Session, SignInOffer } from './session.ts';

/** How long an unreachable server is left in peace. Milliseconds. */
const AGAIN_MS = 3_000;

/** Shown to whoever is not signed in. @param invitation the code of the link that was opened */
export function SignInPage({ session, invitation }: { session: Session; invitation: string | null }) {
  const state = session.state.value;
  const [offer, setOffer] = useState<SignInOffer | null>(null);
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const redeeming = invitation !== null && refusal === null && state.kind === 'asking';

  useEffect(() => {
    if (invitation === null) return;
    session.redeem(invitation).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      setRefusal(error);
      void session.ask();
    });
  }, [session, invitation]);
  useEffect(() => {
    if (state.kind !== 'unreachable') return;
    const again = setTimeout(() => void session.ask(), AGAIN_MS);
    return () => clearTimeout(again);
  }, [session, state]);
  useEffect(() => {
    if (state.kind !== 'out') return;
    session.rest.get<SignInOffer>('/v1/sign-in').then(setOffer, setRefusal);
  }, [session, state.kind]);

  return (
    <main class="sign-in" id="content">
      <h1>{text.shell.title}</h1>
      {redeeming && <p role="status">{text.sign_in.redeeming}</p>}
      {state.kind === 'asking' && !redeeming && <p role="status">{text.shell.loading}</p>}
      {state.kind === 'unreachable' && <p role="alert">{text.sign_in.unreachable}</p>}
      {state.kind === 'out' && (
        <>
          {state.why === 'ended' && <p role="alert">{text.sign_in.ended}</p>}
          {state.why === 'signed_out' && <p role="status">{text.sign_in.signed_out}</p>}
          {refusal !== null && (
            <p role="alert">
              {text.sign_in.failed} {problemText(refusal)}
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
