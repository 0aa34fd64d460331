import { render } from 'preact';
import { App } from './app.tsx';
import { takeInvitation } from './session/redeem-link.ts';
import { Session } from './session/session.ts';
import { applyTheme, chosenTheme } from './shell/theme-choice.tsx';
import './theme/theme.css';

const root = document.getElementById('console');
if (root === null) throw new Error('index.html has no element #console');
applyTheme(chosenTheme(localStorage));
const invitation = takeInvitation(location, history);
const session = new Session();
// Who has an invitation uses it, whoever was signed in here before.
void (invitation === null ? session.ask() : session.redeem(invitation));
render(<App session={session} />, root);
