import type { TargetOptions } from '../../../harness/model/experiment.ts';
import { singleServer } from './1-single-server.ts';
import type { Site } from './site.ts';

/** The database moves to a host of its own: each of the two can grow by itself, and each still is a single point of failure. */
export function separateDatabase(options: TargetOptions): Site {
  const site = singleServer(options);
  return {
    ...site,
    name: 'stage-2',
    title: 'Photo sharing with a separate database',
    databases: site.databases.map((database) => ({ ...database, host: `db-host.${database.zone}` })),
  };
}
