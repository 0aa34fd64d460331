import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A metrics registry of one process part; nothing is registered globally. */
export interface Metrics {
  counter<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): Counter<Label>;
  gauge<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
  /** `buckets`: upper bounds, ascending. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly Label[],
  ): Histogram<Label>;
  /** A gauge that is read when it is scraped. */
  observed(name: string, help: string, read: () => number | Promise<number>): void;
  /** A gauge with labels of which every value is read anew when it is scraped: those not read are gone. */
  observedEach<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => readonly { readonly labels: Readonly<Record<Label, string>>; readonly value: number }[],
  ): void;
  /** A counter that its owner counts by itself, on paths where a look-up of labels would cost too much. */
  countedEach<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => readonly { readonly labels: Readonly<Record<Label, string>>; readonly value: number }[],
  ): void;
  /** Prometheus text exposition format, and its content type. */
  exposition(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Metrics of the process itself (CPU, memory, event loop) and whatever the parts register. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    counter: (name, help, labels = []) =>
      new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
    gauge: (name, help, labels = []) =>
      new Gauge({ name, help, labelNames: [...labels], registers: [registry] }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({
        name,
        help,
        buckets: [...buckets],
        labelNames: [...labels],
        registers: [registry],
      }),
    observed(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
    observedEach(name, help, labels, read) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels: of, value } of read()) this.set(of, value);
        },
      });
    },
    countedEach(name, help, labels, read) {
      new Counter({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels: of, value } of read()) this.inc(of, value);
        },
      });
    },
    exposition: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
