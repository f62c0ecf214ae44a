// The page: candles in, a training in the worker, what came of it.
import { Lstmfc } from 'lstmfc:client';
import { $, bytesText, copy, download, el, toast } from './text.js';
import { RECIPE } from './candles.js';
import { Setup } from './setup.js';
import { complete, featureWords, layerWords } from './complete.js';
import { recolour } from './charts.js';
import * as panels from './panels.js';
import { theme } from './theme.js';
import { app, data, found, run } from './state.js';
import { group, price } from './view.js';
import { buttons, judge, pauseOrResume, say, takeModel, train } from './training.js';
import { changed, checkFeatures, makeOptions, showValues } from './form.js';
import { ask, asking, choose, follow, madeOf, makeCandles, readAgain, takeCandles, takeFile } from './source.js';

// ---- a link
function link() {
    const kind =
        data.kind === 'synthetic'
            ? { data: 'synthetic', ...madeOf() }
            : data.kind === 'exchange'
              ? { data: 'exchange', ...asking(), rest: $('ask-rest').value, socket: $('ask-socket').value }
              : { data: 'own', file: data.file };
    return `${location.href.split('#')[0]}#${app.setup.link(kind)}`;
}
function readLink() {
    if (location.hash.length < 2) return null;
    const { unknown, data: from } = app.setup.read(location.hash.slice(1));
    if (unknown.length) toast(`The link has what this page does not know: ${unknown.slice(0, 3).join(', ')}`);
    return from;
}

// ---- begin
let later = 0;
function react(group, name) {
    const soon = (call, ms) => {
        clearTimeout(later);
        later = setTimeout(call, ms);
    };
    if (name === 'features') soon(checkFeatures, 250);
    else if (group === 'signals' || group === 'backtest') soon(judge, 250);
    else if (group === 'csv') soon(readAgain, 400);
}
async function start() {
    theme($('theme'), recolour);
    $('recipe').textContent = RECIPE;
    panels.verdict($('verdict'), null, null);
    app.lstmfc = await Lstmfc.load();
    app.setup = new Setup(app.lstmfc.about);
    run.phase = 'idle';
    makeOptions();
    app.setup.apply('quick', 3600000);
    const from = readLink();
    complete($('features'), featureWords(app.lstmfc.about));
    complete($('model'), layerWords(app.lstmfc.about));
    showValues();
    const { version, simd } = app.lstmfc.about;
    const footer = async () => {
        const memory = bytesText(await app.lstmfc.memory());
        $('about').textContent = `lstmfc ${version}, WebAssembly${simd === 'wasm' ? ' with vectors' : ''} in a worker; memory ${memory}.`;
    };

    $('setup').addEventListener('submit', (e) => e.preventDefault());
    $('setup').addEventListener('input', (e) => {
        if (e.target.dataset.opt) react(...changed(e.target));
    });
    $('setup').addEventListener('keydown', (e) => {
        if (e.key === 'Enter' && e.target.tagName === 'INPUT' && e.target.type !== 'file') e.preventDefault();
    });
    for (const radio of document.querySelectorAll('input[name=source]'))
        radio.addEventListener('change', () => {
            choose(radio.value);
            if (radio.value === 'synthetic' && data.kind !== 'synthetic') makeCandles();
        });
    for (const id of ['made-seed', 'made-bars', 'made-momentum']) $(id).addEventListener('change', () => makeCandles());
    $('preset').addEventListener('change', () => {
        app.setup.apply($('preset').value, data.report?.interval || 3600000);
        showValues();
        checkFeatures();
    });
    $('file').addEventListener('change', () => {
        const [file] = $('file').files;
        $('file').value = '';
        if (file) takeFile(file);
    });
    $('load').addEventListener('change', async () => {
        const [file] = $('load').files;
        $('load').value = '';
        if (file) await takeModel(await file.text(), file.name);
    });
    $('paste-read').addEventListener('click', async () => {
        const text = $('paste').value;
        if (!text.trim()) {
            toast('Paste rows first.');
            return;
        }
        data.pending = new File([text.endsWith('\n') ? text : `${text}\n`], 'pasted.csv');
        await takeCandles(await data.pending.text(), { kind: 'own', name: 'pasted rows', file: 'pasted.csv' });
    });
    $('ask').addEventListener('click', ask);
    $('follow').addEventListener('click', follow);
    $('train').addEventListener('click', () => train());
    $('continue').addEventListener('click', () => train(run.checkpoint));
    $('pause').addEventListener('click', pauseOrResume);
    $('stop').addEventListener('click', () => run.training?.cancel());
    $('save-checkpoint').addEventListener('click', () => download('model.json.checkpoint', run.checkpoint, 'application/json'));
    $('save').addEventListener('click', () => download('model.json', found.json, 'application/json'));
    $('share').addEventListener('click', async () => {
        const url = link();
        history.replaceState(null, '', url);
        toast(
            (await copy(url))
                ? data.kind === 'own'
                    ? 'Link copied. Candles of a file stay here: whoever opens it brings the same file.'
                    : 'Link copied.'
                : 'The link is in the address bar.',
        );
    });
    addEventListener('hashchange', () => {
        const said = readLink();
        if (said) {
            showValues();
            checkFeatures();
            begin(said);
        }
    });
    $('find').addEventListener('input', () => {
        const words = $('find').value.toLowerCase().split(/\s+/).filter(Boolean);
        for (const option of document.querySelectorAll('#all .option'))
            option.hidden = !words.every((word) => option.dataset.words.includes(word));
    });
    let depth = 0;
    addEventListener('dragenter', (e) => {
        if (e.dataTransfer?.types.includes('Files')) {
            depth++;
            $('dropping').hidden = false;
            e.preventDefault();
        }
    });
    addEventListener('dragleave', () => {
        if (depth > 0 && --depth === 0) $('dropping').hidden = true;
    });
    addEventListener('dragover', (e) => e.preventDefault());
    addEventListener('drop', (e) => {
        e.preventDefault();
        depth = 0;
        $('dropping').hidden = true;
        const [file] = e.dataTransfer?.files || [];
        if (file) takeFile(file);
    });
    const narrow = matchMedia('(max-width: 900px)'); // there the set-up is folded away until asked for
    const fold = () => {
        $('folding').open = !narrow.matches;
    };
    narrow.addEventListener('change', fold);
    fold();
    let width = innerWidth;
    addEventListener('resize', () => {
        if (innerWidth !== width) {
            width = innerWidth;
            recolour();
        }
    });

    async function begin(said) {
        if (said?.data === 'own') {
            choose('own');
            say(`This set-up was made with ${said.file || 'a file'}: drop it here.`);
            if (!data.candles) {
                await makeCandles({ mend: true });
                choose('own');
                toast(`This set-up was made with ${said.file || 'a file'}. Until you drop it, the candles are synthetic.`);
            }
            return;
        }
        if (said?.data === 'exchange') {
            choose('exchange');
            for (const [id, key] of [
                ['ask-symbol', 'symbol'],
                ['ask-interval', 'interval'],
                ['ask-limit', 'limit'],
                ['ask-rest', 'rest'],
                ['ask-socket', 'socket'],
            ])
                if (said[key]) $(id).value = said[key];
            if (!data.candles) {
                await makeCandles({ mend: true });
                choose('exchange');
                toast('This set-up asks an exchange for its candles: press the button if you want that. Until then they are synthetic.');
            }
            return;
        }
        for (const key of ['seed', 'bars', 'momentum']) if (said?.[key] !== undefined) $(`made-${key}`).value = said[key];
        choose('synthetic');
        await makeCandles({ mend: true });
    }
    await begin(from);
    buttons();
    await footer();
    setInterval(footer, 5000);
    globalThis.lstmfcDemo = { memory: () => app.lstmfc.memory(), data, run, found, group, price };
    document.body.dataset.ready = 'true';
}
start().catch((error) => {
    say('The library could not be started.');
    panels.problem($('problem'), error);
    $('problem').append(
        el(
            'p',
            { class: 'note' },
            location.protocol === 'file:'
                ? 'From a disk open lstmfc-demo.html, the page in one file; this one needs a server: python3 -m http.server -d build/web'
                : 'It needs a browser with WebAssembly and module workers.',
        ),
    );
});
