import { trafficRows } from '../interfaces.ts';

/** The collector `network` reads many more files of every pod, which would make the scrape slower. */
export const podTraffic = trafficRows('pod_network_traffic', 'net/dev');
