import { get } from 'node:http';
import { connect } from 'node:net';
import { messageOf } from '../base/errors.ts';
import type { Observation } from '../base/poll.ts';
import type { Address, Readiness } from '../model/topology.ts';

/** A single question may not take longer: a server that accepts and stays silent is asked again. */
const QUESTION_TIMEOUT_MS = 1000;
const BODY_BYTES_MAX = 64 * 1024;
const SHOWN_BODY_CHARACTERS = 200;

/** Asks a node once whether it is up. Never throws; `seen` says what came instead. */
export async function askReadiness(readiness: Readiness, address: Address): Promise<Observation<true>> {
  try {
    return readiness.kind === 'tcp' ? await accepts(address) : await answers(readiness, address);
  } catch (thrown) {
    return { done: false, seen: messageOf(thrown) };
  }
}

async function accepts(address: Address): Promise<Observation<true>> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ ...address, signal: AbortSignal.timeout(QUESTION_TIMEOUT_MS) }, () => {
      socket.destroy();
      resolve({ done: true, value: true });
    });
    socket.once('error', reject);
  });
}

async function answers(
  { path, bodyIncludes }: Extract<Readiness, { kind: 'http' }>,
  { host, port }: Address,
): Promise<Observation<true>> {
  const { status, body } = await ask({ host, port, path });
  if (status >= 200 && status < 300 && (bodyIncludes === undefined || body.includes(bodyIncludes))) {
    return { done: true, value: true };
  }
  return { done: false, seen: `status ${status}: ${body.slice(0, SHOWN_BODY_CHARACTERS).trim()}` };
}

async function ask(where: Address & { path: string }): Promise<{ status: number; body: string }> {
  return await new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(QUESTION_TIMEOUT_MS);
    const request = get({ ...where, agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > BODY_BYTES_MAX) response.destroy();
      });
      response.once('error', reject);
      response.once('close', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.once('error', reject);
  });
}
