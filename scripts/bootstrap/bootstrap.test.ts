import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { describeHost } from './host.mjs';
import { explainSwallowedFlags, FLAGS } from './npm-flags.mjs';
import { installLines, missingPrograms, PROGRAMS } from './programs.mjs';

const script = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url));
const commandLine = fileURLToPath(new URL('../../harness/cli/', import.meta.url));
const matrix = fileURLToPath(new URL('../../test/matrix/main.ts', import.meta.url));

/** The surroundings of the tests without what npm put there, as on a command line. */
function surroundings(changes: Record<string, string>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|FAULTLINE_)/.test(name));
  return { ...Object.fromEntries(own), ...changes };
}

function runBootstrap(purpose: string, changes: Record<string, string>) {
  return spawnSync(process.execPath, [script, purpose], { env: surroundings(changes), encoding: 'utf8' });
}

describe('the bootstrap', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-bootstrap-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('says nothing when nothing is missing', () => {
    const { status, stdout, stderr } = runBootstrap('packages', { FAULTLINE_BOOTSTRAP: 'off' });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });

  it('names each missing program and the line that installs it, when it may install nothing', () => {
    symlinkSync(process.execPath, join(folder, 'node'));
    const { status, stderr } = runBootstrap('tests', { FAULTLINE_BOOTSTRAP: 'off', PATH: folder, HOME: folder });
    assert.equal(status, 4);
    assert.match(stderr, /^Faultline needs software that is not here:\n/);
    assert.match(stderr, / {2}Redis: the cache in both datacenters\n/);
    assert.match(stderr, /Nothing is installed, because FAULTLINE_BOOTSTRAP is "off"\. Install it with:\n/);
    assert.match(stderr, /(apt-get install -y --no-install-recommends|brew install|package manager) .*/);
  });

  it('names what makes the base image only when that is its purpose', () => {
    const withoutPrograms = { FAULTLINE_BOOTSTRAP: 'off', PATH: folder, HOME: folder };
    symlinkSync(process.execPath, join(folder, 'node'));
    assert.match(runBootstrap('base-image', withoutPrograms).stderr, / {2}mmdebstrap: makes the base of the container/);
    assert.doesNotMatch(runBootstrap('base-image', withoutPrograms).stderr, /Redis|Chromium/);
    assert.doesNotMatch(runBootstrap('tests', withoutPrograms).stderr, /mmdebstrap/);
  });

  it('refuses a purpose that it does not know', () => {
    const expected =
      'Unknown purpose "toString" of the bootstrap; expected one of packages, target, tests, engine, base-image.\n';
    const { status, stderr } = runBootstrap('toString', {});
    assert.deepEqual({ status, stderr }, { status: 4, stderr: expected });
  });

  it('refuses a setting that it does not know', () => {
    const { status, stderr } = runBootstrap('packages', { FAULTLINE_BOOTSTRAP: 'no' });
    const expected = 'FAULTLINE_BOOTSTRAP is "no"; expected "off" (install nothing) or "on" (the default).\n';
    assert.deepEqual({ status, stderr }, { status: 4, stderr: expected });
  });

  it('stops npm before a command whose flags npm has swallowed', () => {
    const scripts = { preexperiment: `"${process.execPath}" "${script}" packages`, experiment: 'echo injecting' };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts }));
    const options = { cwd: folder, env: surroundings({ FAULTLINE_BOOTSTRAP: 'off' }), encoding: 'utf8' } as const;
    const swallowed = spawnSync('npm', ['run', 'experiment', 'dc-outage', '--dry-run', '--seed=7'], options);
    assert.equal(swallowed.status, 4);
    assert.doesNotMatch(swallowed.stdout, /^injecting/m);
    assert.match(swallowed.stderr, /^ {2}npm run experiment <name> -- --dry-run --seed 7$/m);
    const given = spawnSync('npm', ['run', 'experiment', 'dc-outage', '--', '--dry-run', '--seed=7'], options);
    assert.equal(given.status, 0);
    assert.match(given.stdout, /^injecting dc-outage --dry-run --seed=7$/m);
  });
});

describe('flags that npm has swallowed', () => {
  it('are given back with the line to type', () => {
    assert.equal(
      explainSwallowedFlags({ npm_lifecycle_event: 'preup', npm_config_set: 'true', npm_config_mutant: 'no-fencing' }),
      [
        'npm took --mutant and --set for itself: flags of Faultline stand behind "--". Nothing was started. Type:',
        '  npm run up -- --mutant no-fencing --set <key>=<value>',
        '(If you gave no such flag, then npm_config_mutant comes from your environment or an .npmrc file: remove it there.)',
      ].join('\n'),
    );
  });

  it("are not confused with npm's own settings", () => {
    const settings = {
      npm_config_cache: '/tmp',
      npm_config_yes: 'true',
      npm_config_dry_run: 'false',
      npm_config_out: '',
    };
    assert.equal(explainSwallowedFlags({ npm_lifecycle_event: 'preexperiment', ...settings }), undefined);
  });

  it('do not stop commands that have none, such as npm test', () => {
    assert.equal(explainSwallowedFlags({ npm_lifecycle_event: 'pretest', npm_config_runtime: 'electron' }), undefined);
    assert.equal(explainSwallowedFlags({ npm_config_dry_run: 'true' }), undefined);
  });

  it('are all those of the command line and of the matrix', () => {
    const sources = readdirSync(commandLine).filter((name) => name.endsWith('.ts'));
    const files = [matrix, ...sources.map((name) => join(commandLine, name))];
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const declared = [...text.matchAll(/(?:option|Option)\(\s*'(?:-\w, )?--([a-z-]+)/g)].map(([, flag]) => flag ?? '');
    assert.ok(declared.includes('set') && declared.includes('again'), `read only ${declared.join(', ')}`);
    // npm answers --help itself, and before anything runs.
    const unguarded = declared.filter((flag) => flag !== 'help' && !(flag in FLAGS));
    assert.deepEqual(unguarded, []);
  });
});

describe('missing programs', () => {
  const nowhere = { folders: [], postgresqlRoots: [], libraries: [], browsers: '' };
  const ofTheTests = PROGRAMS.filter(({ neededFor }) => ['target', 'tests'].includes(neededFor));
  const missing = missingPrograms(ofTheTests, nowhere);

  it('are installed with apt on Debian', () => {
    assert.deepEqual(installLines(missing, describeHost('debian', 'Debian 12', true)), [
      'apt-get update',
      'apt-get install -y --no-install-recommends postgresql redis-server nats-server haproxy nginx-light prometheus chromium libfaketime',
    ]);
  });

  it('are installed by an ordinary user of Ubuntu with sudo, and the browser without a snap', () => {
    assert.deepEqual(installLines(missing, describeHost('ubuntu', 'Ubuntu 24.04', false)), [
      'sudo apt-get update',
      'sudo apt-get install -y --no-install-recommends postgresql redis-server nats-server haproxy nginx-light prometheus libfaketime',
      'npx playwright install --with-deps chromium',
    ]);
  });

  it('are installed with Homebrew on macOS', () => {
    assert.deepEqual(installLines(missing, describeHost('macos', 'macOS', false)), [
      'brew install postgresql@17 redis nats-server haproxy nginx prometheus libfaketime',
      'npx playwright install --with-deps chromium',
    ]);
  });

  it('are only named where we know no installer', () => {
    const [first] = installLines(missing, describeHost('other', 'Fedora Linux 42', true));
    assert.equal(first, '# PostgreSQL 15 or newer, with the package manager of Fedora Linux 42');
  });
});
