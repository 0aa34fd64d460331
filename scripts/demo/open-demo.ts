import { CodedError } from '../../src/core/coded-error.ts';
import { simulatedPeople } from './people.ts';
import { type ConsoleLink, type DemoView, runDemo } from './run-demo.ts';

/** The same people whenever a picture or a measurement is made. */
const SEED = 1;
/** Some hours: whoever opens a demo ends it. */
const MOST_SECONDS = 3 * 3_600;
/** What trends begin with. */
const HISTORY_MS = 3_600_000;

export interface OpenDemoOptions {
  readonly people: number;
  readonly signal: AbortSignal;
  readonly step: (text: string) => void;
}

/** A demo that plays until it is disposed, for whoever wants to look at its console. */
export interface OpenDemo extends AsyncDisposable {
  readonly links: readonly ConsoleLink[];
  /** How long its wearables have been measuring. */
  readonly seconds: number;
  /** `work`, or why the demo ended before it did. @throws CodedError `interrupted`, or what ended the demo */
  during<Result>(work: Promise<Result>): Promise<Result>;
}

/** Starts a demo in this process: server, wearables, links that sign in. @throws CodedError `interrupted` */
export async function openDemo({ people, signal, step }: OpenDemoOptions): Promise<OpenDemo> {
  const over = new AbortController();
  const ready = Promise.withResolvers<readonly ConsoleLink[]>();
  let seconds = 0;
  const view: DemoView = {
    preparing: step,
    ready: ready.resolve,
    frame: () => undefined,
    tick: (progress) => {
      seconds = progress.seconds;
    },
  };
  const playing = runDemo({
    people: simulatedPeople({ devices: people, seed: SEED, seconds: MOST_SECONDS }),
    ...{ historyMs: HISTORY_MS, speed: 1, store: { VITALWIRE_STORE: 'sqlite' }, verbose: false, view },
    signal: AbortSignal.any([signal, over.signal]),
  });
  const ended = playing.then(() => {
    throw new CodedError('interrupted', 'the demo ended before what was wanted of it was done');
  });
  // Whoever waits for something races with it.
  ended.catch(() => undefined);
  const during = <Result>(work: Promise<Result>): Promise<Result> => Promise.race([work, ended]);
  return {
    links: await during(ready.promise),
    get seconds() {
      return seconds;
    },
    during,
    async [Symbol.asyncDispose]() {
      over.abort();
      await playing.catch(() => undefined);
    },
  };
}
