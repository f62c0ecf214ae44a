// lstmfc in node, Deno and Bun: a worker thread, the module from the disk.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { clientOf } from './client.js';
import { simd } from './core.js';
export { LstmfcError, simd } from './core.js';

function open() {
    const worker = new Worker(new URL('./worker-node.js', import.meta.url));
    const port = { postMessage: (message) => worker.postMessage(message), terminate: () => { worker.terminate(); }, onmessage: null, onfailure: null };
    worker.on('message', (data) => port.onmessage({ data }));
    worker.on('error', (e) => port.onfailure?.(e.message));
    worker.unref();                                 // an idle library keeps no program alive ...
    const post = port.postMessage;
    let open = 0;                                   // ... one that is asked something does
    port.postMessage = (message) => { post(message); if (message.call && !open++) worker.ref(); };        // what cannot be sent is not open
    worker.on('message', (data) => { if (!data.progress && !data.finishing && !--open) worker.unref(); });
    return port;
}
const bytes = () => readFileSync(new URL(simd() ? './lstmfc-simd.wasm' : './lstmfc.wasm', import.meta.url));
export const Lstmfc = clientOf(open, bytes);
