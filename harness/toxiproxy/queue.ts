/** First in, first out; taking from a long one costs no more than from a short one. */
export class Queue<T> {
  #items: T[] = [];
  #taken = 0;

  get length(): number {
    return this.#items.length - this.#taken;
  }

  get first(): T | undefined {
    return this.#items[this.#taken];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#taken];
    this.#taken += 1;
    if (this.#taken === this.#items.length) this.clear();
    else if (this.#taken >= 1024) this.#compact();
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#taken = 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items.slice(this.#taken)[Symbol.iterator]();
  }

  /** Forgets what was taken once that is most of the list. */
  #compact(): void {
    if (this.#taken * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#taken);
    this.#taken = 0;
  }
}
