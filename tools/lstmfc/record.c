/* record.c - forecasts fed back, told as records, and the coverage of their intervals. A record holds one bar ahead of many:

       timestamp       when that bar closes, UTC
       predictedPrice  its close
       lowerBound, upperBound      the conformal interval
       confidence      what share of outcomes the interval can be trusted to hold: that of its n calibration errors,
                       ceil((n + 1) level) / (n + 1), at most m / (m + 1) where they overlap to m = n / step independent ones

   Confidence is a promise and not a measurement: it holds as long as the future is like the calibration bars. What was measured
   on bars after training stands beside it as coverage, with an error. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *name; int64_t span; } spots[RECORD_SPOTS] = {
    {"1h", 3600000}, {"4h", 4 * 3600000}, {"1d", 86400000}, {"7d", 7 * (int64_t)86400000}
};

/* Bars of `interval` in the named span; 0: no whole number, or too many. */
static int32_t bars_of(int spot, int64_t interval) {
    int64_t bars = interval > 0 && spots[spot].span % interval == 0 ? spots[spot].span / interval : 0;
    return bars <= RECORD_MOST ? (int32_t)bars : 0;
}

int32_t record_week(int64_t interval) {
    int32_t steps = 1, k;
    for (k = 0; k < RECORD_SPOTS; k++) if (bars_of(k, interval) > steps) steps = bars_of(k, interval);
    return steps;
}

/* ---- the record ------------------------------------------------------------------------------------------------ */

static void put_time(lstmfc_writer *w, const char *key, int64_t time) {
    char text[32];
    lstmfc_format_time(text, time);
    lstmfc_json_put_string(w, key, text);
}

/* What a bound says as a price; a target return has them as log returns. */
static double price_of(const record *r, const lstmfc_forecast *f, double bound) {
    return r->info && r->info->target == LSTMFC_TARGET_RETURN ? f->close * lstmfc_exp(bound) : bound;
}

static void step_json(lstmfc_writer *w, const char *key, const record *r, int32_t step) {
    const lstmfc_forecast *f = &r->forecasts[step - 1];
    int bounded = lstmfc_is_finite(f->lower) && lstmfc_is_finite(f->upper);
    lstmfc_json_begin(w, key, '{');
    put_time(w, "timestamp", f->target_time + r->interval);
    lstmfc_json_put_number(w, "predictedPrice", f->price);
    lstmfc_json_put_number(w, "lowerBound", bounded ? price_of(r, f, f->lower) : lstmfc_nan());
    lstmfc_json_put_number(w, "upperBound", bounded ? price_of(r, f, f->upper) : lstmfc_nan());
    lstmfc_json_put_number(w, "confidence", bounded ? r->confidence[step - 1] : lstmfc_nan());
    lstmfc_json_end(w, '}');
}

static void accuracy_json(lstmfc_writer *w, const record *r) {
    lstmfc_json_begin(w, "accuracy", '{');
    lstmfc_json_put_string(w, "measured_on", !r->info ? "nothing: there is no model; the intervals are of the drift's own errors on "
                           "the newer half of these bars" : r->judged ? "bars after training in this file, one bar ahead"
                           : "nothing: no bars after training in this file; lstmfc evaluate measures a model");
    lstmfc_json_put_integer(w, "forecasts", r->judged);
    lstmfc_json_put_number(w, "skill_over_no_change", r->skill);        /* 1 - squared log-return error / that of no change */
    lstmfc_json_put_number(w, "direction_right", r->direction);
    lstmfc_json_end(w, '}');
}

static void config_json(lstmfc_writer *w, const lstmfc_forecaster_info *info) {
    lstmfc_json_begin(w, "config", '{');
    lstmfc_json_put_string(w, "target", tool_target_name(info->target));
    lstmfc_json_put_string(w, "features", info->feature_spec);
    lstmfc_json_put_string(w, "network", info->model_spec);
    lstmfc_json_put_integer(w, "window", info->window);
    lstmfc_json_put_integer(w, "epochs", info->epochs);
    lstmfc_json_put_integer(w, "seed", info->seed);
    put_time(w, "seen_to", info->seen_to);
    lstmfc_json_end(w, '}');
}

void record_json(lstmfc_writer *w, const char *key, const record *r) {
    const lstmfc_forecast *first = &r->forecasts[0];
    int32_t k;
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_string(w, "symbol", r->symbol);
    lstmfc_json_put_string(w, "method", r->method);
    if (r->model) lstmfc_json_put_string(w, "model", r->model);
    lstmfc_json_put_bool(w, "synthetic", r->synthetic);
    put_time(w, "timestamp", first->time + r->interval);
    lstmfc_json_put_number(w, "currentPrice", first->close);
    lstmfc_json_put_integer(w, "interval_seconds", r->interval / 1000);
    if (r->info && r->info->created) put_time(w, "trainedAt", r->info->created);
    else lstmfc_json_put_number(w, "trainedAt", lstmfc_nan());
    lstmfc_json_put_number(w, "level", first->level);
    lstmfc_json_put_string(w, "confidence_is", "the share of its n calibration errors that the interval holds, ceil((n + 1) level) / "
                           "(n + 1), at most m / (m + 1) of the m = n / step independent ones among them; null: no interval, too few "
                           "of them or none in this file");
    accuracy_json(w, r);
    if (r->info) config_json(w, r->info);
    if (r->coverage) record_cover_json(w, "coverage", r->coverage);
    lstmfc_json_begin(w, "horizons", '{');
    for (k = 0; k < RECORD_SPOTS; k++) {
        int32_t bars = bars_of(k, r->interval);
        if (bars && bars <= r->steps) step_json(w, spots[k].name, r, bars);
    }
    lstmfc_json_end(w, '}');
    lstmfc_json_begin(w, "steps", '[');
    for (k = 1; k <= r->steps; k++) step_json(w, NULL, r, k);
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
}

/* Skill over no change and the share of right signs, one bar ahead, on the bars of the series after training. */
static int judge(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, record *r) {
    lstmfc_error err = {0};
    size_t first = 0, count, i;
    double error = 0, still = 0, right = 0, sides = 0;
    lstmfc_forecast *forecasts;
    lstmfc_outcome *outcomes;
    int code = TOOL_OK;
    r->skill = r->direction = lstmfc_nan();
    r->judged = 0;
    while (first < candles->count && candles->time[first] <= r->info->seen_to) first++;
    first -= first > 0;                                 /* made at the last bar it has seen */
    count = candles->count - first;
    forecasts = (lstmfc_forecast *)calloc(count ? count : 1, sizeof *forecasts);
    outcomes = (lstmfc_outcome *)calloc(count ? count : 1, sizeof *outcomes);
    if (!forecasts || !outcomes) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (lstmfc_forecaster_predict_intervals(forecaster, candles, LSTMFC_INTERVALS_SPLIT, first, count, forecasts, NULL,
                                                 &err) != LSTMFC_OK
             || lstmfc_forecaster_outcomes(forecaster, candles, first, count, outcomes, &err) != LSTMFC_OK)
        code = tool_fail_error(o, &err);
    for (i = 0; code == TOOL_OK && i < count; i++) {
        double is = outcomes[i].log_return, said = forecasts[i].log_return;
        if (outcomes[i].reason != LSTMFC_OUTCOME_KNOWN || !lstmfc_is_finite(said) || !lstmfc_is_finite(is)) continue;
        error += (is - said) * (is - said);
        still += is * is;
        if (is > 0 || is < 0) { sides++; right += (is > 0) == (said > 0); }
        r->judged++;
    }
    if (still > 0) r->skill = 1 - error / still;
    if (sides > 0) r->direction = right / sides;
    free(forecasts);
    free(outcomes);
    return code;
}

int record_write(const options *o, lstmfc_writer *w, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t steps,
                 const char *model, const char *symbol, const record_coverage *coverage) {
    lstmfc_error err = {0};
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    lstmfc_forecast *forecasts = (lstmfc_forecast *)calloc((size_t)steps, sizeof *forecasts);
    double *confidence = (double *)calloc((size_t)steps, sizeof *confidence);
    lstmfc_steps *fed = NULL;
    record r;
    int32_t k;
    int code = TOOL_OK;
    memset(&r, 0, sizeof r);
    r.info = &info; r.symbol = symbol ? symbol : info.symbol ? info.symbol : ""; r.method = "network"; r.model = model; r.steps = steps;
    r.interval = info.interval; r.synthetic = candles->synthetic || info.synthetic; r.coverage = coverage;
    r.forecasts = forecasts; r.confidence = confidence;
    if (!forecasts || !confidence) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (!(fed = lstmfc_steps_create(forecaster, candles, steps, &err)) || lstmfc_steps_forecast(fed, forecasts, &err) != LSTMFC_OK)
        code = tool_fail_error(o, &err);
    for (k = 0; code == TOOL_OK && k < steps; k++) confidence[k] = lstmfc_steps_confidence(fed, k + 1);
    if (code == TOOL_OK) code = judge(o, forecaster, candles, &r);
    if (code == TOOL_OK) record_json(w, NULL, &r);
    lstmfc_steps_free(fed);
    free(forecasts);
    free(confidence);
    return code;
}

int record_predict(const options *o, tool_input *input, const char *model, int32_t steps, const char *symbol, const char *out) {
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster = lstmfc_forecaster_load(model, tool_env(), &err);
    lstmfc_candles *candles;
    lstmfc_forecaster_info info;
    lstmfc_writer w;
    int code = TOOL_OK;
    if (!forecaster) return tool_fail_model(o, model, &err);
    info = lstmfc_forecaster_get_info(forecaster);
    if (info.target != LSTMFC_TARGET_PRICE && info.target != LSTMFC_TARGET_RETURN) {
        lstmfc_forecaster_free(forecaster);
        return tool_fail(o, TOOL_USAGE, "--record tells prices: it takes a model of target price or return, and this one's is %s",
                         tool_target_name(info.target));
    }
    tool_input_follow(o, input, info.any_prices);
    candles = tool_input_load(o, input, &code);
    lstmfc_writer_init(&w, NULL);
    if (candles) code = record_write(o, &w, forecaster, candles, steps, model, symbol, NULL);
    tool_print(&w, "\n");
    if (candles && code == TOOL_OK) code = tool_write(o, out, &w);
    lstmfc_writer_free(&w);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(forecaster);
    return code;
}

/* ---- coverage -------------------------------------------------------------------------------------------------- */

enum { MEASURED = 500 };                                /* forecasts at most: neighbours share nearly all of their bars */

/* 1: a bar is missing among first .. last, which no forecast of so many bars ahead was about. */
static int interrupted(const lstmfc_candles *candles, size_t first, size_t last, int64_t interval) {
    size_t t;
    for (t = first + 1; t <= last; t++) if (2 * (candles->time[t] - candles->time[t - 1]) > 3 * interval) return 1;
    return 0;
}

/* Was the outcome of the named horizon inside? inside [MEASURED + 1] of this spot. */
static void note(record_spot *s, double *inside, const lstmfc_forecast *path, const lstmfc_forecaster_info *info,
                 const lstmfc_candles *candles, size_t t) {
    const lstmfc_forecast *f;
    double is;
    size_t window = (size_t)info->window;
    if (!s->bars || t + (size_t)s->bars >= candles->count) return;
    f = &path[s->bars - 1];
    if (info->gaps == LSTMFC_GAPS_DROP
        && interrupted(candles, t + 1 > window ? t + 1 - window : 0, t + (size_t)s->bars, info->interval)) return;
    is = candles->close[t + (size_t)s->bars];
    if (info->target == LSTMFC_TARGET_RETURN) is = lstmfc_log(is / candles->close[t]);
    if (!lstmfc_is_finite(f->lower) || !lstmfc_is_finite(f->upper)) { s->without++; return; }
    inside[s->count++] = f->lower <= is && is <= f->upper;
}

static int finish(const options *o, record_spot *s, const double *inside, double level, int every) {
    lstmfc_error err = {0};
    lstmfc_bootstrap b;
    double n = (double)s->count, block = lstmfc_pow(n > 1 ? n : 1, 1.0 / 3.0), least, apart = (double)s->bars / every, away;
    int64_t i;
    s->coverage = s->error = lstmfc_nan();
    if (!s->count) return TOOL_OK;
    s->coverage = 0;
    for (i = 0; i < s->count; i++) s->coverage += inside[i];
    s->coverage /= n;
    if (apart > block) block = apart;
    b.se = 0;
    if (s->count > 1 && lstmfc_bootstrap_mean((size_t)s->count, inside, block, 0, 0.95, 0, tool_env(), &b, &err) != LSTMFC_OK)
        return tool_fail_error(o, &err);
    /* all inside has a bootstrap error of 0; overlapping outcomes are as good as count / (bars in a horizon) of them */
    least = lstmfc_sqrt(level * (1 - level) * (apart > 1 ? apart : 1) / n);
    s->error = b.se > least ? b.se : least;
    away = s->coverage - level;
    s->misses = (away < 0 ? -away : away) > 2 * s->error;
    return TOOL_OK;
}

int record_cover(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, record_coverage *out) {
    lstmfc_error err = {0};
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    lstmfc_candles seen = *candles;
    lstmfc_steps *fed;
    lstmfc_forecast *path;
    double *inside;
    int32_t steps = record_week(info.interval), k;
    size_t count = 0, t, left;
    int code = TOOL_OK;
    memset(out, 0, sizeof *out);
    out->level = info.level;
    if (!lstmfc_is_finite(info.level) || info.interval <= 0) return TOOL_OK;
    for (k = 0; k < RECORD_SPOTS; k++) {
        out->spots[k].name = spots[k].name;
        out->spots[k].bars = bars_of(k, info.interval);
        out->spots[k].coverage = out->spots[k].error = lstmfc_nan();
    }
    while (count < candles->count && candles->time[count] <= info.seen_to) count++;
    if (!count || count == candles->count) return TOOL_OK;
    seen.count = count;
    left = candles->count - count;
    out->every = (int)((left + MEASURED - 1) / MEASURED);
    fed = lstmfc_steps_create(forecaster, &seen, steps, &err);
    if (!fed) return err.code == LSTMFC_ERROR_MEMORY ? tool_fail_error(o, &err) : TOOL_OK;   /* it cannot be fed back */
    path = (lstmfc_forecast *)calloc((size_t)steps, sizeof *path);
    inside = (double *)calloc(RECORD_SPOTS * (MEASURED + 1), sizeof *inside);
    if (!path || !inside) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (t = count - 1; code == TOOL_OK && t < candles->count; t++) {
        if (t >= count && lstmfc_steps_push(fed, candles, t, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
        if (code != TOOL_OK || (t + 1 - count) % (size_t)out->every || lstmfc_steps_forecast(fed, path, NULL) != LSTMFC_OK) continue;
        for (k = 0; k < RECORD_SPOTS; k++) note(&out->spots[k], inside + k * (MEASURED + 1), path, &info, candles, t);
    }
    for (k = 0; code == TOOL_OK && k < RECORD_SPOTS; k++)
        code = finish(o, &out->spots[k], inside + k * (MEASURED + 1), info.level, out->every);
    out->measured = code == TOOL_OK;
    free(inside);
    free(path);
    lstmfc_steps_free(fed);
    return code;
}

/* Why a horizon has no figure. */
static const char *nothing(const record_spot *s) {
    return !s->bars ? "no whole number of bars, or more than 672" : s->without ? "no interval: too few calibration bars have so many behind them"
         : "no outcome in the bars after training";
}

void record_cover_describe(lstmfc_writer *w, const record_coverage *c) {
    int k;
    if (!c->measured) return;
    tool_print(w, "fed back      intervals of the forecasts ahead, meant %.3g %%, on bars after training (every %d%s)\n", 100 * c->level,
               c->every, c->every == 1 ? "st" : c->every == 2 ? "nd" : c->every == 3 ? "rd" : "th");
    for (k = 0; k < RECORD_SPOTS; k++) {
        const record_spot *s = &c->spots[k];
        if (!s->count) tool_print(w, "  %-3s         %s\n", s->name, nothing(s));
        else tool_print(w, "  %-3s         %.1f %% of %lld inside, error %.1f%s\n", s->name, 100 * s->coverage, (long long)s->count,
                        100 * s->error, s->misses ? ": MISSES its level by more than two errors" : "");
    }
}

void record_cover_json(lstmfc_writer *w, const char *key, const record_coverage *c) {
    int k;
    lstmfc_json_begin(w, key, '{');
    lstmfc_json_put_number(w, "level", c->level);
    lstmfc_json_put_integer(w, "every", c->every);
    for (k = 0; c->measured && k < RECORD_SPOTS; k++) {
        const record_spot *s = &c->spots[k];
        lstmfc_json_begin(w, s->name, '{');
        lstmfc_json_put_integer(w, "bars", s->bars);
        lstmfc_json_put_integer(w, "count", s->count);
        lstmfc_json_put_integer(w, "without_interval", s->without);
        lstmfc_json_put_number(w, "coverage", s->coverage);
        lstmfc_json_put_number(w, "coverage_error", s->error);
        if (s->count) lstmfc_json_put_bool(w, "misses", s->misses);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, '}');
}

void record_cover_html(lstmfc_writer *w, const record_coverage *c) {
    int k;
    if (!c->measured) return;
    tool_print(w, "<h3>Forecasts fed back</h3>\n<div class=\"scroll\"><table><tr><th>Ahead</th><th>Bars</th><th>Forecasts</th>"
                  "<th>Inside</th><th>Error</th><th>Meant</th></tr>");
    for (k = 0; k < RECORD_SPOTS; k++) {
        const record_spot *s = &c->spots[k];
        tool_print(w, "<tr><td>%s</td><td>%d</td><td>%lld</td>", s->name, s->bars, (long long)s->count);
        if (!s->count) tool_print(w, "<td colspan=\"3\">%s</td></tr>", nothing(s));
        else tool_print(w, "<td%s>%.1f %%</td><td>± %.1f</td><td>%.3g %%</td></tr>", s->misses ? " class=\"no\"" : "", 100 * s->coverage,
                        100 * s->error, 100 * c->level);
    }
    tool_print(w, "</table></div>\n<p class=\"sub\">Each forecast becomes the close of the next imagined bar; intervals are conformal over the "
                  "same recursion from every calibration bar, counted here on bars after training. Error: block bootstrap, at least that of "
                  "as many independent outcomes as fit beside one another.</p>\n");
}
