/** The page's colours (`dashboard/src/styles/theme.css`, the light theme), which a stylesheet cannot hand over; QuickSight takes capitals only. */
export const COLORS = {
  back: '#F4F6F7',
  card: '#FFFFFF',
  text: '#16202A',
  main: '#0B6E78',
  'main-text': '#FFFFFF',
  good: '#1A7245',
  warn: '#8A5300',
  bad: '#B3261E',
  'series-1': '#0B7A86',
  'series-2': '#B84F14',
  'series-3': '#5A4FCF',
  'series-4': '#2E8540',
  'series-5': '#C22F6B',
  'series-6': '#8A6D00',
  'series-7': '#1F6FD1',
  'series-8': '#8C4A2F',
  'series-9': '#6B7785',
  'series-10': '#7D3FB2',
  'series-11': '#00806A',
  'series-12': '#B3261E',
} as const;

/** The colours of series, in their order. */
export const SERIES: readonly string[] = Object.entries(COLORS).flatMap(([name, color]) =>
  name.startsWith('series-') ? [color] : [],
);
