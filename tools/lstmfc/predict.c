/* lstmfc predict - the newest forecast of a saved model, in words or JSON. */
#include "horizons.h"
#include "members.h"
#include "record.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#define FALLBACKS(X) X(FALLBACK_NONE, "none") X(FALLBACK_DRIFT, "drift")
enum { FALLBACKS(LSTMFC__CONSTANT) };
#define PREDICT_OPTIONS(X) \
    X(TEXT, model, "",  OPTIONS_IN, "the model file") \
    X(INT,  steps, "1", "1..100000", "forecasts 1..N bars ahead, each fed back for the next; above 1: see above for what it takes") \
    X(TEXT, out,   "-", OPTIONS_OUT, "where the forecast goes; - is stdout") \
    X(INT,  record, "0", "0..1", "the forecasts as a JSON record: timestamp predictedPrice lowerBound upperBound confidence of each step, " \
                                 "horizons 1h 4h 1d 7d, what the model is and what it was worth on bars after training") \
    X(CHOICE, fallback, "none", FALLBACKS, "what is forecast where the file of --model is not there; drift: the mean log return of all " \
                                 "bars goes on, with an interval from its own errors") \
    X(TEXT, symbol, "", "", "name of the series in this file; one that differs from the model's is told")
typedef struct predict_options { PREDICT_OPTIONS(LSTMFC__MEMBER) } predict_options;
#define OPTIONS_STRUCT predict_options
static const lstmfc_field fields[] = { PREDICT_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "predict", "the newest forecast of a saved model", "--model M --csv F [--steps N]",
    "The forecast is made at the close of the last finished bar of the file. Intervals are conformal; adaptive ones (train\n"
    "--intervals aci) have followed their misses over the bars of the file that came after training.\n"
    "--steps 2 and more: only for target price or return, a model of --horizon 1, bars of one interval, and features of close,\n"
    "its indicators and the calendar alone (no open, high, low, volume, no other column). Each step is told as a forecast of the\n"
    "last real bar, with its own horizon; its interval is split conformal over the same recursion from every calibration bar of\n"
    "the training file, so give a file that holds those bars (else there is none). That costs calibration bars x N forecasts.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | dense 1 "
    "sigmoid\" --epochs 2 --out model.json\n"
    "  lstmfc predict --model model.json --csv candles.csv"
};

/* A bar is named by its open; what a trader asks is when it closes. */
static const char *closing_time(char out[32], int64_t open_time, int64_t interval) { return tool_time(out, open_time + interval,
    interval); }

/* Why a fed-back step has none. */
static const char *no_interval(const lstmfc_forecast *f) {
    return lstmfc_is_nan(f->lower) ? ", no interval: the file does not hold the calibration bars"
         : !lstmfc_is_finite(f->upper) ? ", no interval: too few calibration bars have so many behind them" : "";
}

/* step counts from 1: later ones stand on forecasts. gaps: the file skips bars (weekends), so that nobody knows when
   the next one closes. */
static void describe(lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_forecast *f, int step, int gaps) {
    char a[32], low[32], high[32], thresholds[256];
    if (f->horizon == 1) tool_print(w, gaps ? "the bar after" : "next bar");
    else tool_print(w, "%d bars ahead", f->horizon);
    tool_print(w, gaps ? " (it closes %s if no bar is missing until then): " : ", closing %s: ",
               closing_time(a, f->target_time, info->interval));
    switch (info->target) {
    case LSTMFC_TARGET_DIRECTION:
        if (members_vote(info)) {
            tool_print(w, "%s that it closes above %.8g  (%s; a share of votes is no probability)\n",
                       members_votes(thresholds, info, f->probability_up), f->close, f->probability_up > info->cut ? "called up" : "called down");
            break;
        }
        tool_print(w, "probability that it closes above %.8g: %.1f %%  (%s; ups in the fit part %.1f %%)\n", f->close,
                   100 * f->probability_up,
                   f->probability_up > info->cut ? "called up" : "called down", 100 * info->base_rate);
        if (*evaluation_thresholds(thresholds, info, NULL, 0)) tool_print(w, "Thresholds: %s.\n", thresholds);
        break;
    case LSTMFC_TARGET_PRICE: case LSTMFC_TARGET_RETURN:
        tool_print(w, "close %.8g, %+.3f %% from %.8g", lstmfc_is_finite(f->price) ? f->price
                   : f->close * lstmfc_exp(f->log_return), 100 * lstmfc_expm1(f->log_return), f->close);
        if (lstmfc_is_finite(f->lower) && lstmfc_is_finite(f->upper)) {
            int price = info->target == LSTMFC_TARGET_PRICE;
            lstmfc_format_digits(low, price ? f->lower : f->close * lstmfc_exp(f->lower), 8);
            lstmfc_format_digits(high, price ? f->upper : f->close * lstmfc_exp(f->upper), 8);
            tool_print(w, "; %.0f %% interval %s to %s", 100 * f->level, low, high);
        }
        if (step > 1) tool_print(w, "; fed back%s", no_interval(f));
        tool_print(w, "\n");
        break;
    case LSTMFC_TARGET_PRICE_LEVEL: case LSTMFC_TARGET_EXPRESSION:
        tool_print(w, "%s %.8g", info->target == LSTMFC_TARGET_EXPRESSION ? info->quantity : "close", f->value);
        if (lstmfc_is_finite(f->lower) && lstmfc_is_finite(f->upper))
            tool_print(w, "; %.0f %% interval %.8g to %.8g", 100 * f->level, f->lower, f->upper);
        tool_print(w, "\n");
        break;
    case LSTMFC_TARGET_ROLLING_VOLATILITY:
        tool_print(w, "volatility of the %d bars up to then %.4f %% per bar", info->volatility_bars, 100 * f->value);
        if (lstmfc_is_finite(f->lower) && lstmfc_is_finite(f->upper))
            tool_print(w, "; %.0f %% interval %.4f %% to %.4f %%", 100 * f->level, 100 * f->lower, 100 * f->upper);
        tool_print(w, "\n");
        break;
    default:
        tool_print(w, "volatility %.4f %% per bar", 100 * f->volatility);
        if (f->horizon > 1) tool_print(w, " over the next %d bars", f->horizon);
        if (lstmfc_is_finite(f->lower))
            tool_print(w, "; %.0f %% interval %.4f %% to %.4f %%", 100 * f->level, 100 * f->lower, 100 * f->upper);
        tool_print(w, "\n");
    }
}

/* What a loss of quantiles, or of mean and deviation, says of the newest bar: spread [quantiles, or 1]; NULL: another loss. */
static void spread_json(lstmfc_writer *w, const lstmfc_forecaster_info *info, const double *spread) {
    int32_t k;
    if (spread && info->gaussian) lstmfc_json_put_number(w, "sigma", *spread);
    if (!spread || !info->quantile_count) return;
    lstmfc_json_begin(w, "quantiles", '[');
    for (k = 0; k < info->quantile_count; k++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_number(w, "quantile", info->quantiles[k]);
        lstmfc_json_put_number(w, "value", spread[k]);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

static void spread_words(lstmfc_writer *w, const lstmfc_forecaster_info *info, const double *spread) {
    int32_t k;
    if (spread && info->gaussian) tool_print(w, "  deviation %.6g%s\n", *spread, info->quantity ? ""
                                             : info->target == LSTMFC_TARGET_VOLATILITY ? " of its logarithm" : " of the log return");
    if (!spread || !info->quantile_count) return;
    tool_print(w, "  quantiles");
    for (k = 0; k < info->quantile_count; k++) tool_print(w, "%s %.4g: %.8g", k ? "," : "", info->quantiles[k], spread[k]);
    tool_print(w, "\n");
}

/* The same of the newest bar into `room`; NULL: the loss is another. */
static const double *spread_of(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, double room[LSTMFC_QUANTILES_MOST]) {
    return lstmfc_forecaster_spread(forecaster, candles, candles->count - 1, 1, room, NULL, NULL) == LSTMFC_OK ? room : NULL;
}

/* Where the interval of f comes from; "none" where it has no bounds: a direction, or a model that was never calibrated. */
static void adaptive_json(lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_forecast *f,
                          const lstmfc_adaptive *adaptive) {
    lstmfc_json_begin(w, "intervals", '{');
    lstmfc_json_put_string(w, "kind", info->intervals == LSTMFC_INTERVALS_LEARNED ? info->quantile_count ? "quantiles" : "gaussian"
                                    : lstmfc_is_nan(f->lower) ? "none" : adaptive->replayed ? "aci" : "split");
    if ((info->quantile_count || info->gaussian) && info->scores)
        lstmfc_json_put_string(w, "method", info->quantile_count ? "cqr" : "gaussian");
    lstmfc_json_put_integer(w, "replayed", adaptive->replayed);
    lstmfc_json_put_integer(w, "clamped", adaptive->clamped);
    lstmfc_json_put_number(w, "alpha", adaptive->alpha);
    lstmfc_json_end(w, '}');
}

/* adaptive: of a further horizon, which has a state of its own; else NULL */
static void forecast_json(lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_forecast *f, int gaps,
                          const lstmfc_adaptive *adaptive, const double *spread) {
    char text[32];
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_format_time(text, f->time);        lstmfc_json_put_string(w, "bar", text);
    lstmfc_format_time(text, f->target_time); lstmfc_json_put_string(w, "target_bar", text);
    lstmfc_format_time(text, f->target_time + info->interval); lstmfc_json_put_string(w, "target_close", text);
    if (gaps) lstmfc_json_put_bool(w, "target_if_no_gap", 1);
    lstmfc_json_put_integer(w, "horizon", f->horizon);
    if (adaptive && info->quantity) lstmfc_json_put_string(w, "quantity", info->quantity);
    lstmfc_json_put_number(w, "close", f->close);
    lstmfc_json_put_number(w, "value", members_vote(info) ? lstmfc_nan() : f->value);
    if (info->target == LSTMFC_TARGET_DIRECTION) {
        if (members_vote(info)) members_votes_json(w, info, f->probability_up);
        else lstmfc_json_put_number(w, "probability_up", f->probability_up);
        lstmfc_json_put_number(w, "base_rate", info->base_rate);
    } else if (info->target == LSTMFC_TARGET_VOLATILITY || info->target == LSTMFC_TARGET_ROLLING_VOLATILITY) {
        lstmfc_json_put_number(w, "volatility", f->volatility);
    } else if (info->target != LSTMFC_TARGET_EXPRESSION) {
        lstmfc_json_put_number(w, "price", f->price);
        lstmfc_json_put_number(w, "log_return", f->log_return);
    }
    lstmfc_json_put_number(w, "lower", f->lower);
    lstmfc_json_put_number(w, "upper", f->upper);
    lstmfc_json_put_number(w, "level", f->level);
    lstmfc_json_put_number(w, "novelty", f->novelty);
    spread_json(w, info, spread);
    if (adaptive) adaptive_json(w, info, f, adaptive);
    lstmfc_json_end(w, '}');
}

/* horizon 0: there is one alone. */
static void intervals_line(lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_adaptive *adaptive, int32_t horizon,
                           int32_t steps) {
    if (horizon) tool_print(w, "Intervals %d bar%s ahead: ", horizon, horizon == 1 ? "" : "s");
    else tool_print(w, "Intervals: ");
    if (info->intervals == LSTMFC_INTERVALS_LEARNED) { tool_print(w, "as learned; `lstmfc evaluate` says whether they hold.\n"); return; }
    tool_print(w, "%s%s%s; %lld outcomes after training replayed, %lld bars clamped.\n",
               adaptive->replayed ? "adaptive" : "split (as calibrated)",
               info->quantile_count ? " CQR, the learned quantiles moved by their misses" : info->gaussian ? " multiples of the learned deviation" : "",
               adaptive->replayed && steps > 1 ? " for the next bar, split for what is fed back" : "",
               (long long)adaptive->replayed, (long long)adaptive->clamped);
}

/* The newest forecast of each further horizon, into w as lines or as elements of a list. Returns an exit code. */
static int further(const options *o, lstmfc_writer *w, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int gaps) {
    lstmfc_error err = {0};
    int32_t k, count = lstmfc_forecaster_get_info(forecaster).answers;
    for (k = 1; k < count; k++) {
        const lstmfc_forecaster *answer = lstmfc_forecaster_answer(forecaster, k);
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(answer);
        lstmfc_adaptive adaptive;
        lstmfc_forecast f;
        double room[LSTMFC_QUANTILES_MOST];
        const double *spread = spread_of(answer, candles, room);
        if (lstmfc_forecaster_predict_intervals(answer, candles, info.intervals, candles->count - 1, 1, &f, &adaptive, &err) != LSTMFC_OK)
            return tool_fail_error(o, &err);
        if (o->json) forecast_json(w, &info, &f, gaps, &adaptive, spread);
        else {
            describe(w, &info, &f, 1, gaps);
            spread_words(w, &info, spread);
            if (lstmfc_is_finite(f.lower)) intervals_line(w, &info, &adaptive, f.horizon, 1);
        }
    }
    return TOOL_OK;
}

/* [window] the weights of an attention layer at the last bar; NULL: there is none. */
static double *attention_of(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t window) {
    double *weights = (double *)calloc(window, sizeof *weights);
    size_t last = candles->count - 1;
    if (weights && lstmfc_forecaster_attention(forecaster, candles, last, weights, NULL) == LSTMFC_OK) return weights;
    free(weights);
    return NULL;
}

static void attention_json(lstmfc_writer *w, const lstmfc_candles *candles, const double *weights, size_t window) {
    char text[32];
    size_t t;
    lstmfc_json_begin(w, "attention", '[');
    for (t = 0; t < window; t++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_format_time(text, candles->time[candles->count - window + t]);
        lstmfc_json_put_string(w, "bar", text);
        lstmfc_json_put_number(w, "weight", weights[t]);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

static void attention_words(lstmfc_writer *w, const lstmfc_candles *candles, const double *weights, size_t window,
                            int64_t interval) {
    size_t t, most = 0;
    char text[32];
    for (t = 1; t < window; t++) if (weights[t] > weights[most]) most = t;
    tool_print(w, "Attention: most on the bar that ends %s, %.1f %% of the weight (%.1f %% if all %d bars were alike).\n",
               closing_time(text, candles->time[candles->count - window + most], interval), 100 * weights[most],
               100 / (double)window, (int)window);
}

static int run(const options *o, tool_input *input, const predict_options *own) {
    int code = TOOL_OK, gaps;
    int32_t steps = own->steps, i;
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster = lstmfc_forecaster_load(own->model, tool_env(), &err);
    lstmfc_candles *candles = NULL;
    lstmfc_forecast *forecasts = NULL;
    double *attention = NULL;
    lstmfc_forecast newest;
    lstmfc_adaptive adaptive;
    lstmfc_forecaster_info info;
    evaluation whose;
    lstmfc_writer w;
    char a[32], b[32];
    double room[LSTMFC_QUANTILES_MOST];

    memset(&adaptive, 0, sizeof adaptive);
    if (!forecaster) return tool_fail_model(o, own->model, &err);
    info = lstmfc_forecaster_get_info(forecaster);
    if ((code = members_live(o, forecaster, own->model)) != -1) { lstmfc_forecaster_free(forecaster); return code; }
    code = TOOL_OK;
    tool_input_follow(o, input, info.any_prices);
    candles = tool_input_load(o, input, &code);
    if (!candles) { lstmfc_forecaster_free(forecaster); return code; }
    gaps = input->report.gaps > 0;
    lstmfc_writer_init(&w, NULL);
    forecasts = (lstmfc_forecast *)calloc((size_t)steps, sizeof *forecasts);
    if (!forecasts) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (lstmfc_forecaster_predict(forecaster, candles, steps, forecasts, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    if (code == TOOL_OK && lstmfc_forecaster_predict_intervals(forecaster, candles, info.intervals, candles->count - 1, 1, &newest,
                                                               &adaptive, &err) != LSTMFC_OK)
        code = tool_fail_error(o, &err);
    /* a forecast for another coin than the one that was learned looks like any other */
    if (code == TOOL_OK) code = evaluation_candles(o, forecaster, candles, &whose);
    whose.symbol = own->symbol;
    if (code == TOOL_OK) attention = attention_of(forecaster, candles, (size_t)info.window);
    if (code == TOOL_OK && o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "model", own->model);
        lstmfc_json_put_string(&w, "symbol", info.symbol);
        lstmfc_json_put_string(&w, "target", tool_target_name(info.target));
        if (info.quantity) lstmfc_json_put_string(&w, "quantity", info.quantity);
        lstmfc_json_put_integer(&w, "interval_seconds", info.interval / 1000);
        lstmfc_json_put_bool(&w, "synthetic", candles->synthetic || info.synthetic);
        lstmfc_format_time(a, info.seen_to);
        lstmfc_json_put_string(&w, "seen_to", a);
        evaluation_origin_json(&w, &whose);
        lstmfc_json_begin(&w, "forecasts", '[');
        for (i = 0; i < steps; i++) forecast_json(&w, &info, &forecasts[i], gaps, NULL, spread_of(forecaster, candles, room));
        if (steps > 1 && info.answers > 1) {            /* what is fed back, and what was trained for that horizon */
            lstmfc_json_end(&w, ']');
            lstmfc_json_begin(&w, "further_horizons", '[');
        }
        code = further(o, &w, forecaster, candles, gaps);
        lstmfc_json_end(&w, ']');
        adaptive_json(&w, &info, &newest, &adaptive);
        if (attention) attention_json(&w, candles, attention, (size_t)info.window);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        if (code == TOOL_OK) code = tool_write(o, own->out, &w);
    } else if (code == TOOL_OK) {
        if (candles->synthetic || info.synthetic) tool_print(&w, "SYNTHETIC candles: no market\n");
        if (info.symbol && *info.symbol) tool_print(&w, "%s: ", info.symbol);
        tool_print(&w, "%s of %s bars, made at the close of the bar that ends %s (close %.8g)\n", tool_target_name(info.target),
                   tool_span(a, info.interval),
                   closing_time(b, forecasts[0].time, info.interval), forecasts[0].close);
        for (i = 0; i < steps; i++) describe(&w, &info, &forecasts[i], i + 1, gaps);
        spread_words(&w, &info, spread_of(forecaster, candles, room));
        if (steps > 1 && info.answers > 1) tool_print(&w, "Trained for their own horizon:\n");
        code = further(o, &w, forecaster, candles, gaps);
        if (forecasts[0].novelty > 8)
            tool_print(&w, "Warning: an input lies %.1f standard deviations from what the model was fitted on; it has not seen "
                           "such a market.\n", forecasts[0].novelty);
        if (forecasts[0].time <= info.seen_to)
            tool_print(&w, "Note: the model was trained on data up to %s, this bar included.\n", tool_time(a, info.seen_to,
                info.interval));
        evaluation_warn(&w, &whose);
        if (lstmfc_is_finite(forecasts[0].lower))
            intervals_line(&w, &info, &adaptive, info.answers > 1 ? info.horizon : 0, steps);
        if (attention) attention_words(&w, candles, attention, (size_t)info.window, info.interval);
        tool_print(&w, "`lstmfc evaluate` says how this model did on bars it had not seen.\n");
        if (code == TOOL_OK) code = tool_write(o, own->out, &w);
    }
    lstmfc_writer_free(&w);
    free(forecasts);
    free(attention);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(forecaster);
    return code;
}

static int is_there(const char *path) {
    FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    if (file && file != stdin) fclose(file);
    return file != NULL;
}

int command_predict(int argc, char **argv) {
    options o;
    tool_input input;
    predict_options own;
    int code = symbols_each(argc, argv, command_predict);
    if (code != -1) return code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "model csv");
    if (code == -1) code = files_check(&o);
    if (code == -1 && own.fallback == FALLBACK_DRIFT && !is_there(own.model))
        code = drift_predict(&o, &input, own.model, own.steps, own.record, own.symbol, own.out);
    if (code == -1 && own.record) code = record_predict(&o, &input, own.model, own.steps, own.symbol, own.out);
    if (code == -1) code = run(&o, &input, &own);
    options_free(&o);
    return code;
}
