import { isBuiltin } from 'node:module';

/**
 * An import with a `from` or without, an export from, and `import('...')`. A pattern is enough, and needs no parser at
 * run time: the formatter puts every import at the start of a line, and a test holds this to a real parser.
 */
const PATTERNS = [
  /^(?:import|export)\s(?!type\s)[^'";]*?\sfrom\s+'(?<specifier>[^']+)'/gm,
  /^import\s+'(?<specifier>[^']+)'/gm,
  /\bimport\(\s*'(?<specifier>[^']+)'\s*\)/g,
];

/** The npm packages that a module imports when it runs, by name: types vanish, and Node's own modules are no packages. */
export function importedPackages(source: string): Set<string> {
  const specifiers = PATTERNS.flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => match.groups?.specifier ?? ''),
  );
  const bare = specifiers.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier));
  return new Set(bare.map(packageName));
}

/** `@nats-io/kv/internal` -> `@nats-io/kv`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
