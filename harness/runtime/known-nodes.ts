import { closest } from '../base/closest.ts';
import { Problem } from '../base/errors.ts';

/**
 * What is kept for a node of a running target.
 * @throws Problem `unknown-node`, with the name that may be meant.
 */
export function nodeNamed<Node>(nodes: ReadonlyMap<string, Node>, name: string): Node {
  const node = nodes.get(name);
  if (node !== undefined) return node;
  const meant = closest(name, [...nodes.keys()]);
  throw new Problem(`The running target has no node "${name}"`, {
    code: 'unknown-node',
    ...(meant === undefined ? {} : { hint: `Is "${meant}" meant?` }),
  });
}
