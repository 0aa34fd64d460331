import { registerHooks } from 'node:module';

/** Loaded before the server's own modules: puts the journal that acks too early in the place of the sound one. */
const SOUND = new URL('../../../src/journal/journal-sqlite.ts', import.meta.url).href;
const PLANTED = new URL('./early-ack-journal.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    return found.url === SOUND && context.parentURL !== PLANTED ? { ...found, url: PLANTED } : found;
  },
});
