import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly } from './quiet-command.mjs';
import { print, SetupProblem } from './words.mjs';

export const NPM_COMMAND_LINE = 'npm ci';

/** From here on Node runs TypeScript without a loader and without a warning. */
const NODE_MAJOR_MIN = 24;

/**
 * @typedef {object} Lock
 * @property {Record<string, {version?: string, optional?: boolean, devOptional?: boolean}>} packages
 */

/**
 * Why the npm packages must be installed, or undefined when those of package-lock.json are there.
 *
 * @param {string} root of the repository
 * @returns {string | undefined}
 */
export function packagesProblem(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  if (readText(markerPath(root)) === fingerprint(root)) return undefined;
  // Somebody may have run npm without us: what npm itself noted down is as good.
  const difference = differenceFromLock(root);
  if (difference === undefined && nodeProblem(root) === undefined) {
    writeFileSync(markerPath(root), fingerprint(root));
    return undefined;
  }
  return difference ?? 'Node is not the one of package-lock.json';
}

/**
 * @param {string} root of the repository
 * @param {AbortSignal} interruption
 */
export async function installPackages(root, interruption) {
  const startedMs = Date.now();
  // Only errors: npm itself may run on an older Node than the one that is installed here, and would warn of it.
  const options = ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  const { exitCode, output } = await runQuietly('npm', options, {
    cwd: root,
    env: npmEnvironment(process.env),
    interruption,
  });
  if (exitCode !== 0) {
    throw new SetupProblem(`npm ci ended with exit code ${exitCode}. It said:\n${output}`, 5);
  }
  const problem = nodeProblem(root);
  if (problem !== undefined) throw new SetupProblem(problem);
  writeFileSync(markerPath(root), fingerprint(root));
  print(`npm packages installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
}

/** @param {string} root */
function markerPath(root) {
  return join(root, 'node_modules', '.faultline-packages');
}

/**
 * Changes with package-lock.json, and when node_modules is seen from another kind of machine.
 *
 * @param {string} root
 */
function fingerprint(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`;
}

/**
 * Compares package-lock.json with node_modules/.package-lock.json, which npm writes last.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
function differenceFromLock(root) {
  const installed = readText(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'the last installation did not end';
  /** @type {Lock} */
  const has = JSON.parse(installed);
  /** @type {Lock} */
  const wants = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { version, optional, devOptional }] of Object.entries(wants.packages)) {
    const found = has.packages[path]?.version;
    const skipped = found === undefined && (optional === true || devOptional === true);
    if (path !== '' && !skipped && found !== version) {
      return `${path} is ${found ?? 'missing'}, package-lock.json wants ${version}`;
    }
  }
  return undefined;
}

/**
 * The commands of package.json run on the first Node in the PATH that npm gives them: ours, if its install script ran.
 *
 * @param {string} root
 * @returns {string | undefined}
 */
function nodeProblem(root) {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const { stdout } = spawnSync('node', ['--version'], { env: { ...process.env, PATH: path }, encoding: 'utf8' });
  const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
  if (major >= NODE_MAJOR_MIN) return undefined;
  return [
    `Node ${NODE_MAJOR_MIN} or newer is needed, and node_modules/.bin gives ${stdout?.trim() || 'none'}: the install script of the npm package`,
    '"node" did not run. If your npm forbids such scripts, allow this one, or install Node 24 yourself:',
    '  npm ci --ignore-scripts=false',
  ].join('\n');
}

/**
 * The environment of a new npm: the Node of the machine, since ours is about to be replaced, and nothing of the npm
 * that called us but the user's settings.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
function npmEnvironment(environment) {
  const ofTheCaller =
    /^(npm_(lifecycle|package|command|node_execpath|execpath)|npm_config_local_prefix$|INIT_CWD$|NODE$)/;
  const kept = Object.entries(environment).filter(([name]) => !ofTheCaller.test(name));
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => !/node_modules[\\/]\.bin$/.test(folder));
  return { ...Object.fromEntries(kept), PATH: folders.join(delimiter) };
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
