import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentType } from 'preact';
import type { FleetReport, TileReport } from '../../../local/web/fleet-report.ts';
import { api, ask } from '../client.ts';
import { live } from '../live.ts';
import { Empty, Fault } from '../parts/small.tsx';
import { useAnswer } from '../use-answer.ts';
import { BarsTile, HistogramTile, TrendTile } from './charts.tsx';
import { NumberTile, TableTile } from './figures.tsx';
import { OeeTile, TimelineTile } from './machines.tsx';
import type { TileProps } from './tile-props.ts';

/** A tile asks no more often than this, however often its source commits. */
const LEAST_MS = 3_000;

/** A tile: asked anew whenever its source has a new version; its rows as a table for whoever wants figures. */
export function TileCard({
  fleet,
  tile,
  asked,
  paused,
}: {
  readonly fleet: FleetReport;
  readonly tile: TileReport;
  readonly asked: Readonly<Record<string, string>>;
  readonly paused: boolean;
}) {
  const [asTable, setAsTable] = useState(false);
  const about = JSON.stringify(asked);
  const version = useVersion(tile.source, paused);
  const { value, error, loading } = useAnswer(`${about} ${version}`, about, () =>
    ask(
      api.fleets[':fleet'].tiles[':tile'].$get({
        param: { fleet: fleet.name, tile: String(tile.index) },
        query: asked,
      }),
    ),
  );
  return (
    <section class={`card tile ${tile.kind}`} aria-label={tile.title} data-tile={tile.kind}>
      <header>
        <h2>{tile.title}</h2>
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          Figures
        </button>
      </header>
      {error !== undefined && <Fault>{error}</Fault>}
      {value === undefined && loading && <Empty>Asking …</Empty>}
      {value !== undefined &&
        (value.rows.length === 0 ? (
          <Empty>{value.version === null ? 'Not in the lake yet.' : 'Nothing in this range.'}</Empty>
        ) : asTable ? (
          <TableTile tile={tile} answer={value} zone={fleet.timeZone} />
        ) : (
          <Drawn tile={tile} answer={value} zone={fleet.timeZone} />
        ))}
      <p class="note">
        {tile.source}
        {value?.version !== null && value?.version !== undefined && `, version ${value.version}`}
        {value?.cut === true && ', the largest groups'}
      </p>
    </section>
  );
}

/** The newest version of a table, taken up a while after the last one was. */
function useVersion(source: string, paused: boolean): number | null {
  const newest = live.value?.tables.find(({ name }) => name === source)?.version ?? null;
  const [taken, setTaken] = useState(newest);
  const last = useRef(0);
  useEffect(() => {
    if (paused || newest === taken) return undefined;
    const timer = setTimeout(
      () => {
        last.current = performance.now();
        setTaken(newest);
      },
      Math.max(0, last.current + LEAST_MS - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [newest, taken, paused]);
  return taken;
}

function Drawn(props: TileProps) {
  switch (props.answer.kind) {
    case 'number':
      return <NumberTile {...props} />;
    case 'trend':
      return <TrendTile {...props} />;
    case 'bars':
      return <BarsTile {...props} />;
    case 'histogram':
      return <HistogramTile {...props} />;
    case 'table':
      return <TableTile {...props} />;
    case 'map':
      return <MapLater {...props} />;
    case 'oee':
      return <OeeTile {...props} />;
    case 'timeline':
      return <TimelineTile {...props} />;
  }
}

/** The outlines of the world are larger than the rest of the page: they come with the first map. */
function MapLater(props: TileProps) {
  const [Loaded, setLoaded] = useState<ComponentType<TileProps> | undefined>(undefined);
  useEffect(() => {
    void import('./map.tsx').then(({ MapTile }) => setLoaded(() => MapTile));
  }, []);
  return Loaded === undefined ? <Empty>Loading the map …</Empty> : <Loaded {...props} />;
}
