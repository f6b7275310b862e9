#!/usr/bin/env node
import { launch } from './launch.mjs';

launch(new URL('./tributary.ts', import.meta.url), process.argv.slice(2));
