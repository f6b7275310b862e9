import { formatTime } from '../format.ts';
import { numberOf } from './charts.tsx';
import type { TileProps } from './tile-props.ts';

const PARTS = ['availability', 'performance', 'quality'];

/** A gauge each group: overall equipment effectiveness, and the three that it is the product of. 1 is all. */
export function OeeTile({ answer, zone }: TileProps) {
  return (
    <div class="gauges">
      {answer.rows.map(([label, at, ...values]) => (
        <div key={label} class="gauge">
          <Dial value={numberOf(values[0] ?? null)} name={label ?? ''} />
          <div>
            <b>{label}</b>
            {PARTS.map((part, i) => (
              <Share key={part} name={part} value={numberOf(values[i + 1] ?? null)} />
            ))}
            {at !== null && at !== undefined && <p class="note">{formatTime(Number(at), zone)}</p>}
          </div>
        </div>
      ))}
    </div>
  );
}

const RADIUS = 40;
/** three quarters of a circle */
const ARC = 1.5 * Math.PI * RADIUS;

function Dial({ value, name }: { readonly value: number | null; readonly name: string }) {
  const share = Math.min(1, Math.max(0, value ?? 0));
  const text = value === null ? '–' : `${Math.round(value * 100)} %`;
  return (
    <svg
      viewBox="0 0 100 92"
      role="img"
      aria-label={`OEE of ${name}: ${text}`}
      class={`dial ${toneOf(value)}`}
    >
      <circle
        cx="50"
        cy="50"
        r={RADIUS}
        pathLength={ARC / 0.75}
        stroke-dasharray={`${ARC} 999`}
        transform="rotate(135 50 50)"
        class="rail"
      />
      <circle
        cx="50"
        cy="50"
        r={RADIUS}
        pathLength={ARC / 0.75}
        stroke-dasharray={`${ARC * share} 999`}
        transform="rotate(135 50 50)"
        class="share"
      />
      <text x="50" y="52">
        {text}
      </text>
      <text x="50" y="68" class="small">
        OEE
      </text>
    </svg>
  );
}

/** What the trade calls world class, and what it calls typical. */
function toneOf(value: number | null): string {
  if (value === null) return 'idle';
  return value >= 0.85 ? 'good' : value >= 0.6 ? 'fair' : 'warn';
}

function Share({ name, value }: { readonly name: string; readonly value: number | null }) {
  const percent = value === null ? 0 : Math.min(100, Math.max(0, value * 100));
  return (
    <p class="share">
      <span>{name}</span>
      <span class="bar-rail" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span class="number">{value === null ? '–' : `${Math.round(value * 100)} %`}</span>
    </p>
  );
}

/** A strip each group: what it was when. A stretch without an end goes on. */
export function TimelineTile({ tile, answer, zone }: TileProps) {
  const spans = answer.rows.map(([label, start, end, state]) => ({
    label: label ?? '',
    start: Number(start),
    end: end === null || end === undefined ? undefined : Number(end),
    state: state ?? '',
  }));
  const newest = Math.max(...spans.map(({ start, end }) => end ?? start));
  const from = Math.max(answer.from ?? -Infinity, Math.min(...spans.map(({ start }) => start)));
  const to = answer.to ?? newest;
  const length = Math.max(1, to - from);
  const states = Array.from(new Set(spans.map(({ state }) => state))).sort((a, b) => a.localeCompare(b));
  const lanes = Array.from(new Set(spans.map(({ label }) => label))).sort((a, b) => a.localeCompare(b));
  const colorOf = (state: string) => `var(--series-${(states.indexOf(state) % 12) + 1})`;
  const shareOf = (at: number) => (100 * (Math.min(to, Math.max(from, at)) - from)) / length;
  return (
    <div class="timeline">
      {lanes.map((lane) => (
        <div key={lane} class="lane">
          <span>{lane || tile.title}</span>
          <div
            class="strip"
            role="img"
            aria-label={`What ${lane || tile.title} was when; the figures say it in words`}
          >
            {spans
              .filter(({ label }) => label === lane)
              .map(({ start, end, state }) => (
                <span
                  key={`${start} ${state}`}
                  title={`${state}: ${formatTime(start, zone)} to ${end === undefined ? 'now' : formatTime(end, zone)}`}
                  style={{
                    left: `${shareOf(start)}%`,
                    width: `${Math.max(0.15, shareOf(end ?? to) - shareOf(start))}%`,
                    background: colorOf(state),
                  }}
                />
              ))}
          </div>
        </div>
      ))}
      <div class="lane">
        <span />
        <p class="ends">
          <span>{formatTime(from, zone)}</span>
          <span>{formatTime(to, zone)}</span>
        </p>
      </div>
      <ul class="legend">
        {states.map((state) => (
          <li key={state}>
            <span class="swatch" style={{ background: colorOf(state) }} />
            {state}
          </li>
        ))}
      </ul>
    </div>
  );
}
