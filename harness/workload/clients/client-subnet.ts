import { Problem } from '../../base/errors.ts';

const ADDRESS_BITS = 32;

/** An IPv4 subnet, such as `203.0.113.0/25`. */
export interface Subnet {
  /** The network's first address, as a number. */
  first: number;
  prefixLength: number;
}

/** @throws Problem `bad-subnet` */
export function parseSubnet(text: string): Subnet {
  const [address = '', length = ''] = text.split('/');
  const prefixLength = Number(length);
  const number = parseIpv4(address);
  if (number === null || !/^\d{1,2}$/.test(length) || prefixLength > ADDRESS_BITS) {
    throw new Problem(`expected an IPv4 subnet like 203.0.113.0/25, got "${text}"`, { code: 'bad-subnet' });
  }
  return { first: maskTo(number, prefixLength), prefixLength };
}

/** The address of client `position` out of `count`: spread evenly over the subnet, the same in every run. */
export function clientAddress({ first, prefixLength }: Subnet, position: number, count: number): string {
  const size = 2 ** (ADDRESS_BITS - prefixLength);
  return formatIpv4(first + (Math.floor((position * size) / count) % size));
}

/** The network of an address: `203.0.113.77` within /25 is `203.0.113.0/25`. */
export function networkOf(address: string, prefixLength: number): string {
  return `${formatIpv4(maskTo(parseIpv4(address) ?? 0, prefixLength))}/${prefixLength}`;
}

function maskTo(number: number, prefixLength: number): number {
  const size = 2 ** (ADDRESS_BITS - prefixLength);
  return Math.floor(number / size) * size;
}

function parseIpv4(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return null;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

function formatIpv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
