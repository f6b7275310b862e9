import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/**
 * Copies an artifact of Maven Central into a folder, by Maven itself, which knows the way there and keeps what it fetched.
 * @param artifact `group:name:version`, and the packaging if it is no jar
 */
export async function copyArtifact(artifact: string, folder: string): Promise<void> {
  await runMaven(artifact, [`${PLUGIN}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]);
}

/**
 * The same with all jars that it needs to run.
 * @param artifact `group:name:version`
 */
export async function copyWithDependencies(artifact: string, folder: string): Promise<void> {
  const [groupId, artifactId, version] = artifact.split(':');
  const project = await mkdtemp(join(tmpdir(), 'tributary-maven-'));
  const pom = join(project, 'pom.xml');
  const wish = tags({ dependency: tags({ groupId, artifactId, version }) });
  const own = { modelVersion: '4.0.0', groupId: 'none', artifactId: 'none', version: '1', packaging: 'pom' };
  await writeFile(pom, tags({ project: tags({ ...own, dependencies: wish }) }));
  await mkdir(folder, { recursive: true });
  const goal = `${PLUGIN}:copy-dependencies`;
  await runMaven(artifact, ['--file', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]);
  await rm(project, { recursive: true });
}

function tags(contents: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(contents)
    .map(([name, content]) => `<${name}>${content}</${name}>`)
    .join('');
}

async function runMaven(artifact: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand('mvn', ['--batch-mode', '--quiet', ...args]);
  const complaint = output.split('\n').find((line) => line.includes('ERROR')) ?? output.trim();
  if (code !== 0) throw new Error(`mvn cannot fetch ${artifact}: ${complaint}`);
}
