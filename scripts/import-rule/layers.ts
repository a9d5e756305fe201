/**
 * Who may import whom. The way of the data is the only direction:
 *
 *   base <- model <- {record, toxiproxy} <- {runtime, telemetry, workload, faults, checks, report} <- run <- cli
 *
 * Folders within braces do not know each other: they meet through `model`.
 */
export interface Layer {
  name: string;
  /** Of a path relative to the repository; the first layer that matches has the file. */
  matches: RegExp;
  /** Names of other layers; a layer may always import itself. */
  mayImport: readonly string[];
  /** Modules of Node and packages that it may import; without a list, all. */
  outside?: readonly string[];
}

const BELOW_THE_PARTS = ['base', 'model', 'record', 'toxiproxy'];
const PARTS = ['runtime', 'telemetry', 'workload', 'faults', 'checks', 'report'];
/** What can reach nothing outside of the process. */
const PURE = ['node:util', 'node:path', 'node:url', 'node:crypto', 'node:buffer', 'zod', 'hdr-histogram-js'];
/** The page's own script, style and chart library are read from disk to be inlined. */
const RENDERING = [...PURE, 'node:fs', 'node:fs/promises', 'node:module', 'node:zlib', '@viz-js/viz', 'uplot'];

export const LAYERS: readonly Layer[] = [
  harness('base', []),
  harness('model', ['base'], PURE),
  harness('record', ['base', 'model']),
  harness('toxiproxy', ['base']),
  harness('runtime', BELOW_THE_PARTS),
  harness('telemetry', BELOW_THE_PARTS),
  harness('workload', BELOW_THE_PARTS),
  harness('faults', BELOW_THE_PARTS),
  harness('checks', ['base', 'model'], PURE),
  harness('report', ['base', 'model'], RENDERING),
  harness('run', [...BELOW_THE_PARTS, ...PARTS]),
  harness('cli', [...BELOW_THE_PARTS, ...PARTS, 'run', 'targets', 'experiments']),
  { name: 'index', matches: /^harness\/index\.ts$/, mayImport: ['base', 'model', 'faults', 'checks'], outside: [] },
  { name: 'services', matches: /^targets\/[^/]+\/services\//, mayImport: [] },
  {
    name: 'topology',
    matches: /^targets\/[^/]+\/(stages|parts)\//,
    mayImport: ['index', 'model', 'targets', 'services'],
  },
  { name: 'targets', matches: /^targets\//, mayImport: ['index', 'base', 'model', 'topology', 'services'] },
  { name: 'experiments', matches: /^experiments\//, mayImport: ['index', 'targets'], outside: [] },
  { name: 'scripts', matches: /^scripts\//, mayImport: [] },
];

/** Tests and measurements may import all of it; nothing else imports them. */
export const OBSERVERS: Layer = {
  name: 'tests',
  matches: /\.test\.ts$|\/(testing|fixtures|test-builders)\/|^(test|bench)\//,
  mayImport: [],
};

function harness(folder: string, mayImport: readonly string[], outside?: readonly string[]): Layer {
  const matches = new RegExp(`^harness/${folder}/`);
  return outside === undefined ? { name: folder, matches, mayImport } : { name: folder, matches, mayImport, outside };
}
