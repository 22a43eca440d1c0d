import type { CheckResult } from '../../checks/check.ts';
import type { EndpointParts, ExporterStatus } from '../endpoint-definition.ts';
import type { EndpointDescription } from '../endpoint.ts';

/** What the start page shows. */
export type PageFacts = Pick<EndpointParts, 'version' | 'scope' | 'nodeName' | 'collectors' | 'served'> &
  ExporterStatus & {
    readonly checks: readonly CheckResult[];
    readonly security?: ReturnType<NonNullable<EndpointParts['security']>>;
  };

/** Paths of the program and of the style of the live page. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

const SCOPES = { node: 'every pod on this node', pod: 'the pod in which this exporter runs' } as const;

/**
 * The start page as HTML: what this is, where to go, and what was found. Its program shows the pods above it; without
 * JavaScript this is the whole page. Addresses are relative, so that it works behind a proxy with a path of its own.
 */
export function startPage(facts: PageFacts, { script, style }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape([facts.nodeName, 'pod-exporter'].filter(Boolean).join(' – '))}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href=".${escape(style)}">
<script src=".${escape(script)}" defer></script>
</head>
<body>
<div id="live"></div>
<main id="about" data-failed-checks="${failed(facts.checks).length}">
<h2>pod-exporter</h2>
<p>CPU, memory, I/O, pressure and network of ${SCOPES[facts.scope]}, read from the kernel at the moment of the scrape.</p>
<p class="scriptless">The live table of the pods requires JavaScript.</p>
<h3>What is missing</h3>
<div id="missing">${missing(facts.checks)}</div>
<h3>Endpoints</h3>
<table>${facts.served.map(row).join('')}</table>
<h3>This node</h3>
<table id="facts">${rows(facts)
    .map(([name, value]) => `<tr><th scope="row">${name}</th><td>${escape(value)}</td></tr>`)
    .join('')}</table>
</main>
</body>
</html>
`;
}

function failed(checks: readonly CheckResult[]): readonly CheckResult[] {
  return checks.filter(({ state }) => state === 'failed');
}

/** The failed checks: what was seen, what is missing because of it, and what to do. */
function missing(checks: readonly CheckResult[]): string {
  const lines = failed(checks).map(({ id, seen, effect, remedy }) => {
    const parts = [seen, ...(effect === undefined ? [] : [effect])].map((text) => withCode(escape(text)));
    const advice = remedy === undefined ? '' : `<br><small>${withCode(escape(remedy.text))}</small>`;
    return `<tr><th scope="row"><code>${escape(id)}</code></th><td>${parts.join(': ')}${advice}</td></tr>`;
  });
  const passed = checks.filter(({ state }) => state === 'ok').length;
  return lines.length === 0 ? `<p>Nothing: ${passed} checks passed.</p>` : `<table>${lines.join('')}</table>`;
}

/** A row for an endpoint, with an example of each parameter. */
function row({ path, about, parameters = [] }: EndpointDescription): string {
  const examples = parameters.map(
    (each) => `<small>${link(`${path}?${each.example}`, `?${each.example}`)} ${withCode(escape(each.about))}</small>`,
  );
  return `<tr><td>${link(path, path)}</td><td>${[withCode(escape(about)), ...examples].join('<br>')}</td></tr>`;
}

function link(target: string, text: string): string {
  return `<a href=".${escape(target)}"><code>${escape(text)}</code></a>`;
}

/** What stands in backquotes, as code. */
function withCode(text: string): string {
  return text.replaceAll(/`([^`]*)`/g, '<code>$1</code>');
}

function rows(facts: PageFacts): readonly (readonly [string, string])[] {
  const { counts, security } = facts;
  return [
    ['Version', facts.version],
    ['Scope', facts.scope],
    ['Node', facts.nodeName ?? 'unknown'],
    ['Cgroups', facts.cgroups],
    ['Pod metadata source', `${facts.podSource}${facts.isSynced ? '' : ' (first list not synced yet)'}`],
    ['TLS', security?.tls === true ? 'enabled' : 'disabled'],
    ['Authentication', security?.authentication ?? 'none'],
    ['Collectors', [...facts.collectors].join(', ')],
    ['Documentation', 'the folder docs of the sources, beginning with docs/live-page.md'],
    ...(counts === undefined
      ? [['Last scrape', 'none yet'] as const]
      : ([
          ['Pods', `${counts.pod}`],
          ['Containers', `${counts.container}`],
          ['Slices and services', `${counts.slice}`],
          ['Cgroups without a known pod', `${counts.unmatched}`],
        ] as const)),
  ];
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
