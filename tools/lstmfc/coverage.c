/* coverage.c - do the intervals hold what they promise? Both kinds are measured on the same forecasts: adaptive ones,
   which follow their misses, and split ones, which stay as calibrated. A coverage alone proves little (infinite
   intervals cover all), so the mean width and Winkler's score stand beside it; and its error comes from a block
   bootstrap, because misses come in clusters. */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the measured ones among forecasts [count], in order. */
static int cover(const options *o, const evaluation *e, const lstmfc_forecast *forecasts, double *work,
                 evaluation_intervals *out) {
    lstmfc_error err = {0};
    double *lower = work, *upper = lower + e->n, *inside = upper + e->n;
    size_t i, n = 0, judged = 0;
    for (i = 0; i < e->count; i++) {
        if (e->outcomes[i].reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(e->all[i].value)) continue;
        lower[n] = forecasts[i].lower;
        upper[n] = forecasts[i].upper;
        if (!lstmfc_is_nan(upper[n] - lower[n])) inside[judged++] = lower[n] <= e->truth[n] && e->truth[n] <= upper[n];
        n++;
    }
    lstmfc_interval_score_of(n, e->truth, lower, upper, e->info.level, &out->score);
    out->error.se = lstmfc_nan();
    if (judged > 1 && lstmfc_bootstrap_mean(judged, inside, evaluation_block(e), 0, 0.95, 0, tool_env(), &out->error,
                                            &err) != LSTMFC_OK)
        return tool_fail_error(o, &err);
    return TOOL_OK;
}

int evaluation_cover(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles,
                     evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_forecast *others;
    lstmfc_adaptive state;
    double *work;
    int32_t kind;
    int code = TOOL_OK;
    if (e->info.target == LSTMFC_TARGET_DIRECTION) return TOOL_OK;
    others = (lstmfc_forecast *)calloc(e->count, sizeof *others);
    work = (double *)calloc(3 * e->n, sizeof *work);
    if (!others || !work) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (kind = 0; kind < 2 && code == TOOL_OK; kind++) {
        if (lstmfc_forecaster_predict_intervals(forecaster, candles, kind, e->first, e->count, others, &state,
                                                &err) != LSTMFC_OK)
            code = tool_fail_error(o, &err);
        else code = cover(o, e, others, work, &e->intervals[kind]);
        if (kind == LSTMFC_INTERVALS_ACI) e->adaptive = state;
    }
    free(others);
    free(work);
    if (code == TOOL_OK && e->info.quantile_count) {
        double *all = (double *)calloc(e->count, (size_t)e->info.quantile_count * sizeof *all);
        if (!all) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else if (lstmfc_forecaster_spread(forecaster, candles, e->first, e->count, all, &e->crossed, &err) != LSTMFC_OK)
            code = tool_fail_error(o, &err);
        free(all);
    }
    return code;
}

int evaluation_misses(const evaluation *e, const evaluation_intervals *intervals) {
    double away = intervals->score.coverage - e->info.level;
    return (away < 0 ? -away : away) > 2 * intervals->error.se;
}

static const char *name_of(const evaluation *e, int32_t kind) {
    return e->info.quantile_count ? "quantiles" : e->info.gaussian ? "mean and deviation" : kind ? "split" : "adaptive";
}

/* Without calibration scores in the file both kinds are split, so one is shown. */
static int shown(const evaluation *e, int32_t kind) { return e->info.scores || kind == LSTMFC_INTERVALS_SPLIT; }

static const char *given(const evaluation *e, int32_t kind) {
    return kind == e->info.intervals || !e->info.scores ? ", those of the forecasts" : "";
}

/* What the newest interval aims at: no share is above 1 or below 0, where the rule goes on counting. */
static const char *aim(char out[48], double alpha) {
    if (alpha <= 0) return strcpy(out, "now as wide as it can be");
    if (alpha >= 1) return strcpy(out, "now as narrow as it can be");
    snprintf(out, 48, "level aimed at now %.2f %%", 100 * (1 - alpha));
    return out;
}

void evaluation_cover_describe(lstmfc_writer *w, const evaluation *e) {
    char error[32], level[48];
    int32_t kind;
    if (!(e->intervals[e->info.intervals].score.count > 0)) {
        tool_print(w, "intervals     none: no calibration part, or too few samples in it\n");
        return;
    }
    for (kind = 0; kind < 2; kind++) {
        const evaluation_intervals *i = &e->intervals[kind];
        if (!shown(e, kind)) continue;
        tool_print(w, "%-13s %s%s: %.1f %% of outcomes inside, meant %.3g %% (block-bootstrap error %s)%s; mean "
                   "width %.6g, Winkler "
                      "score %.6g\n", kind && e->info.scores ? "" : "intervals", name_of(e, kind), given(e, kind),
                          100 * i->score.coverage,
                   100 * e->info.level, tool_defined(error, "%.1f", 100 * i->error.se), evaluation_misses(e, i)
                       ? ": MISSES its level by more than two errors" : "",
                   i->score.width, i->score.winkler);
        if (kind == LSTMFC_INTERVALS_ACI)
            tool_print(w, "              %lld outcomes replayed, %lld bars clamped; %s\n", (long long)e->adaptive.replayed,
                       (long long)e->adaptive.clamped, aim(level, e->adaptive.alpha));
    }
    if (e->info.quantile_count)
        tool_print(w, "              quantiles %.4g to %.4g; they crossed, and were sorted, in %lld of %lld forecasts\n", e->info.quantiles[0],
                   e->info.quantiles[e->info.quantile_count - 1], (long long)e->crossed, (long long)e->count);
    if (e->fed) record_cover_describe(w, e->fed);
}

void evaluation_cover_json(lstmfc_writer *w, const evaluation *e) {
    static const char *const keys[] = {"aci", "split"};
    int32_t kind;
    lstmfc_json_begin(w, "intervals", '{');
    lstmfc_json_put_number(w, "level", e->info.level);
    lstmfc_json_put_string(w, "kind", e->info.quantile_count ? "quantiles" : e->info.gaussian ? "gaussian" : keys[e->info.intervals]);
    if (e->info.quantile_count) lstmfc_json_put_integer(w, "crossed", e->crossed);
    lstmfc_json_put_integer(w, "replayed", e->adaptive.replayed);
    lstmfc_json_put_integer(w, "clamped", e->adaptive.clamped);
    lstmfc_json_put_number(w, "alpha", e->adaptive.alpha);
    for (kind = 0; kind < 2; kind++) {
        const evaluation_intervals *i = &e->intervals[kind];
        if (!shown(e, kind)) continue;
        lstmfc_json_begin(w, keys[kind], '{');
        lstmfc_json_put_number(w, "count", i->score.count);
        lstmfc_json_put_number(w, "coverage", i->score.coverage);
        lstmfc_json_put_number(w, "coverage_error", i->error.se);
        lstmfc_json_put_bool(w, "misses", evaluation_misses(e, i));
        lstmfc_json_put_number(w, "width", i->score.width);
        lstmfc_json_put_number(w, "winkler", i->score.winkler);
        lstmfc_json_end(w, '}');
    }
    if (e->fed) record_cover_json(w, "fed_back", e->fed);
    lstmfc_json_end(w, '}');
}

void evaluation_cover_html(lstmfc_writer *w, const evaluation *e) {
    char error[32];
    int32_t kind;
    if (!(e->intervals[e->info.intervals].score.count > 0)) {
        tool_print(w, "<p>No intervals: no calibration part, or too few samples in it.</p>\n");
        return;
    }
    tool_print(w, "<h3>Do the intervals hold what they promise?</h3>\n<div "
               "class=\"scroll\"><table><tr><th>Intervals</th><th>Inside</th>"
                  "<th>Error</th><th>Meant</th><th>Mean width</th><th>Winkler score</th></tr>");
    for (kind = 0; kind < 2; kind++) {
        const evaluation_intervals *i = &e->intervals[kind];
        if (!shown(e, kind)) continue;
        tool_print(w, "<tr%s><td>%c%s</td><td%s>%.1f %%</td><td>± %s</td><td>%.3g "
                   "%%</td><td>%.4g</td><td>%.4g</td></tr>",
                   *given(e, kind) ? " class=\"us\"" : "", name_of(e, kind)[0] - 'a' + 'A', name_of(e, kind) + 1,
                   evaluation_misses(e, i) ? " class=\"no\"" : "", 100 * i->score.coverage,
                   tool_figure(error, "%.1f", 100 * i->error.se), 100 * e->info.level,
                   i->score.width, i->score.winkler);
    }
    tool_print(w, "</table></div>\n<p class=\"sub\">");
    for (kind = 0; kind < 2; kind++)
        if (shown(e, kind) && evaluation_misses(e, &e->intervals[kind]))
            tool_print(w, "%s intervals miss their level by more than two errors. ", !e->info.scores ? "These" : kind ? "Split" : "Adaptive");
    if (e->info.quantile_count)
        tool_print(w, "Quantiles crossed, and were sorted, in %lld of %lld forecasts. ", (long long)e->crossed, (long long)e->count);
    if (e->info.scores)
        tool_print(w, "Adaptive intervals follow their misses (%lld outcomes replayed, %lld bars clamped), split ones "
                   "stay as "
                      "calibrated; those of the forecasts are marked. ", (long long)e->adaptive.replayed,
                          (long long)e->adaptive.clamped);
    tool_print(w, "Error: standard error of the share inside, from a block bootstrap. Winkler score: smaller is "
               "better.</p>\n");
    if (e->fed) record_cover_html(w, e->fed);
}
