import { parentPort } from 'node:worker_threads';
import { serve } from './serve.js';
const port = { postMessage: (message) => parentPort.postMessage(message), onmessage: null };
parentPort.on('message', (data) => port.onmessage({ data }));
serve(port);
