#!/usr/bin/env node
import { launch } from './launch.mjs';

await launch(new URL('./tributary.ts', import.meta.url));
