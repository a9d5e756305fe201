import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EXIT_USAGE, Problem } from '../../base/errors.ts';

/** What brings a program: the packages of Debian/Ubuntu and of Homebrew. */
const PACKAGES: Readonly<Record<string, { apt: string; brew: string }>> = {
  postgres: { apt: 'postgresql', brew: 'postgresql@15' },
  'redis-server': { apt: 'redis-server', brew: 'redis' },
  'nats-server': { apt: 'nats-server', brew: 'nats-server' },
  haproxy: { apt: 'haproxy', brew: 'haproxy' },
  nginx: { apt: 'nginx-light', brew: 'nginx' },
  prometheus: { apt: 'prometheus', brew: 'prometheus' },
};
/** Debian keeps PostgreSQL's server programs here, one folder per major version. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

/**
 * The absolute path of a server program. `node` is the one that runs this; the others are looked up in PATH, then in
 * the folders where distributions put server programs, newest PostgreSQL first.
 * @throws Problem `missing-program` (exit code 4) with the line that installs it.
 */
export function executable(program: string, path: string = process.env.PATH ?? ''): string {
  if (program === 'node') return process.execPath;
  const folders = [...path.split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin', ...postgresqlFolders()];
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  // A link to `postgres` alone does not tell where the programs beside it are; PostgreSQL itself resolves it, too.
  if (found !== undefined) return program === 'postgres' ? realpathSync(found) : found;
  throw new Problem(`The program "${program}" is not installed: looked in ${folders.join(', ')}`, {
    code: 'missing-program',
    hint: installHint(program),
    exitCode: EXIT_USAGE,
  });
}

function postgresqlFolders(): string[] {
  let versions: string[];
  try {
    versions = readdirSync(POSTGRESQL_VERSIONS);
  } catch {
    return [];
  }
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(POSTGRESQL_VERSIONS, version, 'bin'));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function installHint(program: string): string {
  const packages = PACKAGES[program];
  if (packages === undefined) return `Install ${program}, or put it into PATH.`;
  return `Install it with "apt-get install -y ${packages.apt}" (Debian, Ubuntu) or "brew install ${packages.brew}" (macOS).`;
}
