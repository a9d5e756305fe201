import type { Load } from '../../model/run-settings.ts';
import type { ClientState, ClientUser } from '../../model/workload.ts';

/** A user with an open session: does one operation at a time. */
export interface Session {
  user: ClientUser;
  state: ClientState;
}

/** Every user of a load, numbered; each region has users of every kind of client that has a share. */
export function usersOf({ regions, clients, usersPerRegion }: Load): ClientUser[] {
  const names = Object.entries(regions)
    .filter(([, share]) => share > 0)
    .flatMap(([region]) => regionalUsers(region, clients, usersPerRegion));
  return names.map((user, process) => ({ ...user, process }));
}

function regionalUsers(
  region: string,
  clients: Load['clients'],
  usersPerRegion: number,
): Omit<ClientUser, 'process'>[] {
  const kinds = (['web', 'mobile'] as const).filter((client) => clients[client] > 0);
  const total = kinds.reduce((sum, client) => sum + clients[client], 0);
  return kinds.flatMap((client) => {
    const count = Math.max(1, Math.round((usersPerRegion * clients[client]) / total));
    return Array.from({ length: count }, (_, position) => ({
      id: `${region}-${client}-${String(position + 1).padStart(3, '0')}`,
      region,
      client,
    }));
  });
}

/** The sessions that are not busy; each region and kind of client has a queue of its own. */
export class FreeSessions {
  readonly #queues = new Map<string, Session[]>();

  /** The one that has been free for longest, so that all users take turns; undefined when all are busy. */
  take(region: string, client: ClientUser['client']): Session | undefined {
    return this.#queue(region, client).shift();
  }

  release(session: Session): void {
    this.#queue(session.user.region, session.user.client).push(session);
  }

  #queue(region: string, client: ClientUser['client']): Session[] {
    const key = `${region}/${client}`;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }
}
