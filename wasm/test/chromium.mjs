// Chromium for the tests: open(TOOLS) -> {tab(url) -> {tab, wrong}, close()}. `wrong` gathers what no page of ours may do: errors and
// warnings on the console, and requests to elsewhere.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function open(tools) {
    const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core');
    const profile = mkdtempSync(join(tmpdir(), 'lstmfc-'));
    const context = await chromium.launchPersistentContext(profile, {
        executablePath: '/usr/bin/chromium', headless: true,
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', '--allow-file-access-from-files'],
    });
    return {
        async tab(url) {
            const wrong = [], tab = await context.newPage(), { origin } = new URL(url);
            tab.on('pageerror', (e) => wrong.push(e.message));
            tab.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') wrong.push(m.text()); });
            const ours = (asked) => /^(data:|blob:|file:)/.test(asked) || asked.startsWith(origin);
            tab.on('request', (r) => { if (!ours(r.url())) wrong.push(`asks ${r.url()}`); });
            await tab.goto(url);
            return { tab, wrong };
        },
        async close() { await context.close(); rmSync(profile, { recursive: true, force: true }); },
    };
}
