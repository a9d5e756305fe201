import { type Address, formatAddress, type Readiness } from '../../../model/topology.ts';
import { type ComposeHealthCheck, literally } from './compose-file.ts';

type HttpReadiness = Extract<Readiness, { kind: 'http' }>;

/**
 * What a node's readiness is in Compose's words: a command in its container. The image has no HTTP client but bash, which
 * opens connections itself.
 */
export function healthCheck(readiness: Readiness, { host, port }: Address): ComposeHealthCheck {
  const connection = `exec 3<>/dev/tcp/${host}/${port}`;
  const command =
    readiness.kind === 'tcp'
      ? connection
      : `${connection} && ${question(readiness, { host, port })} && ${answer(readiness)}`;
  return {
    test: ['CMD', 'bash', '-c', literally(command)],
    interval: '5s',
    timeout: '3s',
    retries: 3,
    start_period: '2m',
  };
}

/** By HTTP 1.0 the server ends the connection after its answer, and reading it comes to an end. */
function question({ path }: HttpReadiness, address: Address): string {
  return `printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' ${quoted(path)} ${quoted(formatAddress(address))} >&3`;
}

function answer({ bodyIncludes }: HttpReadiness): string {
  const success = 'read -r _ status _ <&3 && [[ $status == 2?? ]]';
  return bodyIncludes === undefined ? success : `${success} && grep -qF ${quoted(bodyIncludes)} <&3`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
