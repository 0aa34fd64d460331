import type { EventEmitter } from 'node:events';

/**
 * Puts `admits` before everything that listens to `event` now: what it answers false for, they never see. An earlier
 * listener alone could not keep them from it.
 */
export function admitOnly<Subject>(
  emitter: EventEmitter,
  event: string,
  admits: (subject: Subject) => boolean,
): void {
  const guarded = emitter.listeners(event) as ((subject: Subject) => void)[];
  emitter.removeAllListeners(event);
  emitter.on(event, (subject: Subject) => {
    if (!admits(subject)) return;
    for (const listener of guarded) listener.call(emitter, subject);
  });
}
