import { join } from 'node:path';
import { readEnvironment, readIdentity } from '../environment.ts';
import { createLog } from '../log.ts';
import { startOrExit, superviseProcess } from '../shutdown.ts';
import { parseAccess, readAccessPipe } from './access-log.ts';
import { ACCESS_PIPE } from './configuration.ts';
import { createHttp } from './http.ts';
import { Nginx } from './nginx.ts';
import { Observations } from './observations.ts';

/**
 * An edge of the content delivery network: nginx, which does the work, and this process beside it, which starts it,
 * counts what it tells, and ends when it ends.
 */
const log = createLog({ node: process.env.FAULTLINE_NODE ?? 'unknown', zone: process.env.FAULTLINE_ZONE ?? 'unknown' });

await startOrExit(log, async () => {
  const { identity, directory, executable, listen } = readEnvironment(process.env, (environment) => ({
    identity: readIdentity(environment),
    directory: environment.text('CDN_DIRECTORY'),
    executable: environment.text('NGINX'),
    listen: environment.address('AGENT_LISTEN'),
  }));
  const observations = new Observations();
  const http = createHttp(directory, observations);
  const closePipe = readAccessPipe(join(directory, ACCESS_PIPE), (line) => observations.count(parseAccess(line)));
  const nginx = new Nginx({
    ...{ executable, directory },
    onDeath: (how) => {
      log.fatal({ reason: how }, 'nginx is gone');
      process.exit(1);
    },
  });
  superviseProcess({
    log,
    stop: async () => {
      await nginx.stop();
      await http.close();
      closePipe();
    },
  });
  await http.listen(listen);
  nginx.start();
  log.info({ address: http.listeningOrigin, mutant: identity.mutant }, 'serving');
});
