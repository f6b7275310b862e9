import { Command, CommanderError } from 'commander';
import { backfillCommand } from './commands/backfill.ts';
import { deviceCommand } from './commands/device.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { redecodeCommand } from './commands/redecode.ts';
import { simulateCommand } from './commands/simulate.ts';
import { sqlCommand } from './commands/sql.ts';
import { startCommand } from './commands/start.ts';
import { tablesCommand } from './commands/tables.ts';
import { testDataCommand } from './commands/test-data.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT, printError } from './output.ts';

const program = new Command('tributary')
  .description('IoT fleets into Delta Lake')
  .helpCommand(false)
  .exitOverride()
  // one line for a mistake, without the usage text below it; `--help` prints the whole
  .configureOutput({ outputError: () => undefined });

for (const command of [
  startCommand(),
  simulateCommand(),
  sqlCommand(),
  backfillCommand(),
  tablesCommand(),
  verifyCommand(),
  testDataCommand(),
  redecodeCommand(),
  quarantineCommand(),
  deviceCommand(),
]) {
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
