import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireJava } from '../java.ts';
import { copyWithDependencies } from '../maven.ts';
import { CACHE } from '../places.ts';
import { demand, pythonEnvironment } from '../python-environment.ts';

const VERSION = '4.1.0';
const FOLDER = join(CACHE, `kafka-${VERSION}`);

const environment = await pythonEnvironment(new URL('./requirements.txt', import.meta.url));

/** The Python that has a client of Kafka. */
export const KAFKA_PYTHON = environment.python;

/** A class path with the broker. */
export const KAFKA_CLASSES = join(FOLDER, '*');

/** What Kafka 4's broker runs on. */
export const findKafkaJava = () => requireJava(17);

/** Fetches broker and client. The mark is written last: half a copy is made anew. */
export async function installKafka(): Promise<void> {
  await findKafkaJava();
  await environment.install();
  await demand(KAFKA_PYTHON, ['-c', 'import confluent_kafka']);
  const ready = join(FOLDER, 'ready');
  if (existsSync(ready)) return;
  console.log(`fetching Kafka ${VERSION} (once)`);
  await rm(FOLDER, { recursive: true, force: true });
  await copyWithDependencies(`org.apache.kafka:kafka_2.13:${VERSION}`, FOLDER);
  await writeFile(ready, VERSION);
}
