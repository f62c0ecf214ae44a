/* say.c - what the commands say: failures, texts, numbers in words. It asks nothing of the flags (options.c) or of what the commands
   share (tool.c), which both stand on it. */
#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(lstmfc_writer *writer, const char *format, va_list arguments) {
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

void tool_json_error(int code, const char *name, int32_t line, int32_t column, const char *message) {
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

void tool_show(FILE *to, const char *text, size_t length) {
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

int tool_cut(const char *text, size_t length, size_t most) {
    size_t end = most;
    if (length <= most) return (int)length;
    while (end && most - end < 3 && ((unsigned char)text[end] & 0xc0) == 0x80) end--;
    return (int)end;
}

static int say_failure(const options *o, int code, const char *name, int32_t line, int32_t column, const char *message) {
    lstmfc_writer w;
    lstmfc_writer_init(&w, NULL);
    if (o->about && strncmp(message, o->about, strlen(o->about))) tool_print(&w, "%s: ", o->about);
    tool_print(&w, "%s", message);
    lstmfc_write_text(&w, "", 1);
    if (w.failed == LSTMFC_OK) message = w.text;
    fprintf(stderr, "lstmfc %s: ", o->command->name);
    tool_show(stderr, message, strlen(message));
    fputc('\n', stderr);
    if (o->json) tool_json_error(code, name, line, column, message);
    lstmfc_writer_free(&w);
    return code;
}

int tool_fail(const options *o, int code, const char *format, ...) {
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

static int exit_code(lstmfc_result result) {
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

int tool_fail_as(const options *o, int code, const lstmfc_error *err) {
    return say_failure(o, code, lstmfc_result_name(err->code), err->line, err->column, err->message);
}

int tool_fail_error(const options *o, const lstmfc_error *err) {
    int typed = err->code == LSTMFC_ERROR_SPEC || err->code == LSTMFC_ERROR_LIMIT;
    if (typed && err->column && !err->line) {       /* the text came from the command line: its place helps, said once */
        char message[560];
        snprintf(message, sizeof message, strstr(err->message, "text, column") ? "%s" : "%s (column %d of the text)", err->message,
                 err->column);
        return say_failure(o, TOOL_USAGE, lstmfc_result_name(err->code), err->line, err->column, message);
    }
    return tool_fail_as(o, exit_code(err->code), err);
}

int tool_begins_like(const char *path) {
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

int tool_fail_model(const options *o, const char *path, const lstmfc_error *err) {
    int code = err->code == LSTMFC_ERROR_MEMORY ? TOOL_FAILURE : TOOL_MODEL, named = strstr(err->message, path) != NULL;
    const char *hint = err->code == LSTMFC_ERROR_FORMAT && tool_begins_like(path) == ','
                       ? ". It looks like CSV: candles are given by --csv, the file that `train` wrote by --model" : "";
    lstmfc_writer w;
    lstmfc_writer_init(&w, NULL);
    tool_print(&w, "%s%s%s%s", named ? "" : path, named ? "" : ": ", err->message, hint);
    say_failure(o, code, lstmfc_result_name(err->code), err->line, err->column, w.text ? w.text : err->message);
    lstmfc_writer_free(&w);
    return code;
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

void tool_print(lstmfc_writer *writer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print(writer, format, arguments);
    va_end(arguments);
}

const char *tool_profile_name(int32_t profile) {
    static const char *const names[] = {LSTMFC_CHOICES_PROFILE(LSTMFC__NAME)};
    return names[profile];
}

int tool_json_needs_out(const options *o, const char *out) {
    if (!o->json || strcmp(out, "-")) return -1;
    return tool_fail(o, TOOL_USAGE, "--json prints its object on stdout, so the output itself needs --out FILE");
}

int tool_share_stdout(const options *o, const char *a, const char *b, const char *c, const char *d,
                      FILE **words) {
    int streams = (a && !strcmp(a, "-")) + (b && !strcmp(b, "-")) + (c && !strcmp(c, "-")) + (d && !strcmp(d, "-"));
    *words = streams ? stderr : stdout;
    if (streams > 1) return tool_fail(o, TOOL_USAGE, "only one output can go to stdout (-)");
    if (streams && o->json)
        return tool_fail(o, TOOL_USAGE, "--json prints its object on stdout, so no other output can go there (-)");
    return -1;
}

const char *tool_figure(char out[32], const char *format, double value) {
    if (lstmfc_is_nan(value)) snprintf(out, 32, "-");
    else if (!lstmfc_is_finite(value)) snprintf(out, 32, value > 0 ? "infinite" : "-infinite");
    else snprintf(out, 32, format, value);
    return out;
}

const char *tool_defined(char out[32], const char *format, double value) {
    return lstmfc_is_nan(value) ? strcpy(out, "not defined") : tool_figure(out, format, value);
}

const char *tool_p(char out[32], double p) {
    if (p < 0.0001) return strcpy(out, "< 0.0001");
    if (p > 0.9999) return strcpy(out, "> 0.9999");
    return tool_figure(out, "%.4f", p);
}

const char *tool_count(char out[32], int64_t value) {
    char digits[32];
    size_t length = lstmfc_format_int(digits, value), i, n = 0, start = value < 0;
    for (i = 0; i < length; i++) {
        if (i > start && (length - i) % 3 == 0) out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = 0;
    return out;
}

const char *tool_span(char out[32], int64_t milliseconds) {
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

const char *tool_time(char out[32], int64_t time, int64_t interval) {
    char iso[32];
    lstmfc_format_time(iso, time);                      /* YYYY-MM-DDTHH:MM:SSZ */
    if (interval > 0 && interval % 86400000 == 0 && time % 86400000 == 0) snprintf(out, 32, "%.10s", iso);
    else snprintf(out, 32, "%.10s %.5s UTC", iso, iso + 11);
    return out;
}
