// A page that imports the package, as each bundler makes it, opened in Chromium: node bundlers.mjs PROJECT TOOLS NATIVE.json. PROJECT has
// the package in its node_modules, and wasm/test/app; NATIVE.json is the native program's model of the same training.
import { createRequire } from 'node:module';
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { check, done } from './checks.mjs';
import { open } from './chromium.mjs';
import { serve } from './serve.mjs';

const [project, tools, native] = process.argv.slice(2).map((path) => resolve(path));
const expected = readFileSync(native, 'utf8'), browser = await open(tools), require = createRequire(join(tools, 'package.json'));

async function look(name, url) {
    const { tab, wrong } = await browser.tab(url);
    const there = await tab.waitForFunction(() => window.said, null, { timeout: 60000 });
    const { error, saved, value, resumed } = await there.jsonValue();
    check(saved === expected && resumed,
        `${name}: trained in the worker, the native program's model file; cancelled, and gone on with${error ? `: ${error}` : ''}`);
    const shown = await tab.textContent('#forecast');
    check(value > 0 && shown === `up with probability ${value}`, `${name}: the page shows "${shown}"`);
    check(wrong.length === 0, `${name}: no error on the console, no request elsewhere${wrong.length ? `: ${wrong[0]}` : ''}`);
    await tab.close();
}
// Vite 8 needs no configuration. Up to 7 its development server moves a package without the files beside it.
for (const [name, vite, more] of [['Vite 8', 'vite', {}], ['Vite 7', 'vite-7', { optimizeDeps: { exclude: ['lstmfc'] } }]]) {
    const { build, createServer, preview } = await import(pathToFileURL(join(tools, 'node_modules', vite, 'dist/node/index.js')));
    const common = { root: project, configFile: false, logLevel: 'warn', cacheDir: join(project, `node_modules/.${vite}`), ...more };
    const server = await createServer({ ...common, server: { host: '127.0.0.1', port: 0 } });
    await server.listen();
    await look(`${name}, development`, `http://127.0.0.1:${server.httpServer.address().port}/`);
    await server.close();
    const outDir = join(project, `dist-${vite}`);
    await build({ ...common, build: { outDir } });
    const built = await preview({ ...common, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
    await look(`${name}, production`, `http://127.0.0.1:${built.httpServer.address().port}/`);
    await built.close();
}
const webpack = require('webpack');
for (const mode of ['development', 'production']) {
    const folder = join(project, `dist-webpack-${mode}`);
    // no hints: they are about the size of the module
    const stats = await promisify(webpack)({
        mode, performance: { hints: false }, context: project, entry: './main.js', output: { path: folder, filename: 'main.js' },
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    const found = [...errors, ...warnings].map(({ message }) => `: ${message}`);
    check(found.length === 0, `webpack 5, ${mode}: no error, no warning${found.join('')}`);
    copyFileSync(join(project, 'index.html'), join(folder, 'index.html'));
    copyFileSync(join(project, 'public/candles.csv'), join(folder, 'candles.csv'));
    const server = await serve({}, folder);
    await look(`webpack 5, ${mode}`, `${server.origin}/index.html`);
    server.close();
}
await browser.close();
done();
