import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { type EnvironmentReader, readEnvironment, readIdentity } from '../environment.ts';
import { createLog } from '../log.ts';
import { startOrExit, superviseProcess } from '../shutdown.ts';
import { type Datacenter, Directory } from './directory.ts';
import { HealthChecks } from './health-checks.ts';
import { NameServer } from './name-server.ts';
import { Observations } from './observations.ts';
import { parseSubnet, type Subnet } from './subnets.ts';

const log = createLog({ node: process.env.FAULTLINE_NODE ?? 'unknown', zone: process.env.FAULTLINE_ZONE ?? 'unknown' });

await startOrExit(log, async () => {
  const { identity, dnsListen, metricsListen, entries, siteName, hosts, ttlSeconds, ...routing } = readEnvironment(
    process.env,
    readSettings,
  );
  const checksHealth = identity.mutant !== 'geodns-without-health-checks';
  const checks = new HealthChecks({
    entries,
    log,
    onCheck: (datacenter, healthy) => observations.countCheck(datacenter, healthy),
  });
  const isUp = (datacenter: string) => !checksHealth || checks.isUp(datacenter);
  const observations = new Observations({
    datacenters: [...entries.keys()],
    isUp,
    state: () => ({ ...identity, sharePercent: routing.sharePercent, checksHealth, datacenters: checks.state }),
  });
  const admittedPart = (datacenter: string) => (checksHealth ? checks.admittedPart(datacenter) : 1);
  const directory = new Directory({ ...routing, admittedPart });
  const nameServer = new NameServer({
    zone: { name: siteName.toLowerCase(), hosts, ttlSeconds, choose: (network) => directory.choose(network) },
    log,
    onAnswer: (transport, resolution) => observations.countAnswer(transport, resolution),
  });
  const metricsServer = observations.createServer();
  const stop = async (): Promise<void> => {
    metricsServer.close();
    metricsServer.closeAllConnections();
    await Promise.all([checks.stop(), nameServer.close()]);
  };
  superviseProcess({ log, stop });
  const dnsPort = await nameServer.listen(dnsListen);
  metricsServer.listen(metricsListen.port, metricsListen.host);
  await once(metricsServer, 'listening');
  if (checksHealth) checks.start();
  log.info({ dnsPort, metricsAddress: metricsServer.address(), mutant: identity.mutant }, 'serving');
});

function readSettings(environment: EnvironmentReader) {
  const datacenters = readDatacenters(environment);
  const entryOf = (name: string) => environment.address(`HEALTH_${name.replaceAll('-', '_')}`);
  return {
    identity: readIdentity(environment),
    dnsListen: environment.address('DNS_LISTEN'),
    metricsListen: environment.address('METRICS_LISTEN'),
    datacenters,
    entries: new Map(datacenters.map(({ name }) => [name, entryOf(name)] as const)),
    pools: readPools(environment),
    sharePercent: environment.integer('SHARE_EAST', { standard: 50, least: 0, most: 100 }),
    ttlSeconds: environment.integer('DNS_TTL_SECONDS', { standard: 1, least: 0, most: 86_400 }),
    siteName: environment.optionalText('SITE_NAME') ?? 'photos.example',
    hosts: readHosts(environment),
  };
}

/** HOSTS=cdn.photos.example=198.51.100.3; none when it is not set. */
function readHosts(environment: EnvironmentReader): Map<string, string> {
  if (environment.optionalText('HOSTS') === undefined) return new Map();
  const hosts = readPairs(
    environment,
    'HOSTS',
    'name=IPv4 address,...',
    (name, address): [string, string] | undefined => (isIPv4(address) ? [name.toLowerCase(), address] : undefined),
  );
  return new Map(hosts);
}

/** DATACENTERS=us-east=198.51.100.1,us-west=198.51.100.2 */
function readDatacenters(environment: EnvironmentReader): Datacenter[] {
  return readPairs(environment, 'DATACENTERS', 'name=IPv4 address,...', (name, address) =>
    isIPv4(address) ? { name, address } : undefined,
  );
}

/** REGIONS=us-east=203.0.113.0/25,us-west=203.0.113.128/25 */
function readPools(environment: EnvironmentReader): Subnet[] {
  return readPairs(environment, 'REGIONS', 'name=IPv4 subnet,...', (_name, subnet) => parseSubnet(subnet));
}

function readPairs<T>(
  environment: EnvironmentReader,
  variable: string,
  expected: string,
  parse: (name: string, value: string) => T | undefined,
): T[] {
  const pairs = environment.text(variable).split(',');
  const parsed = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return name.trim() === '' ? undefined : parse(name.trim(), value.trim());
  });
  const complete = parsed.filter((each) => each !== undefined);
  return complete.length === parsed.length ? complete : environment.reject(variable, expected, []);
}
