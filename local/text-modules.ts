import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

let registered = false;

/**
 * Lets modules `import text from './file.sql' with { type: 'text' }`, as bundlers do: the module's default export is what the
 * file holds. Node 24 refuses the attribute.
 */
export function registerTextModules(): void {
  if (registered) return;
  registered = true;
  registerHooks({
    load: (url, context, next) =>
      asksForText(context)
        ? {
            format: 'module',
            source: `export default ${JSON.stringify(readFileSync(fileURLToPath(url), 'utf8'))};`,
            shortCircuit: true,
          }
        : next(url, context),
  });
}

/** A module that is required has no attributes, whatever the types say. */
function asksForText({
  importAttributes,
}: {
  readonly importAttributes?: Readonly<Record<string, unknown>>;
}) {
  return importAttributes?.['type'] === 'text';
}
