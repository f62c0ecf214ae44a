// Training, and what is measured of a model.
import { $, fixed, integer, seconds, sha256, significant, stamp, toast } from './text.js';
import * as panels from './panels.js';
import { keep } from './handover.js';
import { app, data, found, forgetModel, run } from './state.js';
import { drawLoss, drawResults, group, loss, viewJudged } from './view.js';

/** Called when no training reads the candles any more. */
export const whenFree = [];
function trainOptions() {
    return {
        ...app.setup.options('forecaster'),
        created: app.setup.changed('forecaster', 'created') ? app.setup.options('forecaster').created : 0,
    };
}
export function say(text) {
    $('status').textContent = text;
}
export function fail(error, text) {
    panels.problem($('problem'), error, text);
    run.phase = 'failed';
    say('That did not work.');
    buttons();
}
export function buttons() {
    const busy = run.phase === 'training' || run.phase === 'paused';
    $('train').disabled = !data.candles || busy || run.phase === 'loading';
    $('train').hidden = busy;
    $('pause').hidden = !busy;
    $('pause').textContent = run.phase === 'paused' ? 'Resume' : 'Pause';
    $('stop').hidden = !busy;
    $('continue').hidden = $('save-checkpoint').hidden = busy || !run.checkpoint;
    $('save').disabled = !found.model;
    document.body.dataset.phase = run.phase;
}
export function pace() {
    const h = run.history,
        epochs = h?.epochs.length || 0,
        most = run.how?.options.epochs ?? 50,
        last = h?.epochs.at(-1);
    const active = run.active + (run.phase === 'training' ? performance.now() - run.began : 0),
        done = epochs - run.base,
        rate = done > 0 && active > 0 ? done / (active / 1000) : NaN;
    $('pace-epoch').textContent = h ? `${epochs} of ${most}` : '–';
    $('pace-rate').textContent = Number.isFinite(rate) ? (rate >= 10 ? fixed(rate, 0) : significant(rate, 2)) : '–';
    $('pace-left').textContent = run.phase === 'training' || run.phase === 'paused' ? seconds((most - epochs) / rate) : '–';
    $('pace-loss').textContent = last ? significant(last.loss, 5) : '–';
    $('pace-val').textContent = last ? significant(last.val_loss, 5) : '–';
    $('pace-best').textContent = h?.best_epoch ? String(h.best_epoch) : '–';
    $('progress').value = h ? epochs / most : 0;
}
export async function forgetRun() {
    if (run.training) {
        const it = run.training;
        it.cancel();
        await it.catch(() => {});
    }
    Object.assign(run, { training: null, checkpoint: null, how: null, history: null, active: 0, base: 0, phase: 'idle' });
    loss.clear();
    pace();
}
export async function train(checkpoint = null) {
    $('problem').hidden = true;
    if (data.busy) {
        $('train').disabled = true;
        await data.busy;
        buttons();
    }
    if (run.training || !data.candles) return;
    const problems = app.setup.problems(['forecaster']);
    if (problems.length) {
        fail(new Error(problems.map(([, name, what]) => `${name}: ${what}`).join('; ')));
        return;
    }
    if (!checkpoint) {
        Object.assign(run, {
            history: null,
            base: 0,
            how: howNow(),
        });
        loss.clear();
    } else {
        if (!run.history) run.how = howNow();
        run.base = run.history?.epochs.length ?? null;
    }
    Object.assign(run, { phase: 'training', began: performance.now(), active: 0, checkpoint: null });
    say(checkpoint ? 'Going on from the checkpoint.' : 'Training.');
    buttons();
    pace();
    const { how } = run,
        onProgress = (history) => {
            run.history = history;
            run.base ??= history.epochs.length;
            drawLoss();
            pace();
        };
    const training = (run.training = checkpoint
        ? app.lstmfc.resume(checkpoint, data.candles, how.options, { onProgress })
        : app.lstmfc.train(data.candles, how.options, { onProgress }));
    try {
        const model = await training;
        run.active += run.phase === 'training' ? performance.now() - run.began : 0;
        if (run.training !== training) {
            model.free();
            return;
        }
        run.training = null;
        run.phase = 'done';
        await takeResult(model, how);
        const n = run.history?.epochs.length || 0;
        const early = how.options.epochs > n ? `; stopped early, the best was epoch ${run.history.best_epoch}` : '';
        say(`Trained ${integer(n)} epochs in ${seconds(run.active / 1000)}${early}.`);
    } catch (error) {
        if (run.training !== training && run.training !== null) return;
        run.active += run.phase === 'training' ? performance.now() - run.began : 0;
        run.training = null;
        if (error.name === 'AbortError') {
            run.phase = 'stopped';
            run.checkpoint = error.checkpoint || null;
            const n = run.history?.epochs.length || 0;
            say(`Stopped after ${integer(n)} epochs. Continue goes on from the checkpoint and ends in the same bytes.`);
        } else {
            run.checkpoint = checkpoint;
            fail(error);
        }
    }
    buttons();
    pace();
    for (const call of whenFree) call();
}
async function takeResult(model, how) {
    forgetModel();
    found.model = model;
    found.json = await model.save();
    found.sum = sha256(found.json);
    found.how = how;
    await judge();
    keep(found.json, data.csv).catch(() => {});
}

/** Measures the model on these candles; again when a cost changes. */
let judging = 0;
export async function judge() {
    const model = found.model,
        mine = ++judging;
    if (!model) return;
    $('problem').hidden = true;
    const odd = app.setup.problems(['signals', 'backtest']);
    if (odd.length) {
        const said = odd.map(([group, name, what]) => `the option ${name} is “${app.setup.get(group, name)}” and must be ${what}`);
        unjudged(`${said.join('; ')}.`);
        return;
    }
    try {
        const [next] = await model.predict(data.candles);
        if (mine !== judging || found.model !== model) return;
        found.next = next; // needs no bars kept aside
        const shown = await app.lstmfc.evaluate(model, data.candles, {
            signals: app.setup.options('signals'),
            backtest: app.setup.options('backtest'),
        });
        if (mine !== judging || found.model !== model) return;
        found.time = data.columns.time.at(-1);
        found.shown = ready(shown, model.info);
        found.why = '';
        drawResults();
        if (!group.view || run.phase === 'done') viewJudged();
    } catch (error) {
        if (mine === judging) {
            unjudged(`${error.message}.${aside()}`);
            panels.problem($('problem'), error);
        }
    }
    buttons();
}
function unjudged(why) {
    found.shown = null;
    found.why = why;
    drawResults();
    buttons();
}
/** What to do where the training kept no bars to judge by. */
function aside() {
    const test = found.how?.options.test ?? null; // the library's own is none
    return found.how && !test
        ? ` The option test keeps bars aside for the verdict; it was ${test === 0 ? '0' : 'none'}: ` +
              'set it to 0.2, the last fifth, and train again.'
        : '';
}
/** What the charts need beside what evaluate gives. */
function ready(s, info) {
    const out = {
        ...s,
        horizon: info.horizon,
        cut: info.cut,
        bins: (s.reliability || []).filter((r) => r.count > 0),
        curves: null,
        cheat: s.backtest?.cheat,
        no_costs: s.backtest?.no_costs,
    };
    if (s.backtest) {
        const { equity: e, hold: h, repeat } = s.backtest.curves,
            all = e.length === data.columns.time.length,
            from = all ? s.first : 0,
            to = all ? s.first + s.count : e.length;
        const cut = (a) => Array.from(a.subarray(from, to), (x) => (Number.isFinite(x) ? x : null)),
            down = (a) => {
                let peak = -Infinity;
                return a.map((x) => {
                    if (x === null) return null;
                    peak = Math.max(peak, x);
                    return x / peak - 1;
                });
            };
        const ours = cut(e),
            held = cut(h);
        out.curves = { time: s.forecasts.time, equity: ours, hold: held, repeat: cut(repeat), down: down(ours), holdDown: down(held) };
    }
    return out;
}
export async function takeModel(json, name) {
    $('problem').hidden = true;
    if (run.training) {
        toast('A training is under way: stop it first.');
        return;
    }
    let model;
    try {
        model = await app.lstmfc.load(json);
    } catch (error) {
        if (error.message.includes('checkpoint of an unfinished training')) takeCheckpoint(json, name);
        else {
            fail(error);
            say(`${name} is no model that can be loaded.`);
        }
        return;
    }
    run.phase = 'done';
    await takeResult(model, null);
    const { target, model: network, epochs, seen_to: last } = model.info; // of an ensemble there is no one network
    const what = network ? `${network}, trained ${integer(epochs)} epochs` : `${ensemble(json)}, trained`;
    say(`${name}: ${target}, ${what} on bars to ${stamp(last)} UTC.`);
    buttons();
}
function ensemble(json) {
    const count = JSON.parse(json).ensemble?.members?.length;
    return count ? `an ensemble of ${count}` : 'an ensemble';
}
function howNow() {
    return { options: trainOptions(), reading: data.reading, csv: data.csv, file: data.file };
}
/** A checkpoint from a file: the library says whether candles and set-up are those it was made with. */
function takeCheckpoint(json, name) {
    Object.assign(run, { phase: 'stopped', checkpoint: json, how: howNow(), history: null, base: null });
    loss.clear();
    pace();
    buttons();
    say(`${name} is a checkpoint: Continue goes on from it, with the candles and the set-up it was made with.`);
}

export function pauseOrResume() {
    if (run.phase === 'training') {
        run.training.pause();
        run.active += performance.now() - run.began;
        run.phase = 'paused';
        say('Paused.');
    } else {
        run.training.resume();
        run.began = performance.now();
        run.phase = 'training';
        say('Training.');
    }
    buttons();
    pace();
}
