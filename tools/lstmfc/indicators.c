/* lstmfc indicators - feature values as CSV: of a whole file, or row by row as candles come in. */
#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <poll.h>
#include <unistd.h>
#endif

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

enum { FOLLOW_HEAD = 64, FOLLOW_STEPS = 16, FOLLOW_LINE = 1 << 20 };

typedef struct follow {
    const options *o;
    const tool_input *input;
    const indicators_options *own;
    FILE *out;
    char *line, *previous;                      /* the newest line; the last that gave a bar. Both end with a line feed */
    size_t line_length, line_room, previous_length;
    char *head[FOLLOW_HEAD];                    /* lines before the first bar; after it those up to the header */
    size_t head_length[FOLLOW_HEAD];
    int head_count;
    int64_t head_bars, head_repeats;            /* of a file without a header, whose first bars show what its columns are */
    int after_return;                           /* the newest line ended with a carriage return: a line feed belongs to it */
    int64_t lines, taken, bars, late, repeated, broken;
    lstmfc_features *plan;                      /* NULL before the first bar */
    lstmfc_features_state *state;
    double *row;
    lstmfc_candles bar;                         /* the newest bar alone, in columns that stay where they are */
    int pending;                                /* it is not closed yet */
    int64_t last;                               /* its time */
    int64_t step[FOLLOW_STEPS], times[FOLLOW_STEPS];    /* distances between bars and how often each was seen */
    int code;
    char buffer[65536];                         /* of stdin */
    size_t from, to;
} follow;

/* Something about the newest line. It goes on unless --strict. */
static void follow_say(follow *f, int64_t *counter, const char *what) {
    ++*counter;
    if (f->own->strict) f->code = tool_fail(f->o, TOOL_DATA, "line %lld: %s", (long long)f->lines, what);
    else {
        fprintf(stderr, "lstmfc indicators: line %lld: ", (long long)f->lines);
        tool_show(stderr, what, strlen(what));
        fputs("; left out\n", stderr);
    }
}

static int64_t follow_interval(const follow *f) {
    int64_t best = 0, often = 0;
    int i;
    for (i = 0; i < FOLLOW_STEPS && f->times[i]; i++)
        if (f->times[i] > often || (f->times[i] == often && f->step[i] < best)) { often = f->times[i]; best = f->step[i]; }
    return best;
}

/* Milliseconds until the pending bar is closed by the clock; 0 = it is; -1 = the clock does not say. */
static int64_t follow_wait(const follow *f) {
    int64_t interval = follow_interval(f), now = options_given(f->o, "now") ? f->input->desc.now : tool_wall_clock();
    if (!f->pending || f->input->desc.drop_last || !interval || now <= 0) return -1;
    return f->last <= now - interval ? 0 : f->last - (now - interval);
}

/* The pending bar is closed: its row, at once. */
static void follow_close(follow *f) {
    lstmfc_error err = {0};
    lstmfc_writer w;
    if (!f->pending) return;
    f->pending = 0;
    if (lstmfc_features_push(f->state, &f->bar, 0, f->row, &err) != LSTMFC_OK) { f->code = tool_fail_error(f->o, &err); return; }
    lstmfc_writer_init(&w, NULL);
    put_row(&w, f->last, f->row, (size_t)lstmfc_features_count(f->plan));
    errno = 0;
    if (w.failed != LSTMFC_OK || fwrite(w.text, 1, w.length, f->out) != w.length || fflush(f->out) != 0)
        f->code = tool_fail(f->o, TOOL_FAILURE, "%s: cannot write: %s", f->own->out, errno == EPIPE ? "the reader has gone" : strerror(errno));
    lstmfc_writer_free(&w);
    f->bars++;
}

/* The candles of the first `head` lines of the head, the previous bar and the newest line, or NULL and err. */
static lstmfc_candles *follow_parse(follow *f, int head, lstmfc_csv_report *report, lstmfc_error *err) {
    lstmfc_csv_desc desc = f->input->desc;
    lstmfc_candles *candles = NULL;
    lstmfc_writer w;
    int i;
    desc.now = 0;
    desc.drop_last = 0;
    desc.duplicates = LSTMFC_DUPLICATES_LAST;                        /* last: whether that is right is decided here */
    desc.report = report;
    desc.env = tool_env();
    memset(err, 0, sizeof *err);
    lstmfc_writer_init(&w, NULL);
    for (i = 0; i < head; i++) lstmfc_write_text(&w, f->head[i], f->head_length[i]);
    lstmfc_write_text(&w, f->previous, f->previous_length);
    lstmfc_write_text(&w, f->line, f->line_length);
    if (w.failed == LSTMFC_OK) candles = lstmfc_candles_parse_csv(w.text, w.length, &desc, err);
    else err->code = w.failed;
    lstmfc_writer_free(&w);
    return candles;
}

/* Columns, plan and state after the example of the first bar; prints the header. */
static int follow_start(follow *f, const lstmfc_candles *first) {
    lstmfc_error err = {0};
    lstmfc_writer w;
    size_t i;
    f->plan = compile(f->own, first, &err);
    if (f->plan) f->state = lstmfc_features_state_create(f->plan, &err);
    if (!f->state) { f->code = tool_fail_error(f->o, &err); return 0; }
    f->row = (double *)calloc((size_t)lstmfc_features_count(f->plan), sizeof(double));
    f->bar.columns = (lstmfc_column *)calloc(first->column_count, sizeof *f->bar.columns);
    f->bar.time = &f->last;
    f->bar.count = 1;
    if (!f->row || !f->bar.columns) { f->code = tool_fail(f->o, TOOL_FAILURE, "out of memory"); return 0; }
    for (i = 0; i < first->column_count; i++) {
        lstmfc_column *column = &f->bar.columns[f->bar.column_count++];
        size_t length = strlen(first->columns[i].name) + 1;
        char *name = (char *)malloc(length);
        if (name) memcpy(name, first->columns[i].name, length);
        column->name = name;
        column->values = (double *)malloc(sizeof(double));
        column->missing = (unsigned char *)malloc(1);
        if (!name || !column->values || !column->missing) { f->code = tool_fail(f->o, TOOL_FAILURE, "out of memory"); return 0; }
#define ROLE(role) if (first->role == first->columns[i].values) f->bar.role = column->values;
        ROLE(open) ROLE(high) ROLE(low) ROLE(close) ROLE(volume)
#undef ROLE
    }
    lstmfc_writer_init(&w, NULL);
    put_header(&w, f->plan);
    if (w.failed != LSTMFC_OK || fwrite(w.text, 1, w.length, f->out) != w.length || fflush(f->out) != 0)
        f->code = tool_fail(f->o, TOOL_FAILURE, "%s: cannot write", f->own->out);
    lstmfc_writer_free(&w);
    return f->code == TOOL_OK;
}

/* Row t of the candles becomes the pending bar. */
static void follow_take(follow *f, const lstmfc_candles *candles, size_t t) {
    size_t i, k;
    int64_t step = candles->time[t] - f->last;
    char *text;
    if (f->taken++ && step > 0) {
        for (i = 0; i < FOLLOW_STEPS && f->times[i] && f->step[i] != step; i++) continue;
        if (i < FOLLOW_STEPS) { f->step[i] = step; f->times[i]++; }
    }
    f->last = candles->time[t];
    f->pending = 1;
    for (i = 0; i < f->bar.column_count; i++) {
        lstmfc_column *column = &f->bar.columns[i];
        for (k = 0; k < candles->column_count && strcmp(candles->columns[k].name, column->name); k++) continue;
        *column->values = k < candles->column_count ? candles->columns[k].values[t] : lstmfc_nan();
        *column->missing = (unsigned char)(k < candles->column_count ? candles->columns[k].missing && candles->columns[k].missing[t] : 1);
    }
    text = (char *)realloc(f->previous, f->line_length);
    if (!text) { f->code = tool_fail(f->o, TOOL_FAILURE, "out of memory"); return; }
    f->previous = text;
    memcpy(f->previous, f->line, f->line_length);
    f->previous_length = f->line_length;
}

/* What the reader says about the newest line, without its own count of lines. */
static const char *follow_cause(const lstmfc_error *err) {
    const char *at = err->line ? strstr(err->message, "line ") : NULL;
    const char *colon = at ? strstr(at, ": ") : NULL;
    return colon ? colon + 2 : err->message;
}

/* Bar t of the candles comes after the pending one, which is closed by it. */
static void follow_next(follow *f, const lstmfc_candles *candles, size_t t) {
    /* With --now the clock is the caller's: what it says is open stays so, also with a bar after it. */
    if (f->pending && options_given(f->o, "now") && follow_wait(f) > 0) {
        char text[32];
        lstmfc_format_time(text, f->last);
        fprintf(stderr, "lstmfc indicators: the bar of %s is not closed at --now; dropped\n", text);
    } else {
        follow_close(f);
    }
    if (f->code == TOOL_OK) follow_take(f, candles, t);
}

/* Keeps the newest line behind the head. */
static void follow_keep(follow *f) {
    f->head[f->head_count] = (char *)malloc(f->line_length);
    if (!f->head[f->head_count]) { f->code = tool_fail(f->o, TOOL_FAILURE, "out of memory"); return; }
    memcpy(f->head[f->head_count], f->line, f->line_length);
    f->head_length[f->head_count++] = f->line_length;
}

/* Lines are collected until they hold a bar. Without a header that takes rows in which a price moves: all of them are bars then, and they
   stay in the head, for a flat bar alone would not say again which column is which. */
static void follow_first(follow *f) {
    lstmfc_csv_report report;
    lstmfc_error err, all;
    lstmfc_candles *candles = NULL;
    int64_t line = f->lines;
    size_t t;
    int head, i;
    /* All lines so far are the head, or else the first few are, and those after them are broken bars. */
    for (head = f->head_count; head >= 0 && !candles; head--) {
        candles = follow_parse(f, head, &report, &err);
        if (head == f->head_count) all = err;
    }
    if (!candles) {
        if (f->head_count == FOLLOW_HEAD) f->code = tool_fail(f->o, TOOL_DATA, "no bar in the first %d lines: %s", FOLLOW_HEAD, follow_cause(&all));
        else follow_keep(f);
        return;
    }
    for (i = head + 1; i < f->head_count; i++) {
        f->lines = line - (f->head_count - i);
        follow_say(f, &f->broken, "cannot be read");
        free(f->head[i]);
    }
    f->lines = line;
    f->head_count = head + 1;
    if (!report.has_header && f->head_count < FOLLOW_HEAD) {
        follow_keep(f);
        f->head_bars = (int64_t)candles->count;
        f->head_repeats = report.duplicate_rows;
    }
    if (f->code == TOOL_OK && follow_start(f, candles)) follow_take(f, candles, 0);
    for (t = 1; t < candles->count && f->code == TOOL_OK; t++) follow_next(f, candles, t);
    if (f->head_bars) f->previous_length = 0;                   /* it is in the head */
    lstmfc_candles_free(candles);
}

/* Is the time that the newest line repeats one of the head, and not that of the bar before? */
static int follow_repeats_head(follow *f) {
    lstmfc_csv_report report;
    lstmfc_error err;
    size_t length = f->previous_length;
    if (!f->head_bars || !length) return 0;
    f->previous_length = 0;
    lstmfc_candles_free(follow_parse(f, f->head_count, &report, &err));
    f->previous_length = length;
    return report.duplicate_rows > f->head_repeats;
}

static void follow_line(follow *f) {
    lstmfc_csv_report report;
    lstmfc_error err;
    lstmfc_candles *candles;
    size_t t, before;
    if (f->line_length == strspn(f->line, " \t\r\n")) return;
    if (!f->plan) { follow_first(f); return; }
    before = (size_t)f->head_bars + (f->previous_length > 0);
    candles = follow_parse(f, f->head_count, &report, &err);
    if (!candles) { follow_say(f, &f->broken, follow_cause(&err)); return; }
    t = candles->time[candles->count - 1] >= f->last ? candles->count - 1 : 0;
    if (report.duplicate_rows > f->head_repeats) {
        if (f->pending && f->input->desc.duplicates == 2 && !follow_repeats_head(f)) follow_take(f, candles, t);
        else
            follow_say(f, &f->repeated, f->pending ? "repeats the time of the bar before" : "repeats the time of a bar that is closed");
    } else if (candles->count <= before) {
        follow_say(f, &f->broken, report.zero_price_rows ? "a price is zero" : report.negative_price_rows ? "a price is below zero"
                                  : report.bad_price_rows ? "a price is blank" : "holds no value");
    } else if (candles->time[t] <= f->last) {
        follow_say(f, &f->late, "is older than the bar before");
    } else {
        follow_next(f, candles, t);
    }
    lstmfc_candles_free(candles);
}

/* The next line, with a line feed at its end: 1; 0 at the end of the input, -1 when the pending bar has closed meanwhile, -2 on an
   error that has been reported. */
static int follow_read(follow *f) {
    f->line_length = 0;
    for (;;) {
        while (f->from < f->to) {
            if (f->line_length + 2 > f->line_room) {
                size_t room = f->line_room ? 2 * f->line_room : 4096;
                char *line = room <= FOLLOW_LINE ? (char *)realloc(f->line, room) : NULL;
                if (!line) { f->code = tool_fail(f->o, TOOL_DATA, "line %lld: too long", (long long)f->lines + 1); return -2; }
                f->line = line;
                f->line_room = room;
            }
            char c = f->buffer[f->from++];
            int swallowed = c == '\n' && f->after_return;   /* CR, LF or both end a line, and a CR does at once: the LF may be long in coming */
            f->after_return = c == '\r';
            if (swallowed) continue;
            f->line[f->line_length++] = c == '\r' ? '\n' : c;
            if (c == '\n' || c == '\r') { f->line[f->line_length] = 0; f->lines++; return 1; }
        }
        f->from = f->to = 0;
#ifdef _WIN32
        f->to = fgets(f->buffer, sizeof f->buffer, stdin) ? strlen(f->buffer) : 0;
#else
        for (;;) {
            struct pollfd input = {0, POLLIN, 0};
            int64_t wait = follow_wait(f);
            ssize_t got;
            if (wait == 0 && f->line_length == 0) return -1;
            if (poll(&input, 1, wait < 0 || f->line_length ? -1 : wait > 3600000 ? 3600000 : (int)wait) == 0) continue;
            got = read(0, f->buffer, sizeof f->buffer);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) { f->code = tool_fail(f->o, TOOL_DATA, "stdin: cannot be read: %s", strerror(errno)); return -2; }
            f->to = (size_t)got;
            break;
        }
#endif
        if (!f->to) {
            if (!f->line_length) return 0;
            f->line[f->line_length++] = '\n';           /* the last line may lack it; there is room for it */
            f->line[f->line_length] = 0;
            f->lines++;
            return 1;
        }
    }
}

static int run_follow(const options *o, const tool_input *input, const indicators_options *own) {
    follow *f = (follow *)calloc(1, sizeof *f);
    lstmfc_writer w;
    size_t i;
    int got, code;
    if (!f) return tool_fail(o, TOOL_FAILURE, "out of memory");
    f->o = o;
    f->input = input;
    f->own = own;
    f->out = strcmp(own->out, "-") ? fopen(own->out, "wb") : stdout;
    if (!f->out) f->code = tool_fail(o, TOOL_FAILURE, "%s: cannot be written: %s", own->out, strerror(errno));
    while (f->code == TOOL_OK && (got = follow_read(f)) != 0) {
        if (got == 1) follow_line(f);
        if (f->code == TOOL_OK && follow_wait(f) == 0) follow_close(f);
    }
    if (f->code == TOOL_OK && !f->plan) f->code = tool_fail(o, TOOL_DATA, "stdin: no bar in %lld lines", (long long)f->lines);
    if (f->code == TOOL_OK && f->pending) {
        char text[32];
        lstmfc_format_time(text, f->last);
        if (input->desc.drop_last) fprintf(stderr, "lstmfc indicators: the last bar, of %s, is dropped\n", text);
        else if (follow_wait(f) > 0) fprintf(stderr, "lstmfc indicators: the last bar, of %s, is not closed yet: dropped\n", text);
        else follow_close(f);
    }
    if (f->out && f->out != stdout && fclose(f->out) != 0 && f->code == TOOL_OK)
        f->code = tool_fail(o, TOOL_FAILURE, "%s: cannot be written: %s", own->out, strerror(errno));
    if (f->code == TOOL_OK && o->json) {
        lstmfc_writer_init(&w, NULL);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", own->out);
        lstmfc_json_put_integer(&w, "lines", f->lines);
        lstmfc_json_put_integer(&w, "bars", f->bars);
        lstmfc_json_put_integer(&w, "late", f->late);
        lstmfc_json_put_integer(&w, "repeated", f->repeated);
        lstmfc_json_put_integer(&w, "broken", f->broken);
        put_names(&w, f->plan, own->profile);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        f->code = tool_write(o, "-", &w);
        lstmfc_writer_free(&w);
    }
    for (i = 0; i < f->bar.column_count; i++) {
        free((void *)(uintptr_t)f->bar.columns[i].name);
        free(f->bar.columns[i].values);
        free(f->bar.columns[i].missing);
    }
    free(f->bar.columns);
    while (f->head_count) free(f->head[--f->head_count]);
    free(f->row);
    free(f->line);
    free(f->previous);
    lstmfc_features_state_free(f->state);
    lstmfc_features_free(f->plan);
    code = f->code;
    free(f);
    return code;
}

int command_indicators(int argc, char **argv) {
    options o;
    tool_input input;
    indicators_options own = {NULL, NULL, 0, 0, 0};
    int code;
#ifndef _WIN32
    signal(SIGPIPE, SIG_IGN);                           /* a reader that has gone is an output that cannot be written: exit 1, with a message */
#endif
    options_init(&o, &command);
    tool_input_options(&o, &input);
    options_add(&o, "Features", &own, fields, sizeof fields / sizeof fields[0], NULL);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, own.follow ? "features" : "csv features");
    if (code == -1) code = tool_json_needs_out(&o, own.out);
    if (code == -1 && !own.follow && own.strict) code = tool_fail(&o, TOOL_USAGE, "--strict belongs to --follow");
    if (code == -1 && own.follow && input.csv && strcmp(input.csv, "-"))
        code = tool_fail(&o, TOOL_USAGE, "--follow reads stdin: --csv - or none");
    if (code == -1 && own.follow && (input.desc.last || input.desc.max_fill > 0 || options_given(&o, "resample")))
        code = tool_fail(&o, TOOL_USAGE, "%s needs the whole series: not with --follow", input.desc.last ? "--last"
                         : input.desc.max_fill > 0 ? "--max-fill" : "--resample");
    if (code == -1) code = files_check(&o);
    if (code == -1) code = own.follow ? run_follow(&o, &input, &own) : run(&o, &input, &own);
    options_free(&o);
    return code;
}
