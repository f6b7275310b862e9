import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, REPO } from './places.ts';
import { runCommand } from './run-command.ts';

/** What `-c name=value` says. */
export type Context = Readonly<Record<string, string>>;

/** QuickSight and Grafana. */
export const SHOWN: Context = {
  quicksightPrincipal: 'arn:aws:quicksight:eu-central-1:123456789012:user/default/operator',
  grafana: 'on',
};

const assemblies = new Map<string, Promise<string>>();

/**
 * The folder of what `npx cdk synth -c stage=prod` makes of the shipped fleets, functions bundled; once a run and context.
 * @param context beside the stage
 */
export function synthesiseCloud(context: Context = {}): Promise<string> {
  return once({ stage: 'prod', ...context }, 'cloud', async (given, folder) => {
    const cdk = join(REPO, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const flags = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await synthesise([cdk, 'synth', '--quiet', '--output', folder, ...flags]);
  });
}

/** The same without bundles: the app is called as the CDK's command line would, told to bundle for no stack. */
export function synthesiseTemplates(context: Context): Promise<string> {
  return once(context, 'templates', async (given, folder) => {
    const settings = await readFile(join(REPO, 'cdk.json'), 'utf8');
    const known = (JSON.parse(settings) as { readonly context: object }).context;
    await synthesise(['--disable-warning=ExperimentalWarning', join(REPO, 'bin', 'app.ts')], {
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...known, ...given, 'aws:cdk:bundling-stacks': [] }),
    });
  });
}

function once(
  context: Context,
  kind: string,
  make: (context: Context, folder: string) => Promise<void>,
): Promise<string> {
  const name = [kind, ...Object.values(context)].join('-').replace(/[^\w-]/g, '_');
  const folder = join(CACHE, name);
  const assembly =
    assemblies.get(folder) ??
    rm(folder, { recursive: true, force: true }).then(async () => {
      await make(context, folder);
      return folder;
    });
  assemblies.set(folder, assembly);
  return assembly;
}

async function synthesise(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, output } = await runCommand(process.execPath, args, {
    cwd: REPO,
    env: { ...process.env, ...env },
  });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output.trim()}`);
}
