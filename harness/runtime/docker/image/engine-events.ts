import { addAbortSignal, type Readable } from 'node:stream';

/** One line of what the engine says while it builds, pulls or imports. */
export interface EngineEvent {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

/** The events of an engine's answer, as they come: JSON, one object a line. Rejects when the signal is aborted. */
export async function* engineEvents(answer: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  answer.setEncoding('utf8');
  let rest = '';
  for await (const chunk of addAbortSignal(signal, answer as Readable)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter(isFilled).map(parse);
  }
  if (isFilled(rest)) yield parse(rest);
}

const isFilled = (line: string): boolean => line.trim() !== '';
const parse = (line: string): EngineEvent => JSON.parse(line) as EngineEvent;
