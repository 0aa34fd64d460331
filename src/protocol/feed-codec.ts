import { type Decoded, frameCheck } from './decode-frame.ts';
import { CLIENT_TO_FEED, type FeedCommand } from './feed-commands.ts';
import { FEED_TO_CLIENT, type FeedFrame } from './feed-frames.ts';

export const FEED_SUBPROTOCOL = 'vitalwire.feed.v1.json';

function reader<Frame>(check: (value: unknown) => Decoded<Frame>): (data: string) => Decoded<Frame> {
  return (data) => {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return { ok: false, problem: 'not JSON' };
    }
    return check(value);
  };
}

/** Reads what a clinician's client sent. Never throws. */
export function feedCommandReader(): (data: string) => Decoded<FeedCommand> {
  return reader(frameCheck<FeedCommand>(CLIENT_TO_FEED));
}

/** Reads what the feed sent. Never throws. */
export function feedFrameReader(): (data: string) => Decoded<FeedFrame> {
  return reader(frameCheck<FeedFrame>(FEED_TO_CLIENT));
}
