import { Link, Redirect, Route, Switch, useLocation } from 'wouter-preact';
import { useConsole } from '../console-parts.ts';
import { NotFound } from '../shell/not-found.tsx';
import { text } from '../text/text.ts';
import { isWithin, SECTIONS, type Section, sectionsOf } from './admin-sections.ts';
import { AuditView } from './audit/audit-view.tsx';
import { DeviceList } from './devices/device-list.tsx';
import { DevicePage } from './devices/device-page.tsx';
import { PatientList } from './patients/patient-list.tsx';
import { PeopleList } from './people/people-list.tsx';
import { SessionList } from './sessions/session-list.tsx';
import { SystemView } from './system/system-view.tsx';

/** For those who look after the service, its devices and its people: what the role may not do is not offered. */
export function AdminView() {
  const { person } = useConsole();
  const [location] = useLocation();
  const offered = sectionsOf(person.role);
  const [first] = offered;
  const here = (Object.keys(SECTIONS) as Section[]).find((section) => isWithin(section, location));
  if (first === undefined) return <NotForYou />;
  if (location === SECTIONS.system && first !== 'system') return <Redirect to={SECTIONS[first]} replace />;
  return (
    <div class="page admin">
      <nav class="sub-navigation" aria-label={text.admin.navigation}>
        {offered.map((section) => (
          <Link href={SECTIONS[section]} aria-current={section === here ? 'page' : undefined} key={section}>
            {text.admin.sections[section]}
          </Link>
        ))}
      </nav>
      {here !== undefined && !offered.includes(here) ? <NotForYou /> : <Views />}
    </div>
  );
}

function Views() {
  return (
    <Switch>
      <Route path={SECTIONS.system}>
        <SystemView />
      </Route>
      <Route path={SECTIONS.devices}>
        <DeviceList />
      </Route>
      <Route path={`${SECTIONS.devices}/:id`}>{({ id }) => <DevicePage device={id} key={id} />}</Route>
      <Route path={SECTIONS.patients}>
        <PatientList />
      </Route>
      <Route path={SECTIONS.people}>
        <PeopleList />
      </Route>
      <Route path={SECTIONS.sessions}>
        <SessionList />
      </Route>
      <Route path={SECTIONS.audit}>
        <AuditView />
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function NotForYou() {
  return (
    <section class="page">
      <h1>{text.admin.title}</h1>
      <p>{text.admin.not_for_you}</p>
      <p>
        <Link href="/">{text.shell.to_ward}</Link>
      </p>
    </section>
  );
}
