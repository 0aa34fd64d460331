import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { AlarmAnnouncer } from '../alarms/alarm-announcer.tsx';
import { alarmLook } from '../alarms/alarm-look.ts';
import { useConsole } from '../console-parts.ts';
import { Problem } from '../server/problem.ts';
import { SoundControl } from '../sound/sound-control.tsx';
import { text } from '../text/text.ts';
import { timeOfDay, ZONE, zoneName } from '../text/times.ts';
import { Button } from './button.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { problemText } from './problem-text.ts';
import { ServiceBanner } from './service-banner.tsx';
import { ThemeChoice } from './theme-choice.tsx';

/** What stands around every view: where to go, who is here, what time it is, and whether the page can be trusted. */
export function Shell({ children }: { children: ComponentChildren }) {
  const { feed } = useConsole();
  const state = feed.state.value.kind;
  return (
    <div class={`shell ${state}`}>
      <a class="skip" href="#content">
        {text.shell.skip}
      </a>
      <header>
        <Navigation />
        <Person />
      </header>
      <AlarmAnnouncer />
      <ConnectionBanner />
      <ServiceBanner />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Navigation() {
  const { person, ward } = useConsole();
  const waiting = [...ward.alarms.value.values()].filter(({ alarm }) => alarmLook(alarm).waits).length;
  return (
    <nav aria-label={text.shell.navigation}>
      {person.role !== 'admin' && <To path="/">{text.shell.ward}</To>}
      <To path="/alarms">{text.shell.alarms(waiting)}</To>
      {person.role !== 'clinician' && <To path="/admin">{text.shell.admin}</To>}
    </nav>
  );
}

function To({ path, children }: { path: string; children: string }) {
  const [location] = useLocation();
  const here = path === '/' ? location === '/' : location.startsWith(path);
  return (
    <Link href={path} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  );
}

function Person() {
  const { person, feed } = useConsole();
  return (
    <div class="person">
      <Clock />
      <span class={`connection ${feed.state.value.kind}`} role="status">
        {feed.state.value.kind === 'live' ? text.connection.live : text.connection.connecting}
      </span>
      <SoundControl />
      <ThemeChoice />
      <span class="who" title={text.shell.signed_in_as(person.clinician, text.shell.roles[person.role])}>
        {person.clinician}
      </span>
      <SignOut />
    </div>
  );
}

/** Whoever walks away must know whether they are out. */
function SignOut() {
  const { session } = useConsole();
  const [problem, setProblem] = useState<Problem | null>(null);
  const signOut = async (): Promise<void> => {
    try {
      await session.signOut();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    }
  };
  return (
    <>
      <Button onClick={() => void signOut()}>{text.shell.sign_out}</Button>
      {problem !== null && (
        <strong role="alert">
          {text.shell.still_in} {problemText(problem)}
        </strong>
      )}
    </>
  );
}

/** Redraws itself alone, once a second. */
function Clock() {
  const { clock } = useConsole();
  const now = clock.now.value;
  return (
    <time class="clock" dateTime={new Date(now).toISOString()} title={text.time.zone(ZONE)}>
      {timeOfDay(now)} {zoneName(now)}
    </time>
  );
}
