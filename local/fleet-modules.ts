import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const SELF = new URL('../src/index.ts', import.meta.url).href;
/** The module that stands for the configured fleets, wherever they come from. */
const CONFIGURED = 'tributary-fleets:configured';

let selfRegistered = false;

/** Lets a fleet definition anywhere on this machine `import … from 'tributary'`, without an installation beside it. */
export function registerSelf(): void {
  if (selfRegistered) return;
  selfRegistered = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'tributary'
        ? { url: SELF, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
  });
}

/**
 * Puts these modules in the place of `#fleets`, the fleets that functions are built with: what the deployment does by
 * bundling, a laptop's function environment does by this.
 *
 * @param files absolute paths; none: the shipped fleets stay
 */
export function configureFleets(files: readonly string[]): void {
  registerSelf();
  if (files.length === 0) return;
  const source = files.map((file) => `export * from ${JSON.stringify(pathToFileURL(file).href)};`).join('\n');
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '#fleets'
        ? { url: CONFIGURED, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === CONFIGURED ? { format: 'module', source, shortCircuit: true } : next(url, context),
  });
}
