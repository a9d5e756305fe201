import type { ServerResponse } from 'node:http';
import type { EventHub, ProxyEvent } from '../events.ts';

/** A reader that is this far behind loses events, and is told how many. */
const BACKLOG_BYTES_MAX = 1024 * 1024;

/** Newline-delimited JSON, one event a line, until the reader goes. */
export function streamEvents(events: EventHub, response: ServerResponse): void {
  let lost = 0;
  const write = (event: ProxyEvent) => response.write(`${JSON.stringify(event)}\n`);
  const unsubscribe = events.subscribe((event) => {
    if (response.writableLength > BACKLOG_BYTES_MAX) {
      lost += 1;
      return;
    }
    if (lost > 0) write({ event: 'events-lost', count: lost, atMs: event.atMs });
    lost = 0;
    write(event);
  });
  response.on('close', unsubscribe);
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  response.flushHeaders();
}
