import type Docker from 'dockerode';
import { messageOf, Problem } from '../../../base/errors.ts';
import { engineEvents } from './engine-events.ts';

export interface PullOptions {
  readonly signal: AbortSignal;
  /** A registry that answers at all says something within a second or three; without one an engine may try for minutes. */
  readonly firstAnswerMsMax?: number;
}

const FIRST_ANSWER_MS_MAX = 8000;
/** Between two signs of progress, once it has answered. */
const SILENCE_MS_MAX = 60_000;

/**
 * Pulls an image, and gives up where no registry answers.
 * @throws Problem `not-pulled` with what the engine said; or what the signal was aborted with.
 */
export async function pullImage(
  engine: Docker,
  reference: string,
  { signal, firstAnswerMsMax = FIRST_ANSWER_MS_MAX }: PullOptions,
): Promise<void> {
  const silence = new AbortController();
  const giveUpAfter = (milliseconds: number) =>
    setTimeout(() => silence.abort(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  const colon = reference.lastIndexOf(':');
  const image = { fromImage: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  const stopped = AbortSignal.any([signal, silence.signal]);
  let timer = giveUpAfter(firstAnswerMsMax);
  try {
    const answer = await engine.createImage({ ...image, abortSignal: stopped });
    for await (const { error } of engineEvents(answer, stopped)) {
      if (error !== undefined) throw new Error(error);
      clearTimeout(timer);
      timer = giveUpAfter(SILENCE_MS_MAX);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const reason = silence.signal.aborted ? silence.signal.reason : thrown;
    throw new Problem(`${reference} could not be pulled: ${messageOf(reason).trim()}`, {
      code: 'not-pulled',
      cause: reason,
    });
  } finally {
    clearTimeout(timer);
  }
}
