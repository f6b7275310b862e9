import type { Random } from '../../src/clock.ts';

/** JSON as no serializer writes it, and what only looks like JSON. The same random source repeats it. */
export type OddJson = {
  /** the text of a value, of whatever kind */
  value(depth?: number): string;
  number(): string;
  text(): string;
  time(): string;
  /** an object of those members, in any order and spelling, some of them twice */
  object(members: readonly (readonly [key: string, value: string])[]): string;
  blank(): string;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
};

const ODD_NUMBERS = [
  '-0',
  '0',
  '0.0',
  '-0.0',
  '1e400',
  '-1e400',
  '1E+2',
  '1e-400',
  '01',
  '+1',
  '.5',
  '5.',
  '-',
  '--1',
  '1e',
  '1e+',
  '0x10',
  'NaN',
  'Infinity',
  '-Infinity',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '12345678901234567890123456789',
  '0.1',
  '0.30000000000000004',
  '2.2250738585072014e-308',
  '5e-324',
  '1.7976931348623157e308',
  '123456789012345.6',
  '0.000001',
  '0.0000001',
  '1e21',
  '1e15',
  '999999999999999',
  '9999999999999999',
  '8.5e0',
  '1.0',
  '100',
  '0.1234567890123456789012345',
  '1718454600.123',
  '1718454600250',
  '1_000',
  '1,5',
  '00',
  '-01',
  '1.e1',
] as const;

const ODD_TEXTS = [
  '""',
  '"on"',
  '"NA"',
  '" 1 "',
  '"1.5"',
  '"-7"',
  '"1e3"',
  '"0x1"',
  '"01"',
  '"true"',
  '"TRUE"',
  '"0"',
  '"Ørsted"',
  '"日本"',
  '"😀"',
  '"\\ud83d\\ude00"',
  '"\\ud83d"',
  '"\\ude00x"',
  '"\\u0041"',
  '"\\n"',
  '"\\""',
  '"\\\\"',
  '"\\/"',
  '"\\x41"',
  '"\\u00g0"',
  '"\\u004"',
  '"a\tb"',
  '"a\nb"',
  '"\u0000"',
  '"\u007f"',
  '"\ufeff"',
  '"\u2028"',
  '"unclosed',
  '"cut\\',
  "'single'",
  '"AAA="',
  '"AAAA"',
  '"QUJD"',
  '"2024-06-15"',
  '"null"',
  `"${'x'.repeat(47)}"`,
  `"${'x'.repeat(48)}"`,
  `"${'x'.repeat(49)}"`,
  `"${'long '.repeat(60)}"`,
  '"1970-01-01T00:00:00Z"',
] as const;

const ODD_TIMES = [
  '"2024-06-15T12:29:60Z"',
  '"2024-06-15T24:00:00Z"',
  '"2024-02-30T00:00:00Z"',
  '"2024-06-15T12:00:00"',
  '"2024-06-15T12:00:00z"',
  '"2024-06-15 12:00:00Z"',
  '"2024-06-15T12:00:00.Z"',
  '"2024-06-15T12:00:00,5Z"',
  '"2024-06-15T12:00:00.123456789Z"',
  '"2024-06-15T12:00Z"',
  '"20240615T120000Z"',
  '"2024-06-15T12:00:00+02:00"',
  '"2024-06-15T12:00:00-0500"',
  '"0000-01-01T00:00:00Z"',
  '"0001-01-01T00:00:00Z"',
  '"9999-12-31T23:59:59.999Z"',
  '"2024-6-15T12:00:00Z"',
  '" 2024-06-15T12:00:00Z "',
  '"2024-06-15T12:00:00Z',
  '"2024-13-01T00:00:00Z"',
  '"2024-06-15T12:00:0\\u0030Z"',
  '"2999-01-01T00:00:00Z"',
  '"1899-12-31T23:59:59Z"',
] as const;

const ODD_VALUES = [
  'null',
  'true',
  'false',
  'nul',
  'truex',
  'True',
  'undefined',
  '{}',
  '[]',
  '[1,2]',
  '{"x":1}',
  '[[[]]]',
  '{"a":{"b":{"c":null}}}',
  '',
  ',',
  '}',
  ']',
  ':',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
  '{"x":1,}',
  '{"x" 1}',
  '{x:1}',
  '[1 2]',
  '[1,]',
  '[,]',
  '{"x":1}}',
  '/* */1',
] as const;

/** @param oddity from 0 to 1: how much of it is odd */
export function createOddJson(random: Random, oddity: number): OddJson {
  const below = (end: number) => Math.floor(random() * end);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const chance = (probability: number) => random() < probability;
  const blank = () => (!chance(oddity / 2) ? '' : pick([' ', '  ', '\t', '\n', '\r\n', '\f', '\u00a0']));

  const number = (): string => {
    if (chance(oddity)) return pick(ODD_NUMBERS);
    const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('');
    switch (below(7)) {
      case 0:
        return String(below(2 ** 31) - 2 ** 30);
      case 1:
        return (random() * 200 - 100).toFixed(below(5));
      case 2:
        return String((random() - 0.5) * 10 ** (below(30) - 15));
      case 3:
        return `${below(10)}.${digits(1 + below(24))}`;
      case 4:
        return `${chance(0.5) ? '-' : ''}${1 + below(9)}${digits(below(24))}`;
      case 5:
        return `0.${'0'.repeat(below(24))}${digits(1 + below(18))}`;
      default:
        return `${1 + below(9)}.${digits(1 + below(5))}${pick(['e', 'E'])}${pick(['', '+', '-'])}${below(40)}`;
    }
  };
  const text = (): string =>
    chance(oddity) ? pick(ODD_TEXTS) : JSON.stringify(pick(['dev-', 'plant ', 'é', '']) + String(below(50)));
  const time = (): string => {
    if (chance(oddity)) return pick(ODD_TIMES);
    const iso = new Date(Date.UTC(2024, 5, 15, 12) + below(30 * 60_000)).toISOString();
    return JSON.stringify(chance(0.5) ? iso : iso.replace(/\.\d+/, chance(0.5) ? '' : `.${below(10_000)}`));
  };
  const value = (depth = 0): string => {
    switch (below(depth > 3 ? 4 : 6)) {
      case 0:
        return number();
      case 1:
        return text();
      case 2:
        return time();
      case 3:
        return pick(ODD_VALUES);
      case 4:
        return `[${Array.from({ length: below(3) }, () => value(depth + 1)).join(',')}]`;
      default:
        return object(
          Array.from({ length: below(3) }, () => [
            pick(['a', 'x', 'Ω', '__proto__', '"', 'length']),
            value(depth + 1),
          ]),
        );
    }
  };
  const spellKey = (key: string): string => {
    const quoted = JSON.stringify(key);
    if (!chance(oddity / 8)) return quoted;
    return pick([
      quoted.replace(/\w/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
      quoted.toUpperCase(),
      `${quoted.slice(0, -1)}é"`,
      quoted.slice(1),
      `${quoted} `,
    ]);
  };
  const object = (members: readonly (readonly [string, string])[]): string => {
    const written = members.map(
      ([key, written]) => `${blank()}${spellKey(key)}${blank()}:${blank()}${written}${blank()}`,
    );
    if (chance(oddity)) written.sort(() => random() - 0.5);
    if (chance(oddity / 4) && written.length > 0) written.push(pick(written));
    return `${blank()}{${written.join(',')}}${blank()}`;
  };
  return { value, number, text, time, object, blank, pick, chance };
}
