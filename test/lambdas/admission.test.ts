import { describe, expect, it } from 'vitest';
import { judgeClaim } from '../../lambdas/admit/admission.ts';

const claim = { ThingName: 'press-1', line: 'A' };
const free = { attributes: { line: 'A' }, certificates: 0 };

describe('a device that holds a claim', () => {
  it.each([true, false])(
    'becomes a thing that was registered for it (unknown ones admitted: %s)',
    (unknown) => {
      expect(judgeClaim(claim, free, unknown).admitted).toBe(true);
    },
  );

  it('becomes no thing that has a certificate: that is another device', () => {
    for (const unknown of [true, false])
      expect(judgeClaim(claim, { ...free, certificates: 1 }, unknown)).toEqual({
        admitted: false,
        why: 'press-1 has a certificate: revoke it first',
      });
  });

  it('does not change what a thing was registered as', () => {
    for (const unknown of [true, false])
      expect(judgeClaim({ ...claim, line: 'B' }, free, unknown)).toEqual({
        admitted: false,
        why: 'press-1 is not registered with line=B',
      });
  });

  it('becomes a thing that nobody registered only where the stage says so', () => {
    expect(judgeClaim(claim, undefined, true).admitted).toBe(true);
    expect(judgeClaim(claim, undefined, false).admitted).toBe(false);
    expect(judgeClaim(claim, { attributes: {}, certificates: 0 }, true).admitted).toBe(true);
    expect(judgeClaim(claim, { attributes: {}, certificates: 0 }, false).admitted).toBe(false);
  });

  it('has to say its name', () => {
    expect(judgeClaim({ line: 'A' }, undefined, true)).toEqual({ admitted: false, why: 'it names no thing' });
  });
});
