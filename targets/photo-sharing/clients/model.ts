import type { Random } from '../../../harness/base/random.ts';
import type {
  ClientHttp,
  ClientModel,
  ClientOperation,
  ClientResponse,
  ClientState,
  ClientUser,
  LoadChange,
  OperationResult,
} from '../../../harness/model/workload.ts';
import { mobileClient } from './mobile-client.ts';
import { readOutcome } from './outcomes.ts';
import { PASSWORD, type PhotoClient, type PhotoUser, type Visit } from './visit.ts';
import { webClient } from './web-client.ts';

const CLIENTS: Readonly<Record<ClientUser['client'], PhotoClient>> = { web: webClient, mobile: mobileClient };

/** About four reads to one write. Pages have no forms for profiles, follows and captions: those are the app's. */
const OPERATIONS: readonly ClientOperation[] = [
  { name: 'view-feed', class: 'read', weight: { web: 45, mobile: 35 } },
  { name: 'view-photo', class: 'read', weight: { web: 37, mobile: 25 } },
  { name: 'view-profile', class: 'read', weight: { web: 0, mobile: 12 } },
  { name: 'check-session', class: 'read', weight: { web: 0, mobile: 8 } },
  { name: 'upload-photo', class: 'write', weight: { web: 5, mobile: 5 } },
  { name: 'like', class: 'write', weight: { web: 13, mobile: 8 } },
  { name: 'follow', class: 'write', weight: { web: 0, mobile: 2 } },
  { name: 'edit-caption', class: 'write', weight: { web: 0, mobile: 3 } },
  { name: 'edit-profile', class: 'write', weight: { web: 0, mobile: 2 } },
];

/**
 * Of the operations, those on a device that has nothing of the site yet. The users of a run stay the same: this stands for
 * all who come for the first time.
 */
const NEW_DEVICE_SHARE = 0.1;

/** Users of the photo-sharing site, with browsers and with the app. */
class PhotoSiteClients implements ClientModel {
  readonly operations = OPERATIONS;
  /** Whom users find when they look for somebody: everybody with an account, in order of their ids. */
  readonly #everybody: string[] = [];
  /** By their ids. */
  readonly #users = new Map<string, PhotoUser>();

  /**
   * Account, log-in, a first photo, and a first look at the feed. May be repeated with another key: an account that exists is as good.
   * @throws Error naming the step that failed and how
   */
  async open(user: ClientUser, http: ClientHttp, random: Random): Promise<ClientState> {
    const account = await createAccount(user, http);
    if (account.status !== 409) expectSuccess('account', account);
    const visit = this.#visit(newUser(user), withKey(http, 'photo'), random);
    expectSuccess('log-in', await CLIENTS[user.client].logIn(visit, `${http.writeId}-log-in`));
    // Everybody has something to look at, to like and to edit, and has loaded what every page needs.
    expectOk('first photo', await CLIENTS[user.client].operations['upload-photo']!(visit));
    expectOk('first feed', await CLIENTS[user.client].operations['view-feed']!(visit));
    if (!this.#everybody.includes(user.id)) this.#everybody.push(user.id);
    this.#users.set(user.id, visit.user);
    this.#everybody.sort();
    return visit.user;
  }

  async perform(
    operation: string,
    state: ClientState,
    http: ClientHttp,
    random: Random,
    { celebrityShare }: Pick<LoadChange, 'celebrityShare'>,
  ): Promise<OperationResult> {
    const visit = this.#visit(state as PhotoUser, http, random);
    if (random.split('device').next() < NEW_DEVICE_SHARE) visit.user.cachedAssets.clear();
    // A draw of its own: without a celebrity everything is as if there could be none.
    if (random.split('celebrity').next() < celebrityShare) visit.celebrity = this.#users.get(this.#everybody[0]!);
    const client = CLIENTS[state.user.client];
    const action = client.operations[operation];
    if (action === undefined) throw new Error(`${state.user.client} clients do not know the operation ${operation}`);
    if (!visit.user.loggedIn) {
      const refusal = await logInAgain(client, visit);
      if (refusal !== undefined) return refusal;
    }
    const result = await action(visit);
    if (result.loggedOut === true) visit.user.loggedIn = false;
    return result;
  }

  #visit(user: PhotoUser, http: ClientHttp, random: Random): Visit {
    return { user, http, random, everybody: this.#everybody, celebrity: undefined };
  }
}

export default new PhotoSiteClients();

/** What becomes of an operation whose user cannot log in: it was never sent, so it certainly did not happen. */
async function logInAgain(client: PhotoClient, visit: Visit): Promise<OperationResult | undefined> {
  const { loggedOut, ...answer } = readOutcome(await client.logIn(visit, `${visit.http.writeId}-log-in`));
  if (visit.user.loggedIn) return undefined;
  return { ...answer, outcome: 'fail', error: `log-in: ${answer.error ?? 'no session'}` };
}

function newUser(user: ClientUser): PhotoUser {
  return {
    user,
    loggedIn: false,
    token: undefined,
    position: undefined,
    cookies: new Map(),
    ownPhotos: [],
    seenPhotos: [],
    cachedAssets: new Set(),
  };
}

async function createAccount({ id }: ClientUser, http: ClientHttp): Promise<ClientResponse> {
  return await http.request({
    method: 'POST',
    path: '/api/accounts',
    headers: { 'content-type': 'application/json', 'idempotency-key': `${http.writeId}-account` },
    body: JSON.stringify({ id, name: `User ${id}`, password: PASSWORD }),
  });
}

function withKey(http: ClientHttp, step: string): ClientHttp {
  return { writeId: `${http.writeId}-${step}`, request: (request) => http.request(request) };
}

function expectOk(step: string, { outcome, error }: OperationResult): void {
  if (outcome !== 'ok') throw new Error(`${step}: ${error}`);
}

function expectSuccess(step: string, { status, error, body }: ClientResponse): void {
  if (status >= 200 && status < 400) return;
  throw new Error(`${step}: ${error ?? `http-${status}`} ${body.slice(0, 200)}`.trim());
}
