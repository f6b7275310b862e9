import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevicesReport } from './devices-process.ts';

const DEVICES = 10_000;
const MESSAGES_PER_SECOND = 2_000;
const SECONDS = 30;

/**
 * Ten thousand devices in one process, each its own connection, against the local broker with its durable stream in another:
 * how fast they connect and publish, and what the devices' process needs for it.
 */
export async function benchDevices(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-devices-'));
  const broker = start('devices-broker.ts', join(folder, 'stream.db'));
  try {
    const [endpoint] = (await once(broker, 'message')) as [string];
    const devices = start(
      'devices-process.ts',
      endpoint,
      join(folder, 'ledger.db'),
      ...[DEVICES, MESSAGES_PER_SECOND, SECONDS].map(String),
    );
    const [report] = (await once(devices, 'message')) as [DevicesReport];
    print(report);
  } finally {
    broker.kill();
    await once(broker, 'exit');
    rmSync(folder, { recursive: true });
  }
}

function start(script: string, ...args: readonly string[]): ChildProcess {
  return fork(new URL(script, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function print(report: DevicesReport): void {
  const figure = (value: number, digits = 0) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const { connected, connecting, published, publishing, lost, rssBytes } = report;
  const perSecond = published / publishing.seconds;
  console.log(
    `devices: ${figure(DEVICES)} in one process, each its own connection, ${figure(MESSAGES_PER_SECOND)} messages/s asked for`,
  );
  console.log(
    `connected   ${figure(connected)} in ${figure(connecting.seconds, 1)} s: ${figure(connected / connecting.seconds)} /s, ` +
      `${figure(connecting.cpuMs / connected, 2)} ms CPU each; ${figure(lost)} lost again`,
  );
  console.log(
    `published   ${figure(published)} in ${figure(publishing.seconds, 1)} s: ${figure(perSecond)} acknowledged/s, ` +
      `${figure((publishing.cpuMs * 1000) / published)} µs CPU each, ${figure(publishing.cpuMs / publishing.seconds / 10)} % of a core`,
  );
  console.log(
    `memory      ${figure(rssBytes / 2 ** 20)} MB resident, ${figure(rssBytes / connected / 1024, 1)} KB a device`,
  );
}
