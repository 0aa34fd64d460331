import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { FeedConnection } from './feed/feed-connection.ts';
import { ServerClock } from './feed/server-clock.ts';
import { TraceHub } from './feed/trace-hub.ts';
import { WardModel } from './feed/ward-model.ts';
import type { Session, SessionFacts } from './session/session.ts';
import { FrameLoop } from './trace/frame-loop.ts';

/** What a signed-in page is made of; lives from sign-in to sign-out. */
export interface ConsoleParts extends Disposable {
  readonly session: Session;
  readonly person: SessionFacts;
  readonly clock: ServerClock;
  readonly ward: WardModel;
  readonly feed: FeedConnection;
  readonly traces: TraceHub;
  /** In which everything that moves is drawn. */
  readonly frames: FrameLoop;
}

/** Builds the parts of a signed-in page and connects. Disposing ends the connection. */
export function openConsole(session: Session, person: SessionFacts, location: Location): ConsoleParts {
  const clock = new ServerClock();
  const ward = new WardModel(clock);
  const traces = new TraceHub((patient, signals) => feed.waveforms(patient, signals));
  const frames = new FrameLoop();
  const feed = new FeedConnection({
    url: `wss://${location.host}/v1/feed`,
    onFrame: (frame) => (frame.type === 'waveform' ? traces.chunk(frame) : ward.apply(frame)),
    onConnected: () => ward.reconnected(),
    onRefused: () => void session.ask(),
    network: globalThis,
  });
  feed.start();
  return {
    ...{ session, person, clock, ward, feed, traces, frames },
    [Symbol.dispose]: () => {
      feed.close();
      frames[Symbol.dispose]();
      clock[Symbol.dispose]();
    },
  };
}

export const ConsoleContext = createContext<ConsoleParts | null>(null);

/** The parts of the signed-in page around the caller. */
export function useConsole(): ConsoleParts {
  const parts = useContext(ConsoleContext);
  if (parts === null) throw new Error('outside of a signed-in page');
  return parts;
}
