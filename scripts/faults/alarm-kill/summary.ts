import { counted } from '../../counted.ts';

/** What the counts of all trials together mean, a sentence a line. @param sums by the names that the oracle gives */
export function summaryOf(sums: Readonly<Record<string, number>>): readonly string[] {
  const of = (name: string): number => sums[name] ?? 0;
  const lived = ['on', 'latched', 'acknowledged', 'shelved'].map((name) => `${of(name)} ${name}`).join(', ');
  const atKill = `Alarms alive when the server was killed: ${lived}; ${of('unattended')} of them unattended.`;
  if (of('unlogged') === 0) return [atKill, 'Every event that a clinician had was on the disk.'];
  const became = [
    [of('rederived'), 'the same alarm was found again'],
    [of('raised_anew'), 'a new alarm of the same condition was raised'],
    [of('gone'), 'there was no such alarm any more'],
  ] as const;
  const fates = became.filter(([count]) => count > 0).map(([count, fate]) => `for ${count} ${fate}`);
  return [
    atKill,
    `${counted(of('unlogged'), 'event')} had reached a clinician and not yet the disk, which alarms do not wait for.`,
    `After the start, ${fates.join(', ')}; clinicians were told ${counted(of('told_of_gap'), 'time')} that events are missing.`,
  ];
}
