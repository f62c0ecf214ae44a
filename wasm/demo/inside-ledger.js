// A table of products and their running sum, as bars on one scale. Rows stay and are written anew: it follows an arrow key at once.
import { h, number, signed } from './inside-look.js';

export function ledger(id, label) {
    const body = h('tbody'),
        caption = h('caption', { class: 'visually-hidden' });
    const heads = ['of', 'value', '× weight', '= product'].map((text) => h('th', { scope: 'col' }, text));
    const element = h(
        'div',
        { class: 'products', id, tabindex: 0, role: 'region', 'aria-label': label },
        h(
            'table',
            {},
            caption,
            h(
                'thead',
                {},
                h(
                    'tr',
                    {},
                    heads,
                    h('th', { scope: 'col', class: 'fall' }, 'running sum'),
                    h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'sum')),
                ),
            ),
            body,
        ),
    );
    let rows = [];
    function row() {
        const name = h('th', { scope: 'row' }),
            value = h('td'),
            weight = h('td'),
            product = h('td'),
            sum = h('td', { class: 'running' });
        const zero = h('i', { class: 'zero' }),
            bar = h('i');
        const line = h(
            'tr',
            {},
            name,
            value,
            weight,
            product,
            h('td', { class: 'fall' }, h('span', { class: 'track', 'aria-hidden': 'true' }, zero, bar)),
            sum,
        );
        return { line, name, value, weight, product, sum, zero, bar };
    }
    const write = (cell, text) => {
        if (cell.textContent !== text) cell.textContent = text;
    };
    /** terms: [{of, value, weight, product, sum}], named by name(term). */
    function show(terms, name) {
        let least = 0,
            most = 0,
            before = 0;
        for (const { sum } of terms) {
            least = Math.min(least, sum);
            most = Math.max(most, sum);
        }
        const room = most - least || 1,
            at = (x) => `${((100 * (x - least)) / room).toFixed(2)}%`;
        if (rows.length !== terms.length) {
            rows = terms.map(row);
            body.replaceChildren(...rows.map(({ line }) => line));
        }
        terms.forEach((term, i) => {
            const one = rows[i],
                from = before;
            before = term.sum;
            one.line.className = `of-${term.of}`;
            write(one.name, name(term));
            write(one.value, term.of === 'b' ? '' : number(term.value));
            write(one.weight, number(term.weight));
            write(one.product, signed(term.product));
            write(one.sum, number(term.sum));
            one.zero.style.left = at(0);
            one.bar.className = term.product >= 0 ? 'plus' : 'minus';
            one.bar.style.left = at(Math.min(from, term.sum));
            one.bar.style.width = `${((100 * Math.abs(term.sum - from)) / room).toFixed(2)}%`;
        });
        caption.textContent = `Products that add up to ${number(before)}`;
    }
    return { element, show };
}
