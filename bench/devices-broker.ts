// The local broker over a durable stream, in a process of its own. argv: the stream's file.
import { startBroker } from '../local/broker.ts';
import { openSqliteStream } from '../local/sqlite-stream.ts';

const stream = openSqliteStream(process.argv[2]!, { clock: Date.now });
const broker = await startBroker({
  port: 0,
  matches: () => true,
  append: (records) => stream.append(records),
  report: (event) => console.error(JSON.stringify(event)),
});
process.send!(broker.endpoint);
