import { readFileSync } from 'node:fs';

/** Where Linux has its control groups: of version 1 one tree for each controller, of version 2 one for all. */
export const CONTROL_GROUPS = '/sys/fs/cgroup';

export interface ControlGroupPath {
  readonly version: 1 | 2;
  readonly directory: string;
}

/**
 * The control group that a process of this machine is in, for one controller.
 * @throws when this machine does not show it: another platform, or the process is gone.
 */
export function controlGroupOf(pid: number | 'self', controller: string): ControlGroupPath {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const groups = lines
    .map((line) => line.split(':'))
    .map(([, controllers = '', ...path]) => ({ controllers, path: path.join(':') }));
  const own = groups.find(({ controllers }) => controllers.split(',').includes(controller));
  if (own !== undefined) return { version: 1, directory: `${CONTROL_GROUPS}/${own.controllers}${own.path}` };
  const unified = groups.find(({ controllers }) => controllers === '');
  return { version: 2, directory: `${CONTROL_GROUPS}${unified?.path ?? ''}` };
}
