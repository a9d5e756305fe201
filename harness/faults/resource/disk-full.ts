import { z } from 'zod';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { nodesParameter } from '../parameters.ts';
import { attestEach } from './attest-each.ts';

const KIBIBYTE = 1024;
/** A node that goes on may remove a file of its own. */
const FULL_KIBIBYTES_MAX = 256;

export const diskFull = defineFault({
  kind: 'disk-full',
  family: 'resource',
  summary: 'The disk of each node is full: no byte can be written to its directory any more.',
  parameters: z.strictObject({
    nodes: nodesParameter,
    dataMebibytes: z
      .int()
      .min(16)
      .max(65_536)
      .default(512)
      .meta({ unit: 'MiB' })
      .describe('the size of the disk, in memory, that each of the nodes gets at bring-up for its directory'),
  }),
  undone: 'What filled the disks is removed, and nodes that ended meanwhile are started again with their data.',
  attested: 'The kernel is asked for the free space of the disk.',
  example: "diskFull({ nodes: role('primary') })",
  preparation: ({ dataMebibytes }) => ({ dataMebibytes }),
  title: ({ nodes }) => `Full disk of ${describeNodes(nodes)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject(_, { target, clock }, { nodes }) {
    await target.resources.fillDisk(nodes);
    return nodeActions('filled', nodes, clock.now());
  },
  async undo(_, { target, clock }, { nodes }) {
    await target.resources.clearDisk(nodes);
    const atMs = clock.now();
    await target.start(nodes);
    return nodeActions('cleared', nodes, atMs);
  },
  async attest(_, context, { nodes }, { expected }) {
    const injected = expected === 'injected';
    return await attestEach(context, nodes, {
      expectation: `${injected ? 'at most' : 'more than'} ${FULL_KIBIBYTES_MAX} KiB are free`,
      async find(node) {
        const value = Math.round((await context.target.resources.freeDiskBytes(node)) / KIBIBYTE);
        const full = value <= FULL_KIBIBYTES_MAX;
        return { observed: `${value} KiB`, holds: full === injected, measured: { value, unit: 'KiB' } };
      },
    });
  },
});
