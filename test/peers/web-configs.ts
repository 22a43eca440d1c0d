import { WebSecurity } from '../../src/http/web-security.ts';
import { WebConfigError } from '../../src/http/web-config-error.ts';

/** Opens each web configuration file of the command line; prints a JSON object with the error of each, "" if it is valid. */
const refusals: Record<string, string> = {};
for (const path of process.argv.slice(2)) {
  try {
    await WebSecurity.open(path, () => {});
    refusals[path] = '';
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    refusals[path] = error.message;
  }
}
process.stdout.write(JSON.stringify(refusals));
