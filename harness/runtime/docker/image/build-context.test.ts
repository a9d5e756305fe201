import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { extract } from 'tar-stream';
import type { Problem } from '../../../base/errors.ts';
import { buildContext } from './build-context.ts';
import type { ImageContent } from './content.ts';

describe('The build context', () => {
  let projectFolder: string;
  beforeEach(() => {
    projectFolder = mkdtempSync(join(tmpdir(), 'faultline-context-'));
    write('node_modules/pure/index.js', 'code');
    write('node/node', 'program');
  });
  afterEach(() => rmSync(projectFolder, { recursive: true }));

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(projectFolder, path)), { recursive: true });
    writeFileSync(join(projectFolder, path), content);
  }

  const content: ImageContent = {
    dockerfile: Buffer.from('FROM base\n'),
    files: new Map([['harness/main.ts', Buffer.from('ours')]]),
    packages: [{ path: 'node_modules/pure', version: '1.0.0', integrity: '' }],
    nodeVersion: '24.0.0',
    architecture: 'x64',
  };

  async function entriesOf(context: NodeJS.ReadableStream): Promise<string[]> {
    const entries: string[] = [];
    for await (const entry of context.pipe(extract())) {
      const { name, mode, mtime } = entry.header;
      entries.push(`${name} ${mode?.toString(8)} ${mtime?.getTime()} ${(await text(entry)).trim()}`);
    }
    return entries;
  }

  it('has Node, packages and our code in places of their own, with times and modes that no machine decides', async () => {
    const context = buildContext(content, { projectFolder, nodeBinary: join(projectFolder, 'node/node') });
    assert.deepEqual(await entriesOf(context), [
      'Dockerfile 644 0 FROM base',
      'bin/node 755 0 program',
      'packages/package.json 644 0 { "private": true, "type": "module" }',
      'packages/node_modules/pure/index.js 644 0 code',
      'project/harness/main.ts 644 0 ours',
    ]);
  });

  it('leaves out what no program reads of a package, and packages nested in it', async () => {
    for (const path of ['README.md', 'index.d.ts', 'index.d.mts', 'index.js.map', 'node_modules/nested/index.js']) {
      write(`node_modules/pure/${path}`, 'unread');
    }
    const entries = await entriesOf(
      buildContext({ ...content, nodeVersion: null }, { projectFolder, nodeBinary: null }),
    );
    assert.deepEqual(entries, [
      'Dockerfile 644 0 FROM base',
      'packages/node_modules/pure/index.js 644 0 code',
      'project/harness/main.ts 644 0 ours',
    ]);
  });

  it('cannot be made with a package that has machine code', async () => {
    write('node_modules/pure/build/addon.node', 'machine code');
    await assert.rejects(text(buildContext(content, { projectFolder, nodeBinary: null })), (problem: Problem) => {
      assert.equal(problem.code, 'native-package');
      assert.match(problem.message, /^node_modules\/pure\/build\/addon\.node is machine code/);
      return true;
    });
  });
});
