import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Problem } from '../../../base/errors.ts';
import { type PackageLock, packageClosure } from './package-closure.ts';

type Entries = Record<string, PackageLock['packages'][string]>;

const lock = (entries: Entries): PackageLock => ({
  packages: Object.fromEntries(
    Object.entries(entries).map(([path, entry]) => [path, { version: '1.0.0', integrity: 'sha512-x', ...entry }]),
  ),
});
const pathsOf = (entries: Entries, ...names: string[]) => packageClosure(lock(entries), names).map(({ path }) => path);

describe('the closure of packages', () => {
  it('has what is named and all that it needs, once, and nothing else', () => {
    const entries = {
      'node_modules/a': { dependencies: { b: '^1.0.0' } },
      'node_modules/b': { dependencies: { a: '^1.0.0', c: '^1.0.0' } },
      'node_modules/c': {},
      'node_modules/unrelated': {},
    };
    assert.deepEqual(pathsOf(entries, 'a', 'b'), ['node_modules/a', 'node_modules/b', 'node_modules/c']);
  });

  it('takes the copy that is nearest to who needs it', () => {
    const entries = {
      'node_modules/a': { dependencies: { b: '^2.0.0' } },
      'node_modules/a/node_modules/b': { dependencies: { c: '^1.0.0', d: '^1.0.0' } },
      'node_modules/a/node_modules/c': {},
      'node_modules/b': {},
      'node_modules/c': {},
      'node_modules/d': {},
    };
    assert.deepEqual(pathsOf(entries, 'a'), [
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/a/node_modules/c',
      'node_modules/d',
    ]);
  });

  it('has peers that are required, and only those', () => {
    const entries = {
      'node_modules/a': {
        peerDependencies: { required: '*', optional: '*' },
        peerDependenciesMeta: { optional: { optional: true } },
      },
      'node_modules/required': {},
      'node_modules/optional': {},
    };
    assert.deepEqual(pathsOf(entries, 'a'), ['node_modules/a', 'node_modules/required']);
  });

  it('leaves out what is optional and was chosen for this platform, or is not there at all', () => {
    const entries = {
      'node_modules/a': { optionalDependencies: { native: '*', plain: '*', absent: '*' } },
      'node_modules/native': { os: ['linux'], cpu: ['x64'] },
      'node_modules/plain': {},
    };
    assert.deepEqual(pathsOf(entries, 'a'), ['node_modules/a', 'node_modules/plain']);
  });

  it('names what the lock does not have, and who needs it', () => {
    assert.throws(
      () => pathsOf({ 'node_modules/a': { dependencies: { b: '*' } } }, 'a'),
      (thrown: Problem) => {
        assert.ok(thrown instanceof Problem);
        assert.equal(thrown.code, 'package-not-locked');
        assert.equal(thrown.message, 'node_modules/a needs the package b, which the lock has not');
        return true;
      },
    );
  });
});
