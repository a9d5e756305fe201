import { EXIT_FAILED, EXIT_USAGE, messageOf, Problem } from '../base/errors.ts';
import { formatAddress } from '../model/topology.ts';
import type { NodeOnRequest, StartedNode } from '../run/cloud/on-request.ts';
import { listLiveRuns } from '../run/leftovers.ts';
import { type KnownRun, readCloud } from '../runtime/run-folder.ts';
import { print } from './print.ts';

export interface NodeWords {
  action: string | undefined;
  node: string | undefined;
  run: string | undefined;
}

/** `node`, `node start NAME`, `node stop NAME`: asks the harness of a running target, which alone touches its nodes. */
export async function nodeCommand({ action, node, run }: NodeWords): Promise<number> {
  if (action !== undefined && !(['start', 'stop'].includes(action) && node !== undefined)) throw badWords(action, node);
  const { runId, cloud } = await chooseRun(run);
  if (node === undefined) {
    const { nodes } = await ask<{ nodes: NodeOnRequest[] }>(`${cloud}/nodes`, 'GET');
    print(nodes.length === 0 ? `${runId} has no nodes that start on request.` : `On request in ${runId}:`);
    for (const { node: name, state } of nodes) print(`  ${name.padEnd(24)} ${state}`);
    return 0;
  }
  print(`${action === 'start' ? 'Starting' : 'Stopping'} ${node} of ${runId} ...`);
  const path = `${cloud}/nodes/${encodeURIComponent(node)}/${action}`;
  if (action === 'stop') {
    await ask<NodeOnRequest>(path, 'POST');
    print(`${node} has ended.`);
    return 0;
  }
  const { inRotation } = await ask<StartedNode>(path, 'POST');
  print(`${node} is ready${ROTATION_WORDS[String(inRotation)]}.`);
  return inRotation === false ? EXIT_FAILED : 0;
}

const ROTATION_WORDS: Readonly<Record<string, string>> = {
  true: ' and takes traffic',
  false: ', but the load balancer sends nobody to it yet',
  null: '',
};

/** The one target that is up, or the one that is named. */
async function chooseRun(name: string | undefined): Promise<{ runId: string; cloud: string }> {
  const up = (await listLiveRuns()).flatMap((run) => reachable(run));
  const chosen = name === undefined ? up : up.filter(({ runId }) => runId === name);
  const [first] = chosen;
  if (first !== undefined && chosen.length === 1) return first;
  const names = up.map(({ runId }) => runId).join(', ');
  if (up.length === 0) {
    throw new Problem('No target is up', {
      code: 'no-target',
      hint: 'In another terminal: npm run up -- --target stage-3',
      exitCode: EXIT_USAGE,
    });
  }
  throw new Problem(name === undefined ? 'Several targets are up' : `No target "${name}" is up`, {
    code: 'unknown-run',
    hint: `Name one of them with --run: ${names}.`,
    exitCode: EXIT_USAGE,
  });
}

function reachable(run: KnownRun): { runId: string; cloud: string }[] {
  const address = readCloud(run);
  return address === null ? [] : [{ runId: run.runId, cloud: `http://${formatAddress(address)}` }];
}

/** @throws Problem with the words of the harness that refused, exit code 4 where the question was wrong. */
async function ask<T>(url: string, method: 'GET' | 'POST'): Promise<T> {
  const response = await fetch(url, { method }).catch((thrown: unknown) => {
    throw new Problem(`The harness of the target does not answer: ${messageOf(thrown)}`, {
      code: 'no-answer',
      hint: 'It may just be ending.',
      cause: thrown,
    });
  });
  const body = (await response.json()) as T & { error?: string; message?: string; hint?: string };
  if (response.ok) return body;
  throw new Problem(body.message ?? `status ${response.status}`, {
    code: body.error ?? 'refused',
    ...(body.hint !== undefined && { hint: body.hint }),
    exitCode: response.status < 500 ? EXIT_USAGE : EXIT_FAILED,
  });
}

function badWords(action: string, node: string | undefined): Problem {
  return new Problem(`Expected "start NAME" or "stop NAME", got "${[action, node].filter(Boolean).join(' ')}"`, {
    code: 'bad-input',
    hint: 'npm run node -- start web-3.us-west; "npm run node" lists what can be started.',
    exitCode: EXIT_USAGE,
  });
}
