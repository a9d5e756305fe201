import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { packagesProblem } from './packages.mjs';

describe('the npm packages of a clone', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'faultline-packages-'));
    writeLock('package-lock.json', { 'node_modules/pg': { version: '1.0.0' } });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const writeLock = (name: string, packages: Record<string, { version: string; optional?: boolean }>): void => {
    writeFileSync(join(root, name), JSON.stringify({ packages: { '': { version: '0.1.0' }, ...packages } }));
  };
  const install = (packages: Record<string, { version: string }>): void => {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeLock('node_modules/.package-lock.json', packages);
  };

  it('are missing without node_modules', () => {
    assert.equal(packagesProblem(root), 'node_modules is missing');
  });

  it('are incomplete when npm did not come to its end', () => {
    mkdirSync(join(root, 'node_modules'));
    assert.equal(packagesProblem(root), 'the last installation did not end');
  });

  it('are complete when npm installed what the lock says, whoever called it', () => {
    install({ 'node_modules/pg': { version: '1.0.0' } });
    assert.equal(packagesProblem(root), undefined);
  });

  it('are stale when the lock has moved on', () => {
    install({ 'node_modules/pg': { version: '1.0.0' } });
    assert.equal(packagesProblem(root), undefined);
    writeLock('package-lock.json', { 'node_modules/pg': { version: '2.0.0' } });
    assert.equal(packagesProblem(root), 'node_modules/pg is 1.0.0, package-lock.json wants 2.0.0');
  });

  it('need not hold what is for other kinds of machines', () => {
    writeLock('package-lock.json', {
      'node_modules/pg': { version: '1.0.0' },
      'node_modules/pg-windows': { version: '1.0.0', optional: true },
    });
    install({ 'node_modules/pg': { version: '1.0.0' } });
    assert.equal(packagesProblem(root), undefined);
  });
});
