/* lstmfc indicators - feature values as CSV: of a whole file, or row by row as candles come in. */
#include "follow.h"

#include <stdlib.h>
#include <string.h>

#define INDICATORS_OPTIONS(X) \
    X(TEXT, features, "",  "", "feature text or preset: rsi(14), macd(12,26,9).hist, @a") \
    X(TEXT, out,      "-", OPTIONS_OUT, "where the CSV goes; - is stdout") \
    X(INT,  follow,   "0", "0..1", "read candles from stdin as they come and print each row when its bar closes") \
    X(INT,  strict,   "0", "0..1", "with --follow: stop at the first line that is late, repeated or broken") \
    X(CHOICE, profile, "talib", LSTMFC_CHOICES_PROFILE, \
                                "whose definitions the indicators follow where libraries differ")
typedef struct indicators_options { INDICATORS_OPTIONS(LSTMFC__MEMBER) } indicators_options;
#define OPTIONS_STRUCT indicators_options
static const lstmfc_field fields[] = { INDICATORS_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "indicators", "compute features and indicators, CSV in, CSV out", "--csv F --features TEXT [--out O] [--follow]",
    "Writes `time,<names>`, one row per bar. Numbers have 17 significant digits; a cell is empty where a value is not valid yet.\n"
    "--follow (--csv - may be left out) prints a row as soon as its bar is closed: when a later bar begins, or when its open time +\n"
    "interval <= --now, else the wall clock; the interval is the commonest step so far. At the end of the input a row that is not\n"
    "closed is dropped and named. With --drop-last only a later bar closes a bar. Lines are read one at a time with the one before: a\n"
    "line that leaves the day and month or the decimal mark open is refused unless --time-format or --decimal says it. Lines that are\n"
    "late, repeated or broken are named on stderr and left out; --duplicates last replaces a bar that is not closed yet. For the same\n"
    "lines the rows are those of the command without --follow, byte for byte.",
    "  lstmfc synth --bars 500 --seed 1 --out candles.csv\n"
    "  lstmfc indicators --csv candles.csv --features \"rsi(14), macd(12,26,9).hist, vol = realized_vol(24)\" --out "
    "indicators.csv\n"
    "  lstmfc indicators --follow --features @e < candles.csv > followed.csv"
};

/* A name that holds a comma or a quote is quoted, as CSV asks. */
static void put_name(lstmfc_writer *w, const char *name) {
    if (!strpbrk(name, ",\"\n")) { lstmfc_write_text(w, name, strlen(name)); return; }
    lstmfc_write_text(w, "\"", 1);
    for (; *name; name++) {
        if (*name == '"') lstmfc_write_text(w, "\"", 1);
        lstmfc_write_text(w, name, 1);
    }
    lstmfc_write_text(w, "\"", 1);
}

static void put_header(lstmfc_writer *w, const lstmfc_features *plan) {
    int32_t j, count = lstmfc_features_count(plan);
    tool_print(w, "time");
    for (j = 0; j < count; j++) { tool_print(w, ","); put_name(w, lstmfc_features_name(plan, j)); }
    tool_print(w, "\n");
}

static void put_row(lstmfc_writer *w, int64_t time, const double *row, size_t count) {
    char text[32];
    size_t j;
    lstmfc_write_text(w, text, lstmfc_format_time(text, time));
    for (j = 0; j < count; j++) {
        lstmfc_write_text(w, ",", 1);
        if (lstmfc_is_finite(row[j])) lstmfc_write_text(w, text, lstmfc_format_digits(text, row[j], 17));
    }
    lstmfc_write_text(w, "\n", 1);
}

static void put_names(lstmfc_writer *w, const lstmfc_features *plan, int32_t profile) {
    int32_t j, count = lstmfc_features_count(plan);
    lstmfc_json_put_string(w, "profile", tool_profile_name(profile));
    lstmfc_json_put_integer(w, "lookback", lstmfc_features_lookback(plan));
    lstmfc_json_begin(w, "names", '[');
    for (j = 0; j < count; j++) lstmfc_json_put_string(w, NULL, lstmfc_features_name(plan, j));
    lstmfc_json_end(w, ']');
}

static lstmfc_features *compile(const indicators_options *own, const lstmfc_candles *candles, lstmfc_error *err) {
    lstmfc_features_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.columns = candles;
    desc.start_dependent = 1;                           /* looking at obv is harmless; only a saved model must not hold it */
    desc.env = tool_env();
    desc.profile = own->profile;
    return lstmfc_features_compile(own->features, &desc, err);
}

static int run(const options *o, tool_input *input, const indicators_options *own) {
    int code = TOOL_OK;
    lstmfc_error err = {0};
    lstmfc_features *plan = NULL;
    lstmfc_candles *candles = tool_input_load(o, input, &code);
    double *matrix = NULL;
    lstmfc_writer w;
    size_t t, count = 0;

    if (!candles) return code;
    lstmfc_writer_init(&w, NULL);
    plan = compile(own, candles, &err);
    if (plan) {
        count = (size_t)lstmfc_features_count(plan);
        if (candles->count <= SIZE_MAX / sizeof(double) / count) matrix = (double *)malloc(candles->count * count * sizeof(double));
        if (!matrix) code = tool_fail(o, TOOL_FAILURE, "out of memory: %lu values", (unsigned long)(candles->count * count));
        else if (lstmfc_features_evaluate(plan, candles, matrix, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    } else {
        code = tool_fail_error(o, &err);
    }
    if (code == TOOL_OK) {
        put_header(&w, plan);
        for (t = 0; t < candles->count; t++) put_row(&w, candles->time[t], matrix + t * count, count);
        if (candles->count <= (size_t)lstmfc_features_lookback(plan))
            fprintf(stderr, "lstmfc indicators: %lu bars are too few for all columns: the last is valid from bar %lld on%s\n", (unsigned long)candles->count,
                    (long long)lstmfc_features_lookback(plan) + 1, options_given(o, "last") ? " (--last cuts before anything is computed)" : "");
        code = tool_write(o, own->out, &w);
    }
    if (code == TOOL_OK && o->json) {
        lstmfc_writer_free(&w);
        lstmfc_writer_init(&w, NULL);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_integer(&w, "bars", (int64_t)candles->count);
        put_names(&w, plan, own->profile);
        tool_input_json(&w, "csv", &input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, "-", &w);
    }
    lstmfc_writer_free(&w);
    free(matrix);
    lstmfc_features_free(plan);
    lstmfc_candles_free(candles);
    return code;
}

/* ---- --follow ---- */

typedef struct rows {
    const options *o;
    const indicators_options *own;
    FILE *out;
    lstmfc_features *plan;                      /* NULL before the first bar */
    lstmfc_features_state *state;
    double *row;
} rows;

static int rows_begin(void *user, const lstmfc_candles *first) {
    rows *r = (rows *)user;
    lstmfc_error err = {0};
    lstmfc_writer w;
    int code;
    r->plan = compile(r->own, first, &err);
    if (r->plan) r->state = lstmfc_features_state_create(r->plan, &err);
    if (!r->state) return tool_fail_error(r->o, &err);
    if (!(r->row = (double *)calloc((size_t)lstmfc_features_count(r->plan), sizeof(double)))) return tool_fail(r->o, TOOL_FAILURE, "out of memory");
    lstmfc_writer_init(&w, NULL);
    put_header(&w, r->plan);
    code = follow_write(r->o, r->out, r->own->out, &w);
    lstmfc_writer_free(&w);
    return code;
}

static int rows_bar(void *user, const lstmfc_candles *bar) {
    rows *r = (rows *)user;
    lstmfc_error err = {0};
    lstmfc_writer w;
    int code;
    if (lstmfc_features_push(r->state, bar, 0, r->row, &err) != LSTMFC_OK) return tool_fail_error(r->o, &err);
    lstmfc_writer_init(&w, NULL);
    put_row(&w, *bar->time, r->row, (size_t)lstmfc_features_count(r->plan));
    code = follow_write(r->o, r->out, r->own->out, &w);
    lstmfc_writer_free(&w);
    return code;
}

static int run_follow(const options *o, const tool_input *input, const indicators_options *own) {
    rows r = {0};
    follow_ask ask = {0};
    follow_count count = {0};
    lstmfc_writer w;
    int code = TOOL_OK, closed;
    r.o = o;
    r.own = own;
    ask.strict = own->strict;
    ask.begin = rows_begin;
    ask.bar = rows_bar;
    ask.descriptor = -1;
    ask.user = &r;
    if ((r.out = follow_open(o, own->out, 0, &code)) != NULL) code = follow_run(o, input, &ask, &count);
    closed = code == TOOL_OK ? follow_close(o, r.out, own->out) : TOOL_OK;
    if (code == TOOL_OK) code = closed;
    if (code == TOOL_OK && o->json) {
        lstmfc_writer_init(&w, NULL);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        follow_json(&w, &count);
        put_names(&w, r.plan, own->profile);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = tool_write(o, "-", &w);
        lstmfc_writer_free(&w);
    }
    free(r.row);
    lstmfc_features_state_free(r.state);
    lstmfc_features_free(r.plan);
    return code;
}

int command_indicators(int argc, char **argv) {
    options o;
    tool_input input;
    indicators_options own = {NULL, NULL, 0, 0, 0};
    int code;
    follow_hold_pipe();
    options_init(&o, &command);
    tool_input_options(&o, &input);
    options_add(&o, "Features", &own, fields, sizeof fields / sizeof fields[0], NULL);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, own.follow ? "features" : "csv features");
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1 && own.follow && input.csv && strcmp(input.csv, "-"))
        code = tool_fail(&o, TOOL_USAGE, "--follow reads stdin: --csv - or none");
    if (code == -1 && own.follow) code = follow_check(&o, &input);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = own.follow ? run_follow(&o, &input, &own) : run(&o, &input, &own);
    options_free(&o);
    return code;
}
