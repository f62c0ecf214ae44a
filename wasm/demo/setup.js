// The set-up: what may be chosen, from the module's own tables; presets; the text of a link; the command line that does the same.
// A set-up is {forecaster, signals, backtest, csv}: option name -> text, only what differs from the module's default.

const A =
    'lstm 128 l2=1e-4 | batchnorm | dropout 0.3 | lstm 64 l2=1e-4 | batchnorm | dropout 0.25 | dense 32 relu l2=1e-4 | batchnorm ' +
    '| dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid';
const D =
    'lstm 128 | batchnorm | dropout 0.2 | lstm 64 | batchnorm | dropout 0.2 | lstm 32 | batchnorm | dropout 0.3 | attention 32 | dense 1';
const E =
    'batchnorm | lstm 256 l2=1e-4 recurrent_dropout=0.2 | dropout 0.3 | batchnorm | lstm 128 l2=1e-4 recurrent_dropout=0.2 ' +
    '| dropout 0.3 | batchnorm | lstm 64 l2=1e-4 recurrent_dropout=0.1 | dropout 0.2 | batchnorm | dense 64 swish l2=1e-4 ' +
    '| dropout 0.2 | dense 32 swish l2=1e-4 | dense 1';

/** A small one, and what `lstmfc pipeline --system a .. e` trains. `bars`: ms between bars. */
export const PRESETS = [
    {
        id: 'quick',
        name: 'Quick: direction, a small LSTM',
        note: 'Is the next close higher? Eight features over 24 bars; a few seconds.',
        options: () => ({
            target: 'direction',
            window: '24',
            epochs: '80',
            patience: '20',
            lr: '1e-4',
            seed: '1',
            model: 'lstm 16 | dropout 0.3 | dense 1 sigmoid',
            features:
                'log_return(close), log_return(close,6), rsi(14)/100, macd(12,26,9).hist/close, bbands(20,2).percent, close/ema(20)-1, ' +
                'realized_vol(24), clip(volume_ratio(24),0,10)',
        }),
    },
    {
        id: 'a',
        name: 'A: hourly direction, two LSTM layers',
        note: 'Is the next close higher? 30 features over 24 bars, 134,337 parameters. Takes minutes.',
        options: () => ({ target: 'direction', window: '24', features: '@a', model: A, epochs: '150', patience: '20', plateau: '10' }),
    },
    {
        id: 'b',
        name: 'B: next price from 20 returns',
        note: 'The next price from the last 20 log returns, one small LSTM.',
        options: () => ({
            target: 'price',
            window: '20',
            features: 'log_return(close)',
            model: 'lstm 32 | dense 1',
            epochs: '100',
            patience: '10',
        }),
    },
    {
        id: 'c',
        name: 'C: daily price from on-chain columns',
        note: 'The next price from 108 features of a daily table with on-chain columns (bitcoin_dataset.csv): bring that file.',
        csv: { max_fill: '1000' },
        options: () => ({
            target: 'price',
            window: '24',
            features: '@c',
            init: 'torch',
            epochs: '200',
            patience: '20',
            plateau: '5',
            model: 'variational_dropout 0.3 | lstm 64 forget_bias=2 | dropout 0.3 | lstm 64 forget_bias=2 | dense 1',
        }),
    },
    {
        id: 'd',
        name: 'D: volatility of the next day',
        note:
            'Volatility of the next day (5 bars of a day, 24 of less), three LSTM layers and attention, Huber loss. No trading: ' +
            'volatility has no side. Takes minutes.',
        options: (bars) => ({
            target: 'volatility',
            horizon: bars >= 86400000 ? '5' : '24',
            window: '24',
            features: '@d',
            model: D,
            epochs: '100',
            patience: '15',
            plateau: '5',
            loss: 'huber',
        }),
    },
    {
        id: 'e',
        name: 'E: price and signals, three LSTM layers',
        note:
            'The next price from 14 scale-free features over 60 bars; a large network, many minutes. Here it trades by its ' +
            'forecast alone; the clauses of its signals are in lstmfc signal and pipeline --system e.',
        options: () => ({
            target: 'price',
            window: '60',
            features: '@e',
            model: E,
            epochs: '100',
            patience: '15',
            plateau: '5',
            loss: 'huber',
            lr: '5e-4',
            clip_norm: 'none',
            clip_value: '0.5',
            scaler: 'robust',
            winsor: '8',
        }),
    },
];
const GROUPS = ['forecaster', 'signals', 'backtest', 'csv'],
    LETTERS = { forecaster: 'f', signals: 's', backtest: 'b', csv: 'r' };

/** Whether a text is a value of the option; says what is wrong, or null. */
export function wrong(field, text) {
    const value = text.trim();
    if (value === '' || field.kind === 'text') return null;
    if (field.kind === 'choice') return field.range.split('|').includes(value) ? null : `one of ${field.range.replaceAll('|', ', ')}`;
    const [, none, low, high] = /^(none\|)?(>?-?[\d.e+-]+)\.\.(<?[\d.e+-]+)$/.exec(field.range) || [];
    if (none && value === 'none') return null;
    const x = Number(value);
    const range = field.range.replace('none|', 'none or ').replace('..', ' to ');
    const words = (field.kind === 'real' ? 'a number' : 'a whole number') + (range && `, ${range}`);
    if (!Number.isFinite(x) || (field.kind !== 'real' && !Number.isInteger(x))) return words;
    if (low !== undefined) {
        const least = Number(low.replace('>', '')),
            most = Number(high.replace('<', ''));
        if (x < least || x > most || (low.startsWith('>') && x === least && !none) || (high.startsWith('<') && x === most)) return words;
    }
    return null;
}

export class Setup {
    constructor(about) {
        this.about = about;
        this.fields = Object.fromEntries(GROUPS.map((group) => [group, new Map(about[group].map((f) => [f.name, f]))]));
        this.values = Object.fromEntries(GROUPS.map((group) => [group, {}]));
        this.preset = 'quick';
    }
    field(group, name) {
        return this.fields[group].get(name);
    }
    get(group, name) {
        return this.values[group][name] ?? this.field(group, name).default;
    }
    set(group, name, text) {
        const value = text.trim();
        if (value === '' || value === this.field(group, name).default) delete this.values[group][name];
        else this.values[group][name] = value;
    }
    changed(group, name) {
        return name in this.values[group];
    }
    apply(id, bars) {
        const preset = PRESETS.find((p) => p.id === id);
        if (!preset) return;
        this.preset = id;
        this.values.forecaster = {};
        for (const [name, value] of Object.entries({ test: '0.2', ...preset.options(bars) })) this.set('forecaster', name, value);
        if (preset.csv) for (const [name, value] of Object.entries(preset.csv)) this.set('csv', name, value);
    }
    /** Every option that is not a value of its field: [group, name, what it must be]. */
    problems(groups = GROUPS) {
        return groups.flatMap((group) =>
            Object.entries(this.values[group])
                .map(([name, text]) => [group, name, wrong(this.field(group, name), text)])
                .filter(([, , what]) => what),
        );
    }
    /** The options of a group as the library takes them. */
    options(group) {
        const out = {};
        for (const [name, text] of Object.entries(this.values[group])) {
            const { kind } = this.field(group, name);
            out[name] =
                text === 'none' && kind !== 'choice' && kind !== 'text' ? null : kind === 'text' || kind === 'choice' ? text : Number(text);
        }
        return out;
    }

    // ---- a link
    /** The text after #; `data` says where the candles come from. */
    link(data) {
        const out = new URLSearchParams();
        for (const [key, value] of Object.entries(data)) out.set(key, value);
        out.set('preset', this.preset);
        for (const group of GROUPS)
            for (const [name, value] of Object.entries(this.values[group])) out.set(`${LETTERS[group]}.${name}`, value);
        return out.toString();
    }
    /** Takes what link() wrote; gives back what it does not know, and the rest of the entries. */
    read(text) {
        const unknown = [],
            data = {},
            values = Object.fromEntries(GROUPS.map((group) => [group, {}]));
        for (const [key, value] of new URLSearchParams(text)) {
            const [letter, name] = key.split('.'),
                group = GROUPS.find((g) => LETTERS[g] === letter && name);
            if (!group) {
                data[key] = value;
                continue;
            }
            const field = this.field(group, name);
            if (!field || wrong(field, value)) unknown.push(`${group} ${name}=${value}`);
            else values[group][name] = value;
        }
        this.values = values;
        if (PRESETS.some(({ id }) => id === data.preset)) this.preset = data.preset;
        return { unknown, data };
    }

    // ---- the command line
    static quote(text) {
        return /^[\w@.,:/=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
    }
    /** An option of range 0..1 without a value is a switch there. */
    flags(options) {
        const fields = GROUPS.flatMap((group) => this.about[group]);
        return Object.entries(options).flatMap(([name, value]) => {
            const flag = `--${name.replaceAll('_', '-')}`;
            const { kind, range } = fields.find((field) => field.name === name) || {};
            if (kind === 'int' && range === '0..1') return value ? [flag] : [];
            return [`${flag} ${Setup.quote(value === null ? 'none' : String(value))}`];
        });
    }
    /** The commands that make the same model file, judge it and trade it. One flag a line, for a shell. */
    commands({ csv, options, reading, signals, backtest, out = 'model.json' }) {
        const lines = (name, flags) => [`lstmfc ${name} --csv ${Setup.quote(csv)}`, ...flags].join(' \\\n    ');
        const files = this.flags(reading);
        const end = [`--model ${out}`, '--simd scalar']; // the bits of WebAssembly
        return {
            train: lines('train', [...files, ...this.flags(options), '--simd scalar', `--out ${out}`]),
            sum: `sha256sum ${out}`,
            evaluate: lines('evaluate', [...files, ...this.flags({ ...signals, ...backtest }), ...end]),
            predict: lines('predict', [...files, ...end, '--json']),
        };
    }
}
