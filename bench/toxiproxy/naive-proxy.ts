import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What anyone would write first: two pipes, and a timer per chunk for latency. Flags: upstream port, latency in ms, `api`.
 * Prints its port, and with `api` that of an HTTP server in the same process that does nothing but answer.
 */
const [upstream, latencyMs = '0', api] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (client) => {
  const target = connect({ port: Number(upstream), host: '127.0.0.1', noDelay: true });
  client.on('error', () => target.destroy());
  target.on('error', () => client.destroy());
  client.pipe(target);
  if (latencyMs === '0') target.pipe(client);
  else delay(target, client);
});

function delay(source: Socket, sink: Socket): void {
  source.on('data', (chunk) => setTimeout(() => sink.write(chunk), Number(latencyMs)));
  source.on('end', () => setTimeout(() => sink.end(), Number(latencyMs)));
}

async function listen(listener: Server): Promise<number> {
  await new Promise<void>((resolve) => listener.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  return (listener.address() as AddressInfo).port;
}

const ports = [await listen(server)];
if (api === 'api') {
  const http = await import('node:http');
  ports.push(await listen(http.createServer((_request, response) => response.end('{}'))));
}
process.stdout.write(`${ports.join(' ')}\n`);
