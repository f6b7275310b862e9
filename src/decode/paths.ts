import type { JsonPath, PathStep } from '../fleet/model.ts';

/** Finds the value at a path; undefined where there is none. */
export type ReadPath = (root: unknown) => unknown;

/**
 * A path as a function. A text step is an object's own key; a number an array's index, or an object's key of that text.
 * What JSON objects inherit (`constructor`, `__proto__`) is never found.
 */
export function compilePath(path: JsonPath): ReadPath {
  const steps = path.map(compileStep);
  const [first, second] = steps;
  if (first === undefined) return (root) => root;
  if (second === undefined) return first;
  if (steps.length === 2) return (root) => second(first(root));
  return (root) => {
    let value = root;
    for (const step of steps) value = step(value);
    return value;
  };
}

export function formatPath(path: JsonPath): string {
  return path.length === 0 ? 'the top' : path.join('.');
}

type Members = Readonly<Record<PathStep, unknown>>;

function compileStep(step: PathStep): ReadPath {
  if (typeof step === 'string' && step in Array.prototype) {
    return (value) =>
      isPlainObject(value) && Object.hasOwn(value, step) ? (value as Members)[step] : undefined;
  }
  // an array has no own key but its indices and `length`, so that arrays need no look of their own
  if (typeof step === 'number' || !isIndex(step)) {
    return (value) => (typeof value === 'object' && value !== null ? (value as Members)[step] : undefined);
  }
  return (value) => (isPlainObject(value) ? (value as Members)[step] : undefined);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndex(step: string): boolean {
  return /^\d+$/.test(step);
}
