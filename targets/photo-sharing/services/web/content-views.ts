const RECENT_MS = 5000;
/** Beyond it the oldest are forgotten early: a share is known well enough from so many. */
const VIEWS_MAX = 2000;

/** Whose content was looked at in the last 5 s: load that goes to one user shows here. */
export class ContentViews {
  readonly #now: () => number;
  #recent: { owner: string; atMs: number }[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(owner: string): void {
    this.#recent.push({ owner, atMs: this.#now() });
    if (this.#recent.length > VIEWS_MAX) this.#recent.shift();
  }

  /** The views of all owners, and the owner who has most of them. */
  recent(): { viewsOfAll: number; hottest: { owner: string; views: number } | undefined } {
    const sinceMs = this.#now() - RECENT_MS;
    this.#recent = this.#recent.filter(({ atMs }) => atMs >= sinceMs);
    const byOwner = Map.groupBy(this.#recent, ({ owner }) => owner);
    const [hottest] = [...byOwner]
      .map(([owner, { length: views }]) => ({ owner, views }))
      .sort((a, b) => b.views - a.views);
    return { viewsOfAll: this.#recent.length, hottest };
  }
}
