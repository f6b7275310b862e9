import { Command, InvalidArgumentError, Option } from 'commander';
import { REGIONS, type Region } from '../cost/prices.ts';
import { describeCost, reportCost } from '../cost/report.ts';
import { STREAM_DAYS, type StreamKind, STREAMS, type Workload } from '../cost/workload.ts';
import { parseCount, parseDuration, parseRate } from '../options.ts';
import { printResult } from '../output.ts';
import { UsageError } from '../../src/errors.ts';

type CostOptions = {
  readonly messagesPerSecond: number;
  readonly devices: number;
  readonly payloadBytes: number;
  readonly readingsPerMessage: number;
  readonly batchOnDevice: number;
  readonly basicIngest: boolean;
  readonly stream: StreamKind;
  readonly batchWindow: number;
  readonly tables: number;
  readonly rollupEvery: number;
  readonly retention: number;
  readonly queries: number;
  readonly scanDays: number;
  readonly spiceGb: number;
  readonly stage: keyof typeof STREAM_DAYS;
  readonly region: Region;
  readonly json?: true;
};

/** What IoT Core takes in one message, bytes. */
const LARGEST_MESSAGE = 128 * 1024;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function costCommand(): Command {
  return new Command('cost')
    .description('what a fleet costs in AWS a month, from list prices, beside other ways')
    .requiredOption('--messages-per-second <n>', 'of all devices, before they batch', parseRate)
    .requiredOption('--devices <n>', 'always connected', parseCount)
    .option('--payload-bytes <n>', 'of one message', parsePayload, 200)
    .option('--readings-per-message <n>', 'in one message', parseCount, 1)
    .option('--batch-on-device <n>', 'how many messages a device sends as one', parseCount, 1)
    .option('--basic-ingest', 'past the broker, to the rule', true)
    .option('--no-basic-ingest', 'by the broker, as of devices whose topics cannot be changed')
    .addOption(
      new Option('--stream <kind>', 'what carries the messages').choices(STREAMS).default('on-demand'),
    )
    .option('--batch-window <time>', 'how long a batch may fill, 1s to 5m', parseWindow, 60)
    .option('--tables <n>', 'raw tables', parseCount, 1)
    .option('--rollup-every <time>', 'how often rollups run, 5m to 1h', parseRollup, 5)
    .option('--retention <time>', 'how long rows are kept, as in 365d', parseRetention, 365)
    .option('--queries <n>', 'questions to Athena a month', parseNumber, 1000)
    .option('--scan-days <n>', 'days of a table that a question reads', parseCount, 1)
    .option('--spice-gb <n>', 'kept in QuickSight', parseNumber, 0)
    .addOption(
      new Option('--stage <name>', 'how long the stream keeps').choices(['dev', 'prod']).default('prod'),
    )
    .addOption(new Option('--region <name>', 'whose prices').choices(REGIONS).default('us-east-1'))
    .option('--json', 'print one JSON value for machines')
    .action(({ json, stage, ...options }: CostOptions) => {
      const workload: Workload = { ...options, streamDays: STREAM_DAYS[stage] };
      assertMessage(workload);
      const report = reportCost(workload);
      printResult(json ?? false, report, describeCost(report));
    });
}

function parsePayload(text: string): number {
  const bytes = parseCount(text);
  if (bytes <= LARGEST_MESSAGE) return bytes;
  throw new InvalidArgumentError(`IoT Core takes ${LARGEST_MESSAGE} bytes a message at most.`);
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('give a number, 0 or above.');
}

/** Seconds. */
function parseWindow(text: string): number {
  return parseWithin(text, 1000, 5 * MINUTE, 'give 1s to 5m.') / 1000;
}

/** Minutes. */
function parseRollup(text: string): number {
  return parseWithin(text, 5 * MINUTE, 60 * MINUTE, 'give 5m to 1h.') / MINUTE;
}

/** Days. */
function parseRetention(text: string): number {
  return parseWithin(text, DAY, 36_500 * DAY, 'give 1d or more.') / DAY;
}

function parseWithin(text: string, from: number, to: number, allowed: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds >= from && milliseconds <= to) return milliseconds;
  throw new InvalidArgumentError(allowed);
}

/** @throws UsageError for a batch that no broker takes */
function assertMessage({ payloadBytes, batchOnDevice }: Workload): void {
  const bytes = payloadBytes * batchOnDevice;
  if (bytes <= LARGEST_MESSAGE) return;
  const most = Math.floor(LARGEST_MESSAGE / payloadBytes);
  throw new UsageError(
    `--batch-on-device ${batchOnDevice} makes messages of ${bytes} bytes: IoT Core takes ${LARGEST_MESSAGE}, ${most} of them`,
  );
}
