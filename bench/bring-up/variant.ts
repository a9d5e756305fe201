/** One way to bring a target up and down again. */
export interface BringUpVariant {
  readonly name: string;
  /** One round; seconds but for memory. What a variant cannot tell is left out. */
  round(): Promise<Readonly<Record<string, number>>>;
}
