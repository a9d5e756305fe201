import type { Check } from '../model/experiment.ts';
import { acknowledgedWrites } from './acknowledged-writes.ts';
import { addedServers } from './added-servers.ts';
import { afterFailover } from './after-failover.ts';
import { alert } from './alert.ts';
import { blastOnset } from './blast-onset.ts';
import { blastRadius } from './blast-radius.ts';
import { canary } from './canary.ts';
import { cdnFallback } from './cdn-fallback.ts';
import { cdnStale } from './cdn-stale.ts';
import { convergence } from './convergence.ts';
import { errorBudget } from './error-budget.ts';
import { everythingUndone } from './everything-undone.ts';
import { faultsAttested } from './faults-attested.ts';
import { loadGenerator } from './load-generator.ts';
import { recordComplete } from './record-complete.ts';
import { recovery } from './recovery.ts';
import { redirect } from './redirect.ts';
import { rtoReads } from './rto-reads.ts';
import { rtoWrites } from './rto-writes.ts';
import { scaling } from './scaling.ts';
import { sessions } from './sessions.ts';
import { singleWriter } from './single-writer.ts';
import { staleness } from './staleness.ts';
import { stampede } from './stampede.ts';
import { steadyState } from './steady-state.ts';
import { stopConditions } from './stop-conditions.ts';
import { telemetryCompleteness } from './telemetry-completeness.ts';

export {
  acknowledgedWrites,
  addedServers,
  afterFailover,
  alert,
  blastOnset,
  blastRadius,
  canary,
  cdnFallback,
  cdnStale,
  convergence,
  errorBudget,
  everythingUndone,
  faultsAttested,
  loadGenerator,
  recordComplete,
  recovery,
  redirect,
  rtoReads,
  rtoWrites,
  scaling,
  sessions,
  singleWriter,
  staleness,
  stampede,
  steadyState,
  stopConditions,
  telemetryCompleteness,
};

/** All checks, in the order of the report: did it survive, did it stay right, would you have known, was it real. */
export function standardChecks(): Check[] {
  return [
    steadyState(),
    rtoReads(),
    rtoWrites(),
    redirect(),
    afterFailover(),
    recovery(),
    errorBudget(),
    blastRadius(),
    acknowledgedWrites(),
    convergence(),
    staleness(),
    sessions(),
    singleWriter(),
    alert(),
    telemetryCompleteness(),
    faultsAttested(),
    everythingUndone(),
    stopConditions(),
    blastOnset(),
    loadGenerator(),
    canary(),
    recordComplete(),
  ];
}
