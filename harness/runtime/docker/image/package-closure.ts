import { Problem } from '../../../base/errors.ts';

/** What matters here of package-lock.json, version 3. */
export interface PackageLock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  /** Packages that are bound to a platform name it. */
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

/** One installed package; the path is relative to the project: `node_modules/pg/node_modules/pg-types`. */
export interface LockedPackage {
  readonly path: string;
  readonly version: string;
  readonly integrity: string;
}

/**
 * The named packages and everything that they need at run time, as package-lock.json pins it, sorted by path. What is
 * optional and bound to a platform is left out: it is native, and was chosen for this machine.
 * @throws Problem `package-not-locked` when the lock does not have one.
 */
export function packageClosure(lock: PackageLock, names: Iterable<string>): LockedPackage[] {
  const found = new Map<string, LockEntry>();
  const waiting = [...names].map((name) => ({ name, from: '' }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const path = resolve(lock, next.from, next.name);
    if (path === undefined) throw notLocked(next);
    if (found.has(path)) continue;
    const entry = lock.packages[path]!;
    found.set(path, entry);
    waiting.push(...needs(lock, path, entry).map((name) => ({ name, from: path })));
  }
  return [...found]
    .map(([path, { version = '', integrity = '' }]) => ({ path, version, integrity }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function needs(lock: PackageLock, from: string, entry: LockEntry): string[] {
  const optional = new Set(Object.keys(entry.optionalDependencies ?? {}));
  const required = [
    ...Object.keys(entry.dependencies ?? {}).filter((name) => !optional.has(name)),
    ...Object.keys(entry.peerDependencies ?? {}).filter(
      (name) => entry.peerDependenciesMeta?.[name]?.optional !== true,
    ),
  ];
  const present = [...optional].filter((name) => {
    const found = lock.packages[resolve(lock, from, name) ?? ''];
    return found !== undefined && found.os === undefined && found.cpu === undefined;
  });
  return [...required, ...present];
}

/** As Node resolves it: the nearest node_modules upwards. */
function resolve(lock: PackageLock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in lock.packages) return path;
    if (folder === '') return undefined;
  }
}

function notLocked({ name, from }: { name: string; from: string }): Problem {
  return new Problem(
    `${from === '' ? 'The code of the image' : from} needs the package ${name}, which the lock has not`,
    {
      code: 'package-not-locked',
      hint: `Add it with "npm install --save-exact ${name}".`,
    },
  );
}
