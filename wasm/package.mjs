// node wasm/package.mjs WASM-DIRECTORY TOOLS-DIRECTORY OUT-DIRECTORY: the npm package. WASM-DIRECTORY has lstmfc-scalar.wasm,
// lstmfc-simd.wasm and lstmfc-predict.wasm (wasm/build.sh), TOOLS-DIRECTORY the node_modules of wasm/package.json.
import { createRequire } from 'node:module';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { instantiate } from './js/core.js';

const [modules, tools, out] = process.argv.slice(2).map((path) => resolve(path));
if (!out) { console.error('usage: node package.mjs WASM-DIRECTORY TOOLS-DIRECTORY OUT-DIRECTORY'); process.exit(2); }
const here = dirname(fileURLToPath(import.meta.url)), dist = join(out, 'dist');
const { build } = createRequire(join(tools, 'package.json'))('esbuild');
mkdirSync(dist, { recursive: true });

const names = { 'lstmfc.wasm': 'lstmfc-scalar.wasm', 'lstmfc-simd.wasm': 'lstmfc-simd.wasm', 'lstmfc-predict.wasm': 'lstmfc-predict.wasm' };
for (const [to, from] of Object.entries(names)) copyFileSync(join(modules, from), join(dist, to));
const about = instantiate(readFileSync(join(dist, 'lstmfc-simd.wasm'))).about;

// ---- JavaScript: each entry as ESM and CommonJS
const common = { bundle: true, minify: true, target: 'es2022', legalComments: 'none', logLevel: 'warning' };
const source = (name) => join(here, 'js', name);
const cjs = { format: 'cjs', define: { 'import.meta.url': 'lstmfcUrl' }, banner: { js: 'const lstmfcUrl=require("node:url").pathToFileURL(__filename);' } };
const worker = (await build({ ...common, entryPoints: [source('worker.js')], format: 'iife', write: false })).outputFiles[0].text;
const base64 = (name) => readFileSync(join(dist, name)).toString('base64');
const filled = {
    name: 'filled',
    setup(b) {
        b.onResolve({ filter: /^lstmfc:/ }, ({ path }) => ({ path, namespace: 'lstmfc' }));
        b.onLoad({ filter: /.*/, namespace: 'lstmfc' }, ({ path }) => path === 'lstmfc:worker' ? { contents: worker, loader: 'text' }
            : { contents: `export default {simd: "${base64('lstmfc-simd.wasm')}", scalar: "${base64('lstmfc.wasm')}"}` });
    },
};
await Promise.all([
    ...['core.js', 'browser.js', 'worker.js'].map((name) => build({ ...common, entryPoints: [source(name)], format: 'esm', outfile: join(dist, name) })),
    build({ ...common, entryPoints: [source('core.js')], format: 'cjs', outfile: join(dist, 'core.cjs') }),
    ...['node.js', 'worker-node.js'].map((name) => build({ ...common, entryPoints: [source(name)], format: 'esm', platform: 'node', outfile: join(dist, name) })),
    build({ ...common, ...cjs, entryPoints: [source('node.js')], platform: 'node', outfile: join(dist, 'node.cjs') }),
    build({ ...common, entryPoints: [source('inline.js')], format: 'esm', plugins: [filled], outfile: join(dist, 'inline.js') }),
    build({ ...common, entryPoints: [source('inline.js')], format: 'cjs', plugins: [filled], outfile: join(dist, 'inline.cjs') }),
]);

// ---- types, from the module's own tables
const typeOf = ({ kind, range }) => kind === 'choice' ? range.split('|').map((word) => JSON.stringify(word)).join(' | ')
    : kind === 'text' ? 'string' : range.startsWith('none') ? 'number | null' : 'number';
const members = (fields) => fields.map((f) => `    /** ${f.help.replaceAll('*/', '* /')}${f.default === '' ? '' : ` (default ${f.default})`}${
    f.kind === 'choice' || f.range === '' ? '' : `, ${f.range}`} */\n    ${f.name}?: ${typeOf(f)};`).join('\n');
const figures = (fields) => fields.map((f) => `    /** ${f.help} (${f.default}) */\n    ${f.name}: number | null;`).join('\n');
const types = readFileSync(join(here, 'js', 'types.d.ts'), 'utf8')
    .replace('/* csv */', members(about.csv)).replace('/* forecaster */', members(about.forecaster)).replace('/* signals */', members(about.signals))
    .replace('/* backtest */', members(about.backtest)).replace('/* metrics */', figures(about.metrics));
writeFileSync(join(dist, 'types.d.ts'), types);
const declare = (name, text) => { for (const end of ['d.ts', 'd.cts']) writeFileSync(join(dist, `${name}.${end}`), text(end === 'd.cts' ? './types.cjs' : './types.js')); };
writeFileSync(join(dist, 'types.d.cts'), types);
declare('core', (from) => `export { instantiate, simd, LstmfcError } from '${from}';\nexport type * from '${from}';\n`);
declare('index', (from) => `export { Lstmfc, simd, LstmfcError } from '${from}';\nexport type * from '${from}';\n`);
declare('inline', (from) => `export { Lstmfc, bytes, instantiate, simd, LstmfcError } from '${from}';\nexport type * from '${from}';\n`);

const pair = (name, types = name) => ({
    import: { types: `./dist/${types}.d.ts`, default: `./dist/${name}.js` }, require: { types: `./dist/${types}.d.cts`, default: `./dist/${name}.cjs` },
});
const browser = { types: './dist/index.d.ts', default: './dist/browser.js' };
writeFileSync(join(out, 'package.json'), JSON.stringify({
    name: 'lstmfc', version: about.version, description: 'LSTM forecasting: candles, indicators, training, forecasts, backtest, in WebAssembly',
    license: '(MIT-0 OR Unlicense)', type: 'module', sideEffects: false, files: ['dist', 'examples', 'README.md', 'LICENSE'],
    types: './dist/index.d.ts', main: './dist/node.cjs', module: './dist/browser.js',
    exports: {
        '.': { node: pair('node', 'index'), browser, default: browser },
        './core': pair('core'), './inline': pair('inline'), './worker': './dist/worker.js',
        './predict': './dist/lstmfc-predict.wasm', './wasm': './dist/lstmfc-simd.wasm', './dist/*': './dist/*', './package.json': './package.json',
    },
}, null, 4) + '\n');
cpSync(join(here, 'examples'), join(out, 'examples'), { recursive: true });
copyFileSync(join(here, 'README.md'), join(out, 'README.md'));
copyFileSync(join(here, '..', 'LICENSE'), join(out, 'LICENSE'));
for (const name of ['lstmfc-simd.wasm', 'lstmfc.wasm', 'lstmfc-predict.wasm', 'core.js', 'browser.js', 'worker.js', 'inline.js']) {
    const bytes = readFileSync(join(dist, name));
    console.log(`${join(dist, name)}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} compressed`);
}
