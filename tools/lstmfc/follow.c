/* follow.c - candles as they come. A line is read with the head of the file and the line of the bar before, by the reader of whole files, so
   both find the same columns, times and decimal marks; what it makes of the newest line decides whether that is the next bar, an older one,
   the same again, or none. The newest bar is pending until a later one or the clock closes it. */
#include "follow.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <poll.h>
#include <unistd.h>
#endif

enum { HEAD = 64, STEPS = 16, LINE = 1 << 20 };

typedef struct follow {
    const options *o;
    const tool_input *input;
    follow_ask *ask;
    follow_count *count;
    char *line, *previous;                      /* the newest line; the last that gave a bar. Both end with a line feed */
    size_t line_length, line_room, previous_length;
    char *head[HEAD];                           /* lines before the first bar; after it those up to the header */
    size_t head_length[HEAD];
    int head_count;
    int64_t head_bars, head_repeats;            /* of a file without a header, whose first bars show what its columns are */
    int after_return;                           /* the newest line ended with a carriage return: a line feed belongs to it */
    int64_t taken;
    int begun;                                  /* a first bar was there */
    lstmfc_candles bar;                         /* the newest bar alone, in columns that stay where they are */
    int pending;                                /* it is not closed yet */
    int64_t last;                               /* its time */
    int64_t step[STEPS], times[STEPS];          /* distances between bars and how often each was seen */
    int code;
    char buffer[65536];                         /* of stdin */
    size_t from, to;
} follow;

/* Something about the newest line. It goes on unless `strict`. */
static void say(follow *f, int64_t *counter, const char *what) {
    ++*counter;
    if (f->ask->strict) f->code = tool_fail(f->o, TOOL_DATA, "line %lld: %s", (long long)f->count->lines, what);
    else {
        fprintf(stderr, "lstmfc %s: line %lld: ", f->o->command->name, (long long)f->count->lines);
        tool_show(stderr, what, strlen(what));
        fputs("; left out\n", stderr);
    }
}

/* ---- when a bar is closed ---------------------------------------------------------------------------------------- */

static int64_t interval_of(const follow *f) {
    int64_t best = 0, often = 0;
    int i;
    if (f->ask->interval) return f->ask->interval;
    for (i = 0; i < STEPS && f->times[i]; i++)
        if (f->times[i] > often || (f->times[i] == often && f->step[i] < best)) { often = f->times[i]; best = f->step[i]; }
    return best;
}

int64_t follow_now(const options *o, const tool_input *input, const follow_ask *ask, int64_t time) {
    return ask->by_bars ? time + ask->interval : options_given(o, "now") ? input->desc.now : tool_wall_clock();
}

/* Milliseconds until the pending bar is closed by the clock; 0 = it is; -1 = the clock does not say. */
static int64_t wait_of(const follow *f) {
    int64_t interval = interval_of(f), now = follow_now(f->o, f->input, f->ask, f->last);
    if (f->pending && f->ask->by_bars) return 0;
    if (!f->pending || f->input->desc.drop_last || !interval || now <= 0) return -1;
    return f->last <= now - interval ? 0 : f->last - (now - interval);
}

/* The pending bar is closed, and handed on at once. */
static void close_pending(follow *f) {
    if (!f->pending) return;
    f->pending = 0;
    if (f->ask->known && f->last <= *f->ask->known) { f->count->known++; return; }
    f->count->bars++;
    f->code = f->ask->bar(f->ask->user, &f->bar);
}

/* ---- from lines to bars ------------------------------------------------------------------------------------------ */

/* The candles of the first `head` lines of the head, the previous bar and the newest line, or NULL and err. */
static lstmfc_candles *parse(follow *f, int head, lstmfc_csv_report *report, lstmfc_error *err) {
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

/* Columns after the example of the first bar. */
static int start(follow *f, const lstmfc_candles *first) {
    size_t i;
    f->begun = 1;
    f->bar.columns = (lstmfc_column *)calloc(first->column_count + 1, sizeof *f->bar.columns);
    f->bar.time = &f->last;
    f->bar.count = 1;
    f->bar.synthetic = first->synthetic;
    f->bar.any_prices = first->any_prices;
    if (!f->bar.columns) { f->code = tool_fail(f->o, TOOL_FAILURE, "out of memory"); return 0; }
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
    if (f->ask->begin) f->code = f->ask->begin(f->ask->user, first);
    return f->code == TOOL_OK;
}

/* Row t of the candles becomes the pending bar. */
static void take(follow *f, const lstmfc_candles *candles, size_t t) {
    size_t i, k;
    int64_t step = candles->time[t] - f->last;
    char *text;
    if (f->taken++ && step > 0) {
        for (i = 0; i < STEPS && f->times[i] && f->step[i] != step; i++) continue;
        if (i < STEPS) { f->step[i] = step; f->times[i]++; }
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
static const char *cause(const lstmfc_error *err) {
    const char *at = err->line ? strstr(err->message, "line ") : NULL;
    const char *colon = at ? strstr(at, ": ") : NULL;
    return colon ? colon + 2 : err->message;
}

/* Bar t of the candles comes after the pending one, which is closed by it. */
static void next(follow *f, const lstmfc_candles *candles, size_t t) {
    /* With --now the clock is the caller's: what it says is open stays so, also with a bar after it. */
    if (f->pending && options_given(f->o, "now") && wait_of(f) > 0) {
        char text[32];
        lstmfc_format_time(text, f->last);
        fprintf(stderr, "lstmfc %s: the bar of %s is not closed at --now; dropped\n", f->o->command->name, text);
    } else {
        close_pending(f);
    }
    if (f->code == TOOL_OK) take(f, candles, t);
}

/* Keeps the newest line behind the head. */
static void keep(follow *f) {
    f->head[f->head_count] = (char *)malloc(f->line_length);
    if (!f->head[f->head_count]) { f->code = tool_fail(f->o, TOOL_FAILURE, "out of memory"); return; }
    memcpy(f->head[f->head_count], f->line, f->line_length);
    f->head_length[f->head_count++] = f->line_length;
}

/* Lines are collected until they hold a bar. Without a header that takes rows in which a price moves: all of them are bars then, and they
   stay in the head, for a flat bar alone would not say again which column is which. */
static void first_lines(follow *f) {
    lstmfc_csv_report report;
    lstmfc_error err, all;
    lstmfc_candles *candles = NULL;
    int64_t line = f->count->lines;
    size_t t;
    int head, i;
    /* All lines so far are the head, or else the first few are, and those after them are broken bars. */
    for (head = f->head_count; head >= 0 && !candles; head--) {
        candles = parse(f, head, &report, &err);
        if (head == f->head_count) all = err;
    }
    if (!candles) {
        if (f->head_count == HEAD) f->code = tool_fail(f->o, TOOL_DATA, "no bar in the first %d lines: %s", HEAD, cause(&all));
        else keep(f);
        return;
    }
    for (i = head + 1; i < f->head_count; i++) {
        f->count->lines = line - (f->head_count - i);
        say(f, &f->count->broken, "cannot be read");
        free(f->head[i]);
    }
    f->count->lines = line;
    f->head_count = head + 1;
    if (!report.has_header && f->head_count < HEAD) {
        keep(f);
        f->head_bars = (int64_t)candles->count;
        f->head_repeats = report.duplicate_rows;
    }
    if (f->code == TOOL_OK && start(f, candles)) take(f, candles, 0);
    for (t = 1; t < candles->count && f->code == TOOL_OK; t++) next(f, candles, t);
    if (f->head_bars) f->previous_length = 0;                   /* it is in the head */
    lstmfc_candles_free(candles);
}

/* Is the time that the newest line repeats one of the head, and not that of the bar before? */
static int repeats_head(follow *f) {
    lstmfc_csv_report report;
    lstmfc_error err;
    size_t length = f->previous_length;
    if (!f->head_bars || !length) return 0;
    f->previous_length = 0;
    lstmfc_candles_free(parse(f, f->head_count, &report, &err));
    f->previous_length = length;
    return report.duplicate_rows > f->head_repeats;
}

static void line_in(follow *f) {
    lstmfc_csv_report report;
    lstmfc_error err;
    lstmfc_candles *candles;
    size_t t, before;
    if (f->line_length == strspn(f->line, " \t\r\n")) return;
    if (!f->begun) { first_lines(f); return; }
    before = (size_t)f->head_bars + (f->previous_length > 0);
    candles = parse(f, f->head_count, &report, &err);
    if (!candles) { say(f, &f->count->broken, cause(&err)); return; }
    t = candles->time[candles->count - 1] >= f->last ? candles->count - 1 : 0;
    if (report.duplicate_rows > f->head_repeats) {
        if (f->pending && f->input->desc.duplicates == LSTMFC_DUPLICATES_LAST && !repeats_head(f)) take(f, candles, t);
        else
            say(f, &f->count->repeated, f->pending ? "repeats the time of the bar before" : "repeats the time of a bar that is closed");
    } else if (candles->count <= before) {
        say(f, &f->count->broken, report.zero_price_rows ? "a price is zero" : report.negative_price_rows ? "a price is below zero"
                                  : report.bad_price_rows ? "a price is blank" : "holds no value");
    } else if (candles->time[t] <= f->last) {
        say(f, &f->count->late, "is older than the bar before");
    } else {
        next(f, candles, t);
    }
    lstmfc_candles_free(candles);
}

/* ---- stdin ------------------------------------------------------------------------------------------------------- */

/* The next line, with a line feed at its end: 1; 0 at the end of the input, -1 when the pending bar has closed meanwhile, -2 on an
   error that has been reported. */
static int read_line(follow *f) {
    f->line_length = 0;
    for (;;) {
        while (f->from < f->to) {
            if (f->line_length + 2 > f->line_room) {
                size_t room = f->line_room ? 2 * f->line_room : 4096;
                char *line = room <= LINE ? (char *)realloc(f->line, room) : NULL;
                if (!line) { f->code = tool_fail(f->o, TOOL_DATA, "line %lld: too long", (long long)f->count->lines + 1); return -2; }
                f->line = line;
                f->line_room = room;
            }
            char c = f->buffer[f->from++];
            int swallowed = c == '\n' && f->after_return;   /* CR, LF or both end a line, and a CR does at once: the LF may be long in coming */
            f->after_return = c == '\r';
            if (swallowed) continue;
            f->line[f->line_length++] = c == '\r' ? '\n' : c;
            if (c == '\n' || c == '\r') { f->line[f->line_length] = 0; f->count->lines++; return 1; }
        }
        f->from = f->to = 0;
#ifdef _WIN32
        f->to = fgets(f->buffer, sizeof f->buffer, stdin) ? strlen(f->buffer) : 0;
#else
        for (;;) {
            struct pollfd input[2];
            int64_t wait = wait_of(f);
            ssize_t got;
            int events;
            if (wait == 0 && f->line_length == 0) return -1;
            input[0].fd = 0;
            input[1].fd = f->ask->descriptor;               /* -1 is no descriptor to poll */
            input[0].events = input[1].events = POLLIN;
            input[0].revents = input[1].revents = 0;
            events = poll(input, 2, wait < 0 || f->line_length ? -1 : wait > 3600000 ? 3600000 : (int)wait);
            if (events > 0 && input[1].revents && (f->code = f->ask->ready(f->ask->user)) != TOOL_OK) return -2;
            if (events == 0 || (events > 0 && !input[0].revents)) continue;
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
            f->count->lines++;
            return 1;
        }
    }
}

int follow_check(const options *o, const tool_input *input) {
    if (options_given(o, "only")) return tool_fail(o, TOOL_USAGE, "--only: the lines that --follow reads are of one series");
    if (!input->desc.last && input->desc.max_fill <= 0 && !options_given(o, "resample")) return -1;
    return tool_fail(o, TOOL_USAGE, "%s needs the whole series: not with --follow", input->desc.last ? "--last"
                     : input->desc.max_fill > 0 ? "--max-fill" : "--resample");
}

int follow_run(const options *o, const tool_input *input, follow_ask *ask, follow_count *count) {
    follow *f = (follow *)calloc(1, sizeof *f);
    size_t i;
    int got, code;
    memset(count, 0, sizeof *count);
    if (!f) return tool_fail(o, TOOL_FAILURE, "out of memory");
    f->o = o;
    f->input = input;
    f->ask = ask;
    f->count = count;
    while (f->code == TOOL_OK && (got = read_line(f)) != 0) {
        if (got == 1) line_in(f);
        if (f->code == TOOL_OK && wait_of(f) == 0) close_pending(f);
    }
    if (f->code == TOOL_OK && !f->begun && (count->lines || !ask->known)) f->code = tool_fail(o, TOOL_DATA, "stdin: no bar in %lld lines", (long long)count->lines);
    if (f->code == TOOL_OK && f->pending) {
        char text[32];
        lstmfc_format_time(text, f->last);
        if (input->desc.drop_last) fprintf(stderr, "lstmfc %s: the last bar, of %s, is dropped\n", o->command->name, text);
        else if (wait_of(f) > 0) fprintf(stderr, "lstmfc %s: the last bar, of %s, is not closed yet: dropped\n", o->command->name, text);
        else close_pending(f);
    }
    for (i = 0; i < f->bar.column_count; i++) {
        free((void *)(uintptr_t)f->bar.columns[i].name);
        free(f->bar.columns[i].values);
        free(f->bar.columns[i].missing);
    }
    free(f->bar.columns);
    while (f->head_count) free(f->head[--f->head_count]);
    free(f->line);
    free(f->previous);
    code = f->code;
    free(f);
    return code;
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

FILE *follow_open(const options *o, const char *path, int append, int *code) {
    FILE *out = strcmp(path, "-") ? fopen(path, append ? "ab" : "wb") : stdout;
    if (!out) *code = tool_fail(o, TOOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno));
    return out;
}

int follow_write(const options *o, FILE *out, const char *path, const lstmfc_writer *w) {
    errno = 0;
    if (w->failed == LSTMFC_OK && fwrite(w->text, 1, w->length, out) == w->length && fflush(out) == 0) return TOOL_OK;
    return tool_fail(o, TOOL_FAILURE, "%s: cannot write: %s", path,
                     w->failed != LSTMFC_OK ? lstmfc_result_text(w->failed) : errno == EPIPE ? "the reader has gone" : strerror(errno));
}

int follow_close(const options *o, FILE *out, const char *path) {
    if (!out || out == stdout || fclose(out) == 0) return TOOL_OK;
    return tool_fail(o, TOOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno));
}

void follow_hold_pipe(void) {
#ifndef _WIN32
    signal(SIGPIPE, SIG_IGN);
#endif
}

void follow_json(lstmfc_writer *w, const follow_count *c) {
    lstmfc_json_put_integer(w, "lines", c->lines);
    lstmfc_json_put_integer(w, "bars", c->bars);
    lstmfc_json_put_integer(w, "late", c->late);
    lstmfc_json_put_integer(w, "repeated", c->repeated);
    lstmfc_json_put_integer(w, "broken", c->broken);
}
