/** A plain aedes broker as a process of its own, that can be killed. Prints its port, then one line for each message. */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const port = Number(process.argv[2] ?? 0);
const broker = await Aedes.createBroker({
  // what is reported is acknowledged only afterwards: a kill never hides a message that was acknowledged
  authorizePublish(_client, packet, callback) {
    process.stdout.write(`${JSON.stringify([packet.topic, packet.payload.toString()])}\n`, () =>
      callback(null),
    );
  },
});
const server = createServer(broker.handle);
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : port}\n`);
});
