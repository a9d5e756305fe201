import type { Dashboard, DashboardPanel } from '../../../model/dashboard.ts';

/** The provisioned data source that every panel asks. */
export const DATA_SOURCE = { type: 'prometheus', uid: 'prometheus' } as const;

const UNITS: Readonly<Record<DashboardPanel['unit'], string>> = {
  'requests per second': 'reqps',
  share: 'percentunit',
  seconds: 's',
  none: 'short',
};
/** Grafana's grid has 24 columns. */
const COLUMNS = 2;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;
const SCHEMA_VERSION = 39;

/** A dashboard as Grafana loads it from a file. */
export function grafanaDashboard({ title, panels }: Dashboard): string {
  const dashboard = {
    uid: 'target',
    title,
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '5s',
    time: { from: 'now-15m', to: 'now' },
    timepicker: { refresh_intervals: ['1s', '5s', '30s'] },
    panels: panels.map(grafanaPanel),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function grafanaPanel({ title, shape, unit, queries }: DashboardPanel, index: number) {
  return {
    id: index + 1,
    title,
    ...(shape === 'lines' ? lines(UNITS[unit]) : STATES),
    datasource: DATA_SOURCE,
    gridPos: { x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
    targets: queries.map(({ expression, legend }, position) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + position),
      datasource: DATA_SOURCE,
      expr: expression,
      legendFormat: legend,
      range: true,
    })),
  };
}

function lines(unit: string) {
  return {
    type: 'timeseries',
    fieldConfig: { defaults: { unit, min: 0, custom: { lineWidth: 1, fillOpacity: 10 } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  };
}

const STATES = {
  type: 'state-timeline',
  fieldConfig: {
    defaults: {
      mappings: [{ type: 'value', options: { 0: { text: 'no', color: 'text' }, 1: { text: 'yes', color: 'orange' } } }],
      custom: { fillOpacity: 70, lineWidth: 0 },
    },
    overrides: [],
  },
  options: { mergeValues: true, showValue: 'auto', legend: { displayMode: 'list', placement: 'bottom' } },
};
