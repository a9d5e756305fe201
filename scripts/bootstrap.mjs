/**
 * Makes a fresh clone runnable, and is silent and quick when nothing is missing. npm calls it before every command:
 *
 *   node scripts/bootstrap.mjs packages    npm packages only
 *   node scripts/bootstrap.mjs target      and the server programs of the reference target
 *   node scripts/bootstrap.mjs tests       and the browser in which the tests open a report
 *   node scripts/bootstrap.mjs engine      a Docker Engine, Compose, and what makes the base of the container image: for CI
 *   node scripts/bootstrap.mjs base-image  npm packages, and what makes the base of the container image
 *
 * Plain JavaScript without dependencies, for Node 20 and newer: it runs before any package is there.
 */
import { fileURLToPath } from 'node:url';
import { aptCommandLine, installWithApt } from './bootstrap/apt.mjs';
import { detectHost } from './bootstrap/host.mjs';
import { explainSwallowedFlags } from './bootstrap/npm-flags.mjs';
import { installPackages, NPM_COMMAND_LINE, packagesProblem } from './bootstrap/packages.mjs';
import { installLines, missingPrograms, PROGRAMS } from './bootstrap/programs.mjs';
import { restoreLeftovers } from './bootstrap/service-policy.mjs';
import { print, SetupProblem } from './bootstrap/words.mjs';

/** @typedef {import('./bootstrap/programs.mjs').Program} Program */

/**
 * What each purpose needs of the programs.
 *
 * @type {Record<string, Program['neededFor'][]>}
 */
const PURPOSES = {
  packages: [],
  target: ['target'],
  tests: ['target', 'tests'],
  engine: ['engine', 'base-image'],
  'base-image': ['base-image'],
};

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  const swallowed = explainSwallowedFlags(process.env);
  if (swallowed !== undefined) throw new SetupProblem(swallowed);
  await bootstrap(process.argv[2] ?? 'target', installationAllowed(process.env.FAULTLINE_BOOTSTRAP));
} catch (problem) {
  if (!(problem instanceof SetupProblem)) throw problem;
  print(problem.message);
  process.exitCode = problem.exitCode;
}

/** @param {string | undefined} setting */
function installationAllowed(setting) {
  if (setting === undefined || setting === '' || setting === 'on') return true;
  if (setting === 'off') return false;
  throw new SetupProblem(
    `FAULTLINE_BOOTSTRAP is "${setting}"; expected "off" (install nothing) or "on" (the default).`,
  );
}

/**
 * @param {string} purpose
 * @param {boolean} allowed
 */
async function bootstrap(purpose, allowed) {
  const host = detectHost();
  if (host.canInstall) restoreLeftovers();
  const packages = packagesProblem(root);
  const programs = missingPrograms(neededFor(purpose));
  if (packages === undefined && programs.length === 0) return;

  print('Faultline needs software that is not here:');
  if (packages !== undefined) print(`  npm packages: ${packages}`);
  for (const program of programs) print(`  ${program.title}: ${program.purpose}`);

  const manual = programs.filter((program) => !host.canInstall || program.aptPackage(host) === undefined);
  if (!allowed || manual.length > 0) {
    const lines = [...(packages === undefined ? [] : [NPM_COMMAND_LINE]), ...installLines(programs, host)];
    const reason = allowed ? host.refusal : 'Nothing is installed, because FAULTLINE_BOOTSTRAP is "off".';
    throw new SetupProblem(`${reason} Install it with:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
  const aptPackages = programs.map((program) => /** @type {string} */ (program.aptPackage(host)));
  await install(packages !== undefined, aptPackages);
  const still = missingPrograms(programs);
  if (still.length > 0) {
    const titles = still.map((program) => program.title).join(', ');
    throw new SetupProblem(
      `Still missing after the installation: ${titles}. This release of ${host.name} may not carry it.`,
    );
  }
}

/**
 * @param {string} purpose
 * @returns {readonly Program[]}
 */
function neededFor(purpose) {
  const needs = Object.hasOwn(PURPOSES, purpose) ? PURPOSES[purpose] : undefined;
  if (needs === undefined) {
    const known = Object.keys(PURPOSES).join(', ');
    throw new SetupProblem(`Unknown purpose "${purpose}" of the bootstrap; expected one of ${known}.`);
  }
  return PROGRAMS.filter(({ neededFor }) => needs.includes(neededFor));
}

/**
 * npm and apt side by side; when one fails the other still ends in peace, and each failure is told.
 *
 * @param {boolean} withPackages
 * @param {string[]} aptPackages
 */
async function install(withPackages, aptPackages) {
  print('Installing it now, which takes about a minute (FAULTLINE_BOOTSTRAP=off forbids this):');
  if (withPackages) print(`  ${NPM_COMMAND_LINE}`);
  if (aptPackages.length > 0) print(`  ${aptCommandLine(aptPackages)}   (and starts none of its services)`);
  const interruption = interruptionBySignal();
  const outcomes = await Promise.allSettled([
    withPackages ? installPackages(root, interruption) : undefined,
    aptPackages.length > 0 ? installWithApt(aptPackages, interruption) : undefined,
  ]);
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  const unexpected = failures.find((failure) => !(failure instanceof SetupProblem));
  if (unexpected !== undefined) throw unexpected;
  interruption.throwIfAborted();
  const messages = failures.map((failure) => failure.message);
  if (messages.length > 0) throw new SetupProblem(messages.join('\n'), failures[0].exitCode);
}

/** From here on a signal ends the commands at work, and then us: never the default of dying at once. */
function interruptionBySignal() {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      print(`${signal}: ending what is at work.`);
      interruption.abort(new SetupProblem('The installation was interrupted.', 130));
    });
  }
  return interruption.signal;
}
