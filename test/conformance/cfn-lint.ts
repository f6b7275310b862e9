import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TributaryError } from '../../src/errors.ts';

export type LintFinding = {
  readonly rule: string;
  readonly level: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
};

/**
 * W3005, a dependency that a reference implies already: the CDK writes both, on purpose.
 */
const IGNORED = ['W3005'];

/** Regions that differ most in what they offer. */
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];

/**
 * Every template of a cloud assembly as cfn-lint judges it: types and bounds again, by another hand than the CDK's own
 * validation, and the names of IAM actions, which that does not know.
 *
 * @param command cfn-lint's executable
 */
export async function lintTemplates(assembly: string, command: string): Promise<readonly LintFinding[]> {
  const templates = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
  if (templates.length === 0) throw new TributaryError(`${assembly} holds no template: run npx cdk synth`);
  const paths = templates.map((name) => join(assembly, name));
  const args = ['--format', 'json', '--ignore-checks', ...IGNORED, '--regions', ...REGIONS, '--', ...paths];
  const findings = JSON.parse(await run(command, args)) as readonly Finding[];
  return findings.map(({ Rule, Level, Message, Filename, Location }) => ({
    rule: Rule.Id,
    level: Level,
    message: Message,
    file: Filename,
    line: Location.Start.LineNumber,
  }));
}

type Finding = {
  readonly Rule: { readonly Id: string };
  readonly Level: string;
  readonly Message: string;
  readonly Filename: string;
  readonly Location: { readonly Start: { readonly LineNumber: number } };
};

/** cfn-lint's exit code has a bit for each level of findings; a code without any output is a fault of the run. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null || stdout.trim() !== '') resolve(stdout);
      else
        reject(new TributaryError(`${command} failed: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
}
