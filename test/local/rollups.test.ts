import { describe, expect, it } from 'vitest';
import { factory } from '../../fleets/factory.ts';
import { weather } from '../../fleets/weather.ts';
import { createRollups } from '../../local/rollups.ts';

type Event = { readonly rollup?: string; readonly step?: string; readonly piece?: number };

const names = Object.keys(weather.rollups);
const [first = ''] = names;
const small = { reports: [{ kind: 'incremental' }], large: [] };

/** What the function was asked for, in order, as `step` or the rollup's name. */
function start(answer: (event: Event) => unknown, fleets = [weather]) {
  const asked: string[] = [];
  const rollups = createRollups({
    fleets,
    invoke(event) {
      const { rollup, step, piece } = event as Event;
      asked.push(
        [step ?? rollup ?? JSON.stringify(event), ...(piece === undefined ? [] : [piece])].join(' '),
      );
      return Promise.resolve().then(() => answer(event as Event));
    },
  });
  return { asked, rollups };
}

describe('the rollups of a laptop', () => {
  it('run one by one, the large ones in pieces, and after them the models', async () => {
    const large = { reports: [{ kind: 'large' }], large: [{ fleet: 'weather', rollup: first }] };
    const { asked, rollups } = start(
      ({ step, rollup }) =>
        step === 'plan'
          ? { plan: 'p', pieces: 2 }
          : step === 'join'
            ? { kind: 'full' }
            : rollup === first && step === undefined
              ? large
              : small,
      [weather, factory],
    );
    await rollups.run();
    expect(asked).toEqual([
      first,
      'plan',
      'piece 0',
      'piece 1',
      'join',
      ...names.slice(1),
      ...Object.keys(factory.rollups),
      '{"only":"models"}',
    ]);
  });

  it('are planned anew where a plan no longer holds, and give up at last', async () => {
    const { asked, rollups } = start(({ step }) =>
      step === 'plan'
        ? { plan: 'p', pieces: 1 }
        : step === 'join'
          ? { kind: 'stale', rollup: 'weather/daily', why: 'piece 0 was not made' }
          : { reports: [], large: [{ fleet: 'weather', rollup: first }] },
    );
    await expect(rollups.run()).rejects.toThrow(
      'rollup weather/daily: its pieces could not be joined: piece 0 was not made',
    );
    expect(asked.filter((each) => each === 'plan')).toHaveLength(3 * names.length);
  });

  it('go on after one that fails, and say which', async () => {
    const { asked, rollups } = start(({ rollup }) => {
      if (rollup === first) throw new Error('sick');
      return small;
    });
    await expect(rollups.run()).rejects.toThrow('sick');
    expect(asked).toEqual(names);
  });
});
