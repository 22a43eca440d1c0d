import type { CgroupCounts } from '../../snapshot/snapshot.ts';

/** What the start page shows. */
export interface PageFacts {
  readonly version: string;
  /** Whose pods are shown: the node's, or only the one that this runs in. */
  readonly scope: 'node' | 'pod';
  readonly telemetryPath: string;
  readonly nodeName?: string;
  /** `v2`, `v1` or `hybrid`. */
  readonly cgroups: string;
  /** The value of `--pods` in effect. */
  readonly pods: string;
  readonly podsSynced: boolean;
  readonly collectors: readonly string[];
  /** Of the last scrape; absent before the first. */
  readonly counts?: CgroupCounts;
}

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; }
  h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
  p { margin: .25rem 0 1rem; } table { border-collapse: collapse; }
  th, td { text-align: left; padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid #d8dee4; font-weight: normal; }
  th { color: #57606a; white-space: nowrap; vertical-align: top; } td { font-variant-numeric: tabular-nums; } a { color: #0550ae; } code { font-size: .95em; }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1117; color: #e6edf3; } th, td { border-color: #30363d; } th { color: #8b949e; } a { color: #6cb6ff; }
  }`;

const SCOPES = { node: 'every pod on this node', pod: 'the pod that this runs in' } as const;

const KUBELET = [
  ['/metrics/cadvisor', "the kubelet's series of containers, as cAdvisor names them"],
  ['/metrics/kubelet', "the kubelet's numbers of persistent volume claims"],
  ['/metrics/resource', "the kubelet's resource metrics, for metrics-server"],
  ['/stats/summary', "the kubelet's summary of node and pods, as JSON"],
] as const;

/** The start page as HTML: what this is, where to go, and what was found. */
export function startPage(facts: PageFacts): string {
  const path = escape(facts.telemetryPath);
  const links = [
    [path, 'every series'],
    [`${path}?collect[]=cpu&amp;collect[]=memory`, 'only some collectors'],
    ...(facts.scope === 'node' ? KUBELET : []),
    ['/healthz', 'the process answers'],
    ['/readyz', 'the first list of pods is in'],
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>pod-exporter</title><style>${STYLE}</style></head>
<body>
<h1>pod-exporter</h1>
<p>CPU, memory, I/O, pressure and network of ${SCOPES[facts.scope]}, read from the kernel at the moment of the scrape.</p>
<h2>Endpoints</h2>
<table>${links.map(([href, about]) => `<tr><td><a href="${href}"><code>${href}</code></a></td><td>${about}</td></tr>`).join('')}</table>
<h2>This node</h2>
<table>${rows(facts)
    .map(([name, value]) => `<tr><th>${name}</th><td>${escape(value)}</td></tr>`)
    .join('')}</table>
</body>
</html>
`;
}

function rows(facts: PageFacts): readonly (readonly [string, string])[] {
  const { counts } = facts;
  return [
    ['Version', facts.version],
    ['Scope', facts.scope],
    ['Node', facts.nodeName ?? 'not named'],
    ['Cgroups', facts.cgroups],
    ['Names of pods', `${facts.pods}${facts.podsSynced ? '' : ' (first list is not in yet)'}`],
    ['Collectors', facts.collectors.join(', ')],
    ...(counts === undefined
      ? [['Last scrape', 'none yet'] as const]
      : ([
          ['Pods', `${counts.pod}`],
          ['Containers', `${counts.container}`],
          ['Slices and services', `${counts.slice}`],
          ['Without a known pod', `${counts.unmatched}`],
        ] as const)),
  ];
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
