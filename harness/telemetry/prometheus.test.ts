import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AlertRecord } from '../model/telemetry.ts';
import { type FiringAlert, observeAlerts } from './prometheus.ts';

const alert = (state: string, activeAt = '2026-01-01T00:00:00Z'): FiringAlert => ({
  labels: { alertname: 'WritesBurnFast', severity: 'page' },
  state,
  activeAt,
});

describe('alert watch', () => {
  it('notes when an alert was pending, fired and resolved', () => {
    const records = new Map<string, AlertRecord>();
    observeAlerts(records, [alert('pending')], 100);
    observeAlerts(records, [alert('firing')], 200);
    observeAlerts(records, [alert('firing')], 300);
    observeAlerts(records, [], 400);
    observeAlerts(records, [], 500);
    assert.deepEqual(
      [...records.values()],
      [
        {
          name: 'WritesBurnFast',
          labels: { severity: 'page' },
          activeAtMs: Date.parse('2026-01-01T00:00:00Z'),
          firedAtMs: 200,
          resolvedAtMs: 400,
        },
      ],
    );
  });

  it('keeps a second firing apart from the first', () => {
    const records = new Map<string, AlertRecord>();
    observeAlerts(records, [alert('firing')], 100);
    observeAlerts(records, [], 200);
    observeAlerts(records, [alert('firing', '2026-01-01T00:01:00Z')], 300);
    assert.deepEqual(
      [...records.values()].map(({ firedAtMs, resolvedAtMs }) => [firedAtMs, resolvedAtMs]),
      [
        [100, 200],
        [300, null],
      ],
    );
  });
});
