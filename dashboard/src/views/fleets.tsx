import { useState } from 'preact/hooks';
import type { FleetReport } from '../../../local/web/fleet-report.ts';
import { api, ask } from '../client.ts';
import { Empty, Fault, Link, ViewHead } from '../parts/small.tsx';
import { go, place, withQuery } from '../router.ts';
import { TileCard } from '../tiles/tile-card.tsx';
import { useAnswer } from '../use-answer.ts';
import { FilterBar } from './filter-bar.tsx';

/** The tiles of a fleet, from its definition alone. */
export function FleetsView() {
  const { value, error } = useAnswer('fleets', 'fleets', () => ask(api.fleets.$get()));
  if (error !== undefined) return <Fault>{error}</Fault>;
  if (value === undefined) return <Empty>Loading the fleets …</Empty>;
  const [, , named] = place.value.path.split('/');
  const fleet = value.fleets.find(({ name }) => name === named) ?? (named ? undefined : value.fleets[0]);
  return (
    <>
      <ViewHead title={fleet === undefined ? 'Fleets' : `Fleet ${fleet.name}`}>
        <nav class="tabs" aria-label="Fleets">
          {value.fleets.map(({ name }) => (
            <Link key={name} to={`/fleets/${name}`} current={name === fleet?.name}>
              {name}
            </Link>
          ))}
        </nav>
      </ViewHead>
      {fleet === undefined ? (
        <Fault>There is no fleet {named}.</Fault>
      ) : (
        <Tiles key={fleet.name} fleet={fleet} />
      )}
    </>
  );
}

function Tiles({ fleet }: { readonly fleet: FleetReport }) {
  const { query } = place.value;
  const [paused, setPaused] = useState(false);
  const asked = {
    ...(query.get('from') !== null && { from: query.get('from')! }),
    ...(query.get('to') !== null && { to: query.get('to')! }),
    ...(query.get('from') === null &&
      query.get('to') === null &&
      query.get('last') !== 'all' && { last: query.get('last') ?? 'recent' }),
    ...(query.get('filters') !== null && { filters: query.get('filters')! }),
  };
  return (
    <>
      <FilterBar
        fleet={fleet}
        paused={paused}
        onPause={() => setPaused(!paused)}
        onChange={(changes) => go(withQuery(changes), { replace: true })}
      />
      {fleet.tiles.length === 0 && <Empty>The definition of this fleet has no tiles.</Empty>}
      <div class="tiles">
        {fleet.tiles.map((tile) => (
          <TileCard key={tile.index} fleet={fleet} tile={tile} asked={asked} paused={paused} />
        ))}
      </div>
      <p class="note">Times are those of the site: {fleet.timeZone}.</p>
    </>
  );
}
