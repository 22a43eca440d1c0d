import { DOCTOR_OPTIONS } from './doctor-options.ts';
import type { OptionTable } from './option.ts';
import { SORT_NAMES } from './top/sorting.ts';
import { VIEW_NAMES } from './top/columns.ts';

/** Flags of the command `top` alone. */
export const TOP_OPTIONS = {
  url: {
    value: 'URL',
    help:
      'Read from a running exporter, such as http://127.0.0.1:9771, instead of the kernel. Set in the image, where a second ' +
      'reader could exceed the memory limit of the pod; empty reads the kernel.',
  },
  user: {
    value: 'NAME',
    help: 'User name for --url, or name:password in the environment; --password-file has the password otherwise.',
  },
  'password-file': { value: 'FILE', help: 'File with the password of --user.' },
  'bearer-token-file': { value: 'FILE', help: 'File with the bearer token for --url.' },
  'ca-file': {
    value: 'FILE',
    help: 'Certificates, in PEM, that the one of --url is verified with; those of Node.js if not set.',
  },
  'tls-server-name': { value: 'NAME', help: 'Name in the certificate of --url, if it is not that of the URL.' },
  interval: { value: 'SECONDS', default: '2', help: 'Seconds between two collections, from 1 to 60.' },
  stream: { default: 'true', help: 'Show the numbers until interrupted. With --no-stream a table is printed once.' },
  format: DOCTOR_OPTIONS.format,
  columns: {
    value: 'SET',
    default: 'pods',
    help: `Columns: ${VIEW_NAMES.join(', ')}. docker has those of docker stats, kubectl those of kubectl top pod --containers.`,
  },
  sort: { value: 'ORDER', default: 'worst', help: `Order of the rows: ${SORT_NAMES.join(', ')}.` },
  filter: {
    value: 'TEXT',
    help: 'Only rows with this text in namespace, pod, container or what is wrong; outside of pods also in engine, image and Compose project.',
  },
  expand: { help: 'Show the containers of every pod.' },
} as const satisfies OptionTable;
