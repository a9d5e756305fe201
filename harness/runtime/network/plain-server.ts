import type { Proxy as EdgeProxy, ICreateToxicBody } from 'toxiproxy-node-client';
import type { Clock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { EdgeServer, PlacedToxic, ProxyChange, ToxicPlace } from './edge-server.ts';

/** What of a blackhole withholds closes, beside the toxic that swallows data. */
const CLOSING = '_close';
/** A close is withheld for this long: longer than any run. */
const CLOSE_DELAY_MS = 24 * 60 * 60 * 1000;

/**
 * Any other Toxiproxy server: a request for every change, and nothing ends by itself. What it has no toxic for is made
 * of those that every server has. A blackhole:
 *
 *     source --> slow_close --> timeout 0 --> destination
 *                holds a FIN    swallows data
 *
 * slow_close comes first, so that no FIN passes while the second toxic is still being added.
 */
export class PlainServer implements EdgeServer {
  readonly #proxies: ReadonlyMap<string, EdgeProxy>;
  readonly #clock: Clock;

  constructor(proxies: ReadonlyMap<string, EdgeProxy>, clock: Clock) {
    this.#proxies = proxies;
    this.#clock = clock;
  }

  async add(toxics: readonly PlacedToxic[]): Promise<ProxyChange[]> {
    await Promise.all(toxics.filter(isBlackhole).map((toxic) => this.#put(toxic.proxy, closing(toxic))));
    await Promise.all(
      toxics.map((toxic) => this.#put(toxic.proxy, isBlackhole(toxic) ? silence(toxic) : asItIs(toxic))),
    );
    return this.#now(toxics);
  }

  /** Removing the time-out closes the connections whose bytes it swallowed. */
  async remove(toxics: readonly ToxicPlace[]): Promise<ProxyChange[]> {
    await Promise.all(toxics.map(({ proxy, name }) => this.#take(proxy, name)));
    await Promise.all(toxics.filter(isBlackhole).map((toxic) => this.#take(toxic.proxy, closing(toxic).name)));
    return this.#now(toxics);
  }

  async disable(proxies: readonly string[]): Promise<ProxyChange[]> {
    return await this.#switch(proxies, false);
  }

  async enable(proxies: readonly string[]): Promise<ProxyChange[]> {
    return await this.#switch(proxies, true);
  }

  async #switch(proxies: readonly string[], enabled: boolean): Promise<ProxyChange[]> {
    await Promise.all(
      proxies.map(async (name) => {
        const proxy = this.#proxy(name);
        await proxy.update({ enabled, listen: proxy.listen, upstream: proxy.upstream });
      }),
    );
    return this.#now(proxies.map((proxy) => ({ proxy })));
  }

  /** One that is there already is made anew, since the client has no way to change it. */
  async #put(proxy: string, toxic: ICreateToxicBody<unknown>): Promise<void> {
    const added = await unless(409, this.#proxy(proxy).addToxic(toxic)).catch((thrown) => {
      throw refused(toxic, thrown);
    });
    if (added || toxic.name.endsWith(CLOSING) || toxic.type === 'timeout') return;
    await this.#take(proxy, toxic.name);
    await this.#proxy(proxy).addToxic(toxic);
  }

  async #take(proxy: string, name: string): Promise<void> {
    const toxic = this.#proxy(proxy).getToxic(name);
    await unless(
      404,
      toxic.then((found) => found.remove()),
    );
  }

  #proxy(name: string): EdgeProxy {
    const proxy = this.#proxies.get(name);
    if (proxy === undefined) throw new Error(`The server was not given a proxy ${name}`);
    return proxy;
  }

  #now(changed: readonly { proxy: string }[]): ProxyChange[] {
    return changed.map(({ proxy }) => ({ proxy, atMs: this.#clock.now() }));
  }
}

function isBlackhole({ type }: { type: string }): boolean {
  return type === 'blackhole';
}

function closing({ name, stream }: ToxicPlace): ICreateToxicBody<{ delay: number }> {
  return { name: name + CLOSING, type: 'slow_close', stream, toxicity: 1, attributes: { delay: CLOSE_DELAY_MS } };
}

function silence({ name, stream }: ToxicPlace): ICreateToxicBody<{ timeout: number }> {
  return { name, type: 'timeout', stream, toxicity: 1, attributes: { timeout: 0 } };
}

function asItIs({ name, type, stream, attributes = {} }: PlacedToxic): ICreateToxicBody<unknown> {
  return { name, type: type as ICreateToxicBody<unknown>['type'], stream, toxicity: 1, attributes };
}

function refused({ type, name }: ICreateToxicBody<unknown>, cause: unknown): Problem {
  return new Problem(`The Toxiproxy server did not take the toxic ${name}: ${messageOf(cause)}`, {
    code: 'toxic-refused',
    hint: `It may be too old to know ${type}; leave --toxiproxy out: Faultline's own server knows all of them.`,
    cause,
  });
}

/** Whether it was done; false when the server answered with this status. The client tells it only in words. */
async function unless(status: number, answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (thrown) {
    if (!messageOf(thrown).endsWith(`status code ${status}`)) throw thrown;
    return false;
  }
}
