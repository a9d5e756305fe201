/** The name that clients resolve. */
export const SITE_NAME = 'photos.example';

/** The name of the content delivery network, where there is one. */
export const CDN_NAME = `cdn.${SITE_NAME}`;
/** Where it stands. */
export const CDN_ZONE = 'edge';
export const CDN_ADDRESS = '198.51.100.3';

/**
 * What the name server answers for each datacenter. Addresses of the documentation range (RFC 5737): nobody dials
 * them, clients map each to the entry edge's real listener, so that it works where only 127.0.0.1 exists.
 */
export const DATACENTER_ADDRESSES: Readonly<Record<string, string>> = {
  'us-east': '198.51.100.1',
  'us-west': '198.51.100.2',
};

/** All that clients are answered, by the zone where it is. */
export const ENTRY_ADDRESSES: Readonly<Record<string, string>> = { ...DATACENTER_ADDRESSES, [CDN_ZONE]: CDN_ADDRESS };

/** The subnets from which clients of each region ask (EDNS client subnet, RFC 7871). */
export const CLIENT_SUBNETS: Readonly<Record<string, string>> = {
  'us-east': '203.0.113.0/25',
  'us-west': '203.0.113.128/25',
};
