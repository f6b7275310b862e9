import { registerHooks } from 'node:module';
import type { Fleet } from '../src/fleet/model.ts';
import { registerTextModules } from './text-modules.ts';

const SELF = new URL('../src/index.ts', import.meta.url).href;
/** The module that stands for the configured fleets, wherever they come from. */
const CONFIGURED = 'tributary-fleets:configured';
/** How it finds them: a module's text cannot hold functions, and fleets have some. */
const KEY = 'tributary.fleets';

let selfRegistered = false;

/**
 * Lets a fleet definition anywhere on this machine `import … from 'tributary'`, without an installation beside it, and SQL files
 * as text.
 */
export function registerSelf(): void {
  if (selfRegistered) return;
  selfRegistered = true;
  registerTextModules();
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'tributary'
        ? { url: SELF, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
  });
}

/**
 * Puts these in the place of `#fleets`, the fleets that functions are built with: what the deployment does by bundling, a
 * laptop's function environment does by this.
 */
export function configureFleets(fleets: readonly Fleet[]): void {
  (globalThis as Record<symbol, unknown>)[Symbol.for(KEY)] = fleets;
  const source = `export const fleets = globalThis[Symbol.for(${JSON.stringify(KEY)})];`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '#fleets'
        ? { url: CONFIGURED, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === CONFIGURED ? { format: 'module', source, shortCircuit: true } : next(url, context),
  });
}
