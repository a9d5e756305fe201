import { EXIT_USAGE, Problem } from '../../../base/errors.ts';
import type { NodePreparation, Preparations } from '../../../model/resource-control.ts';
import { controlGroupRefusal } from './control-group.ts';
import { dataDiskRefusal } from './data-disk.ts';
import { fakeClockRefusal } from './fake-clock.ts';

/** Why this machine cannot prepare a node so; null when it can. */
export function preparationRefusal({ limits, dataMebibytes, clock }: NodePreparation): string | null {
  const refusals = [
    limits ? controlGroupRefusal() : null,
    dataMebibytes === undefined ? null : dataDiskRefusal(),
    clock ? fakeClockRefusal() : null,
  ];
  return refusals.filter((refusal) => refusal !== null).join('; ') || null;
}

/** @throws Problem `not-preparable` (exit code 4) that names each node with the reason, before anything is started. */
export function expectPreparable(preparations: Preparations): void {
  const refusals = [...preparations].flatMap(([node, preparation]) => {
    const refusal = preparationRefusal(preparation);
    return refusal === null ? [] : [`${node}: ${refusal}`];
  });
  if (refusals.length === 0) return;
  throw new Problem(refusals.join('\n'), {
    code: 'not-preparable',
    hint: 'Nodes that are containers can have it: "--runtime docker".',
    exitCode: EXIT_USAGE,
  });
}
