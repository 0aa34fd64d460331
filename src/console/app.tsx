import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Redirect, Route, Switch } from 'wouter-preact';
import { AdminView } from './admin/admin-view.tsx';
import { AlarmView } from './alarms/alarm-view.tsx';
import { ConsoleContext, type ConsoleParts, openConsole } from './console-parts.ts';
import { PatientView } from './patient/patient-view.tsx';
import { landingPath } from './session/landing.ts';
import type { Session, SessionFacts } from './session/session.ts';
import { SignInPage } from './session/sign-in-page.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';
import { WardView } from './ward/ward-view.tsx';

/** The page: the sign-in, or what the path says to whoever is signed in. */
export function App({ session }: { session: Session }) {
  const state = session.state.value;
  if (state.kind !== 'in') return <SignInPage session={session} />;
  return (
    <SignedIn session={session} person={state.facts} key={state.facts.id}>
      <Shell>
        <Switch>
          <Route path="/">
            {state.facts.role === 'admin' ? <Redirect to="/admin" replace key="admin" /> : <WardView />}
          </Route>
          <Route path="/alarms">
            <AlarmView />
          </Route>
          <Route path="/patients/:id">{({ id }) => <PatientView patient={id} key={id} />}</Route>
          <Route path="/admin/*?">
            <AdminView />
          </Route>
          <Route path="/sign-in">
            {/* A redirect acts once in its life: the key keeps it from being taken for the one of `/` that follows. */}
            <Redirect to={landingPath(globalThis.location.search)} replace key="landing" />
          </Route>
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Shell>
    </SignedIn>
  );
}

interface SignedInProps {
  readonly session: Session;
  readonly person: SessionFacts;
  readonly children: ComponentChildren;
}

/** Holds the connection of the session, which ends with it. */
function SignedIn({ session, person, children }: SignedInProps) {
  const [parts, setParts] = useState<ConsoleParts | null>(null);
  useEffect(() => {
    const opened = openConsole(session, person, globalThis.location);
    setParts(opened);
    return () => opened[Symbol.dispose]();
  }, [session, person]);
  return parts === null ? null : <ConsoleContext.Provider value={parts}>{children}</ConsoleContext.Provider>;
}
