// What a page of a consumer does, for each bundler: window.said is for the test.
import { Lstmfc } from 'lstmfc';
import { inWorker } from './job.js';

async function run() {
    const said = await inWorker(Lstmfc, await (await fetch('./candles.csv')).text());
    document.querySelector('#forecast').textContent = `up with probability ${said.value}`;
    return said;
}
run().then((said) => { window.said = said; }, (e) => { window.said = { error: e.message }; });
