import { LAYERS, type Layer, OBSERVERS } from './layers.ts';
import type { Import, Module } from './modules.ts';

/** Every import that the rule forbids and every cycle, one sentence each. */
export function violationsOf(modules: readonly Module[]): string[] {
  return [...modules.flatMap(forbiddenImports), ...cycles(modules)];
}

function forbiddenImports({ path, imports }: Module): string[] {
  const layer = layerOf(path);
  if (layer === undefined) return [`${path} belongs to no layer: scripts/import-rule/layers.ts must name one.`];
  return imports.flatMap((imported) => {
    const reason = reasonAgainst(imported, layer);
    return reason === undefined ? [] : [`${path}:${imported.line} imports ${imported.specifier}, ${reason}.`];
  });
}

function reasonAgainst(imported: Import, layer: Layer): string | undefined {
  if (imported.kind === 'missing') return 'which does not exist';
  if (layer === OBSERVERS) return undefined;
  if (imported.kind !== 'module') {
    if (layer.outside === undefined || layer.outside.includes(imported.specifier)) return undefined;
    return `but of Node and of packages ${layer.name} may import only ${listOf(layer.outside)}`;
  }
  const other = layerOf(imported.path);
  if (other === layer || (other !== undefined && layer.mayImport.includes(other.name))) return undefined;
  return `but of ours ${layer.name} may import only itself and ${listOf(layer.mayImport)}`;
}

function layerOf(path: string): Layer | undefined {
  return [OBSERVERS, ...LAYERS].find(({ matches }) => matches.test(path));
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

/** One shortest way around for each group of modules that import each other. */
function cycles(modules: readonly Module[]): string[] {
  const targets = new Map(
    modules.map(({ path, imports }) => [path, imports.flatMap((each) => (each.kind === 'module' ? [each.path] : []))]),
  );
  const told = new Set<string>();
  return modules.flatMap(({ path }) => {
    const way = told.has(path) ? undefined : shortestWay(path, targets);
    for (const step of way ?? []) told.add(step);
    return way === undefined ? [] : [`${[path, ...way].join(' -> ')} is a cycle.`];
  });
}

/** From a module back to itself, breadth first; undefined when there is no such way. */
function shortestWay(start: string, targets: ReadonlyMap<string, string[]>): string[] | undefined {
  const ways: string[][] = (targets.get(start) ?? []).map((target) => [target]);
  const seen = new Set<string>();
  for (const way of ways) {
    const end = way.at(-1)!;
    if (end === start) return way;
    if (seen.has(end)) continue;
    seen.add(end);
    ways.push(...(targets.get(end) ?? []).map((target) => [...way, target]));
  }
  return undefined;
}
