import type { NodeDefinition } from '../../../harness/model/topology.ts';

export interface CacheOptions {
  name: string;
  zone: string;
  host: string;
}

/** Redis as a cache: nothing in it is the only copy, so nothing of it is written to disk. */
export function cache({ name, zone, host }: CacheOptions): NodeDefinition {
  return {
    name,
    tier: 'cache',
    host,
    zone,
    ports: { redis: 'redis' },
    readiness: { kind: 'tcp', port: 'redis' },
    program: (wiring) => {
      const { host, port } = wiring.listen('redis');
      return {
        executable: wiring.executable('redis-server'),
        arguments: [`${wiring.directory}/redis.conf`],
        environment: {},
        files: {
          'redis.conf': `bind ${host}
port ${port}
dir ${wiring.directory}
protected-mode no
save ""
appendonly no
maxmemory 64mb
maxmemory-policy allkeys-lru
`,
        },
      };
    },
  };
}
