// Part 6: the tour of the header, what to read first.
import { $, h } from './inside-look.js';

export function tour(app, intro) {
    const { tour: stops } = app.header;
    $('tour').append(
        ...intro(
            'tour',
            6,
            'Read the code that did all this',
            `The whole library is one file, written to be read. This is the tour at its head: search for a tag with >>
        in lstmfc.h${stops[0]?.link ? ', or follow the links into the book that is made of it' : ''}.`,
            [],
        ),
        h(
            'ol',
            { class: 'stops' },
            stops.map(({ tag, lines, text, link, line }) =>
                h(
                    'li',
                    {},
                    link ? h('a', { href: link }, tag.replaceAll('_', ' ')) : h('b', {}, tag.replaceAll('_', ' ')),
                    h('span', { class: 'note' }, ` ${lines} lines from line ${line}, >>${tag}`),
                    h('p', {}, text),
                ),
            ),
        ),
    );
    return { update() {}, draw() {} };
}
