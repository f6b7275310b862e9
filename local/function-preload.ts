/** Loaded before a handler: what the deployment does by bundling, putting the user's fleets behind `#fleets`. */
import { FLEETS_VARIABLE } from './environment-protocol.ts';
import { configureFleets, registerSelf } from './fleet-modules.ts';
import { loadFleetSources } from './load-fleets.ts';

registerSelf();
const sources = process.env[FLEETS_VARIABLE];
if (sources !== undefined) configureFleets(await loadFleetSources(JSON.parse(sources) as readonly string[]));
