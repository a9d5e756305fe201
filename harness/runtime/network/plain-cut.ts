import type { Proxy as EdgeProxy, ICreateToxicBody } from 'toxiproxy-node-client';
import { messageOf } from '../../base/errors.ts';

type Stream = ICreateToxicBody<unknown>['stream'];

const STREAMS: readonly Stream[] = ['upstream', 'downstream'];
/** A close is withheld for this long: longer than any run. */
const CLOSE_DELAY_MS = 24 * 60 * 60 * 1000;

/**
 * Cuts an edge with what every Toxiproxy server has, in each stream:
 *
 *     source --> slow_close --> timeout 0 --> destination
 *                holds a FIN    swallows data
 *
 * slow_close comes first, so that no FIN passes while the second toxic is still being added.
 */
export async function cutWithPlainToxics(proxy: EdgeProxy): Promise<void> {
  await Promise.all(STREAMS.map((stream) => addUnlessThere(proxy, closing(stream))));
  await Promise.all(STREAMS.map((stream) => addUnlessThere(proxy, silence(stream))));
}

/** Takes that back; removing the time-out closes the connections that were cut. Fine when the edge is not cut. */
export async function restoreFromPlainToxics(proxy: EdgeProxy): Promise<void> {
  await Promise.all(STREAMS.map((stream) => removeIfThere(proxy, silence(stream).name)));
  await Promise.all(STREAMS.map((stream) => removeIfThere(proxy, closing(stream).name)));
}

function closing(stream: Stream): ICreateToxicBody<{ delay: number }> {
  const name = `cut_close_${stream}`;
  return { name, type: 'slow_close', stream, toxicity: 1, attributes: { delay: CLOSE_DELAY_MS } };
}

function silence(stream: Stream): ICreateToxicBody<{ timeout: number }> {
  return { name: `cut_${stream}`, type: 'timeout', stream, toxicity: 1, attributes: { timeout: 0 } };
}

async function addUnlessThere<T>(proxy: EdgeProxy, toxic: ICreateToxicBody<T>): Promise<void> {
  await unless(409, proxy.addToxic(toxic));
}

async function removeIfThere(proxy: EdgeProxy, name: string): Promise<void> {
  await unless(
    404,
    proxy.getToxic(name).then((toxic) => toxic.remove()),
  );
}

/** The client tells the status of a refused request only in the words of its error. */
async function unless(status: number, answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (thrown) {
    if (!messageOf(thrown).endsWith(`status code ${status}`)) throw thrown;
  }
}
