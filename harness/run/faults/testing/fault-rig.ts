import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { systemClock } from '../../../base/clock.ts';
import { attestationStatus, type Fault, type FaultScope } from '../../../model/fault.ts';
import type { RunningTarget } from '../../../model/running-target.ts';
import type { TargetMeasures } from '../../../model/target-measures.ts';
import { recordTopology, type Topology } from '../../../model/topology.ts';
import type { LoadControl } from '../../../model/workload.ts';
import {
  DRIVERS_UNDER_TEST,
  type DriverUnderTest,
  type TestPrograms,
} from '../../../runtime/testing/drivers-under-test.ts';
import { testTopology } from '../../../runtime/testing/test-topology.ts';
import type { LoadPlan } from '../../load-generator.ts';
import { InjectedFault } from '../injected-fault.ts';
import { preparationsFor } from '../plan-faults.ts';
import { type RigLoad, startRigLoad } from './rig-load.ts';

const BRING_UP_MS = 120_000;

/** A fault of the catalogue on the system of the tests, and how a test sees it by its own means. */
export interface FaultCase {
  readonly fault: Fault;
  /** What tells it from other cases of the same kind. */
  readonly named?: string;
  /** Brings the target into the state that the fault needs. */
  readonly before?: (target: RunningTarget, load: LoadControl) => Promise<void>;
  /** What happens to the target between the injection and its attestation. */
  readonly meanwhile?: (target: RunningTarget) => Promise<void>;
  /** Asserts what a user of the target would notice while it is there. */
  readonly effect: (target: RunningTarget, scope: FaultScope) => Promise<void>;
  /** Asserts that nothing is left of it; the fault's own probes have said so already. */
  readonly gone?: (target: RunningTarget, scope: FaultScope) => Promise<void>;
  /**
   * Makes the injection ineffective behind the fault's back: its attestation must then say mismatch. May give what takes
   * the sabotage back, where the fault's own undo would not.
   */
  readonly sabotage: (target: RunningTarget, scope: FaultScope, load: LoadControl) => Promise<void> | Promise<Repair>;
}

type Repair = () => void | Promise<void>;

/** What the cases of a family need around them, where they need more than the system of the tests. */
export interface Surroundings {
  readonly topology?: Topology;
  readonly drivers?: readonly DriverUnderTest[];
  readonly programs?: TestPrograms;
  readonly measures?: TargetMeasures;
  /** Of a load that runs all the time. */
  readonly load?: LoadPlan;
}

const NOT_NEEDED = (): never => assert.fail('only faults that need it may ask for it');
const NO_LOAD: RigLoad = { forFault: () => ({ change: NOT_NEEDED }), end: async () => undefined };
export const NO_MEASURES: TargetMeasures = {
  requestsCounted: NOT_NEEDED,
  inRotation: NOT_NEEDED,
  replicaLagMs: NOT_NEEDED,
  hottestContent: NOT_NEEDED,
};

/**
 * A suite for each driver: every case has its effect, is attested, is found out when sabotaged, and is taken back. In
 * faults that touch no node and no edge no driver has a part, only the load: they are tried with the first one.
 */
export function testFaults(family: string, cases: readonly FaultCase[], surroundings: Surroundings = {}): void {
  const { drivers = DRIVERS_UNDER_TEST, topology = testTopology } = surroundings;
  const touchesTarget = ({ fault }: FaultCase): boolean => {
    const { nodes, edges } = fault.scope(recordTopology(topology));
    return nodes.length > 0 || edges.length > 0;
  };
  for (const driver of drivers) {
    const possible = cases.filter(
      (one) =>
        (touchesTarget(one) || driver === drivers[0]) &&
        one.fault.refusal(driver.name) === null &&
        driver.refusal(one.fault.preparation) === null,
    );
    if (possible.length === 0) continue;
    describe(`${family} faults on the ${driver.name} driver`, function () {
      this.timeout(BRING_UP_MS);
      testOn(driver, possible, surroundings);
    });
  }
}

function testOn(driver: DriverUnderTest, cases: readonly FaultCase[], surroundings: Surroundings): void {
  const { topology = testTopology, programs, measures = NO_MEASURES, load: loadPlan } = surroundings;
  let folder: string;
  let target: RunningTarget;
  let load = NO_LOAD;
  let faults = 0;
  const planned = ({ fault }: FaultCase) => ({ fault, scope: fault.scope(recordTopology(topology)) });

  before(async function () {
    const start = await driver.prepare(this, programs);
    folder = mkdtempSync(join(tmpdir(), 'faultline-faults-'));
    const runId = `faults-${driver.name}-${process.pid}`;
    const options = { runId, logDirectory: folder, seed: 1, timeoutMs: BRING_UP_MS };
    target = await start(topology, { ...options, preparations: preparationsFor(cases.map(planned)) });
    if (loadPlan !== undefined) load = await startRigLoad(loadPlan, target, folder);
  });
  after(async () => {
    await load.end();
    await target?.tearDown();
    if (target !== undefined) assert.deepEqual(await driver.leftOf(target.runId), []);
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const begin = async (one: FaultCase): Promise<InjectedFault> => {
    assert.deepEqual(one.fault.problems, []);
    await one.before?.(target, load);
    const journal = { write: () => undefined, note: () => undefined, problem: undefined, close: () => undefined };
    const injected = new InjectedFault({
      index: faults++,
      planned: { ...planned(one), startMs: 0, durationMs: null },
      ...{ target, load, measures, clock: systemClock, journal },
    });
    await injected.attestBefore();
    expectConfirmed(injected, 'before');
    await injected.inject();
    return injected;
  };

  for (const one of cases) {
    const { fault, named, meanwhile, effect, gone, sabotage } = one;
    const title = named === undefined ? fault.kind : `${fault.kind}, ${named}`;

    it(`${title}: has its effect, is attested and is taken back`, async () => {
      const injected = await begin(one);
      try {
        await meanwhile?.(target);
        await injected.attestInjected();
        expectConfirmed(injected, 'injected');
        await effect(target, injected.record.scope);
      } finally {
        await injected.undo();
      }
      expectConfirmed(injected, 'undone');
      await gone?.(target, injected.record.scope);
    });

    it(`${title}: is found out when something made it ineffective`, async () => {
      const injected = await begin(one);
      let repair: Repair | undefined;
      try {
        const given = await sabotage(target, injected.record.scope, load);
        if (typeof given === 'function') repair = given;
        await injected.attestInjected();
        assert.equal(attestationStatus(injected.record.attestation.injected), 'mismatch');
      } finally {
        await repair?.();
        await injected.undo();
      }
      expectConfirmed(injected, 'undone');
    });
  }
}

function expectConfirmed({ record: { attestation } }: InjectedFault, stage: keyof typeof attestation): void {
  const wrong = attestation[stage].filter(({ status }) => status !== 'confirmed');
  assert.deepEqual(wrong, []);
  assert.equal(attestationStatus(attestation[stage]), 'confirmed', stage);
}
