import { fileURLToPath } from 'node:url';
import type { ImageDefinition } from '../../../harness/model/image.ts';

const POSTGRESQL = '/usr/lib/postgresql/15/bin';

/** One image for every node of every stage, and for the Toxiproxy server between them. */
export const photoSharingImage: ImageDefinition = {
  name: 'photo-sharing',
  dockerfile: fileURLToPath(new URL('Dockerfile', import.meta.url)),
  projectFolder: fileURLToPath(new URL('../../..', import.meta.url)),
  folders: ['harness/base', 'harness/toxiproxy', 'targets/photo-sharing/services'],
  importRoots: ['harness/base', 'harness/toxiproxy', 'targets/photo-sharing/services'],
  programs: {
    node: '/usr/local/bin/node',
    postgres: `${POSTGRESQL}/postgres`,
    'redis-server': '/usr/bin/redis-server',
    'nats-server': '/usr/sbin/nats-server',
    haproxy: '/usr/sbin/haproxy',
    nginx: '/usr/sbin/nginx',
    prometheus: '/usr/bin/prometheus',
  },
};
