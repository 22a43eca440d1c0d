import type { EndpointDefinition } from '../endpoint-definition.ts';
import { textAnswer } from '../plain-answer.ts';
import { ProcessesView } from './processes.ts';

/** For people who look at one pod, or at one container outside of pods. */
export const processesEndpoint: EndpointDefinition = {
  path: '/api/v1/processes',
  methods: ['GET'],
  about: 'Processes of one pod, or of one container outside of pods, as JSON: PID, name, state, CPU time and memory.',
  scopes: ['node', 'pod'],
  nodeSubresource: 'stats',
  collectors: [],
  parameters: [
    { example: 'namespace=default&pod=web-0', about: 'The pod, by its labels `namespace` and `pod`.' },
    { example: 'container=web', about: 'The container outside of pods, by its label `container`.' },
  ],
  open: ({ processes }) => {
    const view = new ProcessesView(processes);
    return ({ query }) => {
      const [pod, container] = [query.get('pod') ?? '', query.get('container') ?? ''];
      if (pod !== '' && container !== '') return textAnswer(400, 'the parameters pod and container cannot be combined');
      if (pod !== '') return view.answer({ namespace: query.get('namespace') ?? '', pod });
      return container === ''
        ? textAnswer(400, 'the parameter pod or container is required')
        : view.answer({ container });
    };
  },
};
