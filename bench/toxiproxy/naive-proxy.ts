import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What anyone would write first: two pipes, and a timer per chunk for latency. Flags: upstream port, latency in ms. */
const [upstream, latencyMs = '0'] = process.argv.slice(2);

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

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
