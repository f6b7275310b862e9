import { createHash } from 'node:crypto';
import { CustomResource, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import { catalogTables } from './catalog-tables.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { type FunctionBuild, TributaryFunction } from './constructs/tributary-function.ts';
import type { Stage } from './stage.ts';

export type TablesStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly build: FunctionBuild;
  readonly lake: LakeBucket;
};

const LONGEST = Duration.minutes(15);

/**
 * The tables themselves: made, or brought to their definitions, before anything that writes, lists or shows them is deployed.
 * A definition that the table in the lake cannot follow stops the deployment here.
 */
export class TablesStack extends Stack {
  readonly prepare: TributaryFunction;

  constructor(scope: Construct, id: string, props: TablesStackProps) {
    super(scope, id, props);
    const { stage, fleets, build, lake } = props;
    this.prepare = new TributaryFunction(this, 'Prepare', {
      stage,
      build,
      name: 'prepare',
      description: 'Makes the tables of the lake, and brings their schemas to the definitions',
      memorySize: 1769,
      timeout: LONGEST,
    });
    lake.connect(this.prepare);
    new CustomResource(this, 'Tables', {
      resourceType: 'Custom::TributaryTables',
      serviceToken: this.prepare.functionArn,
      serviceTimeout: LONGEST,
      // CloudFormation asks again when this changes
      properties: { definition: digestOf(fleets) },
    });
  }
}

function digestOf(fleets: readonly Fleet[]): string {
  const tables = catalogTables(fleets).map(({ path, schema }) => ({ path, schema }));
  return createHash('sha256').update(JSON.stringify(tables)).digest('hex');
}
