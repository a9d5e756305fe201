/** What a person wants to see of a target at a glance, as data: a page of panels, each of queries to its Prometheus. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

export interface DashboardPanel {
  readonly title: string;
  /** Lines over time, or bars that show from when to when something was 1. */
  readonly shape: 'lines' | 'states';
  readonly unit: 'requests per second' | 'share' | 'seconds' | 'none';
  readonly queries: readonly DashboardQuery[];
}

export interface DashboardQuery {
  /** PromQL. */
  readonly expression: string;
  /** With labels of the series in braces: `{{zone}}`. */
  readonly legend: string;
}
