/* folds.c - one test span is one draw. The same job, its options those of the model file, is done K times, trained on what lies before the
   fold (all of it, or the last --train-bars) and measured on the fold: no bar of a fold is seen by its model, and what is learned from
   validation comes from before it. A label of a training ends before the fold, so there is nothing to purge; the window of a fold's first
   forecasts reaches back into the training, which --embargo leaves unmeasured. A skill that is there in most folds is worth more than a
   large one in the last. */
#include "folds.h"
#include "keep.h"

#include <stdio.h>
#include <string.h>

typedef struct fold {
    size_t train_from, from, to;    /* trained on train_from .. from-1, measured on what follows up to to-1 */
    lstmfc_candles *past;
    lstmfc_forecaster *forecaster;
    lstmfc_error err;
    lstmfc_writer said;             /* warnings of the training, a line each */
    int64_t first, last;            /* times */
    size_t measured;
    double skill, best_skill, p, accuracy, net;         /* NaN: does not apply */
    const char *best;
} fold;

typedef struct fitting { const lstmfc_forecaster_desc *desc; fold *folds; int32_t threads; } fitting;

static void keep_warning(void *context, const char *message) { tool_print((lstmfc_writer *)context, "note: %s\n", message); }

static void fit(void *argument, int32_t index) {
    const fitting *job = (const fitting *)argument;
    fold *f = &job->folds[index];
    lstmfc_forecaster_desc desc = *job->desc;
    lstmfc_env env = *job->desc->env;
    env.threads = job->threads;
    env.log = keep_warning;
    env.log_context = &f->said;
    desc.env = &env;
    f->forecaster = lstmfc_forecaster_fit(f->past, &desc, &f->err);
}

/* What the model of a fold is worth on it; its training has ended. */
static int measure(const options *o, const lstmfc_candles *candles, size_t embargo, const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, fold *f) {
    lstmfc_error err = {0};
    lstmfc_candles *all = NULL;
    evaluation e;
    int bars = (int)(f->from - f->train_from), code = TOOL_OK;
    if (f->said.text) tool_show(stderr, f->said.text, f->said.length);
    if (!f->forecaster)
        return tool_fail(o, f->err.code == LSTMFC_ERROR_DIVERGED ? TOOL_DIVERGED : TOOL_DATA, "a fold of %d bars: %s", bars, f->err.message);
    all = lstmfc_candles_slice(candles, f->train_from, f->to - f->train_from, &err);
    code = all ? evaluation_run_after(o, f->forecaster, all, 0, embargo, signals, costs, &e) : tool_fail_error(o, &err);
    if (code == TOOL_OK) {
        f->first = e.from; f->last = e.to;
        f->measured = e.n;
        f->skill = e.baselines[0].comparison.skill;
        f->p = e.baselines[0].comparison.p;
        f->best_skill = e.baselines[e.best].comparison.skill;
        f->best = e.baselines[e.best].name;
        f->accuracy = e.info.target == LSTMFC_TARGET_DIRECTION ? e.direction.accuracy : lstmfc_nan();
        f->net = e.backtest ? e.backtest->metrics.total_return : lstmfc_nan();
        evaluation_free(&e);
    }
    lstmfc_candles_free(all);
    return code;
}

/* Folds from .. to-1: trained side by side, measured one after the other. */
static int some(const options *o, const lstmfc_forecaster_desc *desc, const lstmfc_candles *candles, const folds_desc *folds, const lstmfc_signal_desc *signals,
                const lstmfc_backtest_desc *costs, fold *found, int32_t from, int32_t to) {
    lstmfc_error err = {0};
    fitting job;
    int32_t k;
    int code = TOOL_OK;
    job.desc = desc;
    job.folds = found + from;
    job.threads = tool_threads() / (to - from);         /* of one training; they never change it */
    for (k = from; k < to && code == TOOL_OK; k++) {
        lstmfc_writer_init(&found[k].said, NULL);
        found[k].past = lstmfc_candles_slice(candles, found[k].train_from, found[k].from - found[k].train_from, &err);
        if (!found[k].past) code = tool_fail_error(o, &err);
    }
    if (code == TOOL_OK && lstmfc_parallel(desc->env, to - from, fit, &job, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    for (k = from; k < to; k++) {
        if (code == TOOL_OK) code = measure(o, candles, (size_t)folds->embargo, signals, costs, &found[k]);
        lstmfc_writer_free(&found[k].said);
        lstmfc_forecaster_free(found[k].forecaster);
        lstmfc_candles_free(found[k].past);
    }
    return code;
}

static void tell(lstmfc_writer *w, const options *o, const folds_desc *asked, const fold *folds, const lstmfc_candles *candles, const char *path, const char *target) {
    static const char *const modes[] = {FOLDS_MODES(LSTMFC__NAME)};
    int rolling = asked->walk_forward == FOLDS_ROLLING;
    int32_t count = asked->folds, k, above = 0, above_best = 0;
    double mean = 0, mean_best = 0;
    char a[32], b[32], c[32], d[32], e[32], n[32];
    for (k = 0; k < count; k++) {
        above += folds[k].skill > 0;
        above_best += folds[k].best_skill > 0;
        mean += folds[k].skill / count;
        mean_best += folds[k].best_skill / count;
    }
    if (o->json) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "model", path);
        lstmfc_json_put_bool(w, "synthetic", candles->synthetic);
        lstmfc_json_put_string(w, "walk_forward", modes[asked->walk_forward]);
        lstmfc_json_put_integer(w, "embargo", asked->embargo);
        lstmfc_json_begin(w, "folds", '[');
        for (k = 0; k < count; k++) {
            const fold *f = &folds[k];
            lstmfc_json_begin(w, NULL, '{');
            lstmfc_format_time(a, f->first); lstmfc_json_put_string(w, "from", a);
            lstmfc_format_time(a, f->last);  lstmfc_json_put_string(w, "to", a);
            lstmfc_json_put_integer(w, "trained_bars", (int64_t)(f->from - f->train_from));
            lstmfc_json_put_integer(w, "measured", (int64_t)f->measured);
            lstmfc_json_put_number(w, "skill_over_persistence", f->skill);
            lstmfc_json_put_number(w, "p", f->p);
            lstmfc_json_put_number(w, "skill_over_best_baseline", f->best_skill);
            lstmfc_json_put_string(w, "best_baseline", f->best);
            if (lstmfc_is_finite(f->accuracy)) lstmfc_json_put_number(w, "accuracy", f->accuracy);
            if (lstmfc_is_finite(f->net)) lstmfc_json_put_number(w, "net_return", f->net);
            lstmfc_json_end(w, '}');
        }
        lstmfc_json_end(w, ']');
        lstmfc_json_put_number(w, "mean_skill_over_persistence", mean);
        lstmfc_json_put_number(w, "mean_skill_over_best_baseline", mean_best);
        lstmfc_json_put_integer(w, "folds_above_persistence", above);
        lstmfc_json_put_integer(w, "folds_above_best_baseline", above_best);
        lstmfc_json_end(w, '}');
        tool_print(w, "\n");
        return;
    }
    if (candles->synthetic) tool_print(w, "SYNTHETIC candles: no market\n");
    tool_print(w, "%d folds of %s: trained anew on %s%s bars before each, measured on it", (int)count, target, rolling ? "the " : "all",
               rolling ? tool_count(n, (int64_t)(folds[0].from - folds[0].train_from)) : "");
    if (asked->embargo) tool_print(w, ", but for its first %s bars", tool_count(n, asked->embargo));
    tool_print(w, "\n");
    tool_print(w, "  %-22s %-22s %9s %9s %10s %7s %10s %9s  %s\n", "from", "to", "trained", "measured", "skill", "p", "over best", "net", "best baseline");
    for (k = 0; k < count; k++) {
        const fold *f = &folds[k];
        tool_print(w, "  %-22s ", tool_time(a, f->first, candles->interval));
        tool_print(w, "%-22s %9s ", tool_time(a, f->last, candles->interval), tool_count(n, (int64_t)(f->from - f->train_from)));
        tool_print(w, "%9s %10s %7s %10s %9s  %s\n", tool_count(n, (int64_t)f->measured), tool_figure(b, "%+.4f", f->skill), tool_figure(c, "%.3f", f->p),
                   tool_figure(d, "%+.4f", f->best_skill), lstmfc_is_finite(f->net) ? tool_figure(e, "%+.2f %%", 100 * f->net) : "-", f->best);
    }
    tool_print(w, "mean skill    %s over persistence, above 0 in %d of %d folds; ", tool_figure(a, "%+.4f", mean), (int)above, (int)count);
    tool_print(w, "%s over the best baseline of each, above 0 in %d\n", tool_figure(a, "%+.4f", mean_best), (int)above_best);
}

int folds_run(const options *o, lstmfc_forecaster *model, const lstmfc_candles *candles, const folds_desc *folds, const lstmfc_signal_desc *signals,
              const lstmfc_backtest_desc *costs, const char *path) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model);
    lstmfc_forecaster_desc desc;
    fold found[FOLDS_MOST];
    keep_model kept;
    lstmfc_writer w;
    int64_t n = (int64_t)candles->count, first = folds->train_bars ? folds->train_bars : n / 2, shortest = first < n ? (n - first) / folds->folds : 0;
    int32_t k, count = folds->folds;
    int code;
    if (count < 2) return tool_fail(o, TOOL_USAGE, "--folds 1: one fold is what --test keeps aside; 2 at least");
    if (!info.options) return tool_fail(o, TOOL_USAGE, "an ensemble is not trained again: --folds is about one of its members");
    if (info.pool_count) return tool_fail(o, TOOL_USAGE, "a model of several symbols is not trained again by --folds");
    if (shortest < info.horizon + 20 + folds->embargo)
        return tool_fail(o, TOOL_DATA, "%d bars: folds of %d bars are too short (--folds %d)", (int)n, (int)shortest, (int)count);
    memset(&kept, 0, sizeof kept);
    memset(&desc, 0, sizeof desc);
    memset(found, 0, sizeof found);
    kept.old = model;
    code = keep_inherit(o, &kept, &desc);
    desc.test = LSTMFC_NONE;
    desc.env = tool_env();
    for (k = 0; k < count; k++) {
        found[k].from = (size_t)(first + (n - first) * k / count);
        found[k].to = (size_t)(first + (n - first) * (k + 1) / count);
        found[k].train_from = folds->walk_forward == FOLDS_ROLLING ? found[k].from - (size_t)first : 0;
    }
    for (k = 0; k < count && code == TOOL_OK; k += tool_threads())
        code = some(o, &desc, candles, folds, signals, costs, found, k, count - k < tool_threads() ? count : k + tool_threads());
    if (code != TOOL_OK) return code;
    lstmfc_writer_init(&w, NULL);
    tell(&w, o, folds, found, candles, path, tool_target_name(info.target));
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}
