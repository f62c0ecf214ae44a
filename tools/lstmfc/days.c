/* days.c - the volatility of the next 1 .. N days from one network: which horizons it has, and its newest forecasts. */
#include "days.h"
#include "chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int days_prepare(const options *o, int32_t count, const lstmfc_candles *candles, lstmfc_forecaster_desc *desc, days *out) {
    static const char head[] = "dense 1";
    const int64_t day = 86400000;
    size_t used = 0, length = strlen(desc->model);
    char span[32];
    int32_t k;
    if (!count) return TOOL_OK;
    if (candles->interval <= 0 || day % candles->interval)
        return tool_fail(o, TOOL_USAGE, "--forecast-days %d: a day is no whole number of bars of %s; give bars of a day or of a part of it, "
                         "or leave it out", count, candles->interval > 0 ? tool_span(span, candles->interval) : "unknown length");
    out->count = count;
    out->bars = (int32_t)(day / candles->interval);
    if ((int64_t)out->bars * count > 100000)
        return tool_fail(o, TOOL_USAGE, "--forecast-days %d: %lld bars of %s ahead, at most 100000; --forecast-days %d is the most here", count,
                         (long long)out->bars * count, tool_span(span, candles->interval), 100000 / out->bars);
    for (k = 1; k <= count; k++)
        used += (size_t)snprintf(out->horizons + used, sizeof out->horizons - used, k > 1 ? ",%d" : "%d", k * out->bars);
    if (length < sizeof head || strcmp(desc->model + length - (sizeof head - 1), head))
        return tool_fail(o, TOOL_FAILURE, "no network ending in %s", head);
    snprintf(out->model, sizeof out->model, "%.*s %d", (int)(length - 2), desc->model, count);
    desc->model = out->model;
    desc->horizon = out->bars;
    if (count > 1) desc->horizons = out->horizons;
    return TOOL_OK;
}

int days_run(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int gaps, days *out) {
    lstmfc_error err = {0};
    lstmfc_adaptive state;
    int32_t k;
    out->gaps = gaps;
    out->interval = candles->interval;
    for (k = 0; k < out->count; k++) {
        const lstmfc_forecaster *answer = lstmfc_forecaster_answer(forecaster, k);
        if (lstmfc_forecaster_predict_intervals(answer, candles, lstmfc_forecaster_get_info(answer).intervals, candles->count - 1, 1,
                                                &out->forecasts[k], &state, &err) != LSTMFC_OK)
            return tool_fail_error(o, &err);
    }
    return TOOL_OK;
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* What horizon k was worth; NULL: nothing was measured there. */
static const evaluation *worth(const evaluation *e, int32_t k) {
    const evaluation *one = !k ? e : k <= e->other_count ? &e->others[k - 1] : NULL;
    return one && one->n ? one : NULL;
}

/* The best baseline there; NULL: none. */
static const evaluation_baseline *rival(const evaluation *one) {
    return one && one->baseline_count && one->best >= 0 && one->baselines[one->best].available ? &one->baselines[one->best] : NULL;
}

/* What that one forecasts at the same bar, the last of the measured span. */
static double rival_forecast(const evaluation *one) {
    const evaluation_baseline *b = rival(one);
    return b && b->forecast ? b->forecast[one->count - 1] : lstmfc_nan();
}

static double covered(const evaluation *one) {
    return one && one->intervals[one->info.intervals].score.count > 0 ? one->intervals[one->info.intervals].score.coverage : lstmfc_nan();
}

static double skill(const evaluation *one) { return rival(one) ? rival(one)->comparison.skill : lstmfc_nan(); }

static int has_interval(const lstmfc_forecast *f) { return lstmfc_is_finite(f->lower) && lstmfc_is_finite(f->upper); }

static const char *until(char out[32], const days *d, int32_t k) {
    return tool_time(out, d->forecasts[k].target_time + d->interval, d->interval);
}

static const char *interval_text(char out[64], const lstmfc_forecast *f) {
    if (has_interval(f)) snprintf(out, 64, "%.4f to %.4f %%", 100 * f->lower, 100 * f->upper);
    else snprintf(out, 64, "none");
    return out;
}

void days_describe(lstmfc_writer *w, const days *d, const evaluation *e) {
    char a[32], b[32], c[32], range[64];
    int32_t k;
    if (!d->count) return;
    tool_print(w, "forecast      volatility per bar over the next days, made at the close of the bar that ends %s%s\n",
               tool_time(a, d->forecasts[0].time + d->interval, d->interval), d->gaps ? " (if no bar is missing until then)" : "");
    snprintf(range, sizeof range, "%.4g %% interval", 100 * d->forecasts[0].level);
    tool_print(w, "              %4s %6s  %-20s %10s  %-22s %8s %10s  best baseline's\n", "days", "bars", "until", "volatility", range,
               "inside", "skill");
    for (k = 0; k < d->count; k++) {
        const evaluation *one = worth(e, k);
        tool_print(w, "              %4d %6d  %-20s %8.4f %%  %-22s %8s %10s", k + 1, d->forecasts[k].horizon, until(a, d, k),
                   100 * d->forecasts[k].volatility, interval_text(range, &d->forecasts[k]), tool_figure(b, "%.3f", covered(one)),
                   tool_figure(c, "%+.4f", skill(one)));
        tool_print(w, rival(one) ? "  %s %% (%s)\n" : "  -\n", tool_figure(a, "%.4f", 100 * rival_forecast(one)),
                   rival(one) ? rival(one)->name : "");
    }
    tool_print(w, "              inside, skill: on the bars that judge, the skill over the best baseline\n");
}

void days_json(lstmfc_writer *w, const char *key, const days *d, const evaluation *e) {
    char text[32];
    int32_t k;
    if (!d->count) return;
    lstmfc_json_begin(w, key, '{');
    lstmfc_format_time(text, d->forecasts[0].time); lstmfc_json_put_string(w, "bar", text);
    lstmfc_format_time(text, d->forecasts[0].time + d->interval); lstmfc_json_put_string(w, "made", text);
    lstmfc_json_put_string(w, "symbol", e->info.symbol);
    lstmfc_json_put_string(w, "unit", "volatility per bar over the days: 0.01 is 1 %");
    lstmfc_json_put_integer(w, "interval_seconds", d->interval / 1000);
    lstmfc_json_put_integer(w, "bars_of_a_day", d->bars);
    lstmfc_json_put_bool(w, "synthetic", e->synthetic);
    lstmfc_json_put_number(w, "close", d->forecasts[0].close);
    lstmfc_json_put_number(w, "level", d->forecasts[0].level);
    lstmfc_json_put_number(w, "novelty", d->forecasts[0].novelty);
    lstmfc_json_begin(w, "forecasts", '[');
    for (k = 0; k < d->count; k++) {
        const lstmfc_forecast *f = &d->forecasts[k];
        const evaluation *one = worth(e, k);
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_integer(w, "days", k + 1);
        lstmfc_json_put_integer(w, "horizon", f->horizon);
        lstmfc_format_time(text, f->target_time + d->interval); lstmfc_json_put_string(w, "target_close", text);
        if (d->gaps) lstmfc_json_put_bool(w, "target_if_no_gap", 1);
        lstmfc_json_put_number(w, "volatility", f->volatility);
        lstmfc_json_put_number(w, "lower", f->lower);
        lstmfc_json_put_number(w, "upper", f->upper);
        lstmfc_json_put_number(w, "coverage", covered(one));
        lstmfc_json_put_number(w, "skill", skill(one));
        if (rival(one)) lstmfc_json_put_string(w, "best_baseline", rival(one)->name);
        if (rival(one)) lstmfc_json_put_number(w, "volatility_of_best_baseline", rival_forecast(one));
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
}

static void chart_of(lstmfc_writer *w, const days *d, const evaluation *e) {
    double x[DAYS_MOST], own[DAYS_MOST], low[DAYS_MOST], high[DAYS_MOST], best[DAYS_MOST];
    chart c = chart_start("Volatility of the next days", "Per bar, over all the days up to each. The band is the interval of the forecast.",
                          "days ahead", "volatility per bar", CHART_INTEGER, CHART_PERCENT);
    size_t n = (size_t)d->count, k;
    for (k = 0; k < n; k++) {
        const lstmfc_forecast *f = &d->forecasts[k];
        x[k] = (double)(k + 1);
        own[k] = f->volatility;
        low[k] = has_interval(f) ? f->lower : lstmfc_nan();
        high[k] = has_interval(f) ? f->upper : lstmfc_nan();
        best[k] = rival_forecast(worth(e, (int32_t)k));
    }
    chart_add(&c, "interval", CHART_BAND, 1, x, low, high, n);
    chart_add(&c, "the model", CHART_LINE, 1, x, own, NULL, n);
    chart_add(&c, NULL, CHART_DOTS, 1, x, own, NULL, n);
    chart_add(&c, "the best baseline", CHART_DASHED, 2, x, best, NULL, n);
    tool_print(w, "<div class=\"charts\" style=\"margin-top:1.2rem\">\n");
    chart_figure(w, &c);
    tool_print(w, "</div>\n");
}

void days_html(lstmfc_writer *w, const days *d, const evaluation *e) {
    char a[32], b[32], range[64];
    int32_t k;
    if (!d->count) return;
    tool_print(w, "<h2 id=\"days\">The next %d day%s</h2>\n<p>Volatility per bar from the close of the bar that ends %s on%s, and what "
                  "forecasts of that length were worth on the bars that judge.</p>\n<div class=\"scroll wide\"><table><tr><th>Days</th>"
                  "<th>Until</th><th>Volatility</th><th>%.4g&nbsp;%% interval</th><th>Inside</th><th>Skill over the best baseline</th>"
                  "<th>The best baseline’s</th></tr>", d->count, d->count == 1 ? "" : "s",
               tool_time(a, d->forecasts[0].time + d->interval, d->interval), d->gaps ? " (if no bar is missing until then)" : "",
               100 * d->forecasts[0].level);
    for (k = 0; k < d->count; k++) {
        const evaluation *one = worth(e, k);
        tool_print(w, "<tr><td>%d</td><td>%s</td><td>%.4f %%</td><td>%s</td>", k + 1, until(a, d, k), 100 * d->forecasts[k].volatility,
                   interval_text(range, &d->forecasts[k]));
        tool_print(w, "<td>%s</td><td>%s</td>", tool_figure(a, "%.3f", covered(one)), tool_figure(b, "%+.4f", skill(one)));
        if (rival(one)) tool_print(w, "<td>%s %% (%s)</td></tr>", tool_figure(a, "%.4f", 100 * rival_forecast(one)), rival(one)->name);
        else tool_print(w, "<td>–</td></tr>");
    }
    tool_print(w, "</table></div>\n");
    if (d->count > 1) chart_of(w, d, e);
}
