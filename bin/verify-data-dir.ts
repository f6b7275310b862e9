import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLedgerReader } from '../device-sim/ledger.ts';
import { dataDirPaths } from '../local/data-dir.ts';
import { type Verification, verifyLake } from '../local/verify.ts';
import { createTableDecoder } from '../src/decode/decoder.ts';
import { createRouter, tableSchema } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import { openExistingLake } from './lake.ts';
