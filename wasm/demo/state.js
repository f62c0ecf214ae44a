// What the page knows: shared by its parts.
export const app = { lstmfc: null, setup: null };
/** The candles on show. csv: the text they were read from, reading: the options, columns: their numbers. */
export const data = {
    kind: 'synthetic',
    name: '',
    file: '',
    csv: '',
    candles: null,
    columns: null,
    report: null,
    reading: {},
    synthetic: false,
    pending: null, // the file that other reading options read again
    busy: null, // a promise while candles are read
    made: '',
};
/** The training under way or the last one. phase: loading, idle, training, paused, stopped, failed, done; active: ms, without pauses. */
export const run = { phase: 'loading', training: null, checkpoint: null, how: null, history: null, began: 0, active: 0, base: 0 };
/** The model on show and what was measured of it. how: {options, reading, csv, file} of its training, null if it came from a file;
 * why: what keeps it from being judged. */
export const found = { model: null, json: '', sum: '', how: null, shown: null, why: '', next: null, time: 0 };
export const forgetModel = () => {
    found.model?.free();
    Object.assign(found, { model: null, json: '', sum: '', how: null, shown: null, why: '', next: null, time: 0 });
};
