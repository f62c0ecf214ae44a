// lstmfc in a page: module and worker lie beside this file.
import { clientOf } from './client.js';
import { simd } from './core.js';
export { LstmfcError, simd } from './core.js';

function open() {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onerror = (e) => worker.onfailure?.(e.message || 'the worker could not be loaded');
    return worker;
}
async function bytes() {
    const url = simd() ? new URL('./lstmfc-simd.wasm', import.meta.url) : new URL('./lstmfc.wasm', import.meta.url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.arrayBuffer();                    // not streaming: a wrong MIME type does no harm
}
export const Lstmfc = clientOf(open, bytes);
