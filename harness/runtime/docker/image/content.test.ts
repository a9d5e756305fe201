import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { photoSharingImage } from '../../../../targets/photo-sharing/image/definition.ts';
import { contentHash, type ImageContent, readContent } from './content.ts';

const content = (changes: Partial<ImageContent> = {}): ImageContent => ({
  dockerfile: Buffer.from('FROM base\n'),
  files: new Map([['a.ts', Buffer.from('a')]]),
  packages: [{ path: 'node_modules/pg', version: '8.0.0', integrity: 'sha512-a' }],
  nodeVersion: '24.0.0',
  architecture: 'x64',
  ...changes,
});

describe('the hash of an image', () => {
  it('is the same for the same content', () => {
    assert.equal(contentHash(content()), contentHash(content()));
    assert.match(contentHash(content()), /^[0-9a-f]{16}$/);
  });

  it('is another one when anything of the content changes', () => {
    const changed = [
      content({ dockerfile: Buffer.from('FROM base\nRUN true\n') }),
      content({ files: new Map([['a.ts', Buffer.from('b')]]) }),
      content({ files: new Map([['b.ts', Buffer.from('a')]]) }),
      content({ packages: [] }),
      content({ packages: [{ path: 'node_modules/pg', version: '8.0.1', integrity: 'sha512-a' }] }),
      content({ packages: [{ path: 'node_modules/pg', version: '8.0.0', integrity: 'sha512-b' }] }),
      content({ nodeVersion: '24.0.1' }),
      content({ architecture: 'arm64' }),
    ].map(contentHash);
    assert.equal(new Set([...changed, contentHash(content())]).size, changed.length + 1);
  });
});

describe('the content of the photo-sharing image', () => {
  it('has the code of every program, and nothing that only tests need', async () => {
    const paths = [...(await readContent(photoSharingImage, 'x64')).files.keys()];
    for (const program of ['web', 'geodns', 'database-agent']) {
      assert.ok(paths.includes(`targets/photo-sharing/services/${program}/main.ts`), program);
    }
    for (const path of ['harness/toxiproxy/main.ts', 'targets/photo-sharing/services/web/schema.sql']) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(
      paths.filter((path) => /\.test\.ts$|\/testing\/|\/fixtures\/|\.md$/.test(path)),
      [],
    );
    assert.deepEqual(paths, [...paths].sort());
  });

  it('has the packages that the services load, and none that only the harness does', async () => {
    const { packages, nodeVersion } = await readContent(photoSharingImage, 'x64');
    const paths = packages.map(({ path }) => path);
    for (const name of ['pg', 'ioredis', 'fastify', '@opentelemetry/sdk-trace', 'commander']) {
      assert.ok(paths.includes(`node_modules/${name}`), name);
    }
    for (const name of ['dockerode', 'mocha', 'fast-check', 'typescript', 'uplot', 'node', 'protobufjs']) {
      assert.ok(!paths.includes(`node_modules/${name}`), name);
    }
    assert.match(nodeVersion ?? '', /^\d+\.\d+\.\d+$/);
  });
});
