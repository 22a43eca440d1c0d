import type { EndpointParts, ExporterStatus } from '../endpoint-definition.ts';
import type { EndpointDescription } from '../endpoint.ts';

/** What the start page shows. */
export type PageFacts = Pick<EndpointParts, 'version' | 'scope' | 'nodeName' | 'collectors' | 'served'> &
  ExporterStatus;

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; }
  h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
  p { margin: .25rem 0 1rem; } table { border-collapse: collapse; }
  th, td { text-align: left; padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid #d8dee4; font-weight: normal; vertical-align: top; }
  th { color: #57606a; } th, td:has(> a) { white-space: nowrap; } small { font-size: .85em; white-space: normal; } td { font-variant-numeric: tabular-nums; } a { color: #0550ae; } code { font-size: .95em; }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1117; color: #e6edf3; } th, td { border-color: #30363d; } th { color: #8b949e; } a { color: #6cb6ff; }
  }`;

const SCOPES = { node: 'every pod on this node', pod: 'the pod in which this exporter runs' } as const;

/** The start page as HTML: what this is, where to go, and what was found. */
export function startPage(facts: PageFacts): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>pod-exporter</title><style>${STYLE}</style></head>
<body>
<h1>pod-exporter</h1>
<p>CPU, memory, I/O, pressure and network of ${SCOPES[facts.scope]}, read from the kernel at the moment of the scrape.</p>
<h2>Endpoints</h2>
<table>${facts.served.map(row).join('')}</table>
<h2>This node</h2>
<table>${rows(facts)
    .map(([name, value]) => `<tr><th>${name}</th><td>${escape(value)}</td></tr>`)
    .join('')}</table>
</body>
</html>
`;
}

/** A row for an endpoint, with an example of each parameter. */
function row({ path, about, parameters = [] }: EndpointDescription): string {
  const examples = parameters.map(
    (each) => `<small>${link(`${path}?${each.example}`, `?${each.example}`)} ${withCode(escape(each.about))}</small>`,
  );
  return `<tr><td>${link(path, path)}</td><td>${[withCode(escape(about)), ...examples].join('<br>')}</td></tr>`;
}

function link(target: string, text: string): string {
  return `<a href="${escape(target)}"><code>${escape(text)}</code></a>`;
}

/** What stands in backquotes, as code. */
function withCode(text: string): string {
  return text.replaceAll(/`([^`]*)`/g, '<code>$1</code>');
}

function rows(facts: PageFacts): readonly (readonly [string, string])[] {
  const { counts } = facts;
  return [
    ['Version', facts.version],
    ['Scope', facts.scope],
    ['Node', facts.nodeName ?? 'unknown'],
    ['Cgroups', facts.cgroups],
    ['Pod metadata source', `${facts.podSource}${facts.isSynced ? '' : ' (first list not synced yet)'}`],
    ['Collectors', [...facts.collectors].join(', ')],
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
