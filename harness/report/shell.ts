import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Html, html } from './html.ts';
import type { Section } from './sections/parts.ts';
import { type Tone, VERDICT_WORDS } from './status.ts';
import type { ReportView } from './view/view.ts';
import { dateText, unbroken } from './words.ts';

/** Of the folder `page`, in the order of the cascade. */
const STYLES = ['base.css', 'sections.css', 'pictures.css', 'frame.css'];
const MODULES = ['charts.js', 'copy.js', 'folding.js'];

/** What the page is made of besides its content. */
interface PageAssets {
  styles: string[];
  /** A classic script that defines `uPlot`, then modules of their own. */
  plotter: string;
  modules: string[];
}

/** Wraps the sections into one self-contained page that may request nothing. */
export async function pageOf(view: ReportView, sections: readonly Section[]): Promise<string> {
  const assets = await loadAssets();
  const { manifest, judgement, headline } = view;
  const words = VERDICT_WORDS[judgement.verdict];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Faultline">
<title>${words.word}: ${manifest.experiment.name}, ${manifest.runId}</title>
<link rel="icon" href="${icon(words.tone)}">
<style>${new Html(assets.styles.join('\n'))}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="verdict ${words.tone}">
<div class="page-width">
<p class="verdict-word"><span class="verdict-symbol" aria-hidden="true">${words.symbol}</span>${words.word}</p>
<h1>${unbroken(headline)}</h1>
<p class="claim"><span class="claim-label">The claim put to the test:</span> ${manifest.experiment.title}.</p>
<p class="origin">${manifest.experiment.name} · ${manifest.target.title}${manifest.target.mutant === null ? null : ` · mutant ${manifest.target.mutant}`} · ${dateText(manifest.startedAtMs)} · run ${manifest.runId}</p>
</div>
</header>
<div class="page-width columns">
<nav class="contents" aria-label="Contents"><ul>${sections.map(({ id, title, link = title }) => html`<li><a href="#${id}">${link}</a></li>`)}</ul></nav>
<main id="content" tabindex="-1">
${sections.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="heading-${id}"><h2 id="heading-${id}">${title}</h2>
${body}
</section>
`,
)}
</main>
</div>
<footer class="page-width"><p>Made by Faultline from the record of run ${manifest.runId}. Beside this file: run.json, junit.xml, summary.md and everything that was recorded.</p></footer>
<script>${new Html(assets.plotter)}</script>
${assets.modules.map(
  (module) => html`<script type="module">${new Html(module)}</script>
`,
)}
</body>
</html>
`;
  return page.markup;
}

async function loadAssets(): Promise<PageAssets> {
  const own = (name: string) => readFile(new URL(`page/${name}`, import.meta.url), 'utf8');
  const plotterPath = (file: string) => createRequire(import.meta.url).resolve(`uplot/dist/${file}`);
  const [plotterStyle, plotter, ownStyles, modules] = await Promise.all([
    readFile(plotterPath('uPlot.min.css'), 'utf8'),
    readFile(plotterPath('uPlot.iife.min.js'), 'utf8'),
    Promise.all(STYLES.map(own)),
    Promise.all(MODULES.map(own)),
  ]);
  return { styles: [plotterStyle, ...ownStyles], plotter, modules };
}

/** Nothing may be loaded from anywhere, and only the scripts that were put in here may run. */
function contentSecurityPolicy({ plotter, modules }: PageAssets): string {
  const hashes = [plotter, ...modules].map(
    (script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const ICON_COLOURS: Readonly<Record<Tone, string>> = {
  good: '1a7f37',
  bad: 'cf222e',
  unknown: '9a6700',
  neutral: '59636e',
};

/** A dot in the verdict's colour, so that tabs can be told apart. */
function icon(tone: Tone): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#${ICON_COLOURS[tone]}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
