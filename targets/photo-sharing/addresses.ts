/** The name that clients resolve. */
export const SITE_NAME = 'photos.example';

/**
 * What the name server answers for each datacenter. Addresses of the documentation range (RFC 5737): nobody dials
 * them, clients map each to the entry edge's real listener, so that it works where only 127.0.0.1 exists.
 */
export const ENTRY_ADDRESSES: Readonly<Record<string, string>> = {
  'us-east': '198.51.100.1',
  'us-west': '198.51.100.2',
};

/** The subnets from which clients of each region ask (EDNS client subnet, RFC 7871). */
export const CLIENT_SUBNETS: Readonly<Record<string, string>> = {
  'us-east': '203.0.113.0/25',
  'us-west': '203.0.113.128/25',
};
