// A server of files for the tests: serve({'/path': text or bytes}, FOLDER, HEADERS, POST) -> {origin, close()}; what is not named comes
// from the folder, and what is posted goes to POST.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

// not application/wasm: no harm
const types = { '.js': 'text/javascript', '.html': 'text/html', '.csv': 'text/csv', '.wasm': 'application/octet-stream' };

export async function serve(files, folder, headers = {}, post = () => {}) {
    const server = createServer(async (request, answer) => {
        const { pathname } = new URL(request.url, 'http://localhost');
        let body = files[pathname];
        if (request.method === 'POST') {
            const parts = [];
            for await (const part of request) parts.push(part);
            post(Buffer.concat(parts).toString());
            body = '';
        }
        if (body === undefined) try { body = readFileSync(join(folder, pathname)); } catch { answer.writeHead(404).end(); return; }
        answer.writeHead(200, { 'content-type': types[extname(pathname)] || 'text/html', ...headers }).end(body);
    });
    await new Promise((go) => { server.listen(0, '127.0.0.1', go); });
    return { origin: `http://127.0.0.1:${server.address().port}`, close() { server.close(); server.closeAllConnections(); } };
}
