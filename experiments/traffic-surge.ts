import { scaling, surge } from '../harness/index.ts';
import { stage5, stage6 } from '../targets/photo-sharing/index.ts';
import { onOneSite } from './one-site.ts';

/** A server has to be seen to be busy, to start, and to be taken in; then what had piled up is served. */
const GROWN_MS = 15_000;
/** Fewer must have been enough for a while before one server is stopped, and again before the next one is. */
const SHRUNK_MS = 45_000;
/** What had waited for its whole second when the surge ended is still served, and with it what such a user asks next. */
const LATENCY_P99_MS = 1500;

/**
 * What a web server can do is its limit of requests in flight by the time that each of them takes; here that is the
 * distance of what it asks, not the processors of this machine, which bear the surge easily.
 */
export default onOneSite({
  name: 'traffic-surge',
  title:
    'When three times as many users come, the web tier grows until they are served well, and shrinks when they have gone',
  description: 'Multiplies the load of a site whose web servers work on few requests at one time.',
  target: stage6,
  otherTargets: [stage5],
  weaknesses: {
    'stage-5': {
      checks: ['rto-reads', 'rto-writes', 'after-failover', 'scaling'],
      because: 'the web servers are as many as they are: what they cannot work on waits, and is refused',
    },
  },
  objectives: { rtoReadsMs: GROWN_MS, rtoWritesMs: GROWN_MS, latencyP99Ms: LATENCY_P99_MS },
  load: { ratePerSecond: 50 },
  parameters: {
    factor: { summary: 'times as many operations', default: 3, minimum: 2, maximum: 5 },
    inFlightMax: { summary: 'requests that each web server works on at one time', default: 7, minimum: 1, maximum: 64 },
    databaseLatencyMs: {
      summary: 'one-way delay from the web servers to the database in milliseconds',
      default: 12,
      minimum: 0,
      maximum: 200,
    },
    cacheLatencyMs: {
      summary: 'one-way delay from the web servers to the cache in milliseconds',
      default: 12,
      minimum: 0,
      maximum: 200,
    },
  },
  checks: [scaling({ needed: 4, growMs: GROWN_MS, shrinkMs: SHRUNK_MS })],
  faults: ({ factor }) => [surge({ factor: Number(factor) })],
});
