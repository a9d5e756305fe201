import type Docker from 'dockerode';
import { Problem } from '../../../base/errors.ts';

/** As Node and npm name it. */
export type Architecture = 'x64' | 'arm64';

/** The engine names architectures as Go does. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = { amd64: 'x64', arm64: 'arm64' };

/**
 * What the engine's containers run on, which may be another machine than this one.
 * @throws Problem `unsupported-engine` when our image cannot be made for it.
 */
export async function engineArchitecture(engine: Docker): Promise<Architecture> {
  const { Os, Arch } = await engine.version();
  const architecture = ARCHITECTURES[Arch];
  if (Os === 'linux' && architecture !== undefined) return architecture;
  throw new Problem(`The container engine runs ${Os} on ${Arch}; expected linux on amd64 or arm64`, {
    code: 'unsupported-engine',
    hint: 'Switch the engine to Linux containers, or point DOCKER_HOST to another one.',
  });
}
