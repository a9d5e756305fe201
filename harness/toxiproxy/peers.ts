import { BlockList, isIP } from 'node:net';
import { ApiError } from './api-error.ts';
import type { PeerFilter } from './toxic.ts';

/** Every client. */
const anyPeer: PeerFilter = () => true;

/**
 * Accepts clients within one of the addresses or CIDR blocks.
 * @throws ApiError 400 when one of them is neither.
 */
export function peerFilterOf(blocks: readonly string[] | undefined): PeerFilter {
  if (blocks === undefined) return anyPeer;
  const allowed = new BlockList();
  for (const block of blocks) addBlock(allowed, block);
  return (clientAddress) => {
    const address = clientAddress.replace(/^::ffff:(?=\d+\.)/, '');
    return isIP(address) !== 0 && allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };
}

function addBlock(allowed: BlockList, block: string): void {
  const [address = '', length] = block.split('/');
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (version === 0 || !(prefix <= bits)) {
    throw new ApiError(400, `peers: expected addresses or CIDR blocks, got ${JSON.stringify(block)}`);
  }
  allowed.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
}
