import { cluster } from './cluster.ts';
import type { Page } from './dashboards.ts';
import { exporter } from './exporter.ts';
import { namespace } from './namespace.ts';
import { network } from './network.ts';
import { node } from './node.ts';
import { pod } from './pod.ts';
import { sizing } from './sizing.ts';
import { storage } from './storage.ts';
import { workload } from './workload.ts';

/** Every dashboard, from the widest to the narrowest scope. */
export const pages: readonly Page[] = [cluster, namespace, workload, pod, node, network, storage, sizing, exporter];
