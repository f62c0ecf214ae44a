// node service.mjs MODEL.json [PORT]: forecasts of a saved model over HTTP, on 127.0.0.1:8080 unless PORT says else.
//     curl --data-binary @candles.csv 'http://127.0.0.1:8080/?steps=1'
// The answer is {"forecasts": [...]}; what is refused is {"error": {"message", "kind", "line", "column"}}, with its place in the CSV.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Lstmfc, LstmfcError } from 'lstmfc';

const MOST = 64 << 20;                              // bytes of a CSV
const [path, port = 8080] = process.argv.slice(2);
if (!path) { console.error('usage: node service.mjs MODEL.json [PORT]'); process.exit(2); }
const lstmfc = await Lstmfc.load(), model = await lstmfc.load(readFileSync(path, 'utf8'));

class Refused extends Error { constructor(status, message) { super(message); this.status = status; } }

async function csvOf(request) {
    const parts = [];
    let size = 0;
    for await (const part of request.iterator({ destroyOnReturn: false })) {    // the connection stays, to answer on
        if ((size += part.length) > MOST) throw new Refused(413, `a CSV of more than ${MOST} bytes`);
        parts.push(part);
    }
    return Buffer.concat(parts);
}
async function forecast(request) {
    if (request.method !== 'POST') throw new Refused(405, 'POST a CSV of candles');
    const steps = Number(new URL(request.url, 'http://localhost').searchParams.get('steps') ?? 1);
    if (!Number.isInteger(steps) || steps < 1 || steps > 1000) throw new Refused(400, 'steps: 1 to 1000');
    const candles = await lstmfc.candles(await csvOf(request));                  // read in the worker: the service goes on listening
    try { return { forecasts: await model.predict(candles, steps) }; } finally { candles.free(); }
}
const server = createServer(async (request, response) => {
    let status = 200, body;
    try { body = await forecast(request); } catch (e) {
        status = e instanceof LstmfcError ? 400 : e.status ?? 500;
        body = { error: { message: e.message, kind: e.kind ?? null, line: e.line || null, column: e.column || null } };
    }
    const more = { 405: { allow: 'POST' }, 413: { connection: 'close' } };
    const headers = { 'content-type': 'application/json', ...more[status] };
    response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
});
server.listen(Number(port), '127.0.0.1', () => { console.log(`http://127.0.0.1:${server.address().port}/`); });
process.once('SIGTERM', () => { server.close(() => lstmfc.close()); });
