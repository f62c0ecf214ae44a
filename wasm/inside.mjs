// node wasm/inside.mjs WASM-DIRECTORY TOOLS-DIRECTORY OUT-DIRECTORY TOOL: the page that looks inside a network.
//   inside.html         with its script, its style, the modules and the book (python3) beside it
//   lstmfc-inside.html  the same in one file, without the book
// TOOL is build/lstmfc: it makes the synthetic candles and trains the small networks that come with the page. Equations and lines are
// read from lstmfc.h: what is not found there ends the build.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));

// ---- lstmfc.h
const header = readFileSync(join(here, '..', 'lstmfc.h'), 'utf8').split('\n');
/** Lines first .. last that match, from line `from` on: [{line, text, keys}], their common margin taken off. */
function excerpt(from, first, last, keysOf) {
    const begin = header.findIndex((text, i) => i >= from && first.test(text)),
        end = header.findIndex((text, i) => i >= begin && last.test(text));
    if (begin < 0 || end < 0) throw new Error(`lstmfc.h has no lines from ${first} to ${last}`);
    const rows = header.slice(begin, end + 1),
        margin = Math.min(...rows.filter((text) => text.trim()).map((text) => text.search(/\S/)));
    const made = rows.map((text, i) => ({ line: begin + i + 1, text: text.slice(margin), keys: keysOf(text) }));
    return made;
}
const stop = (tag) => {
    const at = header.findIndex((text) => text.includes(`---- `) && text.includes(`>>${tag}`));
    if (at < 0) throw new Error(`lstmfc.h has no >>${tag}`);
    return at;
};
const keysOf = (keys, shared, own) => (text) => keys.filter((key) => shared.test(text) || own(key).test(text));
const lstm = ['i', 'f', 'g', 'o'],
    gru = ['r', 'z', 'n'],
    at = stop('lstm_cell'),
    second = header.findIndex((text, i) => i > at && /^\/\* ---- the GRU/.test(text));
const excerpts = {
    lstm: {
        equations: excerpt(
            at,
            /^ {7}z = x W \+ h_before U/,
            /^ {7}h = o tanh\(c\)/,
            keysOf(lstm, /^ *z = /, (key) => new RegExp(`^ *${key} = `)),
        ),
        code: excerpt(
            at,
            /for \(j = 0; j < 4 \* H; j\+\+\) \{/,
            /h\[j\] = o\[j\]/,
            keysOf(lstm, /z\[j\] \+?=/, (key) => new RegExp(`^ *${key}\\[j\\] = `)),
        ),
    },
    gru: {
        equations: excerpt(
            second,
            /^ {7}r = sigmoid\(/,
            /^ {7}h = /,
            keysOf(gru, /^$/, (key) => new RegExp(key === 'n' ? '^ *[nq] = ' : `^ *${key} = `)),
        ),
        code: excerpt(
            second,
            /lstmfc_real r = lstmfc__real_sigmoid/,
            /h\[j\] = /,
            keysOf(gru, /^$/, (key) => new RegExp(key === 'n' ? '\\bq = gates' : `\\b${key} = lstmfc__real`)),
        ),
    },
};
for (const [kind, { equations, code }] of Object.entries(excerpts))
    for (const [part, rows] of Object.entries({ equations, code }))
        for (const key of kind === 'lstm' ? lstm : gru)
            if (!rows.some(({ keys }) => keys.includes(key))) throw new Error(`lstmfc.h: the ${part} of ${kind} have no line of ${key}`);
const meaning = Object.fromEntries(
    Object.entries(excerpts).map(([kind, { equations }]) => [
        kind,
        Object.fromEntries(
            equations
                .map(({ text }) => /^(\w) = \S.*?  +(.+)$/.exec(text))
                .filter(Boolean)
                .map(([, key, said]) => [key, said.split(/ {2,}/).at(-1)]),
        ),
    ]),
);

/** The stops under TOUR; links into the book where one was made. */
function tourOf(book) {
    const begin = header.findIndex((text) => /^ {3}TOUR\b/.test(text)),
        stops = [];
    for (let i = begin + 1; /^ {5}/.test(header[i]); i++) {
        const head = /^ +>>([a-z0-9_]+) +(\d+) lines +(.*)/.exec(header[i]);
        if (head)
            stops.push({
                number: stops.length + 1,
                tag: head[1],
                lines: Number(head[2]),
                text: head[3],
                line: stop(head[1]) + 1,
                link: null,
            });
        else stops.at(-1).text += ` ${header[i].trim()}`;
    }
    if (!stops.length) throw new Error('lstmfc.h has no TOUR');
    if (book)
        for (const page of readdirSync(book).filter((name) => name.endsWith('.html')))
            for (const [, place] of readFileSync(join(book, page), 'utf8').matchAll(/id="tour-(\d+)"/g))
                stops[place - 1].link = `book/${page}#tour-${place}`;
    return stops;
}

// ---- the small networks
const FEATURES = 'log_return(close), log(high/low), volume/sma(volume,24)-1',
    BARS = 3000;
function small(tool) {
    const folder = mkdtempSync(join(tmpdir(), 'lstmfc-')),
        csv = join(folder, 'candles.csv'),
        out = join(folder, 'model.json');
    const run = (...words) => execFileSync(tool, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const train = (...words) => {
        run(
            'train',
            '--csv',
            csv,
            '--features',
            FEATURES,
            '--window',
            '24',
            '--seed',
            '1',
            '--simd',
            'scalar',
            '--created',
            '2022-01-01T00:00:00Z',
            '--progress',
            'none',
            '--out',
            out,
            ...words,
        );
        return { model: readFileSync(out, 'utf8'), said: JSON.parse(run('evaluate', '--csv', csv, '--model', out, '--json')).evaluation };
    };
    try {
        run('synth', '--bars', String(BARS), '--seed', '7', '--out', csv);
        const heart = train(
            '--target',
            'direction',
            '--model',
            'lstm 8 | dense 1 sigmoid',
            '--epochs',
            '80',
            '--val',
            'none',
            '--patience',
            'none',
            '--lr',
            '0.005',
        );
        const range = train('--target', 'volatility', '--model', 'lstm 8 | lstm 6 | dense 1', '--epochs', '40', '--lr', '0.003');
        return { csv: readFileSync(csv, 'utf8'), heart, range };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
function shipped(tool) {
    const { csv, heart, range } = small(tool),
        best = range.said.verdict.beats_the_best_baseline,
        { accuracy, count } = heart.said.direction;
    return {
        csv,
        models: [
            {
                name: 'Small: up or down',
                model: heart.model,
                note:
                    'Made-up candles whose direction is a fair coin. The network has learned them by heart, so its forecasts are bold; ' +
                    `of ${count} bars it had not seen it called ${(100 * accuracy).toFixed(1)} % right.`,
            },
            {
                name: 'Small: volatility, two layers',
                model: range.model,
                note:
                    'The same made-up candles. Their volatility comes in spells, so there is something to learn and to remember. ' +
                    `Does it beat the best forecast without a network, on bars it had not seen? ${best.verdict}: ${best.reason}.`,
            },
        ],
    };
}

/** The book of the header beside the page; null: no python3. */
function bookIn(out) {
    const folder = join(out, 'book');
    mkdirSync(out, { recursive: true });
    try {
        execFileSync('python3', [join(here, '..', 'tools', 'book.py'), join(here, '..', 'lstmfc.h'), folder], { stdio: 'ignore' });
    } catch {
        return null;
    }
    return folder;
}

export async function buildInside({ modules, tools, out, tool }) {
    const { build } = createRequire(join(tools, 'package.json'))('esbuild'),
        book = bookIn(out);
    const come = shipped(tool);
    const versions = {
        beside: {
            book,
            wasm: `import { simd } from ${JSON.stringify(join(here, 'js', 'core.js'))};
        export default async () => {
            const answer = await fetch(new URL(simd() ? 'lstmfc-simd.wasm' : 'lstmfc.wasm', import.meta.url));
            if (!answer.ok) throw new Error(answer.url + ': ' + answer.status);
            return answer.arrayBuffer();
        };`,
        },
        within: {
            book: null,
            wasm: `const text = ${JSON.stringify(readFileSync(join(modules, 'lstmfc-simd.wasm')).toString('base64'))};
        export default async () => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));`,
        },
    };
    const made = {};
    for (const [name, { book: links, wasm }] of Object.entries(versions)) {
        const files = {
            wasm,
            header: `export default ${JSON.stringify({ ...excerpts, meaning, tour: tourOf(links) })}`,
            small: `export default ${JSON.stringify(come)}`,
        };
        const plugin = {
            name: 'inside',
            setup(b) {
                b.onResolve({ filter: /^inside:/ }, ({ path }) => ({ path: path.slice(7), namespace: 'inside' }));
                b.onLoad({ filter: /.*/, namespace: 'inside' }, ({ path }) => ({ contents: files[path], resolveDir: here }));
            },
        };
        made[name] = (
            await build({
                bundle: true,
                minify: true,
                target: 'es2022',
                legalComments: 'none',
                logLevel: 'warning',
                write: false,
                plugins: [plugin],
                entryPoints: [join(here, 'demo', 'inside.js')],
                format: name === 'beside' ? 'esm' : 'iife',
            })
        ).outputFiles[0].text;
    }
    const style = (
        await build({ bundle: true, minify: true, logLevel: 'warning', write: false, entryPoints: [join(here, 'demo', 'inside.css')] })
    ).outputFiles[0].text;
    const page = readFileSync(join(here, 'demo', 'inside.html'), 'utf8'),
        charset = '<meta charset="utf-8">';
    const once = (text, what, by) => {
        if (text.split(what).length !== 2) throw new Error(`${what} is not once in the page`);
        return text.replace(what, () => by);
    };
    const policy = (script) =>
        `${charset}\n<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${script} 'wasm-unsafe-eval'; ` +
        `style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'">`;
    const script = made.within.replaceAll('</script', '<\\/script'),
        hash = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
    let whole = once(page, '<script src="disk.js" data-single="lstmfc-inside.html"></script>\n', '');
    whole = once(whole, '<link rel="stylesheet" href="inside.css">', `<style>${style}</style>`);
    whole = once(whole, '<script type="module" src="inside.js"></script>', `<script>${script}</script>`);
    whole = once(whole, 'href="index.html"', 'href="lstmfc-demo.html"');
    const write = (name, text) => {
        writeFileSync(join(out, name), text);
        console.log(`${join(out, name)}: ${Buffer.byteLength(text)} bytes, ${gzipSync(text, { level: 9 }).length} compressed`);
    };
    write('inside.html', once(page, charset, policy("'self'")));
    write('inside.js', made.beside);
    copyFileSync(join(here, 'demo', 'disk.js'), join(out, 'disk.js'));
    write('inside.css', style);
    write('lstmfc-inside.html', once(whole, charset, policy(hash)));
    for (const [to, from] of [
        ['lstmfc-simd.wasm', 'lstmfc-simd.wasm'],
        ['lstmfc.wasm', 'lstmfc-scalar.wasm'],
    ])
        if (!existsSync(join(out, to))) copyFileSync(join(modules, from), join(out, to));
}

if (resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
    const [modules, tools, out, tool] = process.argv.slice(2).map((path) => resolve(path));
    if (!tool) {
        console.error('usage: node inside.mjs WASM-DIRECTORY TOOLS-DIRECTORY OUT-DIRECTORY TOOL');
        process.exit(2);
    }
    await buildInside({ modules, tools, out, tool });
}
