import { Aws } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import type { StructType } from '../../src/columns/types.ts';
import { prestoView, type View } from '../presto-view.ts';

export type AthenaViewProps = {
  readonly databaseName: string;
  readonly view: View;
  /** what the view's SQL gives */
  readonly schema: StructType;
  readonly description: string;
};

/** A view in the Glue catalog, as if it had been made in Athena. */
export class AthenaView extends Construct {
  constructor(scope: Construct, id: string, props: AthenaViewProps) {
    super(scope, id);
    const { databaseName, view, schema, description } = props;
    const { text, columns } = prestoView(databaseName, view.sql, schema);
    new CfnTable(this, 'Table', {
      catalogId: Aws.ACCOUNT_ID,
      databaseName,
      tableInput: {
        name: view.name,
        description,
        tableType: 'VIRTUAL_VIEW',
        parameters: { presto_view: 'true', comment: 'Presto View' },
        partitionKeys: [],
        viewOriginalText: text,
        viewExpandedText: '/* Presto View */',
        storageDescriptor: { columns: [...columns], location: '', serdeInfo: {} },
      },
    });
  }
}
