/** Attempts without end, and says how many are durable. */
import { digestPayload, openLedger } from '../../../device-sim/ledger.ts';

const ledger = openLedger(process.argv[2]!);
for (;;) {
  const attempt = await ledger.attempt('a/b', digestPayload(Buffer.from('x')), 0);
  process.stdout.write(`${attempt}\n`);
}
