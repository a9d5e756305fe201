import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { unlessAborted } from '../base/aborting.ts';
import type { Topology } from '../model/topology.ts';
import type { PrometheusClient } from '../telemetry/prometheus.ts';
import { sendCanary } from './canary.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { SpanReceiver } from './span-receiver.ts';

const ENDED = new Error('Ctrl-C');
const NEVER = new Promise<never>(() => undefined);

describe('the canary', () => {
  it('rejects once when the run ends while every pipeline is awaited, and leaves no rejection to nobody', async () => {
    const stop = new AbortController();
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear);
    try {
      const waiting = () => unlessAborted(NEVER, stop.signal);
      const sent = sendCanary({
        topology: { nodes: [] } as unknown as Topology,
        prometheus: { awaitFirstScrape: waiting } as unknown as PrometheusClient,
        generator: { canary: waiting } as unknown as LoadGenerator,
        receiver: {} as SpanReceiver,
        signal: stop.signal,
        note: () => undefined,
      });
      stop.abort(ENDED);
      await assert.rejects(sent, ENDED);
      // Node tells of a rejection that nobody hears only after all that was due has been done.
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(unheard, []);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });
});
