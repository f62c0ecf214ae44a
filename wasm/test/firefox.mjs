// The package in Firefox, which is to say in SpiderMonkey: node firefox.mjs PACKAGE NATIVE.json CANDLES.csv FIREFOX. Nothing drives it: the
// page posts what it found.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, done } from './checks.mjs';
import { serve } from './serve.mjs';

const [root, native, csv] = process.argv.slice(2, 5).map((path) => resolve(path)), firefox = process.argv[5];
const expected = readFileSync(native, 'utf8'), here = dirname(fileURLToPath(import.meta.url));
const script = `
import { Lstmfc } from '/dist/browser.js';
import { instantiate, simd } from '/dist/core.js';
import { inPlace, inWorker } from '/job.js';
const errors = [];
addEventListener('error', (e) => errors.push(e.message));
addEventListener('unhandledrejection', (e) => errors.push(String(e.reason)));
const of = async (url) => (await fetch(url)).arrayBuffer();
async function run() {
    const text = await (await fetch('/candles.csv')).text(), core = {};
    for (const name of ['lstmfc.wasm', 'lstmfc-simd.wasm']) core[name] = inPlace(instantiate, await of('/dist/' + name), text);
    return { core, simd: simd(), agent: navigator.userAgent, ...await inWorker(Lstmfc, text) };
}
const said = await run().catch((e) => ({ error: e.message }));
await fetch('/said', { method: 'POST', body: JSON.stringify({ ...said, errors }) });`;
let told;
const answer = new Promise((go) => { told = go; });
const server = await serve({
    '/': '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    '/page.js': script, '/job.js': readFileSync(join(here, 'job.js')), '/candles.csv': readFileSync(csv),
}, root, { 'content-security-policy': "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'" }, told);

// Everything but this machine goes to a port where nobody is: a browser under test asks nobody.
const profile = mkdtempSync(join(tmpdir(), 'lstmfc-'));
const prefs = {
    'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1',
    'network.proxy.ssl_port': 9, 'app.update.enabled': false, 'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.enabled': false, 'browser.aboutwelcome.enabled': false, 'termsofuse.bypassNotification': true,
};
const pref = ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`;
writeFileSync(join(profile, 'user.js'), Object.entries(prefs).map(pref).join(''));
const child = spawn(firefox, ['--headless', '--no-remote', '--profile', profile, `${server.origin}/`],
    { stdio: 'ignore', env: { ...process.env, HOME: profile } });
const ended = new Promise((go) => { child.once('exit', go); child.once('error', go); });
const late = new Promise((go) => { setTimeout(() => go('{"error": "no answer in 90 seconds"}'), 90000); });
const said = JSON.parse(await Promise.race([answer, late, ended.then(() => '{"error": "Firefox ended"}')]));
check(!said.error, `${/Firefox\/\S+/.exec(said.agent)?.[0] ?? 'Firefox'} answers${said.error ? `: ${said.error}` : ''}`);
for (const name of ['lstmfc.wasm', 'lstmfc-simd.wasm'])
    check(said.core?.[name] === expected, `${name}: the native program's model file, ${expected.length} bytes`);
check(said.simd === true, 'it has vectors');
check(said.saved === expected && said.value > 0, 'module worker, under a strict policy: the same');
check(said.resumed, 'cancelled, and gone on to the same bytes');
check(said.errors?.length === 0, `no error in the page${said.errors?.length ? `: ${said.errors[0]}` : ''}`);
child.kill();
await ended;
server.close();
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
done();
