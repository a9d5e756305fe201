import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  answered,
  type Behaviour,
  handledWell,
  refused,
  unanswered,
} from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord, event } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { RunVerdict } from '../model/verdict.ts';
import { standardChecks } from './index.ts';
import { judge } from './judge.ts';

interface Story {
  title: string;
  record: () => RunRecord;
  verdict: RunVerdict;
  deviated?: string[];
  inconclusive?: string[];
}

function spoilt(spoil: (record: RunRecord) => void, behaviour: Behaviour = handledWell): () => RunRecord {
  return () => {
    const record = buildRecord({ behaviour });
    spoil(record);
    return record;
  };
}

/** During the hold, us-west's database is never replaced. */
const neverPromoted: Behaviour = (planned) =>
  planned.class === 'write' && planned.afterFaultMs >= 0 && planned.intendedMs < UNDO_MS
    ? { ...handledWell(planned), ...refused(planned, 'us-east') }
    : handledWell(planned);

const neverRedirected: Behaviour = (planned) =>
  planned.region === 'us-west' && planned.afterFaultMs >= 0 && planned.intendedMs < UNDO_MS
    ? unanswered(planned, 'us-west')
    : handledWell(planned);

const STORIES: Story[] = [
  {
    title: 'a standby that never promotes',
    record: spoilt((record) => {
      record.events = record.events.filter(
        ({ atMs, node }) => node !== 'db.us-east' || atMs < FAULT_MS || atMs > UNDO_MS,
      );
    }, neverPromoted),
    verdict: 'deviated',
    deviated: ['rto-writes', 'after-failover'],
  },
  {
    title: 'a name server that checks nothing',
    record: spoilt(() => undefined, neverRedirected),
    verdict: 'deviated',
    deviated: ['rto-reads', 'rto-writes', 'redirect', 'after-failover'],
  },
  {
    title: 'acknowledged writes that the promoted standby never had',
    record: spoilt((record) => {
      const lost = record.operations.filter(({ epoch, endMs }) => epoch === 1 && endMs! > FAULT_MS - 500);
      const ids = new Set(lost.map(({ writeId }) => writeId));
      for (const source of record.ledger!.sources) {
        source.found = source.found!.filter(({ writeId }) => !ids.has(writeId));
      }
    }),
    verdict: 'deviated',
    deviated: ['acknowledged-writes'],
  },
  {
    title: 'an isolated primary that goes on serving',
    record: spoilt((record) => {
      const fault = record.manifest.faults[0]!;
      fault.actions = fault.actions.filter(({ what }) => what === 'cut');
      record.events.push(event(UNDO_MS + 1000, 'db.us-west', 'fenced', { epoch: 1 }));
    }),
    verdict: 'deviated',
    deviated: ['single-writer'],
  },
  {
    title: 'sessions that live in one web server',
    record: spoilt((record) => {
      for (const operation of record.operations) {
        const isMoved =
          operation.region === 'us-west' && operation.datacenter === 'us-east' && operation.index % 200 === 1;
        if (isMoved) Object.assign(operation, { loggedOut: true });
      }
    }),
    verdict: 'deviated',
    deviated: ['sessions'],
  },
  {
    title: 'web servers that export no spans',
    record: spoilt((record) => {
      record.spans = record.spans.filter(({ kind }) => kind !== 'server');
    }),
    verdict: 'inconclusive',
    inconclusive: ['telemetry-completeness'],
  },
  {
    title: 'a system that was unwell before the fault, and lost a write as well',
    record: spoilt(
      (record) => {
        record.ledger!.sources[0]!.found!.pop();
      },
      (planned) => (planned.index % 20 < 2 ? refused(planned, planned.region) : handledWell(planned)),
    ),
    verdict: 'deviated',
    deviated: ['acknowledged-writes'],
    inconclusive: ['steady-state', 'rto-reads', 'rto-writes', 'redirect', 'after-failover', 'recovery', 'alert'],
  },
  {
    title: 'a fault that nobody can prove',
    record: spoilt((record) => {
      record.manifest.faults[0]!.attestation.injected[0]!.status = 'unproven';
    }),
    verdict: 'inconclusive',
    inconclusive: ['faults-attested'],
  },
  {
    title: 'a fault that nothing was felt of, and no alert',
    record: spoilt(
      (record) => {
        record.alerts = [];
      },
      (planned) =>
        answered(planned, {
          datacenter: planned.afterFaultMs < 0 ? planned.region : 'us-east',
          epoch: planned.afterFaultMs < 0 ? 1 : 2,
        }),
    ),
    verdict: 'passed',
  },
];

describe('verdicts of whole records', () => {
  for (const { title, record, verdict, deviated = [], inconclusive = [] } of STORIES) {
    it(`turn up ${title}, by the checks that are meant for it and no others`, () => {
      const judgement = judge(record(), standardChecks());
      const withStatus = (wanted: string) =>
        judgement.verdicts.filter(({ status }) => status === wanted).map(({ check }) => check);
      const told = judgement.verdicts.map(({ check, sentence }) => `${check}: ${sentence}`).join('\n');
      assert.deepEqual(withStatus('deviated'), deviated, told);
      assert.deepEqual(withStatus('inconclusive'), inconclusive, told);
      assert.equal(judgement.verdict, verdict);
    });
  }
});
