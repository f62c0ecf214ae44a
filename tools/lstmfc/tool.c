/* tool.c - what the commands share: clocks, Ctrl-C, reading candles. The library reads no clock and no environment;
   this file does it for it. */
#include "symbols.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef _WIN32
#  include <unistd.h>
#endif

/* ---- clocks ---------------------------------------------------------------------------------------------------- */

int64_t tool_wall_clock(void) { return (int64_t)time(NULL) * 1000; }

double tool_seconds(void) {
#ifdef _WIN32
    return (double)clock() / CLOCKS_PER_SEC;            /* wall time there */
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#endif
}

/* 1: SOURCE_DATE_EPOCH is set (empty is not); *seconds is its value, or -1 where that is no time from 1970 to 9999 */
static int source_date(int64_t *seconds) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    if (!epoch || !*epoch) return 0;
    if (lstmfc_parse_int(epoch, strlen(epoch), seconds) != strlen(epoch)) *seconds = -1;
    if (*seconds < 0 || *seconds > INT64_C(253402300799)) *seconds = -1;
    return 1;
}

int tool_check_created(const options *o, int is_given) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds;
    if (is_given || !source_date(&seconds) || seconds >= 0) return -1;
    return tool_fail(o, TOOL_USAGE,
                     "SOURCE_DATE_EPOCH=%.*s in the environment: expected whole seconds since 1970; unset it for the wall clock",
                     tool_cut(epoch, strlen(epoch), 100), epoch);
}

int64_t tool_created(int64_t given, int is_given) {
    int64_t seconds;
    if (is_given) return given;
    return source_date(&seconds) ? seconds * 1000 : tool_wall_clock();
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    interrupted = 1;
    signal(number, SIG_DFL);                            /* the second one ends the program at once */
}

void tool_catch_interrupt(void) {
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
}

void tool_release_interrupt(void) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static int64_t parent;                                  /* 0: it may go */

void tool_watch_parent(int64_t process) { parent = process; }

int tool_interrupted(void) {
#ifndef _WIN32
    if (parent && (int64_t)getppid() != parent) return 1;
#endif
    return interrupted != 0;
}

/* ---- the library's surroundings --------------------------------------------------------------------------------- */

static void show_warning(void *context, const char *message) {
    (void)context;
    fputs("note: ", stderr);
    tool_show(stderr, message, strlen(message));
    fputc('\n', stderr);
}

static lstmfc_env env;
typedef struct machine_options { int32_t simd, threads; } machine_options;
static machine_options machine = {0, 1};

/* The levels of this processor family: machine.simd is a place in this list, env.simd the constant that stands there. */
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
#define LEVELS(X) X(LSTMFC_SIMD_BEST, "best") X(LSTMFC_SIMD_SCALAR, "scalar") X(LSTMFC_SIMD_SSE2, "sse2") \
                  X(LSTMFC_SIMD_AVX2, "avx2") X(LSTMFC_SIMD_AVX512, "avx512")
#elif defined(__aarch64__) || defined(_M_ARM64)
#define LEVELS(X) X(LSTMFC_SIMD_BEST, "best") X(LSTMFC_SIMD_SCALAR, "scalar") X(LSTMFC_SIMD_NEON, "neon")
#elif defined(__wasm__)
#define LEVELS(X) X(LSTMFC_SIMD_BEST, "best") X(LSTMFC_SIMD_SCALAR, "scalar") X(LSTMFC_SIMD_WASM, "wasm")
#else
#define LEVELS(X) X(LSTMFC_SIMD_BEST, "best") X(LSTMFC_SIMD_SCALAR, "scalar")
#endif
static const lstmfc_field machine_fields[] = {
#define OPTIONS_STRUCT machine_options
    OPTIONS_FIELD(CHOICE, simd, "best", LEVELS, "the instruction set to compute with, at most; best: the best of this machine")
    OPTIONS_FIELD(INT, threads, "1", "none|0..64", "threads; they never change the result; 0, none: as many as the machine runs at once")
};
#undef OPTIONS_STRUCT

void tool_machine_options(options *o) { options_add(o, "Machine", &machine, machine_fields, 2, NULL); }

static int32_t simd_cap(void) {
    static const int32_t caps[] = {LEVELS(LSTMFC__CONSTANT)};
    return caps[machine.simd];
}

static int32_t processors(void) {
    int64_t count = 1;
#ifdef _WIN32
    const char *said = getenv("NUMBER_OF_PROCESSORS");
    if (said) lstmfc_parse_int(said, strlen(said), &count);
#elif defined(_SC_NPROCESSORS_ONLN)
    count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return count < 1 ? 1 : count > 64 ? 64 : (int32_t)count;
}

int32_t tool_threads(void) {
    if (machine.threads < 1) machine.threads = processors();
    return machine.threads;
}

const lstmfc_env *tool_env(void) {
    static const char *const names[] = {LEVELS(LSTMFC__NAME)};
    static int said;
    env.log = show_warning;
    env.simd = simd_cap();
    env.threads = tool_threads();
    if (!said && env.simd && strcmp(names[machine.simd], tool_simd()))
        fprintf(stderr, "note: --simd %s: not on this machine or not in this build; %s runs\n", names[machine.simd], tool_simd());
    said = 1;
    return &env;
}

const char *tool_simd(void) { return lstmfc_simd_name_at(simd_cap()); }
const char *tool_build(void) { return lstmfc_build_info_at(simd_cap()); }

/* ---- candles --------------------------------------------------------------------------------------------------- */

#define OPTIONS_STRUCT tool_input
static const lstmfc_field input_fields[] = {
    OPTIONS_FIELD(TEXT, csv, "", OPTIONS_IN, "the candles: a CSV file; - is stdin")
    OPTIONS_FIELD(TEXT, resample, "", "", "join its bars to longer ones, 15min, 4h, 1d, 1w: closed ones alone, named by their open (UTC); "
                                          "volume is summed, a further column has the value of the last bar")
    OPTIONS_FIELD(INT,  keep_thin, "0", "0..1", "with --resample: also the bars for which the file lacks some of theirs; else they are left out, "
                                                "as missing ones")
    OPTIONS_FIELD(TEXT, only, "", "", "of a file with a column of symbols (symbol, pair, ticker, coin, asset ...) the rows of this one")
};
#undef OPTIONS_STRUCT

void tool_input_options(options *o, tool_input *input) {
    size_t count;
    const lstmfc_field *fields = lstmfc_csv_desc_fields(&count);
    memset(input, 0, sizeof *input);
    options_add(o, "Input", input, input_fields, sizeof input_fields / sizeof input_fields[0], NULL);
    options_add(o, "Reading the file", &input->desc, fields, count, NULL);
    options_shown(o, "now", "wall clock");
}

void tool_input_follow(const options *o, tool_input *input, int any_prices) {
    if (any_prices && !options_given(o, "prices")) input->desc.prices = LSTMFC_PRICES_ANY;
}

/* The rows of one symbol. An unknown one is told with those there are: NULL and no code in err. */
static lstmfc_candles *load_only(const options *o, tool_input *input, int *exit_code_out, lstmfc_error *err) {
    lstmfc_candles *candles = NULL;
    size_t length = 0, rows, left;
    int count = 0, shared, i;
    const char *kept = symbols_pool_text(input->csv, &length), *text = kept ? kept : lstmfc_file_read(input->csv, &length, NULL, err);
    char *own, **names, list[300] = "";
    if (!text) return NULL;
    own = symbols_only(text, length, input->only, &rows, &left);
    if (own) candles = lstmfc_candles_parse_csv(own, left, &input->desc, err);
    else if (rows) *exit_code_out = tool_fail(o, TOOL_FAILURE, "out of memory");
    else {
        names = symbols_of(text, length, &count, &shared);
        for (i = 0; i < count; i++)
            if (strlen(list) + strlen(names[i]) + 3 < sizeof list) { strcat(list, i ? ", " : ""); strcat(list, names[i]); }
        *exit_code_out = tool_fail(o, TOOL_DATA, count ? "--only %s: %s has no such symbol; it has %s" : "--only %s: %s has no column of "
                                                         "symbols%s", input->only, input->csv, list);
        free(names);
    }
    free(own);
    if (!kept) lstmfc_file_release((char *)(uintptr_t)text, length, NULL);
    return candles;
}

static lstmfc_candles *load(const options *o, tool_input *input, int *exit_code_out, lstmfc_error *err) {
    return input->only && *input->only ? load_only(o, input, exit_code_out, err) : lstmfc_candles_load_csv(input->csv, &input->desc, err);
}

/* Bars that end more than their length after --now (the clock) are no forming ones: the file or the clock is wrong, and it is said by how
   much. Of stdin, which is read, nothing is known. */
static void note_ahead(const options *o, tool_input *input) {
    tool_input again = *input;
    lstmfc_error err = {0};
    lstmfc_candles *all = NULL;
    int code;
    int64_t ahead;
    char span[32], when[32];
    if (!strcmp(input->csv, "-")) return;
    again.desc.report = &again.report;
    again.desc.now = 0;
    again.desc.drop_last = 0;
    all = load(o, &again, &code, &err);
    ahead = all && all->count ? all->time[all->count - 1] + all->interval - input->desc.now : 0;
    if (ahead > 0 && ahead > all->interval) {
        lstmfc_format_time(when, input->desc.now);
        tool_span(span, ahead - ahead % 60000);
        tool_input_note(input, "the last of the unfinished bars ends %s after %s", span, when);
        fprintf(stderr, "note: %s: bars dated ahead of %s (the clock, or --now) are not closed and were left out; the last one ends %s later\n",
                input->csv, when, span);
    }
    lstmfc_candles_free(all);
}

lstmfc_candles *tool_input_load(const options *o, tool_input *input, int *exit_code_out) {
    lstmfc_error err = {0};
    lstmfc_candles *candles;
    input->desc.report = &input->report;
    input->desc.env = tool_env();
    if (!options_given(o, "now")) input->desc.now = input->whole ? 0 : tool_wall_clock();   /* --help says so */
    candles = load(o, input, exit_code_out, &err);
    if (candles ? input->report.unclosed > 0 : err.code == LSTMFC_ERROR_DATA && strstr(err.message, "not closed")) note_ahead(o, input);
    if (!candles && !err.code) return NULL;
    if (!candles) {
        if (err.code == LSTMFC_ERROR_DATA && tool_begins_like(input->csv) == '{')
            *exit_code_out = tool_fail(o, TOOL_DATA, "%s holds no candles: it begins like JSON, as a model file does. A model is "
                                                     "given by --model, candles by --csv", input->csv);
        else *exit_code_out = tool_fail_error(o, &err);
        /* A wrong --columns or --separator is the caller's, everything else is the file's. */
        if (*exit_code_out != TOOL_USAGE && *exit_code_out != TOOL_FAILURE) *exit_code_out = TOOL_DATA;
    }
    return candles && input->resample && *input->resample ? tool_resample(o, input, candles, exit_code_out) : candles;
}

int tool_subject_open(const options *o, tool_input *input, const char *model, const char *features, tool_subject *s) {
    lstmfc_error err = {0};
    int code = TOOL_OK;
    memset(s, 0, sizeof *s);
    if (model && !(s->forecaster = lstmfc_forecaster_load(model, tool_env(), &err))) return tool_fail_model(o, model, &err);
    if (s->forecaster) tool_input_follow(o, input, lstmfc_forecaster_get_info(s->forecaster).any_prices);
    s->candles = tool_input_load(o, input, &code);
    if (s->candles && features) {
        lstmfc_features_desc desc = lstmfc_features_desc_default();
        desc.columns = s->candles; desc.start_dependent = 1; desc.env = tool_env();
        if (!(s->features = lstmfc_features_compile(features, &desc, &err))) code = tool_fail_error(o, &err);
    }
    if (code != TOOL_OK) tool_subject_free(s);
    return code;
}

void tool_subject_free(tool_subject *s) {
    lstmfc_features_free(s->features);
    lstmfc_candles_free(s->candles);
    lstmfc_forecaster_free(s->forecaster);
    memset(s, 0, sizeof *s);
}

void tool_input_note(tool_input *input, const char *format, ...) {
    size_t used = strlen(input->report.notes), size = sizeof input->report.notes;
    va_list arguments;
    if (used && used + 3 < size) used += (size_t)snprintf(input->report.notes + used, size - used, "; ");
    va_start(arguments, format);
    vsnprintf(input->report.notes + used, size - used, format, arguments);
    va_end(arguments);
}

void tool_counted(lstmfc_writer *w, const char *prefix, int64_t n, const char *text) {
    char count[32];
    if (!n) return;
    tool_print(w, "%s%s ", prefix, tool_count(count, n));
    while (*text) {
        size_t plain = strcspn(text, "{");
        tool_print(w, "%.*s", (int)plain, text);
        text += plain;
        if (*text) {
            const char *one = text + 1, *many = strchr(text, '|') + 1, *end = strchr(text, '}');
            if (n == 1) tool_print(w, "%.*s", (int)(many - 1 - one), one);
            else tool_print(w, "%.*s", (int)(end - many), many);
            text = end + 1;
        }
    }
    tool_print(w, "\n");
}

void tool_input_describe(lstmfc_writer *w, const lstmfc_csv_report *r, const char *prefix) {
    char count[32], span[32];
    static const char *const decimals[] = {"point", "comma"};
    const char *separator = r->separator == '\t' ? "tab" : r->separator == ',' ? "comma" : r->separator == ';' ? "semicolon" : NULL;
    tool_print(w, "%s%s data row%s, ", prefix, tool_count(count, r->rows), r->rows == 1 ? "" : "s");
    tool_print(w, "%s bars kept", tool_count(count, r->kept));
    if (r->interval > 0) tool_print(w, ", one every %s", tool_span(span, r->interval));
    tool_print(w, "\n%sseparated by ", prefix);
    if (separator) tool_print(w, "%ss", separator);
    else tool_print(w, "'%c'", r->separator);
    tool_print(w, ", decimal %s, time column %s written as %s\n", decimals[r->decimal == ','],
               *r->time_column ? r->time_column : "(the first)", r->time_format);
    if (*r->mapping) tool_print(w, "%scolumns: %s\n", prefix, r->mapping);
    if (*r->ignored) tool_print(w, "%snot used (no numbers, or times): %s\n", prefix, r->ignored);
    if (*r->notes) tool_print(w, "%snote: %s\n", prefix, r->notes);
#define LINE(value, text) tool_counted(w, prefix, value, text)
    LINE(r->preamble_lines, "line{|s} before the data that {is|are} no header {was|were} skipped");
    if (!r->has_header) tool_print(w, "%sno header line: the order of the columns was taken from their contents\n", prefix);
    if (r->descending) tool_print(w, "%snewest first: the rows were turned round\n", prefix);
    LINE(r->out_of_order, "row{|s} out of order {was|were} sorted");
    LINE(r->duplicate_rows, "row{|s} repeated a time and {was|were} dropped");
    LINE(r->conflicting_rows, "of the repeated rows {disagrees|disagree} with the one that was kept");
    LINE(r->blank_rows, "row{|s} without any value {was|were} dropped");
    LINE(r->bad_price_rows - r->negative_price_rows, "row{|s} with a blank price {was|were} dropped");
    LINE(r->negative_price_rows, "row{|s} with a price below zero {was|were} dropped");
    LINE(r->zero_price_rows, "row{|s} with a price of zero {was|were} dropped");
    LINE(r->blank_cells, "blank cell{|s}");
    LINE(r->filled_cells, "blank cell{|s} {was|were} filled with the value before");
    LINE(r->missing_bars, "bar{|s} {is|are} missing between the first and the last");
    LINE(r->gaps, "gap{|s} {holds|hold} them");
    LINE(r->ohlc_violations, "row{|s} where high or low do not enclose open and close");
    LINE(r->zero_volume, "bar{|s} without any volume");
    LINE(r->exchanged_volumes, "row{|s} with exchanged volumes, by the price; left as {it is|they are}");
    LINE(r->unclosed, "unfinished bar{|s} at the end {was|were} dropped");
#undef LINE
}

void tool_blanks_json(lstmfc_writer *w, const char *key, const lstmfc_candles *candles) {
    size_t i;
    lstmfc_json_begin(w, key, '{');
    for (i = 0; i < candles->column_count; i++)
        if (candles->columns[i].blanks) lstmfc_json_put_integer(w, candles->columns[i].name, candles->columns[i].blanks);
    lstmfc_json_end(w, '}');
}

void tool_input_json(lstmfc_writer *w, const char *key, const lstmfc_csv_report *r) {
    char text[2] = {0, 0};
    lstmfc_json_begin(w, key, '{');
    text[0] = r->separator;
    lstmfc_json_put_string(w, "separator", text);
    text[0] = r->decimal;
    lstmfc_json_put_string(w, "decimal", text);
    lstmfc_json_put_string(w, "time_format", r->time_format);
    lstmfc_json_put_string(w, "time_column", r->time_column);
    lstmfc_json_put_string(w, "columns", r->mapping);
    lstmfc_json_put_string(w, "ignored", r->ignored);
    lstmfc_json_put_string(w, "notes", r->notes);
    lstmfc_json_put_bool(w, "header", r->has_header);
    lstmfc_json_put_bool(w, "descending", r->descending);
#define PUT(name) lstmfc_json_put_integer(w, #name, r->name)
    PUT(rows); PUT(kept); PUT(preamble_lines); PUT(blank_cells); PUT(filled_cells); PUT(blank_rows); PUT(bad_price_rows);
    PUT(zero_price_rows);
    PUT(duplicate_rows); PUT(conflicting_rows); PUT(out_of_order); PUT(missing_bars); PUT(gaps); PUT(ohlc_violations);
    PUT(zero_volume); PUT(unclosed);
    PUT(conflicting_prices); PUT(exchanged_volumes); PUT(negative_price_rows);
#undef PUT
    lstmfc_json_put_integer(w, "interval_seconds", r->interval / 1000);
    lstmfc_json_end(w, '}');
}
