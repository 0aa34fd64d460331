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
void (invitation === null ? session.ask() : session.open(invitation));
render(<App session={session} />, root);
