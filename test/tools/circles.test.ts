import { describe, expect, it } from 'vitest';
import { findCircles } from '../../tools/borders/find-circles.ts';

function plant(files: Readonly<Record<string, string>>): readonly string[] {
  return findCircles(new Map(Object.entries(files)));
}

describe('findCircles', () => {
  it('finds files that import each other, however far around', () => {
    const circle = {
      'a/x.ts': `import { y } from '../b/y.ts';`,
      'b/y.ts': `import type { Z } from './z.ts';`,
      'b/z.ts': `export { x } from '../a/x.ts';`,
      'b/w.ts': `import { z } from './z.ts';`,
    };
    expect(plant(circle)).toEqual([
      'a/x.ts, b/y.ts, b/z.ts import each other in a circle: take out what they share',
    ]);
    expect(plant({ ...circle, 'b/z.ts': '' })).toEqual([]);
  });

  it('finds circles of types, and of types in place', () => {
    expect(
      plant({ 'x.ts': `import type { Y } from './y.ts';`, 'y.ts': `type X = import('./x.ts').X;` }),
    ).toHaveLength(1);
    expect(plant({ 'x.ts': `import type { X } from './x.ts';` })).toHaveLength(1);
  });

  it('tells two circles apart, and passes over packages and what is not there', () => {
    const two = {
      'a.ts': `import './b.ts';`,
      'b.ts': `import './a.ts'; import './c.ts';`,
      'c.ts': `import './d.ts'; import 'vitest';`,
      'd.ts': `import './c.ts'; import './gone.ts';`,
    };
    expect(plant(two).map((line) => line.slice(0, 10))).toEqual(['a.ts, b.ts', 'c.ts, d.ts']);
  });
});
