import type { EventEmitter } from 'node:events';
import type { FeedClientEvents, FeedFrameOf } from './feed-events.ts';

/** Hands a frame of which the client keeps nothing to whoever listens. */
export function relay(
  client: EventEmitter<FeedClientEvents>,
  frame: FeedFrameOf<
    'vitals' | 'waveform' | 'presence' | 'access' | 'shelf' | 'observation' | 'news2' | 'service' | 'gap'
  >,
): void {
  switch (frame.type) {
    case 'vitals':
      client.emit('vitals', frame);
      break;
    case 'waveform':
      client.emit('waveform', frame);
      break;
    case 'presence':
      client.emit('presence', frame);
      break;
    case 'access':
      client.emit('access', frame);
      break;
    case 'shelf':
      client.emit('shelf', frame);
      break;
    case 'observation':
      client.emit('observation', frame);
      break;
    case 'news2':
      client.emit('news2', frame);
      break;
    case 'service':
      client.emit('service', frame);
      break;
    case 'gap':
      client.emit('gap', frame);
  }
}
