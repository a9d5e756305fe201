/// <reference lib="dom" />
// Draws every chart from the data in the page. All share one cursor, the shaded phases and the numbered milestones.

/**
 * @typedef {import('uplot')} Plot
 * @typedef {{ label: string, colour: string, style: 'solid' | 'dashed' | 'dotted', values: (number | null)[] }} Line
 * @typedef {{ id: string, title: string, unit: string, scale: 'linear' | 'percent' | 'logarithmic', seconds: number[], lines: Line[] }} Chart
 * @typedef {{ label: string, tone: string, fromSeconds: number, toSeconds: number }} Band
 * @typedef {{ number: number, title: string, seconds: number }} Mark
 * @typedef {{ originName: string, bands: Band[], marks: Mark[], charts: Chart[] }} ChartData
 */

/** Defined by the script before this one. */
const UPlot = /** @type {typeof import('uplot')} */ (Reflect.get(globalThis, 'uPlot'));
const HEIGHT = 240;
const DASHES = { solid: [], dashed: [7, 4], dotted: [2, 3] };
/** Numbers of milestones that would overlap go into further rows; where those are full, the line stands alone. */
const MARK_ROWS = 3;
const MARK_WIDTH = 15;

const source = document.getElementById('chart-data');
if (source !== null) drawAll(/** @type {ChartData} */ (JSON.parse(source.textContent ?? '')));

/** @param {ChartData} data */
function drawAll(data) {
  const plots = data.charts.flatMap((chart) => {
    const place = document.getElementById(`chart-${chart.id}`);
    return place === null ? [] : [drawChart(place, chart, data)];
  });
  const redraw = () => {
    for (const plot of plots) plot.redraw(false, true);
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('scheme-change', redraw);
}

/**
 * @param {HTMLElement} place
 * @param {Chart} chart
 * @param {ChartData} data
 */
function drawChart(place, chart, data) {
  const plot = new UPlot(
    optionsOf(place, chart, data),
    [chart.seconds, ...chart.lines.map(({ values }) => values)],
    place,
  );
  const drawing = plot.root.querySelector('.u-wrap');
  drawing?.setAttribute('role', 'img');
  drawing?.setAttribute('aria-label', `Chart: ${chart.title}. The figures are in the table below it.`);
  new ResizeObserver(() => {
    const width = widthOf(place);
    if (width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }).observe(place);
  return plot;
}

/**
 * @param {HTMLElement} place
 * @param {Chart} chart
 * @param {ChartData} data
 * @returns {import('uplot').Options}
 */
function optionsOf(place, chart, data) {
  return {
    width: widthOf(place),
    height: HEIGHT,
    padding: [12 + MARK_ROWS * MARK_WIDTH, 12, 0, 0],
    cursor: { sync: { key: 'run' }, drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true, markers: { dash: (_plot, series) => chart.lines[series - 1]?.style ?? 'solid' } },
    scales: { x: { time: false, range: (_plot, least, most) => [least, most] }, y: valueScale(chart) },
    axes: [
      axis({ size: 34, values: (_plot, splits) => splits.map((split) => `${signed(split)} s`), space: 60 }),
      axis({
        size: 58,
        values: (_plot, splits) => splits.map((split) => (split === null ? '' : valueText(split, chart))),
      }),
    ],
    series: [
      { label: `Seconds after ${data.originName}`, value: (_plot, value) => (value === null ? '–' : signed(value)) },
      ...chart.lines.map((line) => seriesOf(line, chart)),
    ],
    hooks: {
      drawClear: [(plot) => drawBands(plot, data.bands)],
      draw: [(plot) => drawMarks(plot, data.marks)],
    },
  };
}

/**
 * @param {Chart} chart
 * @returns {import('uplot').Scale}
 */
function valueScale({ scale }) {
  if (scale === 'percent') return { range: [0, 104] };
  if (scale === 'logarithmic') return { distr: 3, log: 10 };
  return { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 1) * 1.1)] };
}

/** @param {import('uplot').Axis} options */
function axis(options) {
  return {
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
    ...options,
  };
}

/**
 * @param {Line} line
 * @param {Chart} chart
 * @returns {import('uplot').Series}
 */
function seriesOf(line, chart) {
  return {
    label: line.label,
    stroke: () => colour(`line-${line.colour}`),
    width: 2,
    dash: DASHES[line.style],
    points: { show: false },
    spanGaps: false,
    value: (_plot, value) =>
      value === null || value === undefined
        ? '–'
        : `${valueText(value, chart)}${chart.unit === 'per second' ? '/s' : ''}`,
  };
}

/**
 * @param {Plot} plot
 * @param {Band[]} bands
 */
function drawBands(plot, bands) {
  const { ctx, bbox } = plot;
  for (const { label, tone, fromSeconds, toSeconds } of bands) {
    const left = Math.max(bbox.left, plot.valToPos(fromSeconds, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(toSeconds, 'x', true));
    if (right <= left) continue;
    ctx.save();
    ctx.fillStyle = colour(`band-${tone}`);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = colour('muted');
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textBaseline = 'bottom';
    ctx.textAlign = 'right';
    const margin = 4 * devicePixelRatio;
    if (ctx.measureText(label).width + 2 * margin < right - left) {
      ctx.fillText(label, right - margin, bbox.top + bbox.height - margin);
    }
    ctx.restore();
  }
}

/**
 * @param {Plot} plot
 * @param {Mark[]} marks
 */
function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  /** @type {number[]} */
  const rowEnds = [];
  ctx.save();
  ctx.font = `600 ${9 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const { number, seconds } of [...marks].sort((a, b) => a.seconds - b.seconds)) {
    const x = Math.round(plot.valToPos(seconds, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const radius = (MARK_WIDTH / 2 - 0.5) * ratio;
    const row = Array.from({ length: MARK_ROWS }, (_, index) => rowEnds[index] ?? 0).findIndex(
      (end) => end <= x - radius,
    );
    const y = row < 0 ? bbox.top : bbox.top - (row + 0.5) * MARK_WIDTH * ratio - 3 * ratio;
    ctx.strokeStyle = colour('mark');
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    if (row < 0) continue;
    rowEnds[row] = x + radius;
    ctx.fillStyle = colour('mark');
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fill();
    ctx.fillStyle = colour('page');
    ctx.fillText(String(number), x, y);
  }
  ctx.restore();
}

/**
 * @param {number} value
 * @param {Chart} chart
 */
function valueText(value, { unit }) {
  if (unit === '%') return `${Math.floor(value * 100) / 100} %`;
  if (unit === 'ms') return value >= 1000 ? `${Number((value / 1000).toFixed(2))} s` : `${Number(value.toFixed(1))} ms`;
  return String(Math.round(value * 10) / 10);
}

/** @param {number} value */
function signed(value) {
  return value < 0 ? `−${-value}` : String(value);
}

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** @param {HTMLElement} place */
function widthOf(place) {
  return Math.max(200, Math.floor(place.clientWidth));
}

export {};
