// The form: every option of the module's tables, wherever it stands, is one value of the set-up.
import { $, el, fixed, percent } from './text.js';
import { PRESETS, wrong } from './setup.js';
import { app, data } from './state.js';
const inputs = (group, name) => document.querySelectorAll(`[data-opt="${group}.${name}"]`);
export function showValues() {
    for (const input of document.querySelectorAll('[data-opt]')) {
        const [groupName, name] = input.dataset.opt.split('.'),
            value = app.setup.get(groupName, name);
        if (input === document.activeElement && input.type !== 'checkbox' && input.tagName !== 'SELECT') continue;
        if (input.type === 'checkbox') input.checked = value === '1';
        else input.value = value;
        mark(input, groupName, name);
    }
    const target = app.setup.get('forecaster', 'target');
    for (const label of document.querySelectorAll('[data-for]'))
        label.hidden = (label.dataset.for === 'direction') !== (target === 'direction');
    const changed = ['forecaster', 'signals', 'backtest'].reduce((n, g) => n + Object.keys(app.setup.values[g]).length, 0);
    $('all-count').textContent =
        `${changed} changed of ${['forecaster', 'signals', 'backtest'].reduce((n, g) => n + app.lstmfc.about[g].length, 0)}`;
    const fee = Number(app.setup.options('backtest').fee ?? 0.001),
        slip = Number(app.setup.options('backtest').slippage ?? 0.0002);
    $('costs-note').textContent = Number.isFinite(fee + slip)
        ? `${fixed((fee + slip) * 1e4, 1)} basis points a side: ${percent(2 * (fee + slip))} for a round trip.`
        : '';
    $('folded').textContent = [data.name, PRESETS.find(({ id }) => id === app.setup.preset)?.name].filter(Boolean).join(' · ');
    $('preset').value = app.setup.preset;
    $('preset-note').textContent = PRESETS.find(({ id }) => id === app.setup.preset)?.note || '';
}
function mark(input, groupName, name) {
    const what = wrong(app.setup.field(groupName, name), input.type === 'checkbox' ? (input.checked ? '1' : '0') : input.value);
    if (what) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    input.title = what ? `must be ${what}` : app.setup.field(groupName, name).help;
    const option = input.closest('.option');
    option?.classList.toggle('changed', app.setup.changed(groupName, name));
}
/** Takes what was typed; gives back [group, name]. */
export function changed(input) {
    const [groupName, name] = input.dataset.opt.split('.');
    app.setup.set(groupName, name, input.type === 'checkbox' ? (input.checked ? '1' : '0') : input.value);
    for (const other of inputs(groupName, name)) {
        if (other !== input) {
            if (other.type === 'checkbox') other.checked = app.setup.get(groupName, name) === '1';
            else other.value = app.setup.get(groupName, name);
        }
        mark(other, groupName, name);
    }
    showValues();
    return [groupName, name];
}
export async function checkFeatures() {
    const host = $('features-check'),
        spec = app.setup.get('forecaster', 'features');
    if (!data.candles) return;
    try {
        const { names, bars, values } = await app.lstmfc.indicators(data.candles, spec);
        let first = 0;
        while (first < bars && values.subarray(first * names.length, (first + 1) * names.length).some(Number.isNaN)) first++;
        const complete = first < bars ? `complete from bar ${first} on` : 'never complete on these candles';
        host.textContent = `${names.length} feature${names.length === 1 ? '' : 's'}, ${complete}`;
        host.classList.toggle('bad', first >= bars);
        $('features').removeAttribute('aria-invalid');
    } catch (error) {
        host.textContent = error.message + (error.column > 0 ? ` (column ${error.column})` : '');
        host.classList.add('bad');
        $('features').setAttribute('aria-invalid', 'true');
    }
}
export function makeOptions() {
    for (const host of document.querySelectorAll('.options')) {
        const groupName = host.dataset.group;
        host.replaceChildren(
            ...app.lstmfc.about[groupName].map((f) => {
                const id = `o-${groupName}-${f.name}`;
                const input =
                    f.kind === 'choice'
                        ? el(
                              'select',
                              { id, 'data-opt': `${groupName}.${f.name}`, 'aria-describedby': `${id}-h` },
                              ...f.range.split('|').map((word) => el('option', {}, word)),
                          )
                        : el('input', {
                              id,
                              'data-opt': `${groupName}.${f.name}`,
                              inputmode: f.kind === 'text' ? 'text' : 'decimal',
                              spellcheck: 'false',
                              'aria-describedby': `${id}-h`,
                              placeholder: f.default,
                          });
                return el(
                    'div',
                    { class: `option${f.kind === 'text' ? ' wide' : ''}`, 'data-words': `${f.name} ${f.help}`.toLowerCase() },
                    el('label', { for: id }, f.name),
                    input,
                    el(
                        'p',
                        { id: `${id}-h` },
                        f.help + (f.kind === 'choice' ? '' : f.range && ` (${f.range})`) + (f.default && `; default ${f.default}`),
                    ),
                );
            }),
        );
    }
    for (const select of document.querySelectorAll('select[data-opt]'))
        if (!select.options.length) {
            const [groupName, name] = select.dataset.opt.split('.');
            select.append(
                ...app.setup
                    .field(groupName, name)
                    .range.split('|')
                    .map((word) => el('option', {}, word)),
            );
        }
    $('preset').append(...PRESETS.map(({ id, name }) => el('option', { value: id }, name)));
}
