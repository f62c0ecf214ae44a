/* lstmfc check leak - which feature knows what happens next?

   One feature alone hardly ever tells the next move of a market. So each is held against the direction (AUC: how often
   an up had the higher value than a down) and the return (correlation) of the bars that follow, over the rows the model
   was fitted on, one bar ahead and at the model's own horizon. What no honest feature was seen to reach, and reaches it
   by five of its own errors, is named. Errors come from a block bootstrap: labels overlap, and returns have fat tails.

   A price that knows the next one - an average around the bar, a value filled backwards - says nothing as it stands: its level is that
   of the close. So what lies near the close is asked by its distance from it too. A file of signals is one more feature. What the model
   took from its rows, scaler and limits, is looked at in scales.c. */
#include "evaluation.h"
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAK_OPTIONS(X) \
    X(TEXT, model,    "", OPTIONS_IN, "the model file") \
    X(TEXT, features, "", "", "a feature text or preset, instead of a model's: over all bars, one ahead") \
    X(TEXT, signals,  "", OPTIONS_IN, "CSV with time,signal as `backtest` takes it, instead: over all bars, one ahead")
typedef struct leak_options { LEAK_OPTIONS(LSTMFC__MEMBER) } leak_options;
#define OPTIONS_STRUCT leak_options
static const lstmfc_field fields[] = { LEAK_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "check leak", "name the features of a model that know what happens next", "--csv F (--model M | --features T | --signals S.csv) [flags]",
    "Holds each feature against the direction and the return that follow, on the rows the model was fitted on (so give the file\n"
    "it was trained on): one bar ahead, and at the model's horizon. Named is an AUC above 0.56 or a correlation above 0.1, on\n"
    "either side, that is five of its block-bootstrap errors from chance; a feature near the close is asked by its distance from the\n"
    "close too. A feature of the time alone (hour_cos) is told apart: a load that follows the clock is no leak. The model's scaler and\n"
    "its limits of winsorising must be those of its fit rows alone. Exit code 0: none; 1: at least one.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | "
        "dense 1 "
    "sigmoid\" --epochs 2 --out model.json\n"
    "  lstmfc check leak --model model.json --csv candles.csv"
};

/* Features of the fit rows beside what follows. AUC and correlation are NaN when there is nothing to compute them from.
   */
typedef struct examination {
    const lstmfc_candles *candles;
    lstmfc_forecaster_info info;
    evaluation whose;
    size_t columns, first, end;         /* rows first .. end-1 were fitted on */
    double *matrix;                     /* [count][columns] */
    int against;                        /* 1: a feature is its distance from the close, ln(x / close) */
    char *calendar;                     /* [columns] 1: it is a function of the time alone, which everybody knows beforehand */
    double *feature, *label, *product;  /* [count] of one feature at one horizon */
    double *scratch;                    /* [2 count] */
} examination;

/* calendar: it would be named, did it not follow from the time alone */
typedef struct finding { double auc, auc_se, correlation, correlation_se; size_t n; int leak, calendar; } finding;

static int gap_between(const examination *x, size_t from, size_t to) {
    return x->info.gaps == LSTMFC_GAPS_DROP && x->info.interval
        && x->candles->time[to] - x->candles->time[from] > (int64_t)(to - from) * x->info.interval + x->info.interval / 2;
}

/* Values of a feature and the log returns that follow, into feature and product. Returns how many. */
static size_t pairs(const examination *x, size_t column, size_t horizon) {
    size_t t, n = 0;
    for (t = x->first; t + horizon < x->end; t++) {
        double value = x->matrix[t * x->columns + column],
            r = lstmfc_log(x->candles->close[t + horizon] / x->candles->close[t]);
        if (x->against) value = lstmfc_log(value / x->candles->close[t]);
        if (!lstmfc_is_finite(value) || !lstmfc_is_finite(r) || gap_between(x, t, t + horizon)) continue;
        x->feature[n] = value;
        x->product[n++] = r;
    }
    return n;
}

/* 1: nine in ten of its values lie between half the close of their bar and twice it. */
static int near_the_close(const examination *x, size_t column) {
    size_t t, n = 0, near = 0;
    for (t = x->first; t < x->end; t++) {
        double ratio = x->matrix[t * x->columns + column] / x->candles->close[t];
        if (lstmfc_is_nan(ratio)) continue;
        n++;
        near += ratio >= 0.5 && ratio <= 2;
    }
    return near > 0 && 10 * near >= 9 * n;
}

/* Feature and return are standardised, so the mean of their product is the correlation and its bootstrap error the
   error. */
static void correlate(const examination *x, size_t n, double block, finding *f) {
    lstmfc_moments a = {0, 0, 0}, b = {0, 0, 0};
    lstmfc_errors both;
    lstmfc_bootstrap error;
    lstmfc_error err = {0};
    double scale;
    size_t i;
    for (i = 0; i < n; i++) { lstmfc_moments_add(&a, x->feature[i]); lstmfc_moments_add(&b, x->product[i]); }
    scale = lstmfc_sqrt(lstmfc_moments_variance(&a, 0) * lstmfc_moments_variance(&b, 0));
    lstmfc_errors_of(n, x->product, x->feature, &both);
    if (n < 2 || lstmfc_is_nan(both.correlation)) return;               /* one of them is constant, but for rounding */
    for (i = 0; i < n; i++) x->product[i] = (x->feature[i] - a.mean) * (x->product[i] - b.mean) / scale;
    for (i = 0, f->correlation = 0; i < n; i++) f->correlation += x->product[i] / (double)n;
    if (!(f->correlation > 0.1 || f->correlation < -0.1)) return;
    if (lstmfc_bootstrap_mean(n, x->product, block, 200, 0.9, 0, tool_env(), &error,
                              &err) == LSTMFC_OK) f->correlation_se = error.se;
}

/* Equal closes have no direction. */
static void rank(const examination *x, size_t n, double block, finding *f) {
    lstmfc_bootstrap error;
    lstmfc_error err = {0};
    size_t i;
    for (i = 0; i < n; i++) x->label[i] = x->product[i] > 0 ? 1 : x->product[i] < 0 ? 0 : lstmfc_nan();
    f->auc = lstmfc_auc_delong(n, x->feature, x->label, x->scratch, NULL);
    if (!(f->auc > 0.56 || f->auc < 0.44)) return;
    if (lstmfc_bootstrap_direction(n, x->feature, x->label, 0, block, 200, 0.9, 0, tool_env(), NULL, &error,
                                   &err) == LSTMFC_OK)
        f->auc_se = error.se;
}

static finding examine(const examination *x, size_t column, size_t horizon) {
    finding f;
    double block, auc, correlation;
    f.n = pairs(x, column, horizon);
    f.auc = f.auc_se = f.correlation = f.correlation_se = lstmfc_nan();
    block = lstmfc_pow((double)f.n, 1.0 / 3.0);
    if (block < (double)horizon) block = (double)horizon;
    rank(x, f.n, block, &f);
    correlate(x, f.n, block, &f);
    auc = f.auc > 0.5 ? f.auc - 0.5 : 0.5 - f.auc;
    correlation = f.correlation > 0 ? f.correlation : -f.correlation;
    f.leak = (auc > 0.06 && auc > 5 * f.auc_se) || (correlation > 0.1 && correlation > 5 * f.correlation_se);
    f.calendar = f.leak && x->calendar[column];
    if (f.calendar) f.leak = 0;
    return f;
}

/* " (error 0.0123)"; nothing for a figure below its threshold, of which none is measured. */
static const char *error_text(char out[32], double se) {
    if (lstmfc_is_nan(se)) *out = 0; else snprintf(out, 32, " (error %.4f)", se);
    return out;
}

static void tell(lstmfc_writer *w, const options *o, const char *name, int against, size_t horizon, const finding *f) {
    char a[32], b[32], c[32], d[32];
    if (o->json) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", name);
        if (against) lstmfc_json_put_bool(w, "distance_from_close", 1);
        lstmfc_json_put_integer(w, "horizon", (int64_t)horizon);
        lstmfc_json_put_integer(w, "count", (int64_t)f->n);
        lstmfc_json_put_number(w, "auc", f->auc);
        lstmfc_json_put_number(w, "auc_error", f->auc_se);
        lstmfc_json_put_number(w, "correlation", f->correlation);
        lstmfc_json_put_number(w, "correlation_error", f->correlation_se);
        lstmfc_json_put_bool(w, "leak", f->leak);
        lstmfc_json_put_bool(w, "calendar", f->calendar);
        lstmfc_json_end(w, '}');
        return;
    }
    tool_print(w, "  %s%s at %d bar%s: AUC %s%s, correlation with the return %s%s%s\n", name,
               against ? ", its distance from the close," : "", (int)horizon,
               horizon == 1 ? "" : "s", tool_figure(a, "%.4f", f->auc), error_text(b, f->auc_se),
               tool_figure(c, "%+.4f", f->correlation), error_text(d, f->correlation_se),
               f->leak ? ": IT KNOWS WHAT HAPPENS NEXT" : f->calendar ? ": calendar, no leak: the series follows the clock, which is "
               "known beforehand" : "");
}

/* Sets calendar: the columns that stay as they are, bit for bit, when every value of the candles is another. */
static lstmfc_result find_calendar(examination *x, lstmfc_error *err) {
    size_t n = x->candles->count, t, k, j;
    lstmfc_candles *other = lstmfc_candles_slice(x->candles, 0, n, err);
    double *matrix = (double *)calloc(n * x->columns + 1, sizeof *matrix), *rows[5];
    lstmfc_result result = other && matrix ? LSTMFC_OK : LSTMFC_ERROR_MEMORY;
    for (j = 0; !result && j < 5 + other->column_count; j++) {
        double *values;
        rows[0] = other->open; rows[1] = other->high; rows[2] = other->low; rows[3] = other->close; rows[4] = other->volume;
        values = j < 5 ? rows[j] : other->columns[j - 5].values;
        for (t = 0; values && t < n; t++) values[t] = 1 + 0.5 * values[n - 1] + (double)(t * 7919 % 1009) + (double)(j == 1) * 2000;
    }
    if (!result) result = lstmfc_features_evaluate(x->info.features, other, matrix, err);
    for (k = 0; !result && k < x->columns; k++)
        for (x->calendar[k] = 1, t = x->first; t < x->end; t++)
            if (memcmp(&matrix[t * x->columns + k], &x->matrix[t * x->columns + k], sizeof *matrix)) x->calendar[k] = 0;
    free(matrix);
    lstmfc_candles_free(other);
    return result;
}

/* Every feature at every horizon into w; in words, the suspects or the most suspicious of all. Returns how many are
   named. */
static int report_all(const options *o, examination *x, const char *const *names, lstmfc_writer *w) {
    size_t horizons[2], column, k, count = x->info.horizon > 1 ? 2 : 1, worst_column = 0, worst_horizon = 1;
    finding worst;
    double largest = -1;
    int named = 0, worst_against = 0;
    memset(&worst, 0, sizeof worst);
    horizons[0] = 1;
    horizons[1] = (size_t)x->info.horizon;
    for (column = 0; column < x->columns; column++)
        for (k = 0; k < 2 * count; k++) {
            finding f;
            double distance;
            x->against = k >= count;
            if (x->against && !near_the_close(x, column)) continue;
            f = examine(x, column, horizons[k % count]);
            distance = f.auc > 0.5 ? f.auc - 0.5 : 0.5 - f.auc;
            named += f.leak;
            if (o->json || f.leak || f.calendar) tell(w, o, names[column], x->against, horizons[k % count], &f);
            if (distance > largest) {
                largest = distance; worst = f; worst_column = column; worst_horizon = horizons[k % count];
                worst_against = x->against;
            }
        }
    if (!o->json && !named && largest >= 0) {
        tool_print(w, "none of the %d %s%s; the most telling:\n", (int)x->columns, x->info.features ? "feature" : "signal",
                   x->columns == 1 ? "" : "s");
        tell(w, o, names[worst_column], worst_against, worst_horizon, &worst);
    }
    return named;
}

/* own: what was asked about; forecaster: NULL without --model. */
static int examine_all(const options *o, const leak_options *own, examination *x, const lstmfc_forecaster *forecaster) {
    static const char *const signal[] = {"signal"};
    const char **names = (const char **)calloc(x->columns + 1, sizeof *names);
    lstmfc_writer w;
    char a[32], b[32];
    int named, code = TOOL_OK;
    size_t k;
    if (!names) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (k = 0; k < x->columns; k++) names[k] = x->info.features ? lstmfc_features_name(x->info.features, (int32_t)k) : signal[0];
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        if (forecaster) {
            lstmfc_json_put_string(&w, "model", own->model);
            evaluation_origin_json(&w, &x->whose);
        } else if (own->signals) lstmfc_json_put_string(&w, "signals", own->signals);
        lstmfc_json_begin(&w, "features", '[');
    } else {
        if (forecaster) evaluation_warn(&w, &x->whose);
        tool_print(&w, "%s, over %s %s to %s:\n", forecaster || own->features ? "Features that know what happens next" : "Signals that know what happens next",
                   forecaster ? "the fit rows" : "all bars", tool_time(a, x->candles->time[x->first], x->info.interval),
                   tool_time(b, x->candles->time[x->end - 1], x->info.interval));
    }
    named = report_all(o, x, names, &w);
    if (o->json) lstmfc_json_end(&w, ']');
    if (forecaster) code = scales_check(o, forecaster, x->candles, &x->whose, &w, &named);
    if (o->json) {
        lstmfc_json_put_integer(&w, "named", named);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    }
    if (code == TOOL_OK) code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    free(names);
    return code == TOOL_OK && named ? TOOL_FAILURE : code;
}

/* The matrix of x: features of all candles, or the position that the signals hold. */
static int fill(const options *o, const leak_options *own, examination *x) {
    lstmfc_error err = {0};
    size_t n = x->candles->count, t;
    int code = TOOL_OK;
    if (x->info.features) {
        if (lstmfc_features_evaluate(x->info.features, x->candles, x->matrix, &err) == LSTMFC_OK
            && find_calendar(x, &err) == LSTMFC_OK) return TOOL_OK;
        return tool_fail_error(o, &err);
    }
    code = signals_read(o, own->signals, NULL, x->candles, x->matrix);
    for (t = 0; t < n && code == TOOL_OK; t++)
        if (lstmfc_is_nan(x->matrix[t])) x->matrix[t] = t ? x->matrix[t - 1] : 0;       /* no order: what is held stays */
    return code;
}

static int run(const options *o, tool_input *input, const leak_options *own) {
    examination x;
    tool_subject subject;
    size_t n;
    int code = tool_subject_open(o, input, own->model, own->features, &subject), refused;
    if (code != TOOL_OK) return code;
    memset(&x, 0, sizeof x);
    n = subject.candles->count;
    x.candles = subject.candles;
    if (subject.forecaster) {
        x.info = lstmfc_forecaster_get_info(subject.forecaster);
        refused = members_refuse(o, subject.forecaster, own->model, "it has no features of its own; check its members");
        if (refused != -1) { tool_subject_free(&subject); return refused; }
        while (x.first < n && x.candles->time[x.first] < x.info.from) x.first++;
        for (x.end = x.first; x.end < n && x.candles->time[x.end] <= x.info.fit_to; x.end++) continue;
        x.first += (size_t)x.info.stable;
    } else {
        x.info.features = subject.features;
        x.info.horizon = 1;
        x.info.interval = x.candles->interval;
        x.info.gaps = LSTMFC_GAPS_DROP;
        x.first = subject.features ? (size_t)lstmfc_features_lookback(subject.features) : 0;
        x.end = n;
    }
    x.columns = x.info.features ? (size_t)lstmfc_features_count(x.info.features) : 1;
    x.matrix = (double *)calloc(n * x.columns + 1, sizeof(double));
    x.feature = (double *)calloc(5 * n + 1, sizeof(double));
    x.calendar = (char *)calloc(x.columns + 1, 1);
    if (subject.forecaster && (!n || x.candles->time[0] > x.info.from || x.end < x.first + 2))
        code = tool_fail(o, TOOL_DATA, "%s does not hold the bars the model was fitted on: give the file it was "
                         "trained on", input->csv);
    else if (!x.candles->close || x.end < x.first + 2) code = tool_fail(o, TOOL_DATA, "%s: %d bars with a close are too few", input->csv, (int)n);
    else if (!x.matrix || !x.feature || !x.calendar) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) code = fill(o, own, &x);
    if (code == TOOL_OK && subject.forecaster) code = evaluation_candles(o, subject.forecaster, x.candles, &x.whose);
    x.label = x.feature + n;
    x.product = x.label + n;
    x.scratch = x.product + n;
    if (code == TOOL_OK) code = examine_all(o, own, &x, subject.forecaster);
    free(x.matrix);
    free(x.calendar);
    free(x.feature);
    tool_subject_free(&subject);
    return code;
}

int command_leak(int argc, char **argv) {
    options o;
    tool_input input;
    leak_options own = {NULL, NULL, NULL};
    int code;
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv");
    if (code == -1 && !!own.model + !!own.features + !!own.signals != 1)
        code = tool_fail(&o, TOOL_USAGE, "exactly one of --model, --features and --signals is needed");
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &input, &own);
    options_free(&o);
    return code;
}
