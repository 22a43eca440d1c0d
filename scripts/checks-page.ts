import { allChecks } from '../src/checks/index.ts';
import type { Check, Remedy } from '../src/checks/check.ts';
import { checksEndpoint } from '../src/views/checks/endpoint.ts';

/** Content of docs/checks.md, generated from the list of checks. */
export function checksPage(): string {
  return `# Checks

Generated from \`src/checks/\` by \`npm run update\`; a test keeps it current.

\`pod-exporter doctor\` prints what the exporter can see on a node, what is missing, and how to provide it. It needs the
flags of the exporter, and exits with 0 if no check fails, with 1 if one does, with 2 for a command line that cannot be
used. It reads the node twice and needs 55 MiB on a node of 250 pods and 1,000 cgroups of containers, as
\`npm run bench:events\` prints. \`--format=json\` prints the document that \`${checksEndpoint.path}\` of a running exporter returns.

A running exporter checks the same, at most once a minute and only when a response needs it: \`pod_exporter_check{check}\`
is 1 if the check passed, 0 if it failed, and absent where it does not apply. The alert
[PodExporterCheckFailed](runbooks.md#podexportercheckfailed) fires after 15 minutes. The line \`msg=found\` of the log has
in \`missing\` what fails at the start.

| check | scope | passes if | fails if |
|---|---|---|---|
${allChecks.map(line).join('\n')}

## Remedies
${allChecks
  .filter(({ remedies }) => remedies.length > 0)
  .map(section)
  .join('')}`;
}

function line({ id, scopes, about, fails }: Check): string {
  return `| [\`${id}\`](#${id}) | ${scopes.join(', ')} | ${about} | ${fails} |`;
}

function section({ id, remedies }: Check): string {
  return `\n### ${id}\n\n${remedies.map(item).join('\n')}\n`;
}

function item({ text, yaml }: Remedy): string {
  const sentence = `- ${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  if (yaml === undefined) return sentence;
  const block = yaml.split('\n').map((each) => `  ${each}`);
  return `${sentence}\n\n  \`\`\`yaml\n${block.join('\n')}\n  \`\`\`\n`;
}
