import type { Faults } from './definition-error.ts';

const MAX_LENGTH = 63;

/** Names become SQL identifiers, folders and CloudFormation names: the narrowest of the three decides. */
export function checkName(path: string, name: string, faults: Faults): void {
  if (name.startsWith('_'))
    faults(path, `${JSON.stringify(name)}: names that begin with _ are Tributary's own`);
  else if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    faults(path, `${JSON.stringify(name)} is no name: lower case letters, digits and _, a letter first`);
  } else if (name.length > MAX_LENGTH)
    faults(path, `${JSON.stringify(name)} is longer than ${MAX_LENGTH} characters`);
}
