import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './quiet-command.mjs';
import { holdServices } from './service-policy.mjs';
import { print, SetupProblem } from './words.mjs';

const LISTS_AGE_HOURS_MAX = 24;
/** Another apt may be at work, as on a machine that has just booted. */
const LOCK_WAIT_SECONDS = 300;

/** @param {readonly string[]} packages */
export function aptCommandLine(packages) {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/**
 * Installs Debian packages as root without starting any of their services, and refreshes the package lists first
 * when they are missing, old, or name files that the mirrors no longer have.
 *
 * @param {readonly string[]} packages
 * @param {AbortSignal} interruption
 */
export async function installWithApt(packages, interruption) {
  const startedMs = Date.now();
  const release = await holdServices(interruption);
  try {
    const fresh = listsAreFresh('/var/lib/apt/lists', startedMs);
    if (!fresh) await aptGet(['update'], interruption);
    let result = await aptGet(['install', '-y', '--no-install-recommends', ...packages], interruption);
    if (result.exitCode !== 0 && fresh) {
      await aptGet(['update'], interruption);
      result = await aptGet(['install', '-y', '--no-install-recommends', ...packages], interruption);
    }
    if (result.exitCode !== 0) {
      throw new SetupProblem(`apt-get install ended with exit code ${result.exitCode}. It said:\n${result.output}`, 5);
    }
  } finally {
    release();
  }
  print(`Debian packages installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
}

/**
 * @param {string[]} options
 * @param {AbortSignal} interruption
 */
function aptGet(options, interruption) {
  const settings = [
    '-q',
    '-o',
    `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`,
    '-o',
    'Dpkg::Use-Pty=0',
    '-o',
    'Acquire::Retries=3',
  ];
  return runQuietly('apt-get', [...settings, ...options], {
    interruption,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', APT_LISTCHANGES_FRONTEND: 'none' },
  });
}

/**
 * @param {string} folder
 * @param {number} nowMs
 */
function listsAreFresh(folder, nowMs) {
  try {
    const lists = readdirSync(folder).filter((name) => /_Packages(\.\w+)?$/.test(name));
    // The lists carry their mirror's dates; the folder changes whenever apt-get update renews one of them.
    const ageHours = (nowMs - statSync(join(folder, 'partial')).mtimeMs) / 3_600_000;
    return lists.length > 0 && ageHours < LISTS_AGE_HOURS_MAX;
  } catch {
    return false;
  }
}
