import { once } from 'node:events';
import { type EnvironmentReader, readEnvironment, readIdentity } from '../environment.ts';
import { createLog } from '../log.ts';
import { startOrExit, superviseProcess } from '../shutdown.ts';
import { Autoscaler } from './autoscaler.ts';
import { Cloud } from './cloud.ts';
import { Observations } from './observations.ts';

const SERVERS_MAX = 16;

const log = createLog({ node: process.env.FAULTLINE_NODE ?? 'unknown', zone: process.env.FAULTLINE_ZONE ?? 'unknown' });

await startOrExit(log, async () => {
  const { identity, listen, cloud, webServers, limits } = readEnvironment(process.env, readSettings);
  const observations = new Observations();
  const acts = identity.mutant !== 'autoscaler-off';
  const autoscaler = new Autoscaler({ webServers, limits, acts, cloud: new Cloud(cloud), observations, log });
  const server = observations.createServer();
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await autoscaler.stop();
  };
  superviseProcess({ log, stop });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  void autoscaler.run();
  log.info({ address: server.address(), mutant: identity.mutant }, 'serving');
});

function readSettings(environment: EnvironmentReader) {
  // Without any it would have nothing to do.
  environment.text('WEB_SERVERS');
  const servers = environment.namedAddresses('WEB_SERVERS');
  const count = { least: 1, most: SERVERS_MAX };
  return {
    identity: readIdentity(environment),
    listen: environment.address('AUTOSCALER_LISTEN'),
    cloud: environment.address('CLOUD'),
    webServers: new Map(servers.map(({ name, ...address }) => [name, address])),
    limits: {
      least: environment.integer('WEB_SERVERS_LEAST', { standard: 1, ...count }),
      most: environment.integer('WEB_SERVERS_MOST', { standard: SERVERS_MAX, ...count }),
    },
  };
}
