/* coverage.c - do the intervals hold what they promise? All kinds are measured on the same forecasts: adaptive ones,
   which follow their misses, split ones, which stay as calibrated, and those that a network has learned, as it says them.
   A coverage alone proves little (infinite intervals cover all), so the mean width and Winkler's score stand beside it,
   and the score of an interval that needs no model: persistence and the quantiles of its errors before the test span.
   Its error comes from a block bootstrap, because misses come in clusters: where they do, the coverage of a rolling
   window tells, which one share for the whole span hides. */
#include "chart.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROLLING = 250, ROLLING_LEAST = 20 };

/* Shares of 1 in inside [judged], each of the measured forecast at place[]. Windows of 250, or a quarter of all where that is less. */
static void roll(const evaluation *e, const double *inside, const size_t *place, size_t judged, double *sorted, evaluation_rolling *out) {
    size_t i, windows, held = 0;
    for (i = 0; i < e->n; i++) out->share[i] = lstmfc_nan();
    out->lowest = out->median = out->highest = lstmfc_nan();
    out->window = judged / 4 < ROLLING ? judged / 4 : ROLLING;
    if (out->window < ROLLING_LEAST) { out->window = 0; return; }
    windows = judged - out->window + 1;
    for (i = 0; i < judged; i++) {
        double share;
        held += inside[i] > 0;
        if (i >= out->window) held -= inside[i - out->window] > 0;
        if (i + 1 < out->window) continue;
        share = (double)held / (double)out->window;
        sorted[i + 1 - out->window] = out->share[place[i]] = share;
        if (share >= out->lowest) continue;
        out->lowest = share;
        out->from = e->time[place[i + 1 - out->window]];
        out->to = e->time[place[i]];
    }
    lstmfc_sort(windows, sorted);
    out->median = lstmfc_quantile_sorted(windows, sorted, 0.5);
    out->highest = sorted[windows - 1];
}

/* Bounds around persistence, what the file says of its errors before the test span; NaN where it says nothing. */
static double naive_bound(const evaluation *e, size_t n, double move) {
    int32_t target = e->info.target;
    if (target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_VOLATILITY) return e->naive[n] * lstmfc_exp(move);
    return target == LSTMFC_TARGET_ROLLING_VOLATILITY && e->naive[n] + move < 0 ? 0 : e->naive[n] + move;
}

/* Winkler's score of returns, bounds and outcomes told as prices, of the measured forecasts; room [3 n]. */
static double winkler_in_price(const evaluation *e, const double *lower, const double *upper, double *room) {
    lstmfc_interval_score prices;
    double *low = room, *high = low + e->n, *truth = high + e->n;
    size_t i, n = 0;
    for (i = 0; i < e->count; i++) {
        double close = e->all[i].close;
        if (e->outcomes[i].reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(e->all[i].value)) continue;
        low[n] = close * lstmfc_exp(lower[n]);
        high[n] = close * lstmfc_exp(upper[n]);
        truth[n] = close * lstmfc_exp(e->truth[n]);
        n++;
    }
    lstmfc_interval_score_of(n, truth, low, high, e->info.level, &prices);
    return prices.winkler;
}

/* Of the measured ones among forecasts [count], in order. work [6 n], place [n]. */
static int cover(const options *o, const evaluation *e, const lstmfc_forecast *forecasts, double *work, size_t *place,
                 evaluation_intervals *out) {
    lstmfc_error err = {0};
    double *lower = work, *upper = lower + e->n, *inside = upper + e->n, *room = inside + e->n;
    size_t i, n = 0, judged = 0;
    for (i = 0; i < e->count; i++) {
        if (e->outcomes[i].reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(e->all[i].value)) continue;
        lower[n] = forecasts[i].lower;
        upper[n] = forecasts[i].upper;
        if (!lstmfc_is_nan(upper[n] - lower[n])) {
            place[judged] = n;
            inside[judged++] = lower[n] <= e->truth[n] && e->truth[n] <= upper[n];
        }
        n++;
    }
    lstmfc_interval_score_of(n, e->truth, lower, upper, e->info.level, &out->score);
    lstmfc_binomial_interval((int64_t)judged, (int64_t)(out->score.coverage * (double)judged + 0.5), 0.95, &out->low, &out->high);
    out->in_price = e->info.target == LSTMFC_TARGET_RETURN ? winkler_in_price(e, lower, upper, room) : lstmfc_nan();
    for (i = 0; i < n; i++) {
        if (lstmfc_is_nan(upper[i] - lower[i])) continue;       /* the same forecasts */
        lower[i] = naive_bound(e, i, e->info.naive_low);
        upper[i] = naive_bound(e, i, e->info.naive_high);
    }
    lstmfc_interval_score_of(n, e->truth, lower, upper, e->info.level, &out->naive);
    out->skill = 1 - out->score.winkler / out->naive.winkler;
    roll(e, inside, place, judged, lower, &out->rolling);
    out->error.se = lstmfc_nan();
    if (judged > 1 && lstmfc_bootstrap_mean(judged, inside, evaluation_block(e), 0, 0.95, 0, tool_env(), &out->error,
                                            &err) != LSTMFC_OK)
        return tool_fail_error(o, &err);
    return TOOL_OK;
}

/* Does the network say an interval itself? */
static int learns(const evaluation *e) { return e->info.quantile_count || e->info.gaussian; }

int evaluation_cover(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles,
                     evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_forecast *others;
    lstmfc_adaptive state;
    double *work;
    size_t *place;
    int32_t kind;
    int code = TOOL_OK;
    if (e->info.target == LSTMFC_TARGET_DIRECTION) return TOOL_OK;
    others = (lstmfc_forecast *)calloc(e->count, sizeof *others);
    work = (double *)calloc(6 * e->n, sizeof *work);
    place = (size_t *)calloc(e->n, sizeof *place);
    if (!others || !work || !place) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (kind = 0; kind < EVALUATION_KINDS && code == TOOL_OK; kind++) {
        evaluation_intervals *one = &e->intervals[kind];
        if (kind == LSTMFC_INTERVALS_LEARNED && !learns(e)) continue;
        one->rolling.share = (double *)calloc(e->n, sizeof(double));
        if (!one->rolling.share) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else if (lstmfc_forecaster_predict_intervals(forecaster, candles, kind, e->first, e->count, others, &state,
                                                     &err) != LSTMFC_OK)
            code = tool_fail_error(o, &err);
        else code = cover(o, e, others, work, place, one);
        if (kind == LSTMFC_INTERVALS_ACI) e->adaptive = state;
    }
    free(others);
    free(work);
    free(place);
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

void evaluation_cover_free(evaluation *e) {
    int32_t kind;
    for (kind = 0; kind < EVALUATION_KINDS; kind++) free(e->intervals[kind].rolling.share);
}

static const char *name_of(const evaluation *e, int32_t kind) { return tool_intervals_name(&e->info, kind); }

/* Without calibration scores in the file all kinds are the same, so one is shown. */
static int shown(const evaluation *e, int32_t kind) {
    return kind == LSTMFC_INTERVALS_LEARNED ? learns(e) : e->info.scores || (kind == LSTMFC_INTERVALS_SPLIT && !learns(e));
}

/* Its word in JSON. */
static const char *key_of(const evaluation *e, int32_t kind) {
    static const char *const keys[] = {"aci", "split"};
    return kind != LSTMFC_INTERVALS_LEARNED ? keys[kind] : e->info.quantile_count ? "quantiles" : "gaussian";
}

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

static void roll_describe(lstmfc_writer *w, const evaluation_intervals *i) {
    const evaluation_rolling *r = &i->rolling;
    char from[32], to[32];
    tool_print(w, "              exact 95 %% interval of that share %.1f to %.1f %%", 100 * i->low, 100 * i->high);
    if (r->window)
        tool_print(w, "; over %d forecasts at a time lowest %.1f, median %.1f, highest %.1f %%; the lowest those of %s to %s",
                   (int)r->window, 100 * r->lowest, 100 * r->median, 100 * r->highest, tool_time(from, r->from, 0), tool_time(to, r->to, 0));
    tool_print(w, "\n");
}

void evaluation_cover_describe(lstmfc_writer *w, const evaluation *e) {
    char error[32], level[48], skill[32];
    const evaluation_intervals *used = &e->intervals[e->info.intervals];
    const char *first = "intervals";
    int32_t kind;
    if (!(e->intervals[e->info.intervals].score.count > 0)) {
        tool_print(w, "intervals     none: no calibration part, or too few samples in it\n");
        return;
    }
    for (kind = 0; kind < EVALUATION_KINDS; kind++) {
        const evaluation_intervals *i = &e->intervals[kind];
        if (!shown(e, kind)) continue;
        tool_print(w, "%-13s %s%s: %.1f %% of outcomes inside, meant %.3g %% (block-bootstrap error %s)%s; mean "
                   "width %.6g, Winkler score %.6g", first, name_of(e, kind), given(e, kind), 100 * i->score.coverage,
                   100 * e->info.level, tool_defined(error, "%.1f", 100 * i->error.se), evaluation_misses(e, i)
                       ? ": MISSES its level by more than two errors" : "",
                   i->score.width, i->score.winkler);
        if (lstmfc_is_finite(i->in_price)) tool_print(w, ", of the bounds as prices %.6g", i->in_price);
        if (i->naive.count > 0) tool_print(w, " (skill %s)", tool_figure(skill, "%+.4f", i->skill));
        tool_print(w, "\n");
        first = "";
        roll_describe(w, i);
        if (kind == LSTMFC_INTERVALS_ACI)
            tool_print(w, "              %lld outcomes replayed, %lld bars clamped; %s\n", (long long)e->adaptive.replayed,
                       (long long)e->adaptive.clamped, aim(level, e->adaptive.alpha));
    }
    if (used->naive.count > 0)
        tool_print(w, "              persistence and its errors before the test span: %.1f %% inside, mean width %.6g, Winkler score %.6g (skill 0)\n",
                   100 * used->naive.coverage, used->naive.width, used->naive.winkler);
    else tool_print(w, "              skill over persistence's interval is not known: the model file says nothing of its errors\n");
    if (e->info.quantile_count)
        tool_print(w, "              quantiles %.4g to %.4g; they crossed, and were sorted, in %lld of %lld forecasts\n", e->info.quantiles[0],
                   e->info.quantiles[e->info.quantile_count - 1], (long long)e->crossed, (long long)e->count);
    if (e->fed) record_cover_describe(w, e->fed);
}

void evaluation_cover_json(lstmfc_writer *w, const evaluation *e) {
    const evaluation_intervals *used = &e->intervals[e->info.intervals];
    int32_t kind;
    char text[32];
    lstmfc_json_begin(w, "intervals", '{');
    lstmfc_json_put_number(w, "level", e->info.level);
    lstmfc_json_put_string(w, "kind", key_of(e, e->info.intervals));
    if (learns(e) && e->info.scores) lstmfc_json_put_string(w, "method", e->info.quantile_count ? "cqr" : "gaussian");
    if (e->info.quantile_count) lstmfc_json_put_integer(w, "crossed", e->crossed);
    lstmfc_json_put_integer(w, "replayed", e->adaptive.replayed);
    lstmfc_json_put_integer(w, "clamped", e->adaptive.clamped);
    lstmfc_json_put_number(w, "alpha", e->adaptive.alpha);
    lstmfc_json_begin(w, "persistence", '{');
    lstmfc_json_put_number(w, "count", used->naive.count);
    lstmfc_json_put_number(w, "coverage", used->naive.coverage);
    lstmfc_json_put_number(w, "width", used->naive.width);
    lstmfc_json_put_number(w, "winkler", used->naive.winkler);
    lstmfc_json_end(w, '}');
    for (kind = 0; kind < EVALUATION_KINDS; kind++) {
        const evaluation_intervals *i = &e->intervals[kind];
        const evaluation_rolling *r = &i->rolling;
        if (!shown(e, kind)) continue;
        lstmfc_json_begin(w, key_of(e, kind), '{');
        lstmfc_json_put_number(w, "count", i->score.count);
        lstmfc_json_put_number(w, "coverage", i->score.coverage);
        lstmfc_json_put_number(w, "coverage_error", i->error.se);
        lstmfc_json_put_bool(w, "misses", evaluation_misses(e, i));
        lstmfc_json_put_number(w, "width", i->score.width);
        lstmfc_json_put_number(w, "winkler", i->score.winkler);
        lstmfc_json_put_number(w, "winkler_skill", i->skill);
        if (e->info.target == LSTMFC_TARGET_RETURN) lstmfc_json_put_number(w, "winkler_price", i->in_price);
        lstmfc_json_put_number(w, "coverage_low", i->low);
        lstmfc_json_put_number(w, "coverage_high", i->high);
        if (r->window) {
            lstmfc_json_begin(w, "rolling", '{');
            lstmfc_json_put_integer(w, "window", (int64_t)r->window);
            lstmfc_json_put_number(w, "lowest", r->lowest);
            lstmfc_json_put_number(w, "median", r->median);
            lstmfc_json_put_number(w, "highest", r->highest);
            lstmfc_format_time(text, r->from); lstmfc_json_put_string(w, "lowest_from", text);
            lstmfc_format_time(text, r->to);   lstmfc_json_put_string(w, "lowest_to", text);
            lstmfc_json_end(w, '}');
        } else lstmfc_json_put_number(w, "rolling", lstmfc_nan());
        lstmfc_json_end(w, '}');
    }
    if (e->fed) record_cover_json(w, "fed_back", e->fed);
    lstmfc_json_end(w, '}');
}

void evaluation_cover_html(lstmfc_writer *w, const evaluation *e) {
    char error[32], low[32], skill[32], from[32], to[32];
    const evaluation_intervals *used = &e->intervals[e->info.intervals];
    int32_t kind;
    if (!(e->intervals[e->info.intervals].score.count > 0)) {
        tool_print(w, "<p>No intervals: no calibration part, or too few samples in it.</p>\n");
        return;
    }
    tool_print(w, "<h3>Do the intervals hold what they promise?</h3>\n<div "
               "class=\"scroll\"><table><tr><th>Intervals</th><th>Inside</th>"
                  "<th>Error</th><th>Meant</th><th>Exact 95 %% interval</th><th>Lowest window</th><th>Median</th><th>Highest</th>"
                  "<th>Mean width</th><th>Winkler score</th><th>Skill</th></tr>");
    for (kind = 0; kind < EVALUATION_KINDS; kind++) {
        const evaluation_intervals *i = &e->intervals[kind];
        if (!shown(e, kind)) continue;
        tool_print(w, "<tr%s><td>%c%s</td><td%s>%.1f %%</td><td>± %s</td><td>%.3g "
                   "%%</td><td>%.1f–%.1f %%</td>",
                   *given(e, kind) ? " class=\"us\"" : "", name_of(e, kind)[0] - 'a' + 'A', name_of(e, kind) + 1,
                   evaluation_misses(e, i) ? " class=\"no\"" : "", 100 * i->score.coverage,
                   tool_figure(error, "%.1f", 100 * i->error.se), 100 * e->info.level, 100 * i->low, 100 * i->high);
        tool_print(w, "<td>%s</td><td>%s</td><td>%s</td><td>%.4g</td><td>%.4g</td><td>%s</td></tr>",
                   tool_figure(low, "%.1f %%", 100 * i->rolling.lowest), tool_figure(from, "%.1f %%", 100 * i->rolling.median),
                   tool_figure(to, "%.1f %%", 100 * i->rolling.highest), i->score.width, i->score.winkler,
                   tool_figure(skill, "%+.4f", i->skill));
    }
    if (used->naive.count > 0)
        tool_print(w, "<tr><td>Persistence and its errors</td><td>%.1f %%</td><td></td><td></td><td></td><td></td><td></td><td></td>"
                   "<td>%.4g</td><td>%.4g</td><td>0</td></tr>", 100 * used->naive.coverage, used->naive.width, used->naive.winkler);
    tool_print(w, "</table></div>\n<p class=\"sub\">");
    for (kind = 0; kind < EVALUATION_KINDS; kind++)
        if (shown(e, kind) && evaluation_misses(e, &e->intervals[kind]))
            tool_print(w, "%c%s: they miss their level by more than two errors. ", name_of(e, kind)[0] - 'a' + 'A', name_of(e, kind) + 1);
    if (used->rolling.window)
        tool_print(w, "Windows: %d forecasts in a row; the lowest of those of the forecasts from %s to %s. ", (int)used->rolling.window,
                   tool_time(from, used->rolling.from, 0), tool_time(to, used->rolling.to, 0));
    if (e->info.quantile_count)
        tool_print(w, "Quantiles crossed, and were sorted, in %lld of %lld forecasts. ", (long long)e->crossed, (long long)e->count);
    if (e->info.scores)
        tool_print(w, "Adaptive intervals follow their misses (%lld outcomes replayed, %lld bars clamped), split ones "
                   "stay as "
                      "calibrated; those of the forecasts are marked. ", (long long)e->adaptive.replayed,
                          (long long)e->adaptive.clamped);
    if (e->info.scores && e->info.quantile_count)
        tool_print(w, "CQR: the learned quantiles, both moved by what their misses in the calibration part ask for. ");
    tool_print(w, "Error: standard error of the share inside, from a block bootstrap; the exact interval (Clopper and Pearson) takes "
               "outcomes as independent. Winkler score: mean width + 2/(1 − level) times the distance by which an outcome "
               "falls outside; smaller is better. Skill: 1 − Winkler score / that of persistence with the quantiles of its "
               "errors before the test span.</p>\n");
    if (e->fed) record_cover_html(w, e->fed);
}

void evaluation_cover_chart(lstmfc_writer *w, const evaluation *e, const double *x) {
    const evaluation_rolling *r = &e->intervals[e->info.intervals].rolling;
    double *low, *high, half;
    size_t i;
    int32_t kind, colour = 2;
    char note[240];
    chart c;
    if (!r->window) return;
    low = (double *)calloc(2 * e->n, sizeof *low);
    if (!low) return;
    high = low + e->n;
    half = 1.959964 * lstmfc_sqrt(e->info.level * (1 - e->info.level) / (double)r->window);
    for (i = 0; i < e->n; i++) {
        int there = !lstmfc_is_nan(r->share[i]);
        low[i] = there ? e->info.level - half : lstmfc_nan();
        high[i] = !there ? lstmfc_nan() : e->info.level + half < 1 ? e->info.level + half : 1;
    }
    snprintf(note, sizeof note, "Share of outcomes inside the intervals of the last %d forecasts. Intervals that hold their level, with "
                                "independent misses, are in the band 95 %% of the time.", (int)r->window);
    c = chart_start("Coverage over time", note, "time of the forecast (UTC)", "share inside", CHART_TIME, CHART_PERCENT);
    chart_add(&c, "as promised, 95 % band", CHART_BAND, 0, x, low, high, e->n);
    for (kind = 0; kind < EVALUATION_KINDS; kind++)
        if (shown(e, kind))
            chart_add(&c, name_of(e, kind), CHART_LINE, kind == e->info.intervals || !e->info.scores ? 1 : colour++, x,
                      e->intervals[kind].rolling.share, NULL, e->n);
    c.level = e->info.level;
    c.level_name = "promised";
    chart_figure(w, &c);
    free(low);
}
