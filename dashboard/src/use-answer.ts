import { useEffect, useState } from 'preact/hooks';
import { messageOf } from './client.ts';

export type Answered<T> = {
  /** the newest answer: it stays while the next one is awaited, and where that fails */
  readonly value: T | undefined;
  readonly error: string | undefined;
  readonly loading: boolean;
};

/**
 * Asks when `key` changes, and shows the newest answer. Of two that overtake each other the later question's counts.
 *
 * @param key what the answer depends on; undefined: nothing is asked
 * @param about whatever else than a newer state of the same thing: its change takes the old answer away
 */
export function useAnswer<T>(key: string | undefined, about: string, load: () => Promise<T>): Answered<T> {
  const [state, setState] = useState<Answered<T> & { readonly about: string }>({
    value: undefined,
    error: undefined,
    loading: true,
    about,
  });
  useEffect(() => {
    if (key === undefined) return undefined;
    let outdated = false;
    setState((before) => ({
      ...before,
      value: before.about === about ? before.value : undefined,
      loading: true,
      about,
    }));
    load().then(
      (value) => {
        if (!outdated) setState({ value, error: undefined, loading: false, about });
      },
      (error: unknown) => {
        if (!outdated) setState((before) => ({ ...before, error: messageOf(error), loading: false }));
      },
    );
    return () => {
      outdated = true;
    };
    // the key says what the loader asks
  }, [key, about]);
  return state.about === about ? state : { value: undefined, error: undefined, loading: true };
}
