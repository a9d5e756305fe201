import { z } from 'zod';
import { host as onHost, selectNodes } from '../../model/selector.ts';
import { defineFault } from '../define.ts';
import { powerLoss } from './power-loss.ts';

export const hostOutage = defineFault({
  kind: 'host-outage',
  family: 'node',
  summary: 'Power loss of one host: all that runs on it goes silent and dies at once.',
  parameters: z.strictObject({ host: z.string().min(1).describe('a host by its name') }),
  undone: powerLoss.undone,
  attested: powerLoss.attested,
  example: "hostOutage({ host: 'web-1.us-east' })",
  title: ({ host }) => `Power loss of host ${host}`,
  scope: ({ host }, topology) => powerLoss.scope(topology, selectNodes(topology, onHost(host))),
  inject: (_, context, scope) => powerLoss.inject(context, scope),
  undo: (_, context, scope) => powerLoss.undo(context, scope),
  attest: (_, context, scope, look) => powerLoss.attest(context, scope, look),
});
