import type Docker from 'dockerode';

/** Of the processors, when all containers want them, in proportion to the others; 1024 is the engine's own choice. */
export const USUAL_SHARE: Docker.HostConfig = { CpuShares: 1024 };
const STARTING_SHARE: Docker.HostConfig = { CpuShares: 128 };

/** The engine's own work for a start cannot give way: about half a second of a processor for each container. */
const AT_A_TIME = 2;

/**
 * Starts containers beside others that serve, few at a time: until they are ready they take the processor time that those
 * leave. In the system that they stand for they would have processors of their own, and nobody else would notice that they
 * start; here a datacenter that starts again takes all of two processors for seconds. Where the engine may not share
 * processors out (rootless, without delegation) they start as usual.
 */
export async function givingWay(
  containers: readonly Docker.Container[],
  start: (atATime: number) => Promise<void>,
): Promise<void> {
  const share = (settings: Docker.HostConfig) => Promise.allSettled(containers.map((one) => one.update(settings)));
  await share(STARTING_SHARE);
  try {
    await start(AT_A_TIME);
  } finally {
    await share(USUAL_SHARE);
  }
}
