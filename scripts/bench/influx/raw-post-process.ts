import { Agent, request } from 'node:http';
import { serveCalls } from '../load/serve-calls.ts';
import { type RawCalls, type RawPlan, rawBodies } from './raw-lines.ts';

const agent = new Agent({ keepAlive: true });

function post(url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 204) resolve();
        else reject(new Error(`InfluxDB answered ${answer.statusCode} to a raw write`));
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The least that posting lines can be: bodies that are there already, over connections that stay open. */
class RawPoster implements RawCalls {
  #lanes: readonly (readonly string[])[] = [];

  prepare(plan: RawPlan): void {
    this.#lanes = rawBodies(plan);
  }

  async post({ url }: { readonly url: string }): Promise<{ readonly seconds: number }> {
    const began = performance.now();
    await Promise.all(
      this.#lanes.map(async (bodies) => {
        for (const body of bodies) await post(url, body);
      }),
    );
    return { seconds: (performance.now() - began) / 1_000 };
  }
}

serveCalls(new RawPoster());
