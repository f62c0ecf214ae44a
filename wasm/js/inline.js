// lstmfc in one file: the module as text, the worker from a Blob; works from file:// and needs no other request.
import { clientOf } from './client.js';
import { simd } from './core.js';
import modules from 'lstmfc:modules';               // {simd, scalar}: base64, filled in by the build
import worker from 'lstmfc:worker';                 // the classic worker's text
export { LstmfcError, instantiate, simd } from './core.js';

function open() {
    const url = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
    const made = new Worker(url);
    made.onerror = (e) => made.onfailure?.(e.message || 'the worker could not be loaded');
    return made;
}
/** The bytes of the module that fits this runtime, for `instantiate` or `Lstmfc.load`. */
export const bytes = () => Uint8Array.from(atob(simd() ? modules.simd : modules.scalar), (c) => c.charCodeAt(0));
export const Lstmfc = clientOf(open, bytes);
