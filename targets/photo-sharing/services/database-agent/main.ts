import { readEnvironment } from '../environment.ts';
import { createLog } from '../log.ts';
import { startOrExit, superviseProcess } from '../shutdown.ts';
import { Agent } from './agent.ts';
import { createHttp } from './http.ts';
import { createMetrics } from './metrics.ts';
import { readSettings } from './settings.ts';

const log = createLog({ node: process.env.FAULTLINE_NODE ?? 'unknown', zone: process.env.FAULTLINE_ZONE ?? 'unknown' });

await startOrExit(log, async () => {
  const settings = readEnvironment(process.env, readSettings);
  const agent = new Agent(settings, log);
  const http = createHttp(agent, createMetrics(agent.state));
  superviseProcess({
    log,
    stop: async () => {
      await agent.stop();
      await http.close();
    },
  });
  await agent.start();
  await http.listen(settings.http);
  log.info({ settings: { ...settings.http } }, 'listening');
});
