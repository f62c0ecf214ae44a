// Completion in a textarea, of the words that the module's tables know.
import { el } from './text.js';

let made = 0;
/** words(text before the caret) -> {from, list: [{text, insert, help}]} */
export function complete(area, words) {
    const id = `choices-${++made}`,
        list = el('ul', { class: 'choices', id, role: 'listbox', 'aria-label': 'Completions', hidden: '' });
    let shown = [],
        at = 0,
        from = 0;
    area.after(list);
    area.setAttribute('aria-autocomplete', 'list');
    area.setAttribute('aria-controls', id);
    const close = () => {
        list.hidden = true;
        shown = [];
        area.removeAttribute('aria-activedescendant');
    };
    const mark = (i) => {
        at = (i + shown.length) % shown.length;
        [...list.children].forEach((li, j) => li.setAttribute('aria-selected', String(j === at)));
        area.setAttribute('aria-activedescendant', `${id}-${at}`);
        list.children[at].scrollIntoView({ block: 'nearest' });
    };
    const take = (i) => {
        const { insert, back = 0 } = shown[i],
            rest = area.value.slice(area.selectionStart),
            caret = from + insert.length - back;
        area.value = area.value.slice(0, from) + insert + rest;
        area.setSelectionRange(caret, caret);
        close();
        area.dispatchEvent(new Event('input', { bubbles: true }));
        close();
    };
    const open = () => {
        const found = words(area.value.slice(0, area.selectionStart));
        if (!found || !found.list.length) {
            close();
            return;
        }
        ({ from } = found);
        shown = found.list.slice(0, 40);
        list.replaceChildren(
            ...shown.map(({ text, help }, i) =>
                el(
                    'li',
                    {
                        role: 'option',
                        id: `${id}-${i}`,
                        'aria-selected': 'false',
                        onpointerdown: (e) => {
                            e.preventDefault();
                            take(i);
                        },
                    },
                    el('code', {}, text),
                    help,
                ),
            ),
        );
        list.hidden = false;
        mark(0);
    };
    area.addEventListener('input', open);
    area.addEventListener('blur', close);
    area.addEventListener('keydown', (e) => {
        if (e.key === ' ' && e.ctrlKey) {
            e.preventDefault();
            open();
            return;
        }
        if (list.hidden) return;
        if (e.key === 'ArrowDown') mark(at + 1);
        else if (e.key === 'ArrowUp') mark(at - 1);
        else if (e.key === 'Enter' || e.key === 'Tab') take(at);
        else if (e.key === 'Escape') close();
        else return;
        e.preventDefault();
    });
}

export function featureWords({ functions, presets }) {
    const all = [
        ...functions.map((f) => {
            const names = f.arguments ? f.arguments.split(',') : [],
                preset = f.defaults ? f.defaults.split(',') : [];
            const call = names.length
                ? `${f.name}(${names.map((name, i) => (preset[i] ? `${name}=${preset[i]}` : name)).join(', ')})`
                : f.name;
            const outputs = f.outputs ? `  .${f.outputs.replaceAll(',', ' .')}` : '';
            return {
                word: f.name,
                text: call + outputs,
                insert: names.length ? `${f.name}()` : f.name,
                back: names.length ? 1 : 0,
                help: f.help,
            };
        }),
        ...presets.map((p) => ({ word: `@${p.name}`, text: `@${p.name}`, insert: `@${p.name}`, help: p.help })),
        ...['open', 'high', 'low', 'close', 'volume', 'all_columns'].map((word) => ({
            word,
            text: word,
            insert: word,
            help: word === 'all_columns' ? 'every numeric column of the file' : 'the column',
        })),
    ];
    const outputs = new Map(functions.filter((f) => f.outputs).map((f) => [f.name, f]));
    return (before) => {
        const dot = /([a-z_0-9]+)\([^()]*\)\.([a-z_]*)$/.exec(before),
            f = dot && outputs.get(dot[1]);
        if (f)
            return {
                from: before.length - dot[2].length,
                list: f.outputs
                    .split(',')
                    .filter((o) => o.startsWith(dot[2]) && o !== dot[2])
                    .map((o) => ({ text: `.${o}`, insert: o, help: `of ${f.name}: ${f.help}` })),
            };
        const found = /(?:^|[^\w.@])(@?[a-z_][a-z_0-9]*|@)$/.exec(before);
        if (!found) return null;
        const typed = found[1];
        return { from: before.length - typed.length, list: all.filter(({ word }) => word.startsWith(typed) && word !== typed) };
    };
}
export function layerWords({ layers }) {
    return (before) => {
        const found = /(?:^|\|)\s*([a-z_]+)$/.exec(before);
        if (found)
            return {
                from: before.length - found[1].length,
                list: layers
                    .filter(({ name }) => name.startsWith(found[1]) && name !== found[1])
                    .map(({ name, help }) => ({ text: name, insert: `${name} `, help: help.slice(name.length + 1) })),
            };
        const inside = /(?:^|\|)\s*([a-z_]+) [^|]*?([a-z_][a-z_0-9]*)$/.exec(before),
            layer = inside && layers.find(({ name }) => name === inside[1]);
        if (!layer) return null;
        const [, takes] = / takes (.*?):/.exec(layer.help) || [, ''];
        return {
            from: before.length - inside[2].length,
            list: takes
                .split(' ')
                .filter((word) => word.startsWith(inside[2]) && word !== inside[2] && !takes.startsWith('no words'))
                .map((word) => ({ text: word, insert: word, help: `of ${layer.name}` })),
        };
    };
}
