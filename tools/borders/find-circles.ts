import { posix } from 'node:path';
import { readImports } from './read-imports.ts';

/**
 * Files that import each other, be it types only, by whatever way around: a line for each knot, its files in order. Nobody can
 * read one of them without the others.
 */
export function findCircles(files: ReadonlyMap<string, string>): readonly string[] {
  const imports = new Map<string, readonly string[]>();
  for (const [file, text] of files) {
    const targets = readImports(file, text).flatMap(({ specifier }) =>
      specifier?.startsWith('.') ? [posix.join(posix.dirname(file), specifier)] : [],
    );
    imports.set(
      file,
      targets.filter((target) => files.has(target)),
    );
  }
  return knotsOf(imports)
    .map((knot) => `${knot.sort().join(', ')} import each other in a circle: take out what they share`)
    .sort();
}

/** Tarjan's strongly connected components that have more than one file, or a file that imports itself. */
function knotsOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const knots: string[][] = [];
  const visit = (file: string): number => {
    const own = order.size;
    let low = own;
    order.set(file, own);
    open.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, order.get(target)!);
    }
    if (low === own) {
      const knot = open.splice(open.indexOf(file));
      if (knot.length > 1 || imports.get(file)?.includes(file)) knots.push(knot);
    }
    return low;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return knots;
}
