import { connect } from 'node:net';
import { Problem } from '../../base/errors.ts';
import type { Address } from '../../model/topology.ts';

const ANSWER_LIMIT_MS = 2000;

/**
 * Sends commands to a Redis on a connection of its own; gives their answers in order, as text.
 * @throws Problem `redis-refused` when it answers one with an error; what the connection throws when there is no answer
 * within 2 s.
 */
export async function askRedis(address: Address, commands: readonly string[]): Promise<string[]> {
  const socket = connect({ ...address, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  try {
    // Redis also takes commands as plain lines, which needs no encoding as long as no argument has a space.
    socket.write(commands.map((command) => `${command}\r\n`).join(''));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      const replies = repliesIn(received);
      if (replies.length >= commands.length) return replies;
    }
    throw new Problem(`Redis closed the connection before it had answered ${commands.join(', ')}`, {
      code: 'redis-closed',
    });
  } finally {
    socket.destroy();
  }
}

/** The whole replies at the beginning of what was received (RESP 2: https://redis.io/docs/reference/protocol-spec/). */
function repliesIn(received: Buffer): string[] {
  const replies: string[] = [];
  for (let start = 0; ; ) {
    const lineEnd = received.indexOf('\r\n', start);
    if (lineEnd < 0) return replies;
    const kind = received.toString('latin1', start, start + 1);
    const line = received.toString('utf8', start + 1, lineEnd);
    start = lineEnd + 2;
    if (kind === '-') throw new Problem(`Redis refused: ${line}`, { code: 'redis-refused' });
    if (kind === '$') {
      const end = start + Math.max(0, Number(line));
      if (received.length < end + 2) return replies;
      replies.push(received.toString('utf8', start, end));
      start = end + 2;
    } else {
      replies.push(line);
    }
  }
}
