import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';

/**
 * Runs a line of shell in a running container, as root in its own directory; gives what it printed.
 * @throws when it ends with anything but 0, with what it printed.
 */
export async function runIn(container: Docker.Container, script: string): Promise<string> {
  const execution = await container.exec({
    Cmd: ['sh', '-c', script],
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const stream = await execution.start({ Tty: true });
  const printed = (await text(stream)).trim();
  stream.destroy();
  const { ExitCode: code } = await execution.inspect();
  if (code !== 0) throw new Error(`"${script}" ended with code ${code}: ${printed}`);
  return printed;
}
