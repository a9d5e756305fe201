import type { FastifyReply } from 'fastify';
import type { ReadResult } from '../sql-read.ts';
import type { Committed } from '../sql-write.ts';

/** Says in headers which node committed a write, in which epoch, and where reads see it. */
export function stampCommitted(reply: FastifyReply, { receipt, position }: Committed): FastifyReply {
  return reply.headers({
    'x-position': position,
    'x-write-id': receipt.writeId,
    'x-written-by': receipt.writtenBy,
    'x-epoch': String(receipt.epoch),
  });
}

/** Says in headers which node was read, and how old its data may have been when it is a standby. */
export function stampRead(reply: FastifyReply, { readFrom, stalenessMs }: ReadResult<unknown>): FastifyReply {
  reply.header('x-read-from', readFrom);
  if (typeof stalenessMs === 'number') reply.header('x-staleness-ms', Math.round(stalenessMs));
  return reply;
}
