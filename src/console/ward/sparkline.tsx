import { useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Vital } from '../../model/vital.ts';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { SPARK, sparkPath } from './spark-path.ts';
import type { TrendRecall } from './trend-recall.ts';

/** A quarter of an hour on some hundred pixels moves by one in so long. Milliseconds. */
const EVERY_MS = 5_000;

interface SparklineProps {
  readonly model: PatientModel;
  readonly vital: Vital;
  readonly recall: TrendRecall;
}

/** The last quarter of an hour of a vital, without a scale: whether it rises, falls, or was not measured. */
export function Sparkline({ model, vital, recall }: SparklineProps) {
  const { clock } = useConsole();
  const trend = model.trend(vital);
  useEffect(() => recall.want(model.patient, vital, trend), [recall, model, vital, trend]);
  const moment = useComputed(() => Math.floor(clock.now.value / EVERY_MS));
  return <Line path={sparkPath(vital, trend.points, (moment.value + 1) * EVERY_MS)} />;
}

function Line({ path }: { path: string }) {
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
