import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli, temporaryPath } from '../support/cli.ts';

const CONTRADICTION = `
import { defineFleet, table, text, topicLevel } from 'tributary';
export const pumps = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({ topic: 'pumps/{pump}', device: topicLevel('motor'), columns: { pump: text() } }),
  },
});`;

/** What somebody might type, and what the one line has to say. */
const MISTAKES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['strat'], /unknown command 'strat' \(Did you mean start\?\)/],
  [['start', '--flet', 'weather'], /unknown option '--flet' \(Did you mean --fleet\?\)/],
  [['start', '--for', '20'], /--for .* give a number with ms, s, m, h or d/],
  [['start', '--rate', '0'], /--rate .*above 0/],
  [['start', '--mqtt-port', '70000'], /--mqtt-port .* from 0 .* to 65535/],
  [['start', '--fleet', 'wether'], /no fleet "wether"; there are .*vehicles, weather/],
  [['start', '--fleets', 'nowhere.ts'], /nowhere\.ts: no such file or folder/],
  [['start', '--fleets', 'README.md'], /README\.md: not a \.ts/],
  [['start', '--fleets', 'examples/nyc-airports.ts', '--replay', 'nowhere.csv'], /nowhere\.csv/],
  [['start', '--fleets', 'examples/nyc-airports.ts', '--replay', 'package.json'], /package\.json/],
  [['start', '--data-dir', '/dev/null/data'], /data dir \/dev\/null\/data cannot be written/],
  [['backfill', 'nowhere.csv', '--fleet', 'weather'], /nowhere\.csv/],
  [['backfill', 'nowhere.csv'], /pass --fleet with one of .*vehicles, weather/],
  [['sql'], /missing required argument 'query'/],
  [['sql', 'select 1', '--format', 'xml'], /give one of table, csv, json/],
  [['simulate'], /pass --endpoint with a broker, or --to with a file/],
  [['simulate', '--endpoint', '127.0.0.1:1883'], /"127\.0\.0\.1:1883" is no broker's address/],
  [
    ['simulate', '--endpoint', 'mqtts://x', '--cert', 'a.crt'],
    /pass --fleet, --thing, --cert and --key together/,
  ],
  [['simulate', '--to', 'x.csv', '--fleet', 'weather'], /say with --rows how many/],
  [['start', '--faults', 'poisons'], /--faults .*no fault "poisons": there are all, doubled/],
  [['start', '--faults', 'all', '--driver', 'aws'], /the driver aws cannot break connections off/],
];

describe('a mistake gets one line and exit code 2, and leaves nothing behind:', () => {
  it.for(MISTAKES)('%j', async ([args, says]) => {
    const dataDir = temporaryPath('data');
    const own = args.includes('--data-dir') ? [] : ['--data-dir', dataDir];
    const { code, stdout, stderr } = await runCli(...args, ...(args[0] === 'strat' ? [] : own));
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { readonly port: number };
    for (const flag of ['--mqtt-port', '--port']) {
      const dataDir = temporaryPath('data');
      const { code, stderr } = await runCli(
        'start',
        '--data-dir',
        dataDir,
        '--mqtt-port',
        '0',
        flag,
        String(port),
      );
      expect(stderr).toBe(`tributary: port ${port} is in use: pass ${flag} 0 or another\n`);
      expect([code, existsSync(dataDir)]).toEqual([2, false]);
    }
  });

  it('a definition that contradicts itself', async () => {
    const file = temporaryPath('pumps.ts');
    const dataDir = temporaryPath('data');
    writeFileSync(file, CONTRADICTION);
    const { code, stderr } = await runCli('start', '--fleets', file, '--data-dir', dataDir);
    expect(stderr).toMatch(/^tributary: [^\n]*pumps\.tables\.readings\.device: [^\n]*motor[^\n]*\n$/);
    expect([code, existsSync(dataDir)]).toEqual([2, false]);
  });

  it('a data dir that does not hold a lake', async () => {
    for (const args of [['sql', 'select 1'], ['tables'], ['verify'], ['redecode', '--fleet', 'weather']]) {
      const dataDir = temporaryPath('data');
      const { code, stderr } = await runCli(...args, '--data-dir', dataDir);
      expect(stderr).toMatch(/^tributary: there is no lake in [^\n]+: run npm start first[^\n]*\n$/);
      expect([code, existsSync(dataDir)]).toEqual([2, false]);
    }
  });
});
