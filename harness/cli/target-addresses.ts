import type { RunningTarget } from '../model/running-target.ts';
import { formatAddress, startsWithTarget } from '../model/topology.ts';

/** Where the running target can be looked at: one line for each port that a person can open. */
export function printTarget(target: RunningTarget, print: (line: string) => void): void {
  print(`\n${target.topology.title} is up. Ctrl-C takes it down.\n`);
  for (const node of target.topology.nodes) {
    const { name, ports } = node;
    const onRequest = startsWithTarget(node) ? '' : ' (once somebody starts it)';
    for (const [port, protocol] of Object.entries(ports)) {
      const address = formatAddress(target.addressOf(name, port));
      const shown = protocol === 'http' ? `http://${address}/` : `${address} (${protocol})`;
      print(`  ${name.padEnd(24)} ${port.padEnd(10)} ${shown}${onRequest}`);
    }
  }
  print('');
}
