import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** @typedef {import('./host.mjs').Host} Host */

/**
 * @typedef {object} Program
 * @property {string} title
 * @property {string} purpose
 * @property {'target' | 'tests' | 'engine' | 'base-image'} neededFor
 * @property {(places: Places) => boolean} isPresent
 * @property {(host: Host) => string | undefined} aptPackage   undefined where apt has none that serves
 * @property {string} brewPackage                              empty where Homebrew has none that serves
 * @property {string} otherLine                                for what neither installs; empty when there is none
 */

/**
 * Where to look. Server programs are often outside an ordinary user's PATH.
 *
 * @typedef {object} Places
 * @property {readonly string[]} folders
 * @property {readonly string[]} postgresqlRoots   folders with one folder for each version of PostgreSQL
 * @property {readonly string[]} libraries         folders of libraries, one for each architecture
 * @property {string} browsers                     the folder in which Playwright keeps the browsers that it downloads
 */

/** pg_rewind and the replication settings that the database agent relies on are those of version 15. */
const POSTGRESQL_VERSION_MIN = 15;
const POSTGRESQL_PROGRAMS = ['postgres', 'initdb', 'pg_ctl', 'pg_basebackup', 'pg_rewind'];
/** Where the packages of Debian, Ubuntu and Docker itself put it when it is a plug-in of `docker`. */
const DOCKER_PLUGINS = ['/usr/libexec/docker/cli-plugins', '/usr/lib/docker/cli-plugins'];
const DEBIAN_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @type {readonly Program[]} */
export const PROGRAMS = [
  {
    title: `PostgreSQL ${POSTGRESQL_VERSION_MIN} or newer`,
    purpose: 'the database in both datacenters',
    neededFor: 'target',
    isPresent: hasPostgresql,
    aptPackage: () => 'postgresql',
    brewPackage: 'postgresql@17',
    otherLine: '',
  },
  server('redis-server', 'Redis', 'the cache in both datacenters', 'redis-server', 'redis'),
  server(
    'nats-server',
    'NATS',
    'the coordination cluster that holds the lease of the primary',
    'nats-server',
    'nats-server',
  ),
  server('haproxy', 'HAProxy', 'the load balancer in both datacenters', 'haproxy', 'haproxy'),
  server('nginx', 'nginx', 'the edge of the content delivery network', 'nginx-light', 'nginx'),
  server('prometheus', 'Prometheus', 'metrics and alerts', 'prometheus', 'prometheus'),
  {
    title: 'Chromium',
    purpose: 'the tests open a report in it',
    neededFor: 'tests',
    isPresent: hasBrowser,
    // Ubuntu's package only fetches a snap, which does not run in containers.
    aptPackage: (host) => (host.family === 'ubuntu' ? undefined : 'chromium'),
    brewPackage: '',
    otherLine: 'npx playwright install --with-deps chromium',
  },
  {
    title: 'libfaketime',
    purpose: 'the tests set the clock of a process wrong with it',
    neededFor: 'tests',
    // Only Linux is asked for it: the tests of another platform's processes do without.
    isPresent: ({ libraries }) =>
      process.platform !== 'linux' || libraries.some((folder) => existsSync(join(folder, 'faketime/libfaketime.so.1'))),
    aptPackage: () => 'libfaketime',
    brewPackage: 'libfaketime',
    otherLine: '',
  },
  {
    title: 'Docker Engine',
    purpose: 'runs the target as containers',
    neededFor: 'engine',
    isPresent: ({ folders }) => isExecutableIn('dockerd', folders),
    aptPackage: () => 'docker.io',
    brewPackage: '',
    otherLine: '',
  },
  {
    title: 'Docker Compose',
    purpose: 'a test brings the generated docker-compose.yml up with it',
    neededFor: 'engine',
    isPresent: ({ folders }) => isExecutableIn('docker-compose', [...folders, ...DOCKER_PLUGINS]),
    aptPackage: () => 'docker-compose',
    brewPackage: 'docker-compose',
    otherLine: '',
  },
  {
    title: 'mmdebstrap',
    purpose: 'makes the base of the container image where no image registry answers',
    neededFor: 'base-image',
    isPresent: ({ folders }) => isExecutableIn('mmdebstrap', folders),
    aptPackage: () => 'mmdebstrap',
    brewPackage: '',
    otherLine: '',
  },
  {
    // Recommended by mmdebstrap only, and no part of Ubuntu.
    title: "Debian's signing keys",
    purpose: "they prove that the packages of that base are Debian's",
    neededFor: 'base-image',
    isPresent: () => existsSync(DEBIAN_KEYS),
    aptPackage: () => 'debian-archive-keyring',
    brewPackage: '',
    otherLine: '',
  },
];

/**
 * Those of the programs that are nowhere to be found.
 *
 * @param {readonly Program[]} programs
 * @param {Places} places
 * @returns {Program[]}
 */
export function missingPrograms(programs, places = placesOf(process.env)) {
  return programs.filter((program) => !program.isPresent(places));
}

/**
 * The lines that a person types to install the programs on this host.
 *
 * @param {readonly Program[]} programs
 * @param {Host} host
 * @returns {string[]}
 */
export function installLines(programs, host) {
  const packages = programs.map((program) => packageOn(program, host));
  const named = packages.filter((name) => name !== '');
  const others = programs.filter((_, index) => packages[index] === '');
  const sudo = host.root ? '' : 'sudo ';
  const lines = others.map(
    (program) => program.otherLine || `# ${program.title}, with the package manager of ${host.name}`,
  );
  if (named.length === 0) return lines;
  if (host.family === 'macos') return [`brew install ${named.join(' ')}`, ...lines];
  return [`${sudo}apt-get update`, `${sudo}apt-get install -y --no-install-recommends ${named.join(' ')}`, ...lines];
}

/**
 * @param {Program} program
 * @param {Host} host
 */
function packageOn(program, host) {
  if (host.family === 'macos') return program.brewPackage;
  return host.family === 'other' ? '' : (program.aptPackage(host) ?? '');
}

/**
 * @param {string} executable
 * @param {string} title
 * @param {string} purpose
 * @param {string} aptPackage
 * @param {string} brewPackage
 * @returns {Program}
 */
function server(executable, title, purpose, aptPackage, brewPackage) {
  return {
    title,
    purpose,
    neededFor: 'target',
    isPresent: ({ folders }) => isExecutableIn(executable, folders),
    aptPackage: () => aptPackage,
    brewPackage,
    otherLine: '',
  };
}

/**
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {Places}
 */
function placesOf(environment) {
  return {
    folders: [...(environment.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'],
    postgresqlRoots: ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'],
    libraries: ['/usr/lib64', ...entriesOf('/usr/lib').map((entry) => join('/usr/lib', entry))],
    browsers: join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'ms-playwright'),
  };
}

/** @param {Places} places */
function hasPostgresql({ folders, postgresqlRoots }) {
  const versioned = postgresqlRoots.flatMap((root) =>
    entriesOf(root)
      .filter((entry) => Number(/^(?:postgresql@)?(\d+)$/.exec(entry)?.[1] ?? 0) >= POSTGRESQL_VERSION_MIN)
      .map((entry) => join(root, entry, 'bin')),
  );
  const complete = versioned.some((folder) =>
    POSTGRESQL_PROGRAMS.every((program) => isExecutableIn(program, [folder])),
  );
  return complete || POSTGRESQL_PROGRAMS.every((program) => isExecutableIn(program, folders));
}

/** @param {Places} places */
function hasBrowser({ folders, browsers }) {
  return (
    BROWSERS.some((browser) => isExecutableIn(browser, folders)) ||
    entriesOf(browsers).some((entry) => entry.startsWith('chromium-'))
  );
}

/**
 * @param {string} name
 * @param {readonly string[]} folders
 */
function isExecutableIn(name, folders) {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** @param {string} folder */
function entriesOf(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
