import type { ToxicProxy } from './proxy.ts';
import type { Toxic } from './toxic.ts';

/** A proxy as the API shows it, fields in the original's order; what only this server knows comes last. */
export function presentProxy(proxy: ToxicProxy): object {
  return {
    name: proxy.name,
    listen: proxy.listen,
    upstream: proxy.upstream,
    enabled: proxy.enabled,
    Logger: {},
    toxics: presentToxics(proxy),
    ...(proxy.protocol === 'udp' ? { protocol: 'udp' } : {}),
  };
}

/** Upstream before downstream, each in creation order. */
export function presentToxics(proxy: ToxicProxy): object[] {
  const ofDirection = (direction: string) => proxy.toxics.filter((toxic) => toxic.direction === direction);
  return [...ofDirection('upstream'), ...ofDirection('downstream')].map((toxic) => presentToxic(proxy, toxic));
}

export function presentToxic(proxy: ToxicProxy, toxic: Toxic): object {
  const leaseMs = proxy.leaseMsOf(toxic);
  return {
    attributes: toxic.attributes,
    name: toxic.name,
    type: toxic.kind.type,
    stream: toxic.stream,
    toxicity: shortestFloat32(toxic.toxicity),
    ...(toxic.peers === undefined ? {} : { peers: toxic.peers }),
    ...(leaseMs === undefined ? {} : { lease: leaseMs }),
  };
}

/** Compact JSON with the characters escaped that the original escapes. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The shortest decimal that is the same 32-bit float: 0.33333334 for a third. */
function shortestFloat32(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
