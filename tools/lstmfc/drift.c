/* drift.c - a random walk with drift, for a symbol that has no model: C[t+k] = C[t] exp(k m), m the mean log return of all bars up to t.
   Its interval is conformal like a model's: the errors |ln(C[t+k] / C[t]) - k m[t]| / RV20[t] at earlier bars t, each with the drift that
   was known then, give the quantile of step k. Nothing is learned, so no bar is kept aside. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

enum { DRIFT_ORIGINS = 2000, DRIFT_RETURNS = 20, DRIFT_LEAST = 2 * (DRIFT_RETURNS + 1) };

/* Sample deviation of the 20 log returns up to t >= 20; NaN where nothing moved. */
static double scale_of(const double *close, size_t t) {
    double mean = 0, sum = 0, r;
    size_t k;
    for (k = t - DRIFT_RETURNS + 1; k <= t; k++) mean += lstmfc_log(close[k] / close[k - 1]) / DRIFT_RETURNS;
    for (k = t - DRIFT_RETURNS + 1; k <= t; k++) { r = lstmfc_log(close[k] / close[k - 1]) - mean; sum += r * r; }
    sum = lstmfc_sqrt(sum / (DRIFT_RETURNS - 1));
    return sum > 1e-12 ? sum : lstmfc_nan();
}

static double drift_of(const double *close, size_t t) { return lstmfc_log(close[t] / close[0]) / (double)t; }

int drift_forecast(const options *o, const lstmfc_candles *candles, int32_t steps, double level, lstmfc_forecast *out, double *confidence) {
    const double *close = candles->close;
    size_t n = candles->count, first, last = n - 1, t;
    double *scores, *scales, scale;
    int32_t k;
    if (!close) return tool_fail(o, TOOL_DATA, "the series has no column 'close'; name one with --columns close=NAME");
    if (n < DRIFT_LEAST) return tool_fail(o, TOOL_DATA, "a drift forecast needs %d bars, the series has %d", DRIFT_LEAST, (int)n);
    if (candles->interval <= 0) return tool_fail(o, TOOL_DATA, "the bars have no common interval, so nobody knows the time of the next");
    for (t = 0; t < n; t++)
        if (!(close[t] > 0)) return tool_fail(o, TOOL_DATA, "a drift forecast is of prices above zero; --prices any holds others");
    first = n / 2 > DRIFT_RETURNS ? n / 2 : DRIFT_RETURNS;
    if (n - first > DRIFT_ORIGINS) first = n - DRIFT_ORIGINS;
    scores = (double *)calloc(n - first, sizeof *scores);
    scales = (double *)calloc(n - first, sizeof *scales);
    if (!scores || !scales) { free(scores); free(scales); return tool_fail(o, TOOL_FAILURE, "out of memory"); }
    for (t = first; t < n; t++) scales[t - first] = scale_of(close, t);
    scale = scales[last - first];
    for (k = 1; k <= steps; k++) {
        lstmfc_forecast *f = &out[k - 1];
        size_t count = 0;
        double most, q, m = (double)k * drift_of(close, last);
        memset(f, 0, sizeof *f);
        for (t = first; t + (size_t)k <= last; t++) {
            double score = (lstmfc_log(close[t + (size_t)k] / close[t]) - (double)k * drift_of(close, t)) / scales[t - first];
            if (lstmfc_is_finite(score)) scores[count++] = score < 0 ? -score : score;
        }
        q = lstmfc_conformal_quantile(count, scores, level);
        f->time = candles->time[last];
        f->target_time = f->time + k * candles->interval;
        f->horizon = k;
        f->close = close[last];
        f->log_return = m;
        f->value = f->price = close[last] * lstmfc_exp(m);
        f->probability_up = f->volatility = f->novelty = f->lower = f->upper = confidence[k - 1] = lstmfc_nan();
        f->level = level;
        if (!lstmfc_is_finite(q * scale)) continue;
        f->lower = close[last] * lstmfc_exp(m - q * scale);
        f->upper = close[last] * lstmfc_exp(m + q * scale);
        for (t = 1; t <= count && (double)t < (double)(count + 1) * level - 1e-9; t++) continue;
        confidence[k - 1] = (double)t / (double)(count + 1);
        most = (double)count / (double)(count + (size_t)k);         /* they overlap: lstmfc_steps_confidence */
        if (confidence[k - 1] > most) confidence[k - 1] = most;
    }
    free(scores);
    free(scales);
    return TOOL_OK;
}

static void say(lstmfc_writer *w, const record *r, const char *model) {
    char when[32], span[32];
    int32_t k;
    tool_print(w, "%s%sDRIFT, no model (%s is not there): the mean log return of all bars goes on; bars of %s, the last closes %s at %.8g\n",
               r->symbol, *r->symbol ? ": " : "", model, tool_span(span, r->interval),
               tool_time(when, r->forecasts[0].time + r->interval, r->interval), r->forecasts[0].close);
    for (k = 0; k < r->steps; k++) {
        const lstmfc_forecast *f = &r->forecasts[k];
        tool_print(w, "%d bar%s ahead, closing %s: close %.8g, %+.3f %%", f->horizon, f->horizon == 1 ? "" : "s",
                   tool_time(when, f->target_time + r->interval, r->interval), f->price, 100 * lstmfc_expm1(f->log_return));
        if (lstmfc_is_finite(f->lower)) tool_print(w, "; %.0f %% interval %.8g to %.8g\n", 100 * f->level, f->lower, f->upper);
        else tool_print(w, "; no interval: too few earlier bars have so many behind them\n");
    }
}

static void json(lstmfc_writer *w, const record *r, const char *model) {
    char text[32];
    int32_t k;
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_json_put_string(w, "model", model);
    lstmfc_json_put_string(w, "method", r->method);
    lstmfc_json_put_string(w, "symbol", r->symbol);
    lstmfc_json_put_string(w, "target", "price");
    lstmfc_json_put_integer(w, "interval_seconds", r->interval / 1000);
    lstmfc_json_put_bool(w, "synthetic", r->synthetic);
    lstmfc_json_begin(w, "forecasts", '[');
    for (k = 0; k < r->steps; k++) {
        const lstmfc_forecast *f = &r->forecasts[k];
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_format_time(text, f->time);        lstmfc_json_put_string(w, "bar", text);
        lstmfc_format_time(text, f->target_time); lstmfc_json_put_string(w, "target_bar", text);
        lstmfc_format_time(text, f->target_time + r->interval); lstmfc_json_put_string(w, "target_close", text);
        lstmfc_json_put_integer(w, "horizon", f->horizon);
        lstmfc_json_put_number(w, "close", f->close);
        lstmfc_json_put_number(w, "value", f->value);
        lstmfc_json_put_number(w, "price", f->price);
        lstmfc_json_put_number(w, "log_return", f->log_return);
        lstmfc_json_put_number(w, "lower", f->lower);
        lstmfc_json_put_number(w, "upper", f->upper);
        lstmfc_json_put_number(w, "level", f->level);
        lstmfc_json_put_number(w, "confidence", r->confidence[k]);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
    tool_print(w, "\n");
}

int drift_predict(const options *o, tool_input *input, const char *model, int32_t steps, int as_record, const char *symbol,
                  const char *out) {
    int code = TOOL_OK;
    lstmfc_candles *candles = tool_input_load(o, input, &code);
    lstmfc_forecast *forecasts = (lstmfc_forecast *)calloc((size_t)steps, sizeof *forecasts);
    double *confidence = (double *)calloc((size_t)steps, sizeof *confidence);
    lstmfc_writer w;
    record r;
    memset(&r, 0, sizeof r);
    lstmfc_writer_init(&w, NULL);
    if (candles && (!forecasts || !confidence)) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (candles) code = drift_forecast(o, candles, steps, 0.9, forecasts, confidence);
    if (candles && code == TOOL_OK) {
        r.symbol = symbol ? symbol : ""; r.method = "drift"; r.forecasts = forecasts; r.confidence = confidence; r.steps = steps;
        r.interval = candles->interval; r.synthetic = candles->synthetic;
        r.skill = r.direction = lstmfc_nan();
        if (as_record) { record_json(&w, NULL, &r); tool_print(&w, "\n"); }
        else if (o->json) json(&w, &r, model);
        else say(&w, &r, model);
        code = tool_write(o, out, &w);
    }
    lstmfc_writer_free(&w);
    free(forecasts);
    free(confidence);
    lstmfc_candles_free(candles);
    return code;
}
