import type { EndpointDefinition } from '../endpoint-definition.ts';
import { textAnswer } from '../plain-answer.ts';
import { ProcessesView } from './processes.ts';

/** For people who look at one pod. */
export const processesEndpoint: EndpointDefinition = {
  path: '/api/v1/processes',
  methods: ['GET'],
  about: 'Processes of the containers of one pod, as JSON: PID, name, state, CPU time and memory.',
  scopes: ['node', 'pod'],
  nodeSubresource: 'stats',
  collectors: [],
  parameters: [
    { example: 'namespace=default&pod=web-0', about: 'The pod, by its labels `namespace` and `pod`; required.' },
  ],
  open: ({ processes }) => {
    const view = new ProcessesView(processes);
    return ({ query }) => {
      const [namespace, pod] = [query.get('namespace'), query.get('pod')];
      if (pod === null || pod === '') return textAnswer(400, 'the parameter pod is required');
      return view.answer({ namespace: namespace ?? '', pod });
    };
  },
};
