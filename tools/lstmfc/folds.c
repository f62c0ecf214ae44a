/* folds.c - one test span is one draw. The same job, its options those of the model file, is done K times, always trained on all that lies
   before the fold and measured on the fold: no bar of a fold is seen by its model, and what is learned from validation comes from before it.
   A skill that is there in most folds is worth more than a large one in the last. */
#include "folds.h"
#include "keep.h"

#include <string.h>

typedef struct fold {
    int64_t from, to;
    size_t trained, measured;
    double skill, best_skill, p, accuracy, net;         /* NaN: does not apply */
    const char *best;
} fold;

static int one(const options *o, const lstmfc_forecaster_desc *desc, const lstmfc_candles *candles, size_t trained, size_t end,
               const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, fold *f) {
    lstmfc_error err = {0};
    lstmfc_candles *past = lstmfc_candles_slice(candles, 0, trained, &err), *all = past ? lstmfc_candles_slice(candles, 0, end, &err) : NULL;
    lstmfc_forecaster *forecaster = all ? lstmfc_forecaster_fit(past, desc, &err) : NULL;
    evaluation e;
    int code = TOOL_OK;
    if (!forecaster) code = err.code == LSTMFC_ERROR_DIVERGED ? tool_fail(o, TOOL_DIVERGED, "a fold of %d bars: %s", (int)trained, err.message)
                          : tool_fail(o, TOOL_DATA, "a fold of %d bars: %s", (int)trained, err.message);
    if (code == TOOL_OK) code = evaluation_run(o, forecaster, all, 0, signals, costs, &e);
    if (code == TOOL_OK) {
        f->from = e.from; f->to = e.to;
        f->trained = trained; f->measured = e.n;
        f->skill = e.baselines[0].comparison.skill;
        f->p = e.baselines[0].comparison.p;
        f->best_skill = e.baselines[e.best].comparison.skill;
        f->best = e.baselines[e.best].name;
        f->accuracy = e.info.target == LSTMFC_TARGET_DIRECTION ? e.direction.accuracy : lstmfc_nan();
        f->net = e.backtest ? e.backtest->metrics.total_return : lstmfc_nan();
        evaluation_free(&e);
    }
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(all);
    lstmfc_candles_free(past);
    return code;
}

static void tell(lstmfc_writer *w, const options *o, const fold *folds, int32_t count, const lstmfc_candles *candles, const char *path, const char *target) {
    int32_t k, above = 0, above_best = 0;
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
        lstmfc_json_begin(w, "folds", '[');
        for (k = 0; k < count; k++) {
            const fold *f = &folds[k];
            lstmfc_json_begin(w, NULL, '{');
            lstmfc_format_time(a, f->from); lstmfc_json_put_string(w, "from", a);
            lstmfc_format_time(a, f->to);   lstmfc_json_put_string(w, "to", a);
            lstmfc_json_put_integer(w, "trained_bars", (int64_t)f->trained);
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
    tool_print(w, "%d folds of %s: trained anew on all bars before each, measured on it\n", (int)count, target);
    tool_print(w, "  %-22s %-22s %9s %9s %10s %7s %10s %9s  %s\n", "from", "to", "trained", "measured", "skill", "p", "over best", "net", "best baseline");
    for (k = 0; k < count; k++) {
        const fold *f = &folds[k];
        tool_print(w, "  %-22s ", tool_time(a, f->from, candles->interval));
        tool_print(w, "%-22s %9s ", tool_time(a, f->to, candles->interval), tool_count(n, (int64_t)f->trained));
        tool_print(w, "%9s %10s %7s %10s %9s  %s\n", tool_count(n, (int64_t)f->measured), tool_figure(b, "%+.4f", f->skill), tool_figure(c, "%.3f", f->p),
                   tool_figure(d, "%+.4f", f->best_skill), lstmfc_is_finite(f->net) ? tool_figure(e, "%+.2f %%", 100 * f->net) : "-", f->best);
    }
    tool_print(w, "mean skill    %s over persistence, above 0 in %d of %d folds; ", tool_figure(a, "%+.4f", mean), (int)above, (int)count);
    tool_print(w, "%s over the best baseline of each, above 0 in %d\n", tool_figure(a, "%+.4f", mean_best), (int)above_best);
}

int folds_run(const options *o, lstmfc_forecaster *model, const lstmfc_candles *candles, int32_t folds, const lstmfc_signal_desc *signals,
              const lstmfc_backtest_desc *costs, const char *path) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model);
    lstmfc_forecaster_desc desc;
    fold found[FOLDS_MOST];
    keep_model kept;
    lstmfc_writer w;
    size_t n = candles->count, half = n / 2;
    int32_t k;
    int code;
    if (folds < 2) return tool_fail(o, TOOL_USAGE, "--folds 1: one fold is what --test keeps aside; 2 at least");
    if (!info.options) return tool_fail(o, TOOL_USAGE, "an ensemble is not trained again: --folds is about one of its members");
    if (info.pool_count) return tool_fail(o, TOOL_USAGE, "a model of several symbols is not trained again by --folds");
    if ((n - half) / (size_t)folds < (size_t)info.horizon + 20)
        return tool_fail(o, TOOL_DATA, "%d bars: folds of %d bars are too short (--folds %d)", (int)n, (int)((n - half) / (size_t)folds), (int)folds);
    memset(&kept, 0, sizeof kept);
    memset(&desc, 0, sizeof desc);
    kept.old = model;
    code = keep_inherit(o, &kept, &desc);
    desc.test = LSTMFC_NONE;
    desc.env = tool_env();
    for (k = 0; k < folds && code == TOOL_OK; k++)
        code = one(o, &desc, candles, half + (n - half) * (size_t)k / (size_t)folds, half + (n - half) * ((size_t)k + 1) / (size_t)folds, signals, costs,
                   &found[k]);
    if (code != TOOL_OK) return code;
    lstmfc_writer_init(&w, NULL);
    tell(&w, o, found, folds, candles, path, tool_target_name(info.target));
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}
