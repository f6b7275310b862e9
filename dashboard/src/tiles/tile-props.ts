import type { TileReport } from '../../../local/web/fleet-report.ts';
import type { TileAnswer } from '../../../local/web/tile-answers.ts';

/** What a tile's drawing gets: its definition, what was answered, and the zone of the site. */
export type TileProps = { readonly tile: TileReport; readonly answer: TileAnswer; readonly zone: string };
