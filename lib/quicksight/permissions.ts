const owner = (...actions: readonly string[]) => actions.map((action) => `quicksight:${action}`);

/**
 * What somebody may do who owns an asset; QuickSight takes these sets whole. An asset without permissions belongs to nobody: not even an
 * administrator sees it.
 */
export const OWNER = {
  dataSource: owner(
    'DescribeDataSource',
    'DescribeDataSourcePermissions',
    'PassDataSource',
    'UpdateDataSource',
    'DeleteDataSource',
    'UpdateDataSourcePermissions',
  ),
  dataSet: owner(
    'DescribeDataSet',
    'DescribeDataSetPermissions',
    'PassDataSet',
    'DescribeIngestion',
    'ListIngestions',
    'UpdateDataSet',
    'DeleteDataSet',
    'CreateIngestion',
    'CancelIngestion',
    'UpdateDataSetPermissions',
  ),
  analysis: owner(
    'DescribeAnalysis',
    'DescribeAnalysisPermissions',
    'UpdateAnalysis',
    'UpdateAnalysisPermissions',
    'DeleteAnalysis',
    'QueryAnalysis',
    'RestoreAnalysis',
  ),
  dashboard: owner(
    'DescribeDashboard',
    'ListDashboardVersions',
    'UpdateDashboardPermissions',
    'QueryDashboard',
    'UpdateDashboard',
    'DeleteDashboard',
    'DescribeDashboardPermissions',
    'UpdateDashboardPublishedVersion',
  ),
  theme: owner(
    'ListThemeVersions',
    'UpdateThemeAlias',
    'DescribeThemeAlias',
    'UpdateThemePermissions',
    'DeleteThemeAlias',
    'DeleteTheme',
    'ListThemeAliases',
    'DescribeTheme',
    'CreateThemeAlias',
    'UpdateTheme',
    'DescribeThemePermissions',
  ),
} as const;
