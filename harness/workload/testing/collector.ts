import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestSpan {
  traceId: string;
  spanId: string;
  name: string;
  kind: number;
  attributes: { key: string; value: Record<string, unknown> }[];
}

export interface TestCollector {
  url: string;
  status: number;
  spans: TestSpan[];
  /** Resource attributes of each request's groups. */
  resources: Record<string, unknown>[];
  close(): Promise<void>;
}

/** A real OTLP/HTTP server that takes JSON and keeps what it got, for tests. */
export async function startCollector(): Promise<TestCollector> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (collector.status === 200) keep(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.writeHead(collector.status).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector: TestCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    status: 200,
    spans: [],
    resources: [],
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return collector;

  function keep(request: {
    resourceSpans: {
      resource: { attributes: { key: string; value: Record<string, unknown> }[] };
      scopeSpans: { spans: TestSpan[] }[];
    }[];
  }): void {
    for (const { resource, scopeSpans } of request.resourceSpans) {
      const pairs = resource.attributes.map(({ key, value }) => [key, Object.values(value)[0]]);
      collector.resources.push(Object.fromEntries(pairs));
      collector.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
    }
  }
}
