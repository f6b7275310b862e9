import { Command } from 'commander';
import { isFaultless } from '../../local/verify.ts';
import { chooseFleets } from '../fleets.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { EXIT, printResult } from '../output.ts';
import { describeVerification } from '../start-report.ts';
import { verifyDataDir } from '../verify-data-dir.ts';

export function verifyCommand(): Command {
  const command = new Command('verify').description(
    'the lake against the stream, the stream against the ledger',
  );
  return addCommonOptions(command).action(async (options: CommonOptions) => {
    const { fleets } = await chooseFleets(options);
    const verification = await verifyDataDir(options.dataDir, fleets);
    printResult(options.json ?? false, verification, describeVerification(verification));
    if (!isFaultless(verification)) process.exitCode = EXIT.failed;
  });
}
