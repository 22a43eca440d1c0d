import { trafficRows } from '../interfaces.ts';

/** The collector `network` reads much more, and each of its files costs something for every pod. */
export const podTraffic = trafficRows('pod_network_traffic', 'net/dev');
