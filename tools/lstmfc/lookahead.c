/* lstmfc check lookahead - does anything at bar t depend on what comes after it?

   The question is asked by changing the future. The candles are cut behind a bar, and everything is computed again; then everything behind
   that bar is replaced by garbage, and again. Whatever was known at the bar must be the same, to the last bit: features, forecasts with
   their intervals, signals, and position and equity of the fills. And what is decided at the close of a bar is traded from the next bar on:
   with other signals from the bar on, position and equity up to it are the same; a fill at the close that decided would show. A program of one's own (--command) is asked the same: it reads candles and writes
   columns, and the column that knows too much is named. Freqtrade's lookahead-analysis asks only at the bars of signals; this asks at
   every bar up to each cut. */
#include "fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#  include <unistd.h>
#endif

#define LOOKAHEAD_OPTIONS(X) \
    X(TEXT, model,    "", OPTIONS_IN, "a model file: its features, forecasts, signals and fills") \
    X(TEXT, features, "", "", "a feature text or preset, instead of a model's") \
    X(TEXT, command,  "", "", "a program of yours, instead: it reads candles on stdin, CSV with time, open, high, low, close, volume and the file's " \
                              "other columns, and writes columns with a time, CSV") \
    X(INT,  cuts,     "8", "1..1000", "at how many bars the future is changed") \
    X(LONG, seed,     "0", "0..9223372036854775807", "of the garbage")
typedef struct lookahead_options { LOOKAHEAD_OPTIONS(LSTMFC__MEMBER) } lookahead_options;
#define OPTIONS_STRUCT lookahead_options
static const lstmfc_field fields[] = { LOOKAHEAD_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "check lookahead", "name what depends on bars that come later", "--csv F (--model M | --features T | --command C) [flags]",
    "Computes everything again with the candles cut behind a bar, and with garbage behind it: what was known at the bar must not change by a\n"
    "bit. Of a model also with other signals from the bar on, which the fills up to it must not know. Exit code 0: nothing does; 1: at least one column, each named with the first bar that gives it away.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc check lookahead --csv candles.csv --features \"rsi(14), macd(12,26,9).hist\""
};

/* Columns over bars: a name each, values [columns][bars]. */
typedef struct table { size_t columns, bars; char (*name)[96]; double *values; } table;

static void table_free(table *t) { free(t->name); free(t->values); memset(t, 0, sizeof *t); }

static int table_make(const options *o, table *t, size_t columns, size_t bars) {
    size_t i;
    t->columns = columns; t->bars = bars;
    t->name = (char (*)[96])calloc(columns + 1, sizeof *t->name);
    t->values = (double *)malloc((columns * bars + 1) * sizeof *t->values);
    if (!t->name || !t->values) { table_free(t); return tool_fail(o, TOOL_FAILURE, "out of memory"); }
    for (i = 0; i < columns * bars; i++) t->values[i] = lstmfc_nan();
    return TOOL_OK;
}

static int of_features(const options *o, const lstmfc_features *features, const lstmfc_candles *candles, const char *prefix, table *t, size_t at) {
    size_t count = (size_t)lstmfc_features_count(features), i, k;
    double *matrix = (double *)malloc((count * candles->count + 1) * sizeof *matrix);
    lstmfc_error err = {0};
    if (!matrix) return tool_fail(o, TOOL_FAILURE, "out of memory");
    if (lstmfc_features_evaluate(features, candles, matrix, &err) != LSTMFC_OK) { free(matrix); return tool_fail_error(o, &err); }
    for (k = 0; k < count; k++) {
        snprintf(t->name[at + k], sizeof t->name[0], "%s%s", prefix, lstmfc_features_name(features, (int32_t)k));
        for (i = 0; i < candles->count; i++) t->values[(at + k) * t->bars + i] = matrix[i * count + k];
    }
    free(matrix);
    return TOOL_OK;
}

/* Features, forecast, bounds, signal, and what the fills of the signals make: position and equity. The last bar closes what is open, so its
   account is left out. From bar `other` on other signals are traded than those shown; as many as there are bars: none. */
#define POSITION "position (fills)"
#define EQUITY "equity (fills)"
enum { MODEL_COLUMNS = 6 };
static int of_account(const char *name) { return !strcmp(name, POSITION) || !strcmp(name, EQUITY); }

static int of_model(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t other, table *t) {
    static const char *const names[MODEL_COLUMNS] = {"forecast", "lower bound", "upper bound", "signal", POSITION, EQUITY};
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    size_t columns = info.features ? (size_t)lstmfc_features_count(info.features) : 0, n = candles->count, i, c;
    lstmfc_forecast *said = (lstmfc_forecast *)calloc(n + 1, sizeof *said);
    double *positions = (double *)malloc((n + 1) * sizeof *positions), *out;
    lstmfc_backtest *b = NULL;
    lstmfc_error err = {0};
    int code = said && positions ? table_make(o, t, columns + MODEL_COLUMNS, n) : tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK && columns) code = of_features(o, info.features, candles, "feature ", t, 0);
    if (code == TOOL_OK && lstmfc_forecaster_predict_all(forecaster, candles, 0, n, said, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    out = code == TOOL_OK ? t->values + columns * n : NULL;
    for (c = 0; out && c < MODEL_COLUMNS; c++) snprintf(t->name[columns + c], sizeof t->name[0], "%s", names[c]);
    for (i = 0; out && i < n; i++) { out[i] = said[i].value; out[n + i] = said[i].lower; out[2 * n + i] = said[i].upper; }
    if (out && tool_target_trades(info.target) && !candles->any_prices) {
        if (lstmfc_signals(info.target, n, said, NULL, positions, NULL, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
        if (code == TOOL_OK) memcpy(out + 3 * n, positions, n * sizeof *out);
        for (i = other; i < n; i++) positions[i] = positions[i] > 0 ? -1 : 1;
        if (code == TOOL_OK && candles->open && candles->high && candles->low && !(b = lstmfc_backtest_start(candles, positions, n, NULL, &err)))
            code = tool_fail_error(o, &err);
        for (i = 0; code == TOOL_OK && b && i + 1 < n; i++) { out[4 * n + i] = b->position[i]; out[5 * n + i] = b->equity[i]; }
    }
    lstmfc_backtest_free(b);
    free(said);
    free(positions);
    if (code != TOOL_OK) table_free(t);
    return code;
}

/* ---- a program of one's own ------------------------------------------------------------------------------------- */

#ifndef _WIN32
static void write_name(FILE *f, const char *name) {
    fputs(",\"", f);
    for (; *name; name++) { if (*name == '"') fputc('"', f); fputc(*name, f); }
    fputc('"', f);
}

static int write_candles(const options *o, const char *path, const lstmfc_candles *candles) {
    const double *const roles[5] = {candles->open, candles->high, candles->low, candles->close, candles->volume};
    static const char *const names[5] = {"open", "high", "low", "close", "volume"};
    FILE *f = fopen(path, "wb");
    char text[32];
    size_t i, c, r;
    int failed;
    if (!f) return tool_fail(o, TOOL_FAILURE, "%s cannot be written", path);
    fputs("time", f);
    for (r = 0; r < 5; r++) if (roles[r]) fprintf(f, ",%s", names[r]);
    for (c = 0; c < candles->column_count; c++) {
        for (r = 0; r < 5 && roles[r] != candles->columns[c].values; r++) {}
        if (r == 5) write_name(f, candles->columns[c].name);
    }
    for (i = 0; i < candles->count; i++) {
        fprintf(f, "\n%.*s", (int)lstmfc_format_time(text, candles->time[i]), text);
        for (r = 0; r < 5; r++) if (roles[r]) fprintf(f, ",%.*s", (int)lstmfc_format_double(text, roles[r][i]), text);
        for (c = 0; c < candles->column_count; c++) {
            const double *values = candles->columns[c].values;
            for (r = 0; r < 5 && roles[r] != values; r++) {}
            if (r < 5) continue;
            fputc(',', f);
            if (lstmfc_is_finite(values[i])) fprintf(f, "%.*s", (int)lstmfc_format_double(text, values[i]), text);
        }
    }
    fputc('\n', f);
    failed = ferror(f);
    failed |= fclose(f) != 0;
    return failed ? tool_fail(o, TOOL_FAILURE, "%s cannot be written to its end", path) : TOOL_OK;
}

/* shape: what it wrote for the whole file, or NULL. */
static int read_table(const options *o, const char *program, const char *path, const lstmfc_candles *candles, const table *shape, table *t) {
    lstmfc_csv_desc desc;
    lstmfc_error err = {0};
    lstmfc_candles *rows;
    size_t i, at, c;
    int code;
    memset(&desc, 0, sizeof desc);
    desc.env = tool_env();
    desc.prices = LSTMFC_PRICES_ANY;
    rows = lstmfc_candles_load_csv(path, &desc, &err);
    if (!rows && shape && strstr(err.message, "no data rows")) {        /* it drops its first rows, and these are all */
        code = table_make(o, t, shape->columns, candles->count);
        if (code == TOOL_OK) memcpy(t->name, shape->name, shape->columns * sizeof *t->name);
        return code;
    }
    if (!rows) return tool_fail(o, TOOL_DATA, "what '%s' wrote: %s", program, err.message);
    code = table_make(o, t, rows->column_count, candles->count);
    for (c = 0; code == TOOL_OK && c < rows->column_count; c++) {
        snprintf(t->name[c], sizeof t->name[0], "column %s", rows->columns[c].name);
        for (i = 0, at = 0; i < rows->count; i++) {
            while (at < candles->count && candles->time[at] < rows->time[i]) at++;
            if (at < candles->count && candles->time[at] == rows->time[i]) t->values[c * t->bars + at] = rows->columns[c].values[i];
        }
    }
    lstmfc_candles_free(rows);
    return code;
}

static int of_command(const options *o, const char *program, const lstmfc_candles *candles, const table *shape, table *t) {
    const char *base = getenv("TMPDIR");
    char folder[512], in[560], out[560], *line;
    int code, status;
    if (base && strchr(base, '\'')) base = NULL;       /* it would end the quotes below */
    snprintf(folder, sizeof folder, "%s/lstmfc-XXXXXX", base && *base && strlen(base) < 400 ? base : "/tmp");
    if (!mkdtemp(folder)) return tool_fail(o, TOOL_FAILURE, "no folder for the candles can be made in %s", base && *base ? base : "/tmp");
    snprintf(in, sizeof in, "%s/candles.csv", folder);
    snprintf(out, sizeof out, "%s/columns.csv", folder);
    code = write_candles(o, in, candles);
    line = (char *)malloc(strlen(program) + strlen(in) + strlen(out) + 32);
    if (code == TOOL_OK && !line) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) {
        sprintf(line, "(%s\n) < '%s' > '%s'", program, in, out);
        status = system(line);
        if (status) code = tool_fail(o, TOOL_DATA, "'%s' ended with %d", program, status > 255 ? status >> 8 : status);
        else code = read_table(o, program, out, candles, shape, t);
    }
    free(line);
    remove(in);
    remove(out);
    rmdir(folder);
    return code;
}
#endif

/* ---- the question ------------------------------------------------------------------------------------------------ */

/* Everything behind bar `cut` becomes another walk, of other sizes. */
static void spoil(lstmfc_candles *candles, size_t cut, uint64_t seed) {
    lstmfc_rng rng;
    size_t t, c;
    double close = candles->close ? candles->close[cut] : 1;
    lstmfc_rng_seed(&rng, seed);
    for (t = cut + 1; t < candles->count; t++) {
        double open = close, high, low;
        close *= lstmfc_exp(0.1 * lstmfc_rng_normal(&rng));
        high = (open > close ? open : close) * lstmfc_exp(0.05 * lstmfc_rng_uniform(&rng));
        low = (open < close ? open : close) * lstmfc_exp(-0.05 * lstmfc_rng_uniform(&rng));
        for (c = 0; c < candles->column_count; c++) {
            double *values = candles->columns[c].values;
            if (values != candles->open && values != candles->high && values != candles->low && values != candles->close && values != candles->volume)
                values[t] = values[cut] * lstmfc_exp(lstmfc_rng_normal(&rng)) + lstmfc_rng_normal(&rng);
        }
        if (candles->open) candles->open[t] = open;
        if (candles->high) candles->high[t] = high;
        if (candles->low) candles->low[t] = low;
        if (candles->close) candles->close[t] = close;
        if (candles->volume) candles->volume[t] = 1e3 * lstmfc_exp(2 * lstmfc_rng_normal(&rng));
    }
}

enum { FUTURE_CUT, FUTURE_GARBAGE, FUTURE_SIGNALS, FUTURES };      /* what is made of it */
typedef struct finding { size_t cut, bar, differing; double before, after; int future; } finding;

/* What differs at bars 0 .. cut, by column: the latest of them first, for it is nearest to what gives it away. */
static int compare(const options *o, const table *whole, const table *other, size_t cut, int future, finding *found) {
    size_t c, i;
    if (other->columns != whole->columns)
        return tool_fail(o, TOOL_DATA, "%d columns, but %d with another future", (int)whole->columns, (int)other->columns);
    for (c = 0; c < whole->columns; c++) {
        if (strcmp(whole->name[c], other->name[c]))
            return tool_fail(o, TOOL_DATA, "the columns have other names with another future: %s, %s", whole->name[c], other->name[c]);
        /* an open position ends with the candles, so the equity of their last bar is another thing */
        for (i = future == FUTURE_CUT && of_account(whole->name[c]) ? cut : cut + 1; i-- > 0; ) {
            double a = whole->values[c * whole->bars + i], b = other->values[c * other->bars + i];
            if ((lstmfc_is_nan(a) && lstmfc_is_nan(b)) || (a <= b && a >= b)) continue;
            if (!found[c].differing++) {
                found[c].cut = cut; found[c].bar = i; found[c].before = a; found[c].after = b; found[c].future = future;
            }
        }
    }
    return TOOL_OK;
}

typedef struct question { const lookahead_options *own; const lstmfc_forecaster *forecaster; const lstmfc_features *features; } question;

static int compute(const options *o, const question *q, const lstmfc_candles *candles, size_t other, const table *shape, table *t) {
    int code;
    memset(t, 0, sizeof *t);
    if (q->forecaster) return of_model(o, q->forecaster, candles, other, t);
#ifndef _WIN32
    if (!q->features) return of_command(o, q->own->command, candles, shape, t);
#endif
    code = table_make(o, t, (size_t)lstmfc_features_count(q->features), candles->count);
    if (code == TOOL_OK) code = of_features(o, q->features, candles, "feature ", t, 0);
    if (code != TOOL_OK) table_free(t);
    return code;
}

static int tell(const options *o, const table *whole, const finding *found, const lstmfc_candles *candles, int32_t cuts, int signals) {
    static const char *const futures[FUTURES] = {"cut off", "garbage", "other signals"};
    lstmfc_writer w;
    size_t c, named = 0;
    char a[32], b[32];
    int code;
    for (c = 0; c < whole->columns; c++) named += found[c].differing > 0;
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_integer(&w, "bars", (int64_t)candles->count);
        lstmfc_json_put_integer(&w, "cuts", cuts);
        lstmfc_json_put_integer(&w, "columns", (int64_t)whole->columns);
        lstmfc_json_begin(&w, "found", '[');
    } else {
        tool_print(&w, "%d column%s at %s bars, each with %d other futures cut off and as garbage%s: %s\n", (int)whole->columns, whole->columns == 1 ? "" : "s",
                   tool_count(a, (int64_t)candles->count), (int)cuts, signals ? ", and with other signals" : "", named ? "LOOK-AHEAD" : "nothing depends on later bars");
    }
    for (c = 0; c < whole->columns; c++) {
        const finding *f = &found[c];
        if (!f->differing) continue;
        if (o->json) {
            lstmfc_json_begin(&w, NULL, '{');
            lstmfc_json_put_string(&w, "name", whole->name[c]);
            lstmfc_format_time(a, candles->time[f->bar]); lstmfc_json_put_string(&w, "bar", a);
            lstmfc_format_time(a, candles->time[f->cut]); lstmfc_json_put_string(&w, "last_equal_candle", a);
            lstmfc_json_put_string(&w, "future", futures[f->future]);
            lstmfc_json_put_number(&w, "value", f->before);
            lstmfc_json_put_number(&w, "value_with_another_future", f->after);
            lstmfc_json_put_integer(&w, "values_that_differ", (int64_t)f->differing);
            lstmfc_json_end(&w, '}');
        } else {
            tool_print(&w, "  %s DEPENDS ON THE FUTURE: at %s it is %.10g", whole->name[c], tool_time(a, candles->time[f->bar], candles->interval), f->before);
            tool_time(b, candles->time[f->cut], candles->interval);
            if (f->future == FUTURE_SIGNALS)
                tool_print(&w, ", and %.10g when the signals from the close of %s on are others: SAME-CLOSE FILL, not the next open (%d values "
                               "differ)\n", f->after, b, (int)f->differing);
            else tool_print(&w, ", and %.10g when everything after %s is %s (%d values differ)\n", f->after, b, futures[f->future], (int)f->differing);
        }
    }
    if (o->json) { lstmfc_json_end(&w, ']'); lstmfc_json_end(&w, '}'); tool_print(&w, "\n"); }
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code == TOOL_OK && named ? TOOL_FAILURE : code;
}

static int ask(const options *o, const question *q, const lstmfc_candles *candles) {
    table whole, other;
    finding *found = NULL;
    lstmfc_error err = {0};
    int32_t k;
    size_t n = candles->count;
    int code = compute(o, q, candles, n, NULL, &whole), future, futures = q->forecaster ? FUTURES : FUTURE_SIGNALS;
    if (code == TOOL_OK && !(found = (finding *)calloc(whole.columns + 1, sizeof *found))) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (k = 0; k < q->own->cuts && code == TOOL_OK; k++) {
        size_t cut = (size_t)((double)(n - 2) * ((double)k + 1) / ((double)q->own->cuts + 0.5));
        if (!cut) cut = 1;
        for (future = 0; future < futures && code == TOOL_OK; future++) {
            lstmfc_candles *changed = lstmfc_candles_slice(candles, 0, future == FUTURE_CUT ? cut + 1 : n, &err);
            if (!changed) { code = tool_fail_error(o, &err); break; }
            if (future == FUTURE_GARBAGE) spoil(changed, cut, (uint64_t)q->own->seed + (uint64_t)k);
            code = compute(o, q, changed, future == FUTURE_SIGNALS ? cut : changed->count, &whole, &other);
            if (code == TOOL_OK) { code = compare(o, &whole, &other, cut, future, found); table_free(&other); }
            lstmfc_candles_free(changed);
        }
    }
    if (code == TOOL_OK) code = tell(o, &whole, found, candles, q->own->cuts, futures == FUTURES);
    free(found);
    table_free(&whole);
    return code;
}

static int run(const options *o, tool_input *input, const lookahead_options *own) {
    tool_subject subject;
    question q;
    int code = tool_subject_open(o, input, own->model, own->features, &subject);
    if (code != TOOL_OK) return code;
    q.own = own; q.forecaster = subject.forecaster; q.features = subject.features;
    code = subject.candles->count < 20 ? tool_fail(o, TOOL_DATA, "%d bars: too few to change the future of", (int)subject.candles->count)
         : ask(o, &q, subject.candles);
    tool_subject_free(&subject);
    return code;
}

int command_lookahead(int argc, char **argv) {
    options o;
    tool_input input;
    lookahead_options own;
    int code;
    memset(&own, 0, sizeof own);
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, "csv");
    if (code == -1 && !!own.model + !!own.features + (own.command && *own.command) != 1)
        code = tool_fail(&o, TOOL_USAGE, "exactly one of --model, --features and --command is needed");
    /* a configuration may come from anywhere; what is run must be typed */
    if (code == -1 && own.command && options_given_field(&o, &fields[2]) == 2)
        code = tool_fail(&o, TOOL_USAGE, "--command is taken from the command line alone, not from a configuration");
#ifdef _WIN32
    if (code == -1 && own.command) code = tool_fail(&o, TOOL_USAGE, "--command is not available on Windows");
#endif
    if (code == -1) code = files_check(&o);
    if (code == -1) code = run(&o, &input, &own);
    options_free(&o);
    return code;
}
