/**
 * npm takes every flag before `--` for itself and hands it on only as an environment variable, so that
 * `npm run experiment dc-outage --dry-run` would inject for real. These are the flags of Faultline's commands
 * that must not be lost in this way; the value says what stands behind the flag.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const FLAGS = {
  again: '<failed or all>',
  'dry-run': '',
  keep: '',
  list: '',
  minutes: '<count>',
  mutant: '<name>',
  only: '<text>',
  out: '<folder>',
  quick: '',
  rate: '<operations per second>',
  runtime: '<driver>',
  run: '<run>',
  seed: '<number>',
  set: '<key>=<value>',
  slice: '<count>',
  stop: '<condition>',
  store: '<file>',
  target: '<name>',
  toxiproxy: '<where>',
  users: '<users in each region>',
};

/** Commands of package.json that take such flags; a stray npm setting must not stop the others, least of all in CI. */
const COMMANDS = ['experiment', 'up', 'down', 'node', 'undo', 'recheck', 'report', 'toxiproxy', 'bench', 'test:full'];

/**
 * What to type instead, when npm has swallowed one of our flags; undefined when it has not.
 *
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {string | undefined}
 */
export function explainSwallowedFlags(environment) {
  const command = environment.npm_lifecycle_event?.replace(/^pre/, '') ?? '';
  if (!COMMANDS.includes(command)) return undefined;
  const swallowed = Object.keys(FLAGS).filter(
    (flag) => !['', 'false', undefined].includes(environment[variable(flag)]),
  );
  if (swallowed.length === 0) return undefined;
  const name = command === 'experiment' ? ' <name>' : '';
  const flags = swallowed.map((flag) => flagWithValue(flag, /** @type {string} */ (environment[variable(flag)])));
  return [
    `npm took ${swallowed.map((flag) => `--${flag}`).join(' and ')} for itself: flags of Faultline stand behind "--". Nothing was started. Type:`,
    `  npm run ${command}${name} -- ${flags.join(' ')}`,
    `(If you gave no such flag, then ${variable(swallowed[0] ?? '')} comes from your environment or an .npmrc file: remove it there.)`,
  ].join('\n');
}

/** @param {string} flag */
function variable(flag) {
  return `npm_config_${flag.replaceAll('-', '_')}`;
}

/**
 * npm knows the value only of `--flag=value`; from `--flag value` it makes `true` and a separate word.
 *
 * @param {string} flag
 * @param {string} value
 */
function flagWithValue(flag, value) {
  if (FLAGS[flag] === '') return `--${flag}`;
  return `--${flag} ${value === 'true' ? FLAGS[flag] : value}`;
}
