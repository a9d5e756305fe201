import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { print, SetupProblem } from './words.mjs';

const OTHER_BOOTSTRAP_MINUTES_MAX = 10;

/**
 * Debian starts every service that it installs, and makes a database for PostgreSQL. Two files prevent both while we
 * install: the policy that Debian asks before it starts a service, and a setting of PostgreSQL's packages. A policy
 * that was there before is put aside and put back. Ours lets everything pass once the bootstrap is gone, so that even
 * after SIGKILL it forbids nothing; the next bootstrap clears the rest away. Waits for another one that is at work.
 *
 * @param {AbortSignal} interruption
 * @param {string} root  of the file system, other than / only in tests
 * @returns {Promise<() => void>} puts everything back as it was; also called when the process exits
 */
export async function holdServices(interruption, root = '/') {
  const { policy, former, setting } = paths(root);
  await waitForOtherBootstrap(policy, interruption);
  restoreLeftovers(root);
  const release = () => {
    process.off('exit', release);
    restore(root);
  };
  process.on('exit', release);
  for (const path of [policy, setting]) mkdirSync(dirname(path), { recursive: true });
  if (existsSync(policy)) renameSync(policy, former);
  writeFileSync(policy, policyWhileRunning(process.pid, former), { mode: 0o755 });
  writeFileSync(setting, 'create_main_cluster = false\n');
  return release;
}

/**
 * Clears away what a bootstrap left behind that was killed. Another one that is still at work is left alone.
 *
 * @param {string} root
 */
export function restoreLeftovers(root = '/') {
  const { policy, former, setting } = paths(root);
  if (!existsSync(policy) && !existsSync(former) && !existsSync(setting)) return;
  if (!isHeldByAnother(policy)) restore(root);
}

/**
 * @param {string} policy
 * @param {AbortSignal} interruption
 */
async function waitForOtherBootstrap(policy, interruption) {
  if (!isHeldByAnother(policy)) return;
  print('Another bootstrap of Faultline is installing packages: waiting for it to end.');
  const deadlineMs = Date.now() + OTHER_BOOTSTRAP_MINUTES_MAX * 60_000;
  while (isHeldByAnother(policy)) {
    interruption.throwIfAborted();
    if (Date.now() > deadlineMs) {
      throw new SetupProblem(
        `It is still at work after ${OTHER_BOOTSTRAP_MINUTES_MAX} minutes; its process id is in ${policy}.`,
        5,
      );
    }
    await delay(500);
  }
}

/** @param {string} policy */
function isHeldByAnother(policy) {
  const holder = Number(/^# faultline-bootstrap (\d+)$/m.exec(readText(policy))?.[1] ?? process.pid);
  return holder !== process.pid && isRunning(holder);
}

/** @param {string} root */
function paths(root) {
  const policy = join(root, 'usr/sbin/policy-rc.d');
  return {
    policy,
    former: `${policy}.before-faultline`,
    setting: join(root, 'etc/postgresql-common/createcluster.d/faultline.conf'),
  };
}

/**
 * @param {number} processId
 * @param {string} former
 */
function policyWhileRunning(processId, former) {
  return [
    '#!/bin/sh',
    `# faultline-bootstrap ${processId}`,
    '# No service starts by itself while Faultline installs packages; afterwards the former policy holds.',
    `kill -0 ${processId} 2>/dev/null && exit 101`,
    `test -x ${former} && exec ${former} "$@"`,
    'exit 0',
    '',
  ].join('\n');
}

/** @param {string} root */
function restore(root) {
  const { policy, former, setting } = paths(root);
  if (existsSync(former)) renameSync(former, policy);
  else if (readText(policy).includes('# faultline-bootstrap ')) rmSync(policy);
  rmSync(setting, { force: true });
  const folder = dirname(setting);
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** @param {number} processId */
function isRunning(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} path */
function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
