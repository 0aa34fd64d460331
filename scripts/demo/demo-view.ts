import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import { ProgressLine } from '../wearables/progress-line.ts';
import type { DemoView } from './run-demo.ts';
export function demoView({
  json,
  out,
}: {
  readonly json: boolean;
  readonly out: NodeJS.WriteStream;
}): DemoView & Disposable {
  const progress = new ProgressLine(out, !json);
  return {
    preparing: (step) => progress.show(step),
    frame(frame: FeedFrame) {
      if (!json && frame.type === 'alarm') out.write(`${frame.event} ${frame.alarm.id}\n`);
    },
    tick: (seconds, acked) => progress.show(`${seconds.toFixed(0)} s, ${acked} samples acked`),
    [Symbol.dispose]: () => progress[Symbol.dispose](),
  };
}
