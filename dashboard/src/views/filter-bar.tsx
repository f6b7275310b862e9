import type { FleetReport } from '../../../local/web/fleet-report.ts';
import { api, ask } from '../client.ts';
import { formatTime, fromWallTime } from '../format.ts';
import { Choice, Fault } from '../parts/small.tsx';
import { place } from '../router.ts';
import { useAnswer } from '../use-answer.ts';

const HOUR = 3_600_000;

const RANGES = [
  { value: 'recent', name: 'Recent' },
  { value: String(HOUR), name: '1 h' },
  { value: String(24 * HOUR), name: '24 h' },
  { value: String(7 * 24 * HOUR), name: '7 d' },
  { value: String(30 * 24 * HOUR), name: '30 d' },
  { value: String(365 * 24 * HOUR), name: '1 y' },
  { value: 'all', name: 'All' },
];

type Filters = readonly (readonly [column: string, value: string])[];

/** Whose and when: what all tiles of a fleet are asked for. It stands in the address, so that a link shows the same. */
export function FilterBar({
  fleet,
  paused,
  onPause,
  onChange,
}: {
  readonly fleet: FleetReport;
  readonly paused: boolean;
  readonly onPause: () => void;
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void;
}) {
  const { query } = place.value;
  const chosen = parseFilters(query.get('filters'));
  const [from, to] = [query.get('from'), query.get('to')];
  const custom = from !== null || to !== null;
  const { value, error } = useAnswer(fleet.name, fleet.name, () =>
    ask(api.fleets[':fleet'].filters.$get({ param: { fleet: fleet.name } })),
  );

  function choose(column: string, picked: string): void {
    const next = chosen.filter(([name]) => name !== column);
    onChange({ filters: encode(picked === '' ? next : [...next, [column, picked]]) });
  }

  return (
    <form class="bar" onSubmit={(event) => event.preventDefault()} aria-label="Filters and time">
      {(value?.filters ?? fleet.filters.map((column) => ({ column, values: [] }))).map(
        ({ column, values }) => (
          <label key={column}>
            {column}
            <select
              aria-label={column}
              value={chosen.find(([name]) => name === column)?.[1] ?? ''}
              onChange={({ currentTarget }) => choose(column, currentTarget.value)}
            >
              <option value="">all</option>
              {values.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
          </label>
        ),
      )}
      <Choice
        label="Time range, back from the newest data"
        choices={RANGES}
        value={custom ? '' : (query.get('last') ?? 'recent')}
        onChange={(last) => onChange({ last: last === 'recent' ? null : last, from: null, to: null })}
      />
      <label>
        from
        <input
          type="datetime-local"
          value={wallTime(from, fleet.timeZone)}
          onChange={({ currentTarget }) =>
            onChange({ from: utcTime(currentTarget.value, fleet.timeZone), last: null })
          }
        />
      </label>
      <label>
        to
        <input
          type="datetime-local"
          value={wallTime(to, fleet.timeZone)}
          onChange={({ currentTarget }) =>
            onChange({ to: utcTime(currentTarget.value, fleet.timeZone), last: null })
          }
        />
      </label>
      <span class="note">{fleet.timeZone}</span>
      <button type="button" aria-pressed={paused} onClick={onPause}>
        {paused ? 'Go on' : 'Pause'}
      </button>
      {error !== undefined && <Fault>{error}</Fault>}
    </form>
  );
}

/** What stands in the address, UTC, as the clocks of the site show it. */
function wallTime(iso: string | null, zone: string): string {
  const at = Date.parse(iso ?? '');
  return Number.isNaN(at) ? '' : formatTime(at, zone).replace(' ', 'T').slice(0, 16);
}

function utcTime(wall: string, zone: string): string | null {
  return wall === '' ? null : new Date(fromWallTime(wall, zone)).toISOString();
}

function encode(filters: Filters): string | null {
  return filters.length === 0 ? null : JSON.stringify(filters);
}

/** What the address says; nonsense is no filter. */
function parseFilters(text: string | null): Filters {
  try {
    return text === null ? [] : (JSON.parse(text) as Filters);
  } catch {
    return [];
  }
}
