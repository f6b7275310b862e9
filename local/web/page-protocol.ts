import type { RunReport } from './live-state.ts';

/** What the page's process needs to begin. */
export type PageSettings = {
  readonly lake: string;
  readonly stream: string;
  /** as `--fleets` said; none: the shipped fleets */
  readonly fleetSources: readonly string[];
  /** ports to try, in this order; 0: any free one */
  readonly ports: readonly number[];
  /** of the built page */
  readonly folder: string;
};

export type ToPage =
  | { readonly kind: 'begin'; readonly settings: PageSettings }
  | { readonly kind: 'report'; readonly report: RunReport }
  | { readonly kind: 'close' };

export type FromPage =
  | { readonly kind: 'listening'; readonly port: number }
  /** what its user can mend, in one line */
  | { readonly kind: 'refused'; readonly message: string };
