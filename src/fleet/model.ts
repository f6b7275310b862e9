import type { PrimitiveType } from '../columns/types.ts';

/**
 * What a fleet definition is once it has been checked: plain data, every default filled in. `define.ts` makes it; all that
 * is derived (filters, decoders, schemas, rollup plans, rules, simulators) reads only this.
 */

/** A number of milliseconds, written in definitions as '30 seconds', '5 minutes', '1 hour', '7 days'. */
export type Milliseconds = number;

/** One level of a topic template, `weather/{station}/observation`: a literal, or a named level that MQTT filters see as `+`. */
export type TopicSegment =
  { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'level'; readonly name: string };

/** A step into a JSON value: an object's key or an array's index. */
export type PathStep = string | number;
export type JsonPath = readonly PathStep[];

/** Where a column's value comes from. */
export type ColumnSource =
  /** a path in the reading; several: the first that is present wins; an empty path is the reading itself (a bare scalar) */
  | { readonly kind: 'reading'; readonly paths: readonly JsonPath[] }
  /** a path in the whole message, for what several readings share */
  | { readonly kind: 'message'; readonly paths: readonly JsonPath[] }
  /** a named level of the topic */
  | { readonly kind: 'topicLevel'; readonly name: string }
  /** the stream's arrival time */
  | { readonly kind: 'arrival' }
  /** a time spread over several fields of the reading (whole numbers or numeric text) */
  | {
      readonly kind: 'timeFields';
      readonly fields: Readonly<Partial<Record<TimeField, readonly JsonPath[]>>>;
    };

export type TimeField = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

/** How a timestamp is written. Text without an offset is local time in `zone`. */
export type TimeFormat = 'iso' | 'epoch-s' | 'epoch-ms';

export type Column = {
  readonly name: string;
  readonly type: PrimitiveType;
  readonly source: ColumnSource;
  /** absent and null are allowed; otherwise such a reading goes to the quarantine */
  readonly optional: boolean;
  /** text that holds a number, a boolean or a whole value of the type is taken for it */
  readonly coerce: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly unit: string | undefined;
  readonly description: string | undefined;
  /** timestamps only */
  readonly time: { readonly format: TimeFormat; readonly zone: string | undefined } | undefined;
  /** text only: the value is any JSON value, kept as JSON text */
  readonly json: boolean;
};

/** Which part of a message is a reading each. */
export type ReadingsRule =
  /** the message: one JSON value is one reading; a top-level array, or values one after another, are one each */
  | { readonly kind: 'auto' }
  /** the elements of the array at this path */
  | { readonly kind: 'at'; readonly path: JsonPath };

/** Whose a table's messages are: the IoT policy follows from it. */
export type DeviceRule =
  | { readonly kind: 'topicLevel'; readonly name: string }
  /** topic level -> thing attribute */
  | { readonly kind: 'attributes'; readonly levels: Readonly<Record<string, string>> };

export type Partition = 'day' | 'month' | 'none';

export type Table = {
  readonly fleet: string;
  readonly name: string;
  /** `weather/{station}/observation` */
  readonly topic: string;
  readonly segments: readonly TopicSegment[];
  readonly device: DeviceRule;
  readonly columns: readonly Column[];
  readonly readings: ReadingsRule;
  /** the name of a timestamp column, or `_arrived_at` where devices say no time */
  readonly eventTime: string;
  /** columns, event time among them; empty: every reading is its own */
  readonly identity: readonly string[];
  readonly partition: Partition;
  readonly sortBy: readonly string[];
  readonly keepPayload: boolean;
  /** devices publish with the RETAIN flag */
  readonly retained: boolean;
  /** text that means null wherever a value is read */
  readonly nullText: readonly string[];
  /** topic level -> field of a file's row, where replay and backfill find it under another name */
  readonly rowLevels: Readonly<Record<string, string>>;
  /** an event time further ahead of arrival is refused */
  readonly maxAhead: Milliseconds;
  /** an event time further behind arrival is refused; undefined: late data is welcome, however late */
  readonly maxAge: Milliseconds | undefined;
};

export type Measure =
  | { readonly kind: 'count' }
  | {
      readonly kind: 'sum' | 'avg' | 'min' | 'max' | 'first' | 'last' | 'stddev' | 'p50' | 'p90' | 'p99';
      readonly column: string;
    };

export type WindowUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month';

/** Tumbling windows in the fleet's time zone. Days and above follow the calendar (a day may have 23 or 25 hours). */
export type Window = { readonly count: number; readonly unit: WindowUnit };

export type Rollup = {
  readonly fleet: string;
  readonly name: string;
  /** a table of the same fleet */
  readonly source: string;
  readonly every: Window;
  readonly by: readonly string[];
  readonly measures: Readonly<Record<string, Measure>>;
  /** how long after its end a window may still change before it is called final */
  readonly lateness: Milliseconds;
  readonly timeZone: string;
  readonly partition: Partition;
};

/** Windows between fixed times of the local day. In order of their times. */
export type Shifts = {
  readonly unit: 'shift';
  /** `minute`: of the local day, by its clock */
  readonly starts: readonly { readonly name: string; readonly minute: number }[];
};

/** How changed rows of a source tell which windows of a model change. */
export type ChangeRule =
  /** `column` undefined: the source's own time */
  | { readonly kind: 'eventTime'; readonly column: string | undefined }
  | {
      readonly kind: 'overlap';
      readonly from: string;
      readonly to: string;
      readonly margin: Milliseconds;
    }
  | {
      readonly kind: 'neighbours';
      readonly key: readonly string[];
      readonly carry: Milliseconds;
      readonly column: string | undefined;
    };

export type LookupValue = string | number | boolean | null;

/** A small relation: rows of a fleet's configuration. */
export type Lookup = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: PrimitiveType }[];
  readonly rows: readonly (readonly LookupValue[])[];
};

export type ModelColumn = {
  readonly name: string;
  readonly type: PrimitiveType;
  readonly unit: string | undefined;
  readonly description: string | undefined;
};

/** A table that a SELECT defines. */
export type Model = {
  readonly fleet: string;
  readonly name: string;
  /** one SELECT, in words that Trino and DuckDB share */
  readonly sql: string;
  readonly columns: readonly ModelColumn[];
  /** undefined: always made whole */
  readonly every: Window | Shifts | undefined;
  /** by the source's name in SQL */
  readonly changes: Readonly<Record<string, ChangeRule>>;
  readonly lookups: readonly Lookup[];
  readonly timeZone: string;
  readonly partition: Partition;
};

/** What has to be true of a table's rows. `source`: a table, its current view, a rollup or a model of the fleet. */
export type DataTest =
  | { readonly kind: 'notNull'; readonly source: string; readonly columns: readonly string[] }
  | { readonly kind: 'unique'; readonly source: string; readonly columns: readonly string[] }
  | {
      readonly kind: 'inRange';
      readonly source: string;
      readonly column: string;
      /** inclusive */
      readonly min: number | undefined;
      readonly max: number | undefined;
    }
  /** the greatest value of `column` is no older than this */
  | {
      readonly kind: 'fresh';
      readonly source: string;
      readonly column: string;
      readonly within: Milliseconds;
    };

export type Fleet = {
  readonly name: string;
  readonly timeZone: string;
  /** how long the event source may wait to fill a batch */
  readonly batchWindow: Milliseconds;
  readonly tables: Readonly<Record<string, Table>>;
  readonly rollups: Readonly<Record<string, Rollup>>;
  readonly models: Readonly<Record<string, Model>>;
  readonly tests: readonly DataTest[];
  readonly tiles: readonly Tile[];
  readonly simulation: Simulation | undefined;
};

/** What the dashboards show; every name is a column or measure of a table, rollup or model of the fleet. */
export type Tile = {
  readonly kind:
    | 'number'
    | 'trend'
    | 'bars'
    | 'histogram'
    | 'table'
    | 'map'
    /** a gauge each of `by`, of its newest row: OEE, availability, performance, quality, in this order, 1 is all */
    | 'oee'
    /** a strip each of `by`: start and end (null: goes on) of a stretch of time first, then what it is called */
    | 'timeline';
  readonly title: string;
  /** a table, rollup or model of the fleet */
  readonly source: string;
  readonly columns: readonly string[];
  readonly by: string | undefined;
};

/** How the fleet's devices behave: pure functions of a seeded generator, the device and the simulated time. */
export type Simulation = {
  readonly devices: number;
  /** between two messages of one device */
  readonly interval: Milliseconds;
  /** devices that live through a past first; undefined: they live with the clock from the start */
  readonly history: SimulatedHistory | undefined;
  /** the row that stands for a message in a file; undefined: the fields of the payload, and the topic's levels */
  readonly fileRow: ((message: SimulatedMessage) => Readonly<Record<string, unknown>>) | undefined;
  /** makes the state of device `index`, called once a device */
  readonly device: (index: number, random: () => number) => SimulatedDevice;
};

/**
 * Devices begin `span` before the clock, and `step` passes with each of their messages whatever the interval, until they have
 * caught up; from then on they send one every `step`.
 */
export type SimulatedHistory = { readonly span: Milliseconds; readonly step: Milliseconds };

export type SimulatedDevice = {
  /** the device's (thing's) name: also its MQTT client id */
  readonly id: string;
  /** thing attributes, where the device rule needs them */
  readonly attributes?: Readonly<Record<string, string>>;
  /** the messages that the device sends at `at` (milliseconds, UTC) */
  readonly next: (at: number) => readonly SimulatedMessage[];
};

/** `table` names the table whose topic is filled from `levels`; `payload` is sent as JSON, bytes as they are. */
export type SimulatedMessage = {
  readonly table: string;
  readonly levels: Readonly<Record<string, string>>;
  readonly payload: unknown;
};
