/** A thing as the registry has it: its attributes, and how many certificates are attached to it. */
export type RegisteredThing = {
  readonly attributes: Readonly<Record<string, string>>;
  readonly certificates: number;
};

export type Verdict = { readonly admitted: boolean; readonly why: string };

/** The parameter of a provisioning template that names the thing; all others are its attributes. */
export const THING_NAME = 'ThingName';

/**
 * Whether a device that holds a claim becomes the thing that it says it is. Many devices share a claim, so it proves nothing
 * about the name: a thing that has a certificate is taken, and what was registered beforehand is not changed.
 *
 * @param thing undefined where the registry has none of the name
 * @param unknown whether a device may become a thing that nobody registered
 */
export function judgeClaim(
  parameters: Readonly<Record<string, string>>,
  thing: RegisteredThing | undefined,
  unknown: boolean,
): Verdict {
  const { [THING_NAME]: name, ...attributes } = parameters;
  if (name === undefined) return refuse('it names no thing');
  if (thing === undefined) return unknown ? admit : refuse(`${name} is not registered`);
  if (thing.certificates > 0) return refuse(`${name} has a certificate: revoke it first`);
  const differs = Object.keys(attributes).find(
    (key) => key in thing.attributes && thing.attributes[key] !== attributes[key],
  );
  const missing = unknown ? undefined : Object.keys(attributes).find((key) => !(key in thing.attributes));
  const wrong = differs ?? missing;
  if (wrong !== undefined) return refuse(`${name} is not registered with ${wrong}=${attributes[wrong]}`);
  return admit;
}

const admit: Verdict = { admitted: true, why: 'the name is free' };

function refuse(why: string): Verdict {
  return { admitted: false, why };
}
