// node wasm/demo.mjs PACKAGE-DIRECTORY TOOLS-DIRECTORY OUT-DIRECTORY: the pages, of wasm/demo and the npm package.
//   index.html        with its files beside it, for any static host: a module worker and both modules
//   lstmfc-demo.html  the same in one file, which works from a disk: a worker from a Blob, the modules as text
// A policy in each page names what it may do: scripts are its own, and only an exchange that is asked can be connected to.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const [npm, tools, out] = process.argv.slice(2).map((path) => resolve(path));
if (!out) {
    console.error('usage: node demo.mjs PACKAGE-DIRECTORY TOOLS-DIRECTORY OUT-DIRECTORY');
    process.exit(2);
}
const here = join(dirname(fileURLToPath(import.meta.url)), 'demo'),
    dist = join(npm, 'dist');
const { build } = createRequire(join(tools, 'package.json'))('esbuild');
mkdirSync(out, { recursive: true });

const client = (file) => ({
    name: 'client',
    setup(b) {
        b.onResolve({ filter: /^lstmfc:client$/ }, () => ({ path: join(dist, file) }));
    },
});
const common = {
    bundle: true,
    minify: true,
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    nodePaths: [join(tools, 'node_modules')],
};
const text = async (options) => (await build({ ...common, ...options })).outputFiles[0].text;

const css = await text({
    stdin: { contents: '@import "uplot/dist/uPlot.min.css"; @import "./style.css";', loader: 'css', resolveDir: here },
});
writeFileSync(join(out, 'style.css'), css);
for (const name of ['lstmfc-simd.wasm', 'lstmfc.wasm', 'worker.js']) copyFileSync(join(dist, name), join(out, name));

const policy = (script, style, worker) =>
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${script} 'wasm-unsafe-eval'; ` +
    `style-src ${style}; img-src data: blob:; worker-src ${worker}; ` +
    `connect-src 'self' https: wss: http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:*; ` +
    `base-uri 'none'; form-action 'none'">`;
const hash = (content) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
const charset = '<meta charset="utf-8">';
const once = (page, what, by) => {
    if (page.split(what).length !== 2) throw new Error(`${what} is not once in the page`);
    return page.replace(what, () => by);
};

const page = readFileSync(join(here, 'index.html'), 'utf8'),
    source = join(here, 'demo.js');
copyFileSync(join(here, 'disk.js'), join(out, 'disk.js')); // of both pages
writeFileSync(join(out, 'demo.js'), await text({ entryPoints: [source], format: 'esm', plugins: [client('browser.js')] }));
writeFileSync(join(out, 'index.html'), once(page, charset, `${charset}\n${policy("'self'", "'self' 'unsafe-inline'", "'self'")}`));
const bundled = await text({ entryPoints: [source], format: 'iife', plugins: [client('inline.js')] });
const script = bundled.replaceAll('</script', '<\\/script');
let file = once(page, '<script src="disk.js" data-single="lstmfc-demo.html"></script>\n', '');
file = once(file, '<link rel="stylesheet" href="style.css">', `<style>${css}</style>`);
file = once(file, '<script type="module" src="demo.js"></script>', `<script>${script}</script>`);
file = once(file, 'href="inside.html"', 'href="lstmfc-inside.html"');
writeFileSync(join(out, 'lstmfc-demo.html'), once(file, charset, `${charset}\n${policy(hash(script), "'unsafe-inline'", 'blob:')}`));
for (const name of ['index.html', 'demo.js', 'style.css', 'worker.js', 'lstmfc-simd.wasm', 'lstmfc.wasm', 'lstmfc-demo.html']) {
    const bytes = readFileSync(join(out, name));
    console.log(`${join(out, name)}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} compressed`);
}
