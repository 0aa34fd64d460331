/** What a start says to whoever started it. */
export interface GreetingFacts {
  readonly mode: string;
  readonly host: string;
  readonly devicePort: number;
  readonly clinicianPort: number;
  /** Where people open the console. */
  readonly consoleUrl: string;
  readonly certs: string;
  readonly data: string;
  readonly store: string;
  readonly created: readonly string[];
}

/** A few lines: what listens where, which store is in use, what was made, and what to do next. */
export function greeting(facts: GreetingFacts): string {
  const host = facts.host === '0.0.0.0' || facts.host === '::' ? 'localhost' : facts.host;
  const lines: string[] = [
    `Vitalwire is up (${facts.mode})`,
    `  wearables   https://${host}:${facts.devicePort}   client certificate required; stream at /v1/stream`,
    `  clinicians  https://${host}:${facts.clinicianPort}   feed at /v1/feed, REST under /v1/, /healthz /readyz /metrics`,
    `  console     ${facts.consoleUrl}/   sign in with a link: npm run clinician -- invite <id>`,
    `  store       ${facts.store}, data in ${facts.data}/`,
  ];
  if (facts.created.length > 0)
    lines.push(`  made        ${facts.created.join(', ')} in ${facts.certs}/ (for development)`);
  if (facts.mode !== 'production') {
    lines.push(
      'Next, in another terminal:',
      '  npm run patient -- add p-1 --ward ward-1',
      '  npm run device -- issue watch-1 --patient p-1',
      '  npm run clinician -- add nurse-1 --role clinician --ward ward-1',
      '  npm run clinician -- invite nurse-1',
      '  npm run simulate -- --devices 4      npm run watch -- --ward ward-1 --clinician nurse-1',
    );
  }
  return lines.join('\n');
}
