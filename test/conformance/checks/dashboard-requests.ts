import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check } from '../check.ts';
import { SHOWN, synthesiseTemplates } from '../cloud-assembly.ts';
import { PYTHON } from '../engines.ts';
import { runCommand } from '../run-command.ts';

const AWS_REQUESTS = fileURLToPath(new URL('../aws_requests.py', import.meta.url));

/** What CloudFormation will ask of QuickSight and Grafana for the shipped fleets, held against AWS's own models of their APIs. */
export const dashboardRequests: Check = {
  name: 'the dashboards are requests that QuickSight and Grafana understand (botocore)',
  needs: ['moto'],
  async run() {
    const assembly = await synthesiseTemplates({ stage: 'prod', ...SHOWN });
    for (const stack of ['dashboards', 'grafana']) {
      const { code, output } = await runCommand(PYTHON, [
        AWS_REQUESTS,
        join(assembly, `${stack}.template.json`),
      ]);
      if (code !== 0) throw new Error(output.trim());
      if (output.trim() === '') throw new Error(`no request in the stack ${stack}`);
      console.log(output.trim().replaceAll('\n', ', '));
    }
  },
};
