/** A message as the stream holds it, routed: `levels` are the named levels of its topic. */
export type Message = {
  readonly topic: string;
  readonly levels: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  /** whole milliseconds, UTC */
  readonly arrivedAt: number;
  /** `position`: zero-padded, as `_position` holds it */
  readonly origin: { readonly stream: string; readonly shard: string; readonly position: string };
};
