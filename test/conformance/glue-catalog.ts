import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { synthesiseTemplates } from './cloud-assembly.ts';

/** What a deployed stage's catalog holds, read from its template as Athena would find it. */
export type GlueCatalog = {
  readonly database: string;
  /** `path`: below the lake */
  readonly tables: readonly { readonly name: string; readonly path: string }[];
  readonly views: readonly GlueView[];
  readonly queries: readonly { readonly name: string; readonly sql: string }[];
};

export type GlueView = {
  readonly name: string;
  /** by the comment that Athena takes the definition from */
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
};

type Resource = { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> };
type TableInput = {
  readonly Name: string;
  readonly TableType: string;
  readonly ViewOriginalText?: string;
  readonly StorageDescriptor: { readonly Location: unknown };
};

/** The catalog of prod with the shipped fleets. */
export async function readGlueCatalog(): Promise<GlueCatalog> {
  const folder = await synthesiseTemplates({ stage: 'prod' });
  const text = await readFile(join(folder, 'catalog.template.json'), 'utf8');
  const { Resources } = JSON.parse(text) as { readonly Resources: Readonly<Record<string, Resource>> };
  const ofType = (type: string) =>
    Object.values(Resources).flatMap((each) => (each.Type === type ? [each.Properties] : []));
  const entries = ofType('AWS::Glue::Table').map(({ TableInput: input }) => input as TableInput);
  return {
    database: (ofType('AWS::Glue::Database')[0]!['DatabaseInput'] as { readonly Name: string }).Name,
    tables: entries
      .filter(({ TableType }) => TableType === 'EXTERNAL_TABLE')
      .map(({ Name, StorageDescriptor }) => ({ name: Name, path: pathOf(StorageDescriptor.Location) })),
    views: entries.filter(({ TableType }) => TableType === 'VIRTUAL_VIEW').map(readView),
    queries: ofType('AWS::Athena::NamedQuery').map(({ Name, QueryString }) => ({
      name: Name as string,
      sql: QueryString as string,
    })),
  };
}

/** `s3://<bucket>/lake/weather/daily/`, of which the bucket is known at deployment only. */
function pathOf(location: unknown): string {
  const [, parts] = (location as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'];
  return /^\/lake\/(.*)\/$/.exec(String(parts.at(-1)))![1]!;
}

function readView({ Name, ViewOriginalText }: TableInput): GlueView {
  const [, base64] = /^\/\* Presto View: (\S+) \*\/$/.exec(ViewOriginalText!)!;
  const { originalSql, columns } = JSON.parse(Buffer.from(base64!, 'base64').toString()) as {
    readonly originalSql: string;
    readonly columns: GlueView['columns'];
  };
  return { name: Name, sql: originalSql, columns };
}
