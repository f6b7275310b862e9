import { registerHooks } from 'node:module';
import type { Mutant } from './mutants.ts';

const REPO = new URL('../../', import.meta.url);

/** Plants a mutant into the modules that this process loads from now on. */
export function plantMutant({ name, edits }: Mutant): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const own = edits.filter(({ file }) => new URL(file, REPO).href === url);
      if (own.length === 0) return loaded;
      let source = Buffer.from(loaded.source as Uint8Array).toString();
      for (const { file, find, replace } of own) {
        const parts = source.split(find);
        if (parts.length !== 2)
          throw new Error(`mutant "${name}": ${file} has ${parts.length - 1} of: ${find}`);
        source = parts.join(replace);
      }
      return { ...loaded, source };
    },
  });
}
