import { registerHooks } from 'node:module';
import { replacements, STAGES } from './switched-off.ts';

/**
 * Loaded before the server's own modules, with the stage in its URL (`?off=store`): what stands in for that is given to
 * everybody but itself, who builds on the sound one.
 */
const off = new URL(import.meta.url).searchParams.get('off');
const stage = STAGES.find((name) => name === off);
const replaced = stage === undefined ? new Map<string, string>() : replacements(stage);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const planted = replaced.get(found.url);
    return planted === undefined || context.parentURL === planted ? found : { ...found, url: planted };
  },
});
