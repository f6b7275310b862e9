import { gzipSync } from 'node:zlib';
import type { Random } from '../../src/clock.ts';
import type { FailureReason } from '../../src/decode/failure.ts';

/** What the corpus has to know of a table: a reading that it takes, and fields of that reading to spoil. */
export type Subject = {
  /** good readings, as different from each other as one likes; the message's top level is the reading */
  readonly reading: (random: Random) => Readonly<Record<string, unknown>>;
  /** a required text column's field */
  readonly text: string;
  /** a required double column's field, not coerced, with the column's greatest value */
  readonly number: { readonly field: string; readonly max: number };
  /** the event time's field, ISO text */
  readonly time: string;
};

export type MalformedMessage = {
  /** the name of what is wrong with it */
  readonly kind: string;
  readonly payload: Uint8Array;
  /** the reason that the quarantine must give first */
  readonly reason: FailureReason;
  /** rows that it makes all the same */
  readonly rows: number;
};

type Spoil = (subject: Subject, random: Random) => string | Uint8Array;
type Kind = { readonly reason: FailureReason; readonly rows?: number; readonly spoil: Spoil };

/** A reading's JSON with some members changed; undefined takes a member away. */
function change(changes: (subject: Subject, random: Random) => Readonly<Record<string, unknown>>): Spoil {
  return (subject, random) => JSON.stringify({ ...subject.reading(random), ...changes(subject, random) });
}

/** A reading's JSON with the value of a member written as that text. */
function write(field: (subject: Subject) => string, text: string): Spoil {
  return (subject, random) => {
    const json = JSON.stringify({ ...subject.reading(random), [field(subject)]: '@here@' });
    return json.replace('"@here@"', text);
  };
}

const good: Spoil = change(() => ({}));
const pick = (random: Random, end: number) => Math.floor(random() * end);
const text = ({ text: field }: Subject) => field;
const number = ({ number: { field } }: Subject) => field;

const notJson: Readonly<Record<string, Spoil>> = {
  'nothing at all': () => '',
  'white space': (_, random) => ' \t\r\n'.repeat(1 + pick(random, 5)),
  'cut off': (subject, random) => {
    const json = good(subject, random) as string;
    return json.slice(0, 1 + pick(random, json.length - 1));
  },
  'a brace too many': (subject, random) => `${good(subject, random) as string}}`,
  'a trailing comma': (subject, random) => (good(subject, random) as string).replace(/\}$/, ',}'),
  'single quotes': (subject, random) => (good(subject, random) as string).replaceAll('"', "'"),
  'unquoted keys': (subject, random) => (good(subject, random) as string).replaceAll(/"(\w+)":/g, '$1:'),
  'a comment': (subject, random) => `${good(subject, random) as string} // ok`,
  'a bare NaN': write(number, 'NaN'),
  'a bare Infinity': write(number, '-Infinity'),
  'a hexadecimal number': write(number, '0x1F'),
  'a leading zero': write(number, '012'),
  'a decimal comma': write(number, '12,5'),
  'a raw line break in text': write(text, '"a\nb"'),
  'a bad escape': write(text, '"\\x41"'),
  'NUL after the end': (subject, random) => `${good(subject, random) as string}\0`,
  'NUL bytes': (_, random) => new Uint8Array(1 + pick(random, 64)),
  'random bytes': (_, random) =>
    Uint8Array.from([0xff, ...Array.from({ length: pick(random, 64) }, () => pick(random, 256))]),
  'a byte that is not UTF-8': (subject, random) => damage(good(subject, random) as string, 0xff),
  'half of a UTF-8 sequence': (subject, random) => damage(good(subject, random) as string, 0xc3),
  'a surrogate in UTF-8': (subject, random) => damage(good(subject, random) as string, 0xed, 0xa0, 0x80),
  'a control character in text': write(text, '"\u0001"'),
  'UTF-16': (subject, random) => Buffer.from(good(subject, random) as string, 'utf16le'),
  gzip: (subject, random) => gzipSync(good(subject, random)),
  base64: (subject, random) => Buffer.from(good(subject, random) as string).toString('base64'),
  XML: () => '<reading><t>21.5</t></reading>',
  CSV: () => 'st1,21.5,2024-01-01T00:00:00Z',
  'a word': (_, random) => ['undefined', 'None', 'OK', 'True', 'null null null!'][pick(random, 5)]!,
  'brackets without end': (_, random) => '['.repeat(1 + pick(random, 100_000)),
  'braces without end': (_, random) => '{"a":'.repeat(1 + pick(random, 20_000)),
  'two halves of a message': (subject, random) => {
    const json = good(subject, random) as string;
    return `${json}${json.slice(0, -1)}`;
  },
};

const wrongType: Readonly<Record<string, Spoil>> = {
  'a number as text': change(({ number: { field } }) => ({ [field]: '21.5' })),
  'text for a number': change(({ number: { field } }) => ({ [field]: 'warm' })),
  'true for a number': change(({ number: { field } }) => ({ [field]: true })),
  'an object for a number': change(({ number: { field } }) => ({ [field]: { value: 21.5 } })),
  'an array for a number': change(({ number: { field } }) => ({ [field]: [21.5] })),
  'deep brackets for a number': write(number, `${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  'a number for text': change((subject) => ({ [subject.text]: 5 })),
  'an array for text': change((subject) => ({ [subject.text]: ['x'] })),
  'an object for text': change((subject) => ({ [subject.text]: { length: 3 } })),
  'half of a surrogate pair': write(text, '"x\\ud83d"'),
  'a time of words': change((subject) => ({ [subject.time]: 'yesterday at noon' })),
  'a time without a zone': change((subject) => ({ [subject.time]: '2013-06-01T12:00:00' })),
  'a time of the 30th of February': change((subject) => ({ [subject.time]: '2013-02-30T12:00:00Z' })),
  'a time of the year 0': change((subject) => ({ [subject.time]: '0000-01-01T00:00:00Z' })),
  'a number for a time': change((subject) => ({ [subject.time]: 1_370_088_000 })),
  'an empty time': change((subject) => ({ [subject.time]: '' })),
};

const missing: Readonly<Record<string, Spoil>> = {
  'no text': change((subject) => ({ [subject.text]: undefined })),
  'no number': change(({ number: { field } }) => ({ [field]: undefined })),
  'no time': change((subject) => ({ [subject.time]: undefined })),
  'null for a number': change(({ number: { field } }) => ({ [field]: null })),
  'null for a time': change((subject) => ({ [subject.time]: null })),
  'an empty object': () => '{}',
  null: () => 'null',
  'a bare number': () => '23',
  'a bare text': () => '"23"',
  'an array in an array': () => '[[]]',
  'the key in capitals': (subject, random) =>
    (good(subject, random) as string).replace(`"${text(subject)}":`, `"${text(subject).toUpperCase()}":`),
  'everything in __proto__': (subject, random) => `{"__proto__":${good(subject, random) as string}}`,
  'the reading one level too deep': (subject, random) => `{"data":${good(subject, random) as string}}`,
};

const outOfRange: Readonly<Record<string, Spoil>> = {
  'a number above the greatest': change(({ number: { field, max } }, random) => ({
    [field]: max + 1 + random() * 1e6,
  })),
  'a number beyond doubles': write(number, '1e999'),
  'a number far below doubles': write(number, '-1e999'),
};

const ahead: Readonly<Record<string, Spoil>> = {
  'a time ahead': change((subject, random) => ({
    [subject.time]: `${5000 + pick(random, 4999)}-01-01T00:00:00Z`,
  })),
};

const list = (subject: Subject, random: Random, bad: string, separator: string) =>
  [good(subject, random), bad, good(subject, random)].join(separator);

const kinds: Readonly<Record<string, Kind>> = {
  ...kindsOf('not-json', notJson),
  ...kindsOf('wrong-type', wrongType),
  ...kindsOf('missing-column', missing),
  ...kindsOf('out-of-range', outOfRange),
  ...kindsOf('time-ahead', ahead),
  'no readings': { reason: 'no-reading', spoil: (_, random) => ['[]', ' [ ] ', '[\n]'][pick(random, 3)]! },
  'one bad reading of three': {
    reason: 'missing-column',
    rows: 2,
    spoil: (subject, random) => `[${list(subject, random, '{}', ',')}]`,
  },
  'one bad line of three': {
    reason: 'not-json',
    rows: 2,
    spoil: (subject, random) => list(subject, random, '{"cut":', '\n'),
  },
  'one bad value of three': {
    reason: 'missing-column',
    rows: 2,
    spoil: (subject, random) => list(subject, random, 'null', ' '),
  },
};

function kindsOf(reason: FailureReason, spoils: Readonly<Record<string, Spoil>>): Record<string, Kind> {
  return Object.fromEntries(Object.entries(spoils).map(([name, spoil]) => [name, { reason, spoil }]));
}

/** Every kind once, then kinds by chance, until there are `count` messages. The same random source repeats them. */
export function* malformedMessages(
  subject: Subject,
  random: Random,
  count: number,
): Generator<MalformedMessage> {
  const names = Object.keys(kinds);
  for (let i = 0; i < count; i++) {
    const kind = names[i < names.length ? i : pick(random, names.length)]!;
    const { reason, rows = 0, spoil } = kinds[kind]!;
    const spoiled = spoil(subject, random);
    const payload = typeof spoiled === 'string' ? Buffer.from(spoiled) : spoiled;
    yield { kind, reason, rows, payload };
  }
}

/** Puts bytes that do not belong there inside the text's first quoted part. */
function damage(json: string, ...wrong: readonly number[]): Uint8Array {
  const bytes = Buffer.from(json);
  const at = bytes.indexOf(0x22) + 1;
  return Buffer.concat([bytes.subarray(0, at), Uint8Array.from(wrong), bytes.subarray(at)]);
}
