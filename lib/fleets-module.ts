/** A module with fleets among its exports. */
export type FleetsSource = { readonly file: string; readonly exports: readonly string[] };

/**
 * The text of one module that exports all that these do, for bundling in the place of `#fleets`. Every export gets a name
 * of its own: modules may well use the same one, `default` above all, and `export *` drops such names without a word.
 */
export function combineFleets(sources: readonly FleetsSource[]): string {
  return sources
    .flatMap(({ file, exports }, module) =>
      exports.map(
        (name, index) =>
          `export { ${JSON.stringify(name)} as fleet_${module}_${index} } from ${JSON.stringify(file)};\n`,
      ),
    )
    .join('');
}
