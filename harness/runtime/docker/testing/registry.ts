import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Architecture } from '../image/engine-platform.ts';

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/** An image registry with one tiny image. An engine on the same machine takes registries on 127.0.0.1 without TLS. */
export interface TinyRegistry extends AsyncDisposable {
  /** `127.0.0.1:40001/tiny:latest`. */
  readonly reference: string;
}

export async function startRegistry(architecture: Architecture): Promise<TinyRegistry> {
  const archive = pack();
  archive.entry({ name: 'hello' }, 'hello\n');
  archive.finalize();
  const layer = await buffer(archive);
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = json({ os: 'linux', architecture: architecture === 'x64' ? 'amd64' : 'arm64', config: {}, rootfs });
  const blob = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: blob('application/vnd.docker.container.image.v1+json', config),
    layers: [blob('application/vnd.docker.image.rootfs.diff.tar', layer)],
  });
  const answers = new Map([
    ['/v2/', Buffer.from('{}')],
    ['/v2/tiny/manifests/latest', manifest],
    [`/v2/tiny/manifests/${digestOf(manifest)}`, manifest],
    [`/v2/tiny/blobs/${digestOf(config)}`, config],
    [`/v2/tiny/blobs/${digestOf(layer)}`, layer],
  ]);
  const server = createServer(({ url = '' }, response) => {
    const answer = answers.get(url);
    if (answer === undefined) return response.writeHead(404).end();
    const type = answer === manifest ? MANIFEST_TYPE : 'application/octet-stream';
    const headers = {
      'content-type': type,
      'content-length': answer.length,
      'docker-content-digest': digestOf(answer),
    };
    return response.writeHead(200, headers).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    reference: `127.0.0.1:${(server.address() as AddressInfo).port}/tiny:latest`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
