import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { engineApi } from '../../../src/engine/engine-api.ts';
import { EngineWatcher } from '../../../src/engine/engine-watcher.ts';
import { Engines } from '../../../src/engine/engines.ts';
import { METADATA_LIMITS } from '../../../src/pods/records/exported-metadata.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/log-record.ts';
import { StandInEngine } from '../../support/stand-in-engine.ts';
import { until } from '../../support/until.ts';

const ID = 'a'.repeat(64);
const OTHER_ID = 'b'.repeat(64);

function enginesOf(t: TestContext, standIns: readonly StandInEngine[]): { engines: Engines; clock: FakeClock } {
  const clock = new FakeClock();
  const watchers = standIns.map(
    ({ socket }) =>
      new EngineWatcher({
        api: engineApi(socket),
        log: silentLog,
        clock,
        random: () => 0.5,
        containerLabels: [],
        metadataLimits: METADATA_LIMITS,
      }),
  );
  const engines = new Engines(watchers, { waits: true });
  t.after(() => engines.stop());
  return { engines, clock };
}

describe('Engines', () => {
  test('have the containers of every engine', async (t) => {
    const [docker, podman] = [StandInEngine.create(t), StandInEngine.create(t, 'Podman Engine')];
    docker.containers = [{ Id: ID, Names: ['/web'] }];
    podman.containers = [{ Id: OTHER_ID, Names: ['/web'] }];
    await Promise.all([docker.listen(), podman.listen()]);
    const { engines } = enginesOf(t, [docker, podman]);
    await engines.start();
    const found = [engines.find(ID), engines.find(OTHER_ID)];
    assert.deepEqual(
      found.map((record) => (typeof record === 'object' ? [record.name, record.runtime] : record)),
      [
        ['web', 'docker'],
        ['web', 'podman'],
      ],
    );
    const info = { version: '20.10.24', apiVersion: '1.41' };
    const common = { isSynced: true, containers: 1, failure: undefined };
    assert.deepEqual(engines.status, [
      { ...common, socket: docker.socket, info: { runtime: 'docker', ...info } },
      { ...common, socket: podman.socket, info: { runtime: 'podman', ...info } },
    ]);
  });

  test('list again for a container that they do not have, which is pending until then', async (t) => {
    const engine = StandInEngine.create(t);
    await engine.listen();
    const { engines, clock } = enginesOf(t, [engine]);
    assert.equal(engines.find(ID), 'pending');
    await engines.start();
    assert.equal(engines.find(OTHER_ID), 'pending');
    engine.containers = [{ Id: OTHER_ID, Names: ['/new'] }];
    await until('the list', () => {
      clock.advance(1000);
      return engines.find(OTHER_ID) !== 'pending';
    });
    assert.deepEqual(engines.find(OTHER_ID), { id: OTHER_ID, name: 'new', runtime: 'docker', labels: {} });
    assert.equal(engines.find(ID), undefined);
  });

  test('do not let a container wait for an engine that fails', async (t) => {
    const { engines } = enginesOf(t, [StandInEngine.create(t)]);
    await engines.start();
    assert.equal(engines.find(ID), undefined);
  });

  test('keep the name and the exit code of a container that has ended, without another list', async (t) => {
    const engine = StandInEngine.create(t);
    await engine.listen();
    const { engines } = enginesOf(t, [StandInEngine.create(t), engine]);
    await engines.start();
    await until('the events', () => engine.count('/events') === 1);
    const report = (Action: string, id: string, attributes: object): Promise<void> =>
      engine.report({ Type: 'container', Action, Actor: { ID: id, Attributes: { name: 'job', ...attributes } } });
    await report('die', ID, { exitCode: '3' });
    await report('died', OTHER_ID, { containerExitCode: '137' });
    await until('both ends', () => [engines.life(ID), engines.life(OTHER_ID)].every(Boolean));
    assert.deepEqual(engines.life(ID), { name: 'job', exitCode: 3 });
    assert.deepEqual(engines.life(OTHER_ID), { name: 'job', exitCode: 137 });
    await report('start', ID, {});
    await until('the restart', () => engines.life(ID)?.exitCode === undefined);
    assert.deepEqual(engines.life(ID), { name: 'job' });
  });

  test('drop cached answers about containers that are gone', async (t) => {
    const engine = StandInEngine.create(t);
    await engine.listen();
    const { engines, clock } = enginesOf(t, [engine]);
    await engines.start();
    engines.find(ID);
    await until('the list', () => {
      clock.advance(1000);
      return engines.find(ID) === undefined;
    });
    engines.retain(new Set([OTHER_ID]));
    assert.equal(engines.find(ID), 'pending');
  });

  test('keep the last 10,000 requests, as nothing drops those of containers that are gone while nothing is scraped', async (t) => {
    const engine = StandInEngine.create(t);
    await engine.listen();
    const { engines, clock } = enginesOf(t, [engine]);
    await engines.start();
    const idOf = (number: number): string => number.toString(16).padStart(64, '0');
    for (let number = 0; number <= 10_000; number++) engines.find(idOf(number));
    await until('the list', () => {
      clock.advance(1000);
      return engines.find(idOf(10_000)) === undefined;
    });
    assert.equal(engines.find(idOf(1)), undefined);
    assert.equal(engines.find(idOf(0)), 'pending');
  });
});
