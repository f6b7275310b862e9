import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareUtf8 } from '../../src/stores/utf8-order.ts';

it('orders as the UTF-8 bytes do', () => {
  const unit = fc.constantFrom(
    'a',
    'b',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
  );
  const word = fc.string({ unit, maxLength: 4 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});
