import type { ImageDefinition } from '../../../model/image.ts';
import { linkToxics, proxiesOf } from '../../network/edge-proxies.ts';
import type { WiredEdge } from '../../wiring.ts';
import type { ContainerAddresses } from '../container-addresses.ts';
import { NODE_DIRECTORY } from '../in-image.ts';
import { TOXIPROXY, toxiproxyCommand } from '../toxiproxy-container.ts';
import { type ComposePart, literally } from './compose-file.ts';
import { type Entrance, publishedPorts } from './entrances.ts';
import { healthCheck } from './health-check.ts';
import { memberOf } from './membership.ts';
import { mount } from './mount.ts';

const CONFIGURATION = 'toxiproxy.json';

/** The server with a proxy for every edge and every entrance: the only member of all networks. */
export function toxiproxyPart(options: {
  image: { readonly tag: string; readonly definition: ImageDefinition };
  addresses: ContainerAddresses;
  entrances: readonly Entrance[];
  /** On 127.0.0.1. */
  apiPort: number;
}): ComposePart {
  const { image, addresses, entrances, apiPort } = options;
  const proxies = [...addresses.edges, ...entrances.map(({ proxy }) => proxy)];
  const { files, volumes } = mount(TOXIPROXY, { [CONFIGURATION]: configuration(proxies) });
  const service = {
    image: image.tag,
    hostname: TOXIPROXY,
    command: [
      ...toxiproxyCommand(image.definition, addresses.toxiproxy),
      ...['--config', `${NODE_DIRECTORY}/${CONFIGURATION}`],
    ].map(literally),
    volumes,
    networks: memberOf(addresses.proxy),
    ports: [`127.0.0.1:${apiPort}:${addresses.toxiproxy.port}`, ...entrances.flatMap(publishedPorts)],
    // All others wait for it.
    healthcheck: {
      ...healthCheck({ kind: 'http', port: 'api', path: '/version' }, addresses.toxiproxy),
      interval: '2s',
    },
  };
  return { services: { [TOXIPROXY]: service }, files };
}

/** What the server begins with, one proxy a line. */
function configuration(edges: readonly WiredEdge[]): string {
  const proxies = edges.flatMap((edge) => {
    const toxics = linkToxics(edge);
    return proxiesOf(edge, true).map((proxy) => (toxics.length === 0 ? proxy : { ...proxy, toxics }));
  });
  return `[\n${proxies.map((proxy) => `  ${JSON.stringify(proxy)}`).join(',\n')}\n]\n`;
}
