import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { executable } from './programs.ts';

describe('Finding a server program', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-programs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the Node that runs this for "node"', () => {
    assert.equal(executable('node', folder), process.execPath);
  });

  it('takes the first in PATH that can be executed', () => {
    for (const name of ['not-executable', 'directory', 'good', 'later']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'not-executable', 'some-server'), '');
    mkdirSync(join(folder, 'directory', 'some-server'));
    for (const name of ['good', 'later']) {
      writeFileSync(join(folder, name, 'some-server'), '');
      chmodSync(join(folder, name, 'some-server'), 0o755);
    }
    const path = ['missing', 'not-executable', 'directory', 'good', 'later']
      .map((name) => join(folder, name))
      .join(':');
    assert.equal(executable('some-server', path), join(folder, 'good', 'some-server'));
  });

  it('says which program is missing and what to install', () => {
    assert.throws(() => executable('nonesuch-server', folder), {
      code: 'missing-program',
      exitCode: 4,
      message: new RegExp(`^The program "nonesuch-server" is not installed: looked in ${folder}, /usr/sbin, `),
      hint: 'Install nonesuch-server, or put it into PATH.',
    });
  });
});
