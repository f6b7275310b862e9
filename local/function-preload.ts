/** Loaded before a handler: what the deployment does by bundling, putting the user's fleets behind `#fleets`. */
import { FLEETS_VARIABLE } from './environment-protocol.ts';
import { configureFleets } from './fleet-modules.ts';
import { findFleetModules } from './load-fleets.ts';

const path = process.env[FLEETS_VARIABLE];
configureFleets(path === undefined ? [] : await findFleetModules(path));
