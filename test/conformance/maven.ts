import { runCommand } from './run-command.ts';

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/**
 * Copies an artifact of Maven Central into a folder, by Maven itself, which knows the way there and keeps what it fetched.
 * @param artifact `group:name:version`, and the packaging if it is no jar
 */
export async function copyArtifact(artifact: string, folder: string): Promise<void> {
  const args = ['--batch-mode', '--quiet', COPY, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
  const { code, output } = await runCommand('mvn', args);
  const complaint = output.split('\n').find((line) => line.includes('ERROR')) ?? output.trim();
  if (code !== 0) throw new Error(`mvn cannot fetch ${artifact}: ${complaint}`);
}
