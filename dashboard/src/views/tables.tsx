import { useState } from 'preact/hooks';
import { live } from '../live.ts';
import { formatBytes, formatCount } from '../format.ts';
import { Empty, Fault, Link, ViewHead } from '../parts/small.tsx';
import { go, place, withQuery } from '../router.ts';
import { QuarantinePanel } from './quarantine.tsx';
import { TableFiles } from './table-files.tsx';
import { TableHistory } from './table-history.tsx';
import { TableOverview } from './table-overview.tsx';
import { TableRows } from './table-rows.tsx';

const TABS = [
  { value: 'overview', name: 'Overview' },
  { value: 'files', name: 'Files' },
  { value: 'history', name: 'History' },
  { value: 'rows', name: 'Rows' },
] as const;

/** The tables of the lake, at any version. */
export function TablesView() {
  const tables = live.value?.tables;
  const [, , named] = place.value.path.split('/');
  const table = tables?.find(({ name }) => name === named) ?? (named ? undefined : tables?.[0]);
  return (
    <>
      <ViewHead title={table === undefined ? 'Tables' : `Table ${table.name}`} />
      <div class="with-list">
        <nav class="list" aria-label="Tables">
          {(tables ?? []).map(({ name, rows, bytes, kind, fault }) => (
            <Link key={name} to={`/tables/${name}`} current={name === table?.name}>
              <span class={fault === null ? '' : 'bad'}>{name}</span>
              <small>
                {kind}, {formatCount(rows)} rows, {formatBytes(bytes)}
              </small>
            </Link>
          ))}
        </nav>
        <div>
          {tables === undefined ? (
            <Empty>Waiting for the first word from the product …</Empty>
          ) : table === undefined ? (
            <Fault>There is no table {named}.</Fault>
          ) : table.version === null ? (
            <Empty>{table.fault ?? 'Not in the lake yet: it comes with its first commit.'}</Empty>
          ) : (
            <Chosen
              key={table.name}
              name={table.name}
              newest={table.version}
              isQuarantine={table.kind === 'quarantine'}
            />
          )}
        </div>
      </div>
    </>
  );
}

function Chosen({
  name,
  newest,
  isQuarantine,
}: {
  readonly name: string;
  readonly newest: number;
  readonly isQuarantine: boolean;
}) {
  const { query } = place.value;
  const version = query.get('version') ?? undefined;
  const first = isQuarantine ? 'messages' : 'overview';
  const tab = query.get('tab') ?? first;
  const tabs = isQuarantine ? [{ value: 'messages', name: 'Messages' }, ...TABS] : TABS;
  return (
    <>
      <div class="tab-row">
        <nav class="tabs" aria-label={`Views of ${name}`}>
          {tabs.map((each) => (
            <Link
              key={each.value}
              to={withQuery({ tab: each.value === first ? null : each.value })}
              current={each.value === tab}
            >
              {each.name}
            </Link>
          ))}
        </nav>
        {tab !== 'messages' && tab !== 'history' && <VersionChoice newest={newest} version={version} />}
      </div>
      {tab === 'messages' && <QuarantinePanel newest={newest} />}
      {tab === 'overview' && <TableOverview name={name} newest={newest} version={version} />}
      {tab === 'files' && <TableFiles name={name} newest={newest} version={version} />}
      {tab === 'history' && <TableHistory name={name} newest={newest} />}
      {tab === 'rows' && <TableRows name={name} newest={newest} version={version} />}
    </>
  );
}

/** Time travel: the version that is shown, the newest by default. */
function VersionChoice({
  newest,
  version,
}: {
  readonly newest: number;
  readonly version: string | undefined;
}) {
  // what is being typed stays, however often there is a newer version meanwhile
  const [draft, setDraft] = useState<string>();
  function show(value: string): void {
    setDraft(undefined);
    go(withQuery({ version: value === String(newest) ? null : value }), { replace: true });
  }
  return (
    <form
      class="version"
      aria-label="Time travel"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft !== undefined) show(draft);
      }}
    >
      <label>
        version
        <input
          type="number"
          min="0"
          max={newest}
          value={draft ?? version ?? newest}
          onInput={({ currentTarget }) => setDraft(currentTarget.value)}
          onBlur={() => draft !== undefined && show(draft)}
        />
      </label>
      <span class="note">of {formatCount(newest)}</span>
      <button type="button" disabled={version === undefined} onClick={() => show(String(newest))}>
        Newest
      </button>
    </form>
  );
}
