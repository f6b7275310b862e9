// `node bin/run.mjs FILE [ARGUMENTS]` runs one of the project's own scripts; FILE counts from the root of the repo.
import { launch } from './launch.mjs';

const [file, ...args] = process.argv.slice(2);
launch(new URL(`../${file}`, import.meta.url), args);
