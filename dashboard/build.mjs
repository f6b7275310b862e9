// Builds the page into dashboard/dist, at `npm ci` (the script `prepare`) and with `npm run page`. For old Nodes too, as
// bin/launch.mjs: whatever Node npm itself runs on may be the one that runs this.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { basename, join } from 'path';
import { fileURLToPath } from 'url';
import { gzipSync } from 'zlib';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * @param {string} folder emptied first
 * @returns {Promise<{ name: string, bytes: number, gzipped: number, entry: boolean }[]>}
 */
export async function buildPage(folder) {
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: [join(HERE, 'src/main.tsx'), join(HERE, 'src/styles/page.css')],
    outdir: folder,
    bundle: true,
    // the editor and the map come when somebody looks at them
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: false,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'warning',
  });
  const outputs = Object.entries(metafile.outputs).map(([path, { bytes, entryPoint }]) => ({
    name: basename(path),
    bytes,
    gzipped: gzipSync(readFileSync(join(folder, basename(path)))).length,
    entry: entryPoint !== undefined && /main\.tsx$|page\.css$/.test(entryPoint),
  }));
  const entry = (ending) => outputs.find((each) => each.entry && each.name.endsWith(ending)).name;
  const markup = readFileSync(join(HERE, 'src/index.html'), 'utf8')
    .replace('__SCRIPT__', `/${entry('.js')}`)
    .replace('__STYLE__', `/${entry('.css')}`);
  writeFileSync(join(folder, 'index.html'), markup);
  return outputs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync(join(HERE, '../node_modules/esbuild'))) {
    buildPage(join(HERE, 'dist')).then(
      (outputs) => {
        if (process.env.npm_lifecycle_event === 'prepare') return;
        for (const { name, bytes, gzipped } of outputs)
          console.log(`${name}  ${bytes} bytes, ${gzipped} gzipped`);
      },
      (error) => {
        console.error(`the page is not built: ${error.message}`);
        process.exitCode = 1;
      },
    );
  } else {
    // npm ci --omit=dev: the product runs without its page, and says so there
    console.error('the page is not built, for esbuild is not installed');
  }
}
