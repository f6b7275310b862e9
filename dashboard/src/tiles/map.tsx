import { geoGraticule, geoMercator, geoPath } from 'd3-geo';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { feature } from 'topojson-client';
import world from 'world-atlas/countries-110m.json' with { type: 'json' };
import { formatTime } from '../format.ts';
import { cellText, numberOf } from './charts.tsx';
import type { TileProps } from './tile-props.ts';

const HEIGHT = 300;
const PADDING = 28;
/** Nearer than this no outline of a country has a shape. */
const LEAST_DEGREES = 0.004;

const topology = world as unknown as Parameters<typeof feature>[0];
const countries = feature(topology, topology.objects['countries']!);

type Point = {
  readonly label: string;
  readonly at: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly more: string;
};

/** Where things were last, over outlines that the page brings along: nothing is fetched from anywhere. */
export function MapTile({ tile, answer, zone }: TileProps) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(480);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.max(200, entry!.contentRect.width)));
    watcher.observe(host.current!);
    return () => watcher.disconnect();
  }, []);
  const points = useMemo(() => pointsOf(answer, zone), [answer, zone]);
  const drawn = useMemo(() => project(points, width), [points, width]);
  const known = points.find(({ label }) => label === chosen);
  return (
    <div ref={host} class="map">
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${tile.title}: ${points.length} places; the figures list them`}
      >
        <path d={drawn.land} class="land" />
        <path d={drawn.grid} class="grid" />
        {drawn.places.map(({ x, y }, i) => {
          const { label, more } = points[i]!;
          return (
            <circle
              key={label || i}
              cx={x}
              cy={y}
              r={label === chosen ? 7 : 4.5}
              class={label === chosen ? 'chosen' : ''}
              onMouseEnter={() => setChosen(label)}
            >
              <title>{`${label} ${more}`}</title>
            </circle>
          );
        })}
        <g transform={`translate(${width - drawn.scale.length - 14},${HEIGHT - 12})`} class="scale">
          <path d={`M0-4v4h${drawn.scale.length}v-4`} />
          <text x={drawn.scale.length / 2} y="-7">
            {drawn.scale.text}
          </text>
        </g>
      </svg>
      <p class="note">
        {known === undefined
          ? `${points.length} places`
          : `${known.label}: ${known.latitude.toFixed(5)}, ${known.longitude.toFixed(5)} ${known.more}`}
      </p>
    </div>
  );
}

function pointsOf({ rows, columns }: TileProps['answer'], zone: string): Point[] {
  return rows.flatMap(([label, at, latitude, longitude, ...rest]) => {
    const [lat, lon] = [numberOf(latitude ?? null), numberOf(longitude ?? null)];
    if (lat === null || lon === null) return [];
    const more = rest.map((value, i) => `${columns[i + 2]!.name} ${cellText(value ?? null, zone)}`);
    const time = at === null || at === undefined ? [] : [formatTime(Number(at), zone)];
    return [
      {
        label: label ?? '',
        at: Number(at),
        latitude: lat,
        longitude: lon,
        more: [...more, ...time].join(', '),
      },
    ];
  });
}

/** Mercator over what there is, with room around it: shapes of streets and of continents stay what they are. */
function project(points: readonly Point[], width: number) {
  const longitudes = points.map(({ longitude }) => longitude);
  const latitudes = points.map(({ latitude }) => Math.min(84, Math.max(-84, latitude)));
  const [west, east] = widen(Math.min(...longitudes), Math.max(...longitudes));
  const [south, north] = widen(Math.min(...latitudes), Math.max(...latitudes));
  const projection = geoMercator().fitExtent(
    [
      [PADDING, PADDING],
      [width - PADDING, HEIGHT - PADDING],
    ],
    {
      type: 'MultiPoint',
      coordinates: [
        [west, south],
        [east, north],
      ],
    },
  );
  projection.clipExtent([
    [0, 0],
    [width, HEIGHT],
  ]);
  const path = geoPath(projection);
  const step = niceStep(Math.max(east - west, north - south) / 4);
  const grid = geoGraticule()
    .step([step, step])
    .extent([
      [
        Math.floor((west - (east - west) * 2) / step) * step,
        Math.max(-85, Math.floor((south - (north - south) * 2) / step) * step),
      ],
      [east + (east - west) * 2, Math.min(85, north + (north - south) * 2)],
    ]);
  const kilometres =
    (111.32 * Math.cos((((north + south) / 2) * Math.PI) / 180) * (east - west)) /
    Math.max(1, pixelsBetween(projection, west, east, (north + south) / 2));
  const scale = niceStep(kilometres * 80);
  return {
    land: path(countries) ?? '',
    grid: path(grid()) ?? '',
    places: points.map(({ longitude, latitude }) => {
      const [x, y] = projection([longitude, latitude]) ?? [-9, -9];
      return { x, y };
    }),
    scale: { length: scale / kilometres, text: scale >= 1 ? `${scale} km` : `${Math.round(scale * 1000)} m` },
  };
}

function pixelsBetween(
  projection: ReturnType<typeof geoMercator>,
  west: number,
  east: number,
  latitude: number,
): number {
  return (projection([east, latitude])?.[0] ?? 1) - (projection([west, latitude])?.[0] ?? 0);
}

function widen(low: number, high: number): [number, number] {
  const lack = Math.max(0, LEAST_DEGREES - (high - low)) / 2;
  return [low - lack, high + lack];
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  const factor = [1, 2, 5, 10].find((each) => each * power >= value) ?? 10;
  return factor * power;
}
