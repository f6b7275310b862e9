import { parseSync } from 'oxc-parser';

/** `specifier` as written; undefined for an `import()` of what is known only when it runs. */
export type Import = {
  readonly specifier: string | undefined;
  readonly typeOnly: boolean;
  readonly line: number;
};

/** Everything that a module imports or exports from elsewhere. */
export function readImports(file: string, text: string): readonly Import[] {
  const { module, program, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`cannot parse ${file}: ${error.message}`);
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const found: Import[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    found.push({ specifier: moduleRequest.value, typeOnly, line: lineOf(start) });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType, start } of entries) {
      if (moduleRequest)
        found.push({ specifier: moduleRequest.value, typeOnly: isType, line: lineOf(start) });
    }
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"`])([^'"`$]*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    found.push({ specifier: literal?.[2], typeOnly: false, line: lineOf(start) });
  }
  for (const { specifier, offset } of typeQueries(program)) {
    found.push({ specifier, typeOnly: true, line: lineOf(offset) });
  }
  return found;
}

/** `import('…')` in the place of a type: the parser's list of imports leaves it out. */
function* typeQueries(node: unknown): Generator<{ specifier: string; offset: number }> {
  if (typeof node !== 'object' || node === null) return;
  const { type, source, start } = node as { type?: unknown; source?: { value?: unknown }; start?: unknown };
  if (type === 'TSImportType' && typeof source?.value === 'string') {
    yield { specifier: source.value, offset: Number(start) };
  }
  for (const child of Object.values(node)) yield* typeQueries(child);
}
