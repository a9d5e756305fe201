/**
 * The multi-window burn-rate page of the SRE workbook (14.4 times the budget over 1 h and over 5 min), with both
 * windows divided by this factor so that a run of minutes can show it. The short window may not be shorter than what
 * a one-second scrape can fill.
 */
const SCALE = 240;
const LONG_WINDOW_S = 3600 / SCALE;
const SHORT_WINDOW_S = 5;
const BURN_RATE = 14.4;
/** The service level objective that the budget comes from: 99 % of requests are answered without a server error. */
const OBJECTIVE = 0.99;

const WRITES = 'method=~"POST|PUT|DELETE"';
const READS = 'method="GET"';

function ratio(requests: string, windowSeconds: number): string {
  const rate = (selector: string) => `sum(rate(http_requests_total{${selector}}[${windowSeconds}s]))`;
  return `${rate(`${requests},status=~"5.."`)} / ${rate(requests)}`;
}

function burnRateRule(name: string, requests: string, what: string): string {
  const limit = (BURN_RATE * (1 - OBJECTIVE)).toFixed(4);
  return `      - alert: ${name}
        expr: (${ratio(requests, LONG_WINDOW_S)}) > ${limit} and (${ratio(requests, SHORT_WINDOW_S)}) > ${limit}
        labels: { severity: page, slo: availability }
        annotations:
          summary: '${what} fail at more than ${BURN_RATE} times the rate that the error budget allows (windows scaled by ${SCALE})'
`;
}

/** The rules file of the target's Prometheus. */
export const ALERT_RULES = `groups:
  - name: objectives
    rules:
${burnRateRule('WritesBurnBudget', WRITES, 'Writes')}${burnRateRule('ReadsBurnBudget', READS, 'Reads')}  - name: causes
    rules:
      - alert: DatacenterUnreachable
        expr: geodns_datacenter_up == 0
        for: 1s
        labels: { severity: page }
        annotations:
          summary: 'The name server cannot reach datacenter {{ $labels.datacenter }}'
      - alert: CdnDown
        expr: up{tier="cdn"} == 0
        for: 1s
        labels: { severity: page }
        annotations:
          summary: 'The content delivery network does not answer: all assets come from the site'
      - alert: CdnWithoutOrigin
        expr: >-
          sum by (instance) (rate(cdn_origin_requests_total{outcome="failed"}[5s])) > 0.5
          and sum by (instance) (rate(cdn_origin_requests_total{outcome="failed"}[5s]))
            / sum by (instance) (rate(cdn_origin_requests_total[5s])) > 0.5
        for: 1s
        labels: { severity: page }
        annotations:
          summary: 'The origin fails {{ $labels.instance }}: it serves old copies, and nothing new'
      - alert: WebServerDown
        expr: haproxy_server_status{proxy="web",state="DOWN"} == 1
        labels: { severity: page }
        annotations:
          summary: 'The load balancer {{ $labels.instance }} has taken {{ $labels.server }} out'
      - alert: NoWritableDatabase
        expr: max by (instance) (haproxy_server_status{proxy="sql-write",state="UP"}) == 0
        for: 1s
        labels: { severity: page }
        annotations:
          summary: 'The load balancer {{ $labels.instance }} finds no database that takes writes'
      - alert: NoStandby
        expr: count(up{tier="database"}) > 1 and sum(database_streaming) == 0
        for: 1s
        labels: { severity: page }
        annotations:
          summary: 'No database follows the primary: the next failure loses data'
      - alert: TargetDown
        expr: up == 0
        for: 3s
        labels: { severity: ticket }
        annotations:
          summary: '{{ $labels.instance }} does not answer its scrape'
`;
