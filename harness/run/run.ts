import type { Clock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import type { HarnessMeasurements, RoleObservation, RunManifest } from '../model/run-record.ts';
import { RUN_RECORD_VERSION } from '../model/run-record.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { recordTopology } from '../model/topology.ts';
import { type Journal, openJournal } from '../record/journal.ts';
import { type RunDirectory, writeJson } from '../record/run-directory.ts';
import type { PreparedDriver } from '../runtime/driver.ts';
import { recordJournal } from '../runtime/run-folder.ts';
import { type AlertWatch, PrometheusClient, watchAlerts } from '../telemetry/prometheus.ts';
import { bringUp } from './bring-up.ts';
import { sendCanary } from './canary.ts';
import type { Cloud } from './cloud/cloud.ts';
import { collectAlerts, collectAll, collectEvents, collectLedger, collectMetrics } from './collect.ts';
import { FaultInjection } from './faults/fault-injection.ts';
import { LoadGenerator } from './load-generator.ts';
import type { RunObserver } from './observer.ts';
import { PhaseClock } from './phase-clock.ts';
import type { RunPlan } from './plan.ts';
import type { SpanReceiver } from './span-receiver.ts';
import { LostWrites } from './stop/lost-writes.ts';
import { RecentLoad } from './stop/recent-load.ts';
import { signalReader } from './stop/signals.ts';
import { StopWatch } from './stop/stop-watch.ts';

const WHOLE_TIMEOUT_MS = 60_000;
const WHOLE_POLL_MS = 250;

export interface RunOptions {
  plan: RunPlan;
  directory: RunDirectory;
  driver: PreparedDriver;
  /** What it runs on. */
  machine: Record<string, string>;
  /** The command that does the same again. */
  reproduce: string;
  observer: RunObserver;
  /** Aborted by Ctrl-C: the run takes back its faults, tears down and ends as interrupted. */
  signal: AbortSignal;
  clock: Clock;
}

/**
 * One run of one experiment, up to the recorded run on disk; judging it comes after. The phases, in order:
 * bring-up, canary, warm-up, steady state, inject, hold, undo, recovery, drain, tear-down. Whatever happens in any of
 * them, faults are taken back, what was recorded is saved and everything that was started is stopped.
 */
export class ExperimentRun {
  readonly #manifest: RunManifest;
  readonly #options: RunOptions;
  readonly #journal: Journal;
  readonly #phases: PhaseClock;
  readonly #roles: RoleObservation[] = [];
  readonly #measured: HarnessMeasurements = {
    generator: null,
    toxiproxy: null,
    receiver: null,
    runner: null,
    nodes: {},
    bringUpMs: null,
  };
  /** Ends every wait: Ctrl-C, or the loss of the whole target. */
  #stop: AbortSignal;
  #target: RunningTarget | undefined;
  #receiver: SpanReceiver | undefined;
  #cloud: Cloud | undefined;
  #generator: LoadGenerator | undefined;
  #prometheus: PrometheusClient | undefined;
  #alerts: AlertWatch | undefined;
  #faults: FaultInjection | undefined;
  #stopWatch: StopWatch | undefined;
  #lostWrites: LostWrites | undefined;
  readonly #load = new RecentLoad();

  constructor(options: RunOptions) {
    this.#options = options;
    this.#stop = options.signal;
    this.#journal = openJournal(options.directory.journal, options.clock);
    this.#phases = new PhaseClock(options.clock, this.#journal, options.observer);
    this.#manifest = this.#emptyManifest();
  }

  /** The target, while it is up: for `keep`. */
  get target(): RunningTarget | undefined {
    return this.#target;
  }

  /** Everything up to the drained, collected run. The target is still up afterwards: call `tearDown`. */
  async execute(): Promise<void> {
    await this.#saveManifest();
    await this.#unlessEnded(() => this.#setUp());
    await this.#unlessEnded(() => this.#stress());
    await this.#evenIfEnded('undo', () => this.#takeBack());
    await this.#unlessEnded(() => this.#recover());
    await this.#evenIfEnded('drain', () =>
      this.#phases.run('drain', this.#options.plan.phases.drainMs, () => this.#drain()),
    );
  }

  /** Stops everything that was started, and closes the record. Never throws; a problem becomes the run's ending. */
  async tearDown(): Promise<void> {
    await this.#evenIfEnded('tear-down', () =>
      this.#phases.run('tear-down', null, async () => {
        await this.#generator?.end();
        await this.#cloud?.close();
        await this.#target?.tearDown();
        await this.#receiver?.end();
      }),
    );
    this.#measureRunner();
    const { signal } = this.#options;
    if (signal.aborted) this.#manifest.ending ??= { verdict: 'interrupted', reason: messageOf(signal.reason) };
    this.#manifest.finishedAtMs = this.#options.clock.now();
    this.#journal.note('finished');
    if (this.#journal.problem !== undefined)
      this.#end('failed', `the journal could not be written: ${messageOf(this.#journal.problem)}`);
    this.#journal.close();
    await this.#saveManifest();
  }

  async #setUp(): Promise<void> {
    const { plan } = this.#options;
    await this.#phases.run('bring-up', null, () => this.#bringUp());
    await this.#phases.run('canary', null, () => this.#canary());
    this.#alerts = watchAlerts(this.#prometheus!, this.#options.clock.now);
    this.#generator!.begin();
    await this.#phases.run('warm-up', plan.phases.warmUpMs, () => this.#wait(plan.phases.warmUpMs));
  }

  async #bringUp(): Promise<void> {
    const { plan, directory, driver, observer, clock, signal } = this.#options;
    const startedAtMs = clock.now();
    const { running, receiver, cloud } = await bringUp({
      driver,
      target: plan.experiment.target,
      topology: plan.topology,
      runId: directory.runId,
      logs: directory.logs,
      spans: directory.spans,
      seed: plan.seed,
      onNodeReady: (...progress) => observer.nodeReady(...progress),
      onCloudAction: ({ node, did }) => this.#journal.note(`node-${did}`, { node }),
      signal,
    });
    this.#target = running;
    this.#cloud = cloud;
    recordJournal(directory.runId, directory.journal);
    this.#manifest.networkCapabilities = running.network.capabilities;
    this.#receiver = receiver;
    this.#stop = AbortSignal.any([signal, running.lost]);
    this.#measured.bringUpMs = clock.now() - startedAtMs;
    const { probes } = plan.experiment.target;
    const lostWrites = new LostWrites((writeIds) => probes.findWrites(running, writeIds));
    this.#lostWrites = lostWrites;
    this.#generator = await LoadGenerator.start({
      plan,
      running,
      directory,
      collector: receiver.address,
      signal,
      onProgress: (progress) => {
        this.#load.add(progress);
        lostWrites.acknowledged(progress.acknowledged);
        observer.load(progress);
      },
    });
    const load = this.#generator;
    this.#faults = new FaultInjection({ plan, target: running, load, measures: probes, clock, journal: this.#journal });
    this.#manifest.faults = this.#faults.records;
  }

  async #canary(): Promise<void> {
    const { plan, observer } = this.#options;
    const monitoring = plan.topology.nodes.find(({ tier }) => tier === 'monitoring');
    if (monitoring === undefined) throw new Problem('The target has no Prometheus', { code: 'no-monitoring' });
    this.#prometheus = new PrometheusClient(this.#target!.addressOf(monitoring.name, 'api'));
    this.#manifest.canary = await sendCanary({
      topology: plan.topology,
      prometheus: this.#prometheus,
      generator: this.#generator!,
      receiver: this.#receiver!,
      signal: this.#stop,
      note: (text) => observer.note(text),
    });
  }

  async #stress(): Promise<void> {
    const { plan, observer } = this.#options;
    const { steadyStateMs, holdMs } = plan.phases;
    const faults = this.#faults!;
    await this.#phases.run('steady-state', steadyStateMs, async () => {
      await this.#wait(steadyStateMs);
      await faults.attestBefore();
      await this.#observeRoles();
    });
    this.#watchStopConditions();
    await this.#phases.run('inject', null, () => faults.begin(this.#stop));
    for (const { title, startMs } of faults.records) if (startMs === 0) observer.note(`Injected: ${title}`);
    await this.#phases.run('hold', holdMs, async () => {
      await Promise.all([faults.follow(this.#stop), this.#wait(holdMs)]);
      await this.#observeRoles();
    });
  }

  /** From here on a breach ends every wait. */
  #watchStopConditions(): void {
    const { plan, directory, clock } = this.#options;
    const sources = {
      load: this.#load,
      lostWrites: this.#lostWrites!,
      prometheus: this.#prometheus!,
      folder: directory.path,
      clock,
    };
    this.#stopWatch = new StopWatch(plan.stopConditions, { read: signalReader(sources), clock });
    this.#manifest.stopConditions = [...this.#stopWatch.records];
    this.#stop = AbortSignal.any([this.#stop, this.#stopWatch.signal]);
    this.#load.markInjection();
    this.#stopWatch.start();
  }

  async #takeBack(): Promise<void> {
    this.#stopWatch?.stop();
    const faults = this.#faults;
    const abort = this.#stopWatch?.breach ?? null;
    if (abort !== null) {
      this.#manifest.abort = abort;
      this.#journal.note('aborted', { condition: abort.condition, seen: abort.seen });
    }
    if (faults === undefined || !faults.begun) return;
    // With what carried it the target is gone, and its faults with it; the tear-down removes what is left.
    if (this.#target?.lost.aborted) return;
    await this.#phases.run('undo', null, async () => {
      if (abort !== null) abort.undoBegunAtMs = this.#options.clock.now();
      await faults.undo();
      if (abort !== null && faults.gone) abort.healedAtMs = this.#options.clock.now();
    });
  }

  async #recover(): Promise<void> {
    const { plan } = this.#options;
    await this.#phases.run('recovery', plan.phases.recoveryMs, async () => {
      await this.#awaitWhole();
      await this.#wait(plan.phases.recoveryMs);
      await this.#observeRoles();
    });
  }

  /** A target that does not become whole again is a finding of the checks, not an error of the run. */
  async #awaitWhole(): Promise<void> {
    const { plan, clock, observer } = this.#options;
    const deadlineMs = clock.now() + WHOLE_TIMEOUT_MS;
    for (;;) {
      const { whole, seen } = await plan.experiment.target.probes.whole(this.#target!);
      if (whole) return;
      if (clock.now() >= deadlineMs) {
        observer.note(`The target is not whole after ${WHOLE_TIMEOUT_MS / 1000} s: ${seen}`);
        return;
      }
      await clock.sleep(WHOLE_POLL_MS, this.#stop);
    }
  }

  /** Stops the load and saves everything that can still be asked of the target. */
  async #drain(): Promise<void> {
    const { plan, directory, clock } = this.#options;
    const target = this.#target;
    const client = this.#prometheus;
    const alerts = this.#alerts;
    if (this.#generator !== undefined) this.#measured.generator = await this.#generator.stop();
    if (target === undefined) return;
    await clock.sleep(plan.phases.drainMs);
    const problems = await collectAll({
      ledger: () => collectLedger(plan, target, directory),
      'resources of the nodes': () => this.#measureNodes(target),
      events: () => collectEvents(directory),
      ...(client === undefined
        ? {}
        : { metrics: () => collectMetrics({ client, plan, directory, clock, fromMs: this.#manifest.startedAtMs }) }),
      ...(alerts === undefined ? {} : { alerts: () => collectAlerts(alerts, directory) }),
    });
    if (this.#receiver !== undefined) this.#measured.receiver = await this.#receiver.stop();
    for (const problem of problems) this.#options.observer.note(`Not recorded: ${problem}`);
  }

  async #measureNodes(target: RunningTarget): Promise<void> {
    await Promise.all(
      target.topology.nodes.map(async ({ name }) => {
        this.#measured.nodes[name] = await target.measure(name);
      }),
    );
    const proxy = await target.measureProxy();
    this.#measured.toxiproxy = { cpuSeconds: proxy.cpuSeconds, peakMemoryBytes: proxy.memoryBytes };
  }

  #measureRunner(): void {
    const { user, system } = process.cpuUsage();
    const { maxRSS } = process.resourceUsage();
    this.#measured.runner = { cpuSeconds: (user + system) / 1e6, peakMemoryBytes: maxRSS * 1024 };
  }

  async #observeRoles(): Promise<void> {
    this.#roles.push(...(await this.#options.plan.experiment.target.probes.roles(this.#target!)));
  }

  async #wait(durationMs: number): Promise<void> {
    await this.#options.clock.sleep(durationMs, this.#stop);
  }

  async #unlessEnded(work: () => Promise<void>): Promise<void> {
    if (this.#manifest.ending === null) await this.#evenIfEnded(null, work);
  }

  /** Never throws: what went wrong is in the manifest. */
  async #evenIfEnded(part: string | null, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const verdict = this.#endingVerdict(part);
      const reason = this.#stop.aborted && part === null ? messageOf(this.#stop.reason) : messageOf(thrown);
      this.#end(verdict, reason, part ?? 'then');
    }
    await this.#saveManifest();
  }

  /** The first thing that went wrong is the run's ending; later ones are told beside it. */
  #end(verdict: NonNullable<RunManifest['ending']>['verdict'], reason: string, part = 'then'): void {
    const { ending } = this.#manifest;
    if (ending === null) this.#manifest.ending = { verdict, reason };
    else ending.reason += `; ${part}: ${reason}`;
  }

  #endingVerdict(part: string | null): NonNullable<RunManifest['ending']>['verdict'] {
    if (part !== null) return 'failed';
    if (this.#options.signal.aborted) return 'interrupted';
    return this.#stopWatch?.signal.aborted ? 'aborted' : 'failed';
  }

  /**
   * Until the run is over the file says that it was cut short: one that was killed is never taken for a good one. A file
   * that cannot be written ends the run, and keeps nothing from being taken back.
   */
  async #saveManifest(): Promise<void> {
    const { ending, finishedAtMs } = this.#manifest;
    const ifKilledNow: RunManifest['ending'] = { verdict: 'failed', reason: 'the harness ended before the run did' };
    try {
      await writeJson(this.#options.directory.manifest, {
        ...this.#manifest,
        ending: finishedAtMs === null ? (ending ?? ifKilledNow) : ending,
      });
    } catch (thrown) {
      this.#end('failed', `run.json could not be written: ${messageOf(thrown)}`);
    }
  }

  #emptyManifest(): RunManifest {
    const { plan, directory, driver, machine, reproduce, clock } = this.#options;
    const { name, title, description, target } = plan.experiment;
    return {
      version: RUN_RECORD_VERSION,
      runId: directory.runId,
      experiment: { name, title, description },
      target: { name: target.name, title: target.title, mutant: plan.mutant },
      driver: driver.name,
      seed: plan.seed,
      parameters: { ...plan.parameters },
      load: plan.load,
      phaseLengths: plan.phases,
      objectives: plan.objectives,
      isolatedZone: plan.isolatedZone,
      topology: recordTopology(plan.topology),
      startedAtMs: clock.now(),
      finishedAtMs: null,
      phases: this.#phases.records,
      faults: [],
      canary: [],
      roles: this.#roles,
      harness: this.#measured,
      networkCapabilities: null,
      environment: { ...machine, ...driver.environment },
      ending: null,
      blastRadius: plan.blastRadius,
      reproduce,
    };
  }
}
