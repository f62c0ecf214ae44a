/* tool.c - what the commands share: failing, clocks, Ctrl-C, reading candles. The library reads no clock and no environment;
   this file does it for it. */
#include "tool.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef _WIN32
#  include <unistd.h>
#endif

static void print(lstmfc_writer *writer, const char *format, va_list arguments)
{
    char text[2048], *large = NULL;         /* a network or a feature text may be longer than any line of ours */
    int length;
    va_list again;
    va_copy(again, arguments);
    length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= (int)sizeof text && (large = (char *)malloc((size_t)length + 1)) != NULL)
        vsnprintf(large, (size_t)length + 1, format, again);
    va_end(again);
    if (length < (int)sizeof text || large) lstmfc_write_text(writer, large ? large : text, length > 0 ? (size_t)length : 0);
    else writer->failed = LSTMFC_ERROR_MEMORY;
    free(large);
}

/* ---- failing --------------------------------------------------------------------------------------------------- */

void tool_json_error(int code, const char *name, int32_t line, int32_t column, const char *message)
{
    lstmfc_writer w;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_begin(&w, "error", '{');
    lstmfc_json_put_integer(&w, "exit_code", code);
    lstmfc_json_put_string(&w, "code", name);
    lstmfc_json_put_string(&w, "message", message);
    if (line) lstmfc_json_put_integer(&w, "line", line);
    if (column) lstmfc_json_put_integer(&w, "column", column);
    lstmfc_json_end(&w, '}');
    lstmfc_json_end(&w, '}');
    if (w.failed == LSTMFC_OK) printf("%.*s\n", (int)w.length, w.text);
    lstmfc_writer_free(&w);
}

/* Is stdout one? What goes into a file or a pipe stays as it is. */
static int is_terminal(void)
{
#ifdef _WIN32
    return 0;
#else
    return isatty(1);
#endif
}

void tool_show(FILE *to, const char *text, size_t length)
{
    size_t i, n, k;
    for (i = 0; i < length; i += n) {
        unsigned char c = (unsigned char)text[i], second = i + 1 < length ? (unsigned char)text[i + 1] : 0;
        /* UTF-8 by its first byte; U+0080 to U+009F are controls too, and some terminals take U+009B for ESC [ */
        n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
        for (k = 1; k < n && i + k < length && ((unsigned char)text[i + k] & 0xc0) == 0x80; k++) continue;
        if (n && k == n && c != 0x7f && (c >= 0x20 || c == '\n' || c == '\t') && !(c == 0xc2 && second < 0xa0)) fwrite(text + i, 1, n, to);
        else { fputc('?', to); n = 1; }
    }
}

int tool_cut(const char *text, size_t length, size_t most)
{
    size_t end = most;
    if (length <= most) return (int)length;
    while (end && most - end < 3 && ((unsigned char)text[end] & 0xc0) == 0x80) end--;
    return (int)end;
}

static int say_failure(const options *o, int code, const char *name, int32_t line, int32_t column, const char *message)
{
    fprintf(stderr, "lstmfc %s: ", o->command->name);
    tool_show(stderr, message, strlen(message));
    fputc('\n', stderr);
    if (o->json) tool_json_error(code, name, line, column, message);
    return code;
}

int tool_fail(const options *o, int code, const char *format, ...)
{
    static const char *const names[] = {"ok", "failure", "usage", "data", "model", "diverged"};
    lstmfc_writer w;                        /* a path may be longer than any buffer, and the cause stands behind it */
    va_list arguments;
    lstmfc_writer_init(&w, NULL);
    va_start(arguments, format);
    print(&w, format, arguments);
    va_end(arguments);
    say_failure(o, code, code == TOOL_INTERRUPTED ? "interrupted" : code <= TOOL_DIVERGED ? names[code] : "failure", 0, 0,
                w.failed == LSTMFC_OK && w.text ? w.text : format);
    lstmfc_writer_free(&w);
    return code;
}

static int exit_code(lstmfc_result result)
{
    switch (result) {
    case LSTMFC_OK: case LSTMFC_DONE:   return TOOL_OK;
    case LSTMFC_ERROR_ARGUMENT:
    case LSTMFC_ERROR_SPEC:
    case LSTMFC_ERROR_SHAPE:
    case LSTMFC_ERROR_UNSUPPORTED:      return TOOL_USAGE;
    case LSTMFC_ERROR_OPEN:
    case LSTMFC_ERROR_DATA:             return TOOL_DATA;
    case LSTMFC_ERROR_FORMAT:           return TOOL_MODEL;
    case LSTMFC_ERROR_DIVERGED:         return TOOL_DIVERGED;
    case LSTMFC_ERROR_STOPPED:          return TOOL_INTERRUPTED;
    default:                            return TOOL_FAILURE;
    }
}

int tool_fail_error(const options *o, const lstmfc_error *err)
{
    if (err->code == LSTMFC_ERROR_SPEC && err->column) {        /* the text came from the command line: its place helps */
        char message[560];
        snprintf(message, sizeof message, "%s (column %d of the text)", err->message, err->column);
        return say_failure(o, TOOL_USAGE, lstmfc_result_name(err->code), err->line, err->column, message);
    }
    return say_failure(o, exit_code(err->code), lstmfc_result_name(err->code), err->line, err->column, err->message);
}

/* What the file that stands where another was expected begins like: '{' JSON, ',' rows of a CSV, 0 neither. */
static int begins_like(const char *path)
{
    char head[1024];
    size_t n, i = 0, cells = 0;
    FILE *file = strcmp(path, "-") ? fopen(path, "rb") : NULL;
    if (!file) return 0;
    n = fread(head, 1, sizeof head, file);
    fclose(file);
    while (i < n && (head[i] == ' ' || head[i] == '\n' || head[i] == '\r' || head[i] == '\t')) i++;
    if (i < n && (head[i] == '{' || head[i] == '[')) return '{';
    for (; i < n; i++) {
        if (!head[i]) return 0;                         /* no text at all */
        cells += head[i] == ',' || head[i] == ';' || head[i] == '\t';
    }
    return cells ? ',' : 0;
}

int tool_fail_model(const options *o, const char *path, const lstmfc_error *err)
{
    int code = err->code == LSTMFC_ERROR_MEMORY ? TOOL_FAILURE : TOOL_MODEL, named = strstr(err->message, path) != NULL;
    const char *hint = err->code == LSTMFC_ERROR_FORMAT && begins_like(path) == ','
                       ? ". It looks like CSV: candles are given by --csv, the file that `train` wrote by --model" : "";
    lstmfc_writer w;
    lstmfc_writer_init(&w, NULL);
    tool_print(&w, "%s%s%s%s", named ? "" : path, named ? "" : ": ", err->message, hint);
    say_failure(o, code, lstmfc_result_name(err->code), err->line, err->column, w.text ? w.text : err->message);
    lstmfc_writer_free(&w);
    return code;
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

void tool_print(lstmfc_writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(writer, format, arguments);
    va_end(arguments);
}

int tool_write(const options *o, const char *path, const lstmfc_writer *writer)
{
    lstmfc_error err = {0};
    int code = strcmp(path, "-") ? files_known(o, path) : TOOL_OK;
    if (code != TOOL_OK) return code;
    if (writer->failed != LSTMFC_OK) return tool_fail(o, TOOL_FAILURE, "%s: %s", path, lstmfc_result_text(writer->failed));
    if (!strcmp(path, "-") && is_terminal()) {
        tool_show(stdout, writer->text, writer->length);
        return fflush(stdout) ? tool_fail(o, TOOL_FAILURE, "stdout cannot be written") : TOOL_OK;
    }
    if (lstmfc_file_write(path, writer->text, writer->length, &err) != LSTMFC_OK) {
        say_failure(o, TOOL_FAILURE, lstmfc_result_name(err.code), 0, 0, err.message);
        return TOOL_FAILURE;
    }
    return TOOL_OK;
}

int tool_save_model(const options *o, const lstmfc_forecaster *forecaster, const char *path)
{
    lstmfc_error err = {0};
    int code = strcmp(path, "-") ? files_known(o, path) : TOOL_OK;
    if (code != TOOL_OK || lstmfc_forecaster_save(forecaster, path, &err) == LSTMFC_OK) return code;
    return say_failure(o, TOOL_FAILURE, lstmfc_result_name(err.code), 0, 0, err.message);
}

const char *tool_profile_name(int32_t profile)
{
    static const char *const names[] = {LSTMFC_CHOICES_PROFILE(LSTMFC__NAME)};
    return names[profile];
}

int tool_json_needs_out(const options *o, const char *out)
{
    if (!o->json || strcmp(out, "-")) return -1;
    return tool_fail(o, TOOL_USAGE, "--json prints its object on stdout, so the output itself needs --out FILE");
}

int tool_share_stdout(const options *o, const char *a, const char *b, const char *c, const char *d,
                      FILE **words)
{
    int streams = (a && !strcmp(a, "-")) + (b && !strcmp(b, "-")) + (c && !strcmp(c, "-")) + (d && !strcmp(d, "-"));
    *words = streams ? stderr : stdout;
    if (streams > 1) return tool_fail(o, TOOL_USAGE, "only one output can go to stdout (-)");
    if (streams && o->json)
        return tool_fail(o, TOOL_USAGE, "--json prints its object on stdout, so no other output can go there (-)");
    return -1;
}

int tool_say(const options *o, FILE *to, const lstmfc_writer *writer)
{
    if (to == stdout) return tool_write(o, "-", writer);
    if (writer->failed != LSTMFC_OK) return tool_fail(o, TOOL_FAILURE, "%s", lstmfc_result_text(writer->failed));
    tool_show(to, writer->text, writer->length);
    return TOOL_OK;
}

const char *tool_figure(char out[32], const char *format, double value)
{
    if (lstmfc_is_nan(value)) snprintf(out, 32, "-");
    else if (!lstmfc_is_finite(value)) snprintf(out, 32, value > 0 ? "infinite" : "-infinite");
    else snprintf(out, 32, format, value);
    return out;
}

const char *tool_defined(char out[32], const char *format, double value)
{
    return lstmfc_is_nan(value) ? strcpy(out, "not defined") : tool_figure(out, format, value);
}

const char *tool_p(char out[32], double p)
{
    if (p < 0.0001) return strcpy(out, "< 0.0001");
    if (p > 0.9999 && p < 1) return strcpy(out, "> 0.9999");
    return tool_figure(out, "%.4f", p);
}

const char *tool_count(char out[32], int64_t value)
{
    char digits[32];
    size_t length = lstmfc_format_int(digits, value), i, n = 0, start = value < 0;
    for (i = 0; i < length; i++) {
        if (i > start && (length - i) % 3 == 0) out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = 0;
    return out;
}

const char *tool_span(char out[32], int64_t milliseconds)
{
    static const struct { int64_t size; const char *unit; } units[] = {
        {86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}
    };
    size_t i;
    char whole[32], rest[32];
    for (i = 0; i < 4 && milliseconds < units[i].size; i++) {}
    lstmfc_format_int(whole, milliseconds / units[i].size);
    lstmfc_format_int(rest, i < 4 ? milliseconds % units[i].size / units[i + 1].size : 0);
    if (strcmp(rest, "0")) snprintf(out, 32, "%.12s %s %.6s %s", whole, units[i].unit, rest, units[i + 1].unit);
    else snprintf(out, 32, "%.20s %s", whole, units[i].unit);
    return out;
}

const char *tool_time(char out[32], int64_t time, int64_t interval)
{
    char iso[32];
    lstmfc_format_time(iso, time);                      /* YYYY-MM-DDTHH:MM:SSZ */
    if (interval > 0 && interval % 86400000 == 0 && time % 86400000 == 0) snprintf(out, 32, "%.10s", iso);
    else snprintf(out, 32, "%.10s %.5s UTC", iso, iso + 11);
    return out;
}

/* ---- clocks ---------------------------------------------------------------------------------------------------- */

int64_t tool_wall_clock(void) { return (int64_t)time(NULL) * 1000; }

double tool_seconds(void)
{
#ifdef _WIN32
    return (double)clock() / CLOCKS_PER_SEC;            /* wall time there */
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#endif
}

/* 1: SOURCE_DATE_EPOCH is set (empty is not); *seconds is its value, or -1 where that is no time from 1970 to 9999 */
static int source_date(int64_t *seconds)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    if (!epoch || !*epoch) return 0;
    if (lstmfc_parse_int(epoch, strlen(epoch), seconds) != strlen(epoch)) *seconds = -1;
    if (*seconds < 0 || *seconds > INT64_C(253402300799)) *seconds = -1;
    return 1;
}

int tool_check_created(const options *o, int is_given)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds;
    if (is_given || !source_date(&seconds) || seconds >= 0) return -1;
    return tool_fail(o, TOOL_USAGE,
                     "SOURCE_DATE_EPOCH=%.*s in the environment: expected whole seconds since 1970; unset it for the wall clock",
                     tool_cut(epoch, strlen(epoch), 100), epoch);
}

int64_t tool_created(int64_t given, int is_given)
{
    int64_t seconds;
    if (is_given) return given;
    return source_date(&seconds) ? seconds * 1000 : tool_wall_clock();
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = 1;
    signal(number, SIG_DFL);                            /* the second one ends the program at once */
}

void tool_catch_interrupt(void)
{
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
}

void tool_release_interrupt(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

int tool_interrupted(void) { return interrupted != 0; }

/* ---- the library's surroundings --------------------------------------------------------------------------------- */

static void show_warning(void *context, const char *message)
{
    (void)context;
    fputs("note: ", stderr);
    tool_show(stderr, message, strlen(message));
    fputc('\n', stderr);
}

static lstmfc_env env;
typedef struct machine_options { int32_t simd, threads; } machine_options;
static machine_options machine;

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
    OPTIONS_FIELD(INT, threads, "1", "1..64", "threads; they never change the result")
};
#undef OPTIONS_STRUCT

void tool_machine_options(options *o) { options_add(o, "Machine", &machine, machine_fields, 2, NULL); }

static int32_t simd_cap(void)
{
    static const int32_t caps[] = {LEVELS(LSTMFC__CONSTANT)};
    return caps[machine.simd];
}

const lstmfc_env *tool_env(void)
{
    static const char *const names[] = {LEVELS(LSTMFC__NAME)};
    static int said;
    env.log = show_warning;
    env.simd = simd_cap();
    env.threads = machine.threads;
    if (!said && env.simd && strcmp(names[machine.simd], tool_simd()))
        fprintf(stderr, "note: --simd %s: not on this machine or not in this build; %s runs\n", names[machine.simd], tool_simd());
    said = 1;
    return &env;
}

const char *tool_simd(void) { return lstmfc_simd_name_at(simd_cap()); }
int32_t tool_threads(void) { return machine.threads > 1 ? machine.threads : 1; }
const char *tool_build(void) { return lstmfc_build_info_at(simd_cap()); }

/* ---- candles --------------------------------------------------------------------------------------------------- */

#define OPTIONS_STRUCT tool_input
static const lstmfc_field input_fields[] = {
    OPTIONS_FIELD(TEXT, csv, "", OPTIONS_IN, "the candles: a CSV file; - is stdin")
};
#undef OPTIONS_STRUCT

void tool_input_options(options *o, tool_input *input)
{
    size_t count;
    const lstmfc_field *fields = lstmfc_csv_desc_fields(&count);
    memset(input, 0, sizeof *input);
    options_add(o, "Input", input, input_fields, 1, NULL);
    options_add(o, "Reading the file", &input->desc, fields, count, NULL);
    options_shown(o, "now", "wall clock");
}

lstmfc_candles *tool_input_load(const options *o, tool_input *input, int *exit_code_out)
{
    lstmfc_error err = {0};
    lstmfc_candles *candles;
    input->desc.report = &input->report;
    input->desc.env = tool_env();
    if (!options_given(o, "now")) input->desc.now = tool_wall_clock();      /* --help says so */
    candles = lstmfc_candles_load_csv(input->csv, &input->desc, &err);
    if (!candles) {
        if (err.code == LSTMFC_ERROR_DATA && begins_like(input->csv) == '{')
            *exit_code_out = tool_fail(o, TOOL_DATA, "%s holds no candles: it begins like JSON, as a model file does. A model is "
                                                     "given by --model, candles by --csv", input->csv);
        else *exit_code_out = tool_fail_error(o, &err);
        /* A wrong --columns or --separator is the caller's, everything else is the file's. */
        if (*exit_code_out != TOOL_USAGE && *exit_code_out != TOOL_FAILURE) *exit_code_out = TOOL_DATA;
    }
    return candles;
}

void tool_input_describe(lstmfc_writer *w, const lstmfc_csv_report *r, const char *prefix)
{
    char count[32], span[32];
    static const char *const decimals[] = {"point", "comma"};
    const char *separator = r->separator == '\t' ? "tab" : r->separator == ',' ? "comma" : r->separator == ';' ? "semicolon" : NULL;
    tool_print(w, "%s%s data rows, ", prefix, tool_count(count, r->rows));
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
#define LINE(value, text) if (value) tool_print(w, "%s%s %s\n", prefix, tool_count(count, value), text)
    LINE(r->preamble_lines, "line(s) before the data that are no header were skipped");
    if (!r->has_header) tool_print(w, "%sno header line: the order of the columns was taken from their contents\n", prefix);
    if (r->descending) tool_print(w, "%snewest first: the rows were turned round\n", prefix);
    LINE(r->out_of_order, "row(s) out of order were sorted");
    LINE(r->duplicate_rows, "row(s) repeated a time and were dropped");
    LINE(r->conflicting_rows, "of the repeated rows disagree with the one that was kept");
    LINE(r->blank_rows, "row(s) without any value were dropped");
    LINE(r->bad_price_rows - r->negative_price_rows, "row(s) with a blank price were dropped");
    LINE(r->negative_price_rows, "row(s) with a price below zero were dropped");
    LINE(r->zero_price_rows, "row(s) with a price of zero were dropped");
    LINE(r->blank_cells, "blank cell(s)");
    LINE(r->filled_cells, "blank cell(s) were filled with the value before");
    LINE(r->missing_bars, "bar(s) are missing between the first and the last");
    LINE(r->gaps, "gap(s) hold them");
    LINE(r->ohlc_violations, "row(s) where high or low do not enclose open and close");
    LINE(r->zero_volume, "bar(s) without any volume");
    LINE(r->unclosed, "unfinished bar(s) at the end were dropped");
#undef LINE
}

void tool_input_json(lstmfc_writer *w, const char *key, const lstmfc_csv_report *r)
{
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
