import { labelSeries } from './label-names.ts';
import type { Collector, FactRow } from './row.ts';

const rows = [
  {
    of: 'pod',
    name: 'pod_info',
    type: 'gauge',
    help: 'Information about the pod; always 1.',
    by: [
      'uid',
      'node',
      'qos_class',
      'host_network',
      'workload_kind',
      'workload',
      'runtime_class',
      'priority_class',
      'host_ip',
      'pod_ip',
    ],
    samples: (pod) => [
      {
        value: 1,
        labels: {
          uid: pod.uid,
          node: pod.node,
          qos_class: pod.qosClass,
          host_network: pod.hostNetwork?.toString(),
          workload_kind: pod.workloadKind,
          workload: pod.workload,
          runtime_class: pod.runtimeClass,
          priority_class: pod.priorityClass,
          host_ip: pod.hostIp,
          pod_ip: pod.podIp,
        },
      },
    ],
  },
  {
    of: 'container',
    while: 'running',
    name: 'container_info',
    type: 'gauge',
    help: 'Information about the container; always 1.',
    by: ['container_id', 'image', 'image_id', 'type'],
    samples: (container) => [
      {
        value: 1,
        labels: {
          container_id: container.id,
          image: container.image,
          image_id: container.imageId,
          type: container.type,
        },
      },
    ],
    outside: {
      by: ['container_id', 'image', 'image_id', 'runtime', 'compose_project', 'compose_service', 'label_<name>'],
      samples: (container) => [
        {
          value: 1,
          labels: {
            container_id: container.id,
            image: container.image,
            image_id: container.imageId,
            runtime: container.runtime,
            compose_project: container.composeProject,
            compose_service: container.composeService,
            ...labelSeries('label', container.labels)[0]?.labels,
          },
        },
      ],
    },
  },
  {
    of: 'pod',
    name: 'pod_labels',
    type: 'gauge',
    help: 'Labels of the pod selected by --pod-labels; always 1.',
    by: ['label_<name>'],
    samples: (pod) => labelSeries('label', pod.labels),
  },
  {
    of: 'pod',
    name: 'pod_annotations',
    type: 'gauge',
    help: 'Annotations of the pod selected by --pod-annotations; always 1.',
    by: ['annotation_<name>'],
    samples: (pod) => labelSeries('annotation', pod.annotations),
  },
] as const satisfies readonly FactRow[];

/** Identity, from the Pod object. */
export const info = {
  name: 'info',
  about: 'Identity of pods and containers, to join with the other series.',
  enabled: true,
  facts: rows,
} as const satisfies Collector;
