import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** One file of ours and everything that it imports. Types count as well: who knows a shape depends on it. */
export interface Module {
  /** Relative to the repository, with `/`. */
  path: string;
  imports: Import[];
}

export type Import = { line: number; specifier: string } & (
  | { kind: 'module'; path: string }
  | { kind: 'builtin' | 'package' }
  | { kind: 'missing' }
);

/**
 * Reads every TypeScript and JavaScript file below the folders.
 * @throws when one cannot be parsed: a file that was not understood must not pass for one without imports.
 */
export function readModules(root: string, folders: readonly string[]): Module[] {
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,mts,js,mjs}`);
  const paths = globSync(patterns, { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  return paths.sort().map((path) => ({ path, imports: importsOf(root, path) }));
}

function importsOf(root: string, path: string): Import[] {
  const source = readFileSync(join(root, path), 'utf8');
  return specifiersOf(path, source).map(({ specifier, start }) => ({
    line: source.slice(0, start).split('\n').length,
    specifier,
    ...resolve(root, path, specifier),
  }));
}

/** `import`, `import type`, `export ... from`, `import('...')` as an expression and as a type. */
function specifiersOf(path: string, source: string): { specifier: string; start: number }[] {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const found: { specifier: string; start: number }[] = [];
  const add = (node: { type: string; start: number; value?: unknown } | null): void => {
    if (node?.type === 'Literal' && typeof node.value === 'string') {
      found.push({ specifier: node.value, start: node.start });
    }
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
  }).visit(program);
  return found;
}

function resolve(root: string, from: string, specifier: string) {
  if (!specifier.startsWith('.')) return { kind: isBuiltin(specifier) ? 'builtin' : 'package' } as const;
  const path = posix.join(posix.dirname(from), specifier);
  return existsSync(join(root, path)) ? ({ kind: 'module', path } as const) : ({ kind: 'missing' } as const);
}
