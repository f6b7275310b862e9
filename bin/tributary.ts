import { Command, CommanderError } from 'commander';
import { EXIT, printError } from './output.ts';

const program = new Command('tributary')
  .description('IoT fleets into Delta Lake')
  .helpCommand(false)
  .exitOverride()
  // one line for a mistake, without the usage text below it; `--help` prints the whole
  .configureOutput({ outputError: () => undefined });

/** What a command needs is loaded when it is typed, and all of them only where none of them is. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).startCommand(),
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand(),
  sql: async () => (await import('./commands/sql.ts')).sqlCommand(),
  backfill: async () => (await import('./commands/backfill.ts')).backfillCommand(),
  tables: async () => (await import('./commands/tables.ts')).tablesCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  'test-data': async () => (await import('./commands/test-data.ts')).testDataCommand(),
  redecode: async () => (await import('./commands/redecode.ts')).redecodeCommand(),
  quarantine: async () => (await import('./commands/quarantine.ts')).quarantineCommand(),
  device: async () => (await import('./commands/device.ts')).deviceCommand(),
  grafana: async () => (await import('./commands/grafana.ts')).grafanaCommand(),
  teardown: async () => (await import('./commands/teardown.ts')).teardownCommand(),
  delta: async () => (await import('./commands/delta.ts')).deltaCommand(),
  smoke: async () => (await import('./commands/smoke.ts')).smokeCommand(),
  cost: async () => (await import('./commands/cost.ts')).costCommand(),
};

const [typed = ''] = process.argv.slice(2);
const wanted = Object.hasOwn(COMMANDS, typed) ? [COMMANDS[typed]!] : Object.values(COMMANDS);
for (const load of wanted) {
  const command = await load();
  program.addCommand(command.copyInheritedSettings(program));
  for (const subcommand of command.commands) subcommand.copyInheritedSettings(program);
}

try {
  await program.parseAsync();
} catch (error) {
  // help that was asked for is no mistake; help in place of a missing command has been printed already
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT.done;
  else if (error instanceof CommanderError && error.code === 'commander.help') process.exitCode = EXIT.usage;
  else process.exitCode = printError(error);
}
// workers, sockets and native engines are closed by then; what is left must not keep the terminal waiting
if (process.exitCode === undefined) process.exitCode = EXIT.done;
