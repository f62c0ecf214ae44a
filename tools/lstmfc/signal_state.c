/* signal_state.c - a follower's state on the disk. The order of work decides what a crash can do: a bar is added to the journal; then the state is
   replaced, with the line of the bar in it; then the line goes out. Wherever that ends, the next run finds either a state without the bar,
   and the feed brings it again, or one with its line, which it repeats as it is. */
#include "signal_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <unistd.h>
#endif

static int to_disk(FILE *file) {
    if (fflush(file)) return -1;
#ifndef _WIN32
    if (fsync(fileno(file)) && errno != EINVAL && errno != ENOTSUP) return -1;     /* of a pipe or a device there is none */
#endif
    return 0;
}

static int cut(FILE *file, int64_t bytes) {
#ifndef _WIN32
    return fflush(file) || ftruncate(fileno(file), (off_t)bytes) || fseek(file, 0, SEEK_END);
#else
    (void)file; (void)bytes;
    return -1;
#endif
}

/* ---- the bars ----------------------------------------------------------------------------------------------------- */

static int failed(const options *o, const journal *j) { return tool_fail(o, TOOL_FAILURE, "%s: cannot write: %s", j->path, strerror(errno)); }

static void head(lstmfc_writer *w, const live_bars *b) {
    size_t i;
    int r;
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_json_put_integer(w, "interval", b->candles.interval);
    lstmfc_json_put_bool(w, "synthetic", b->candles.synthetic);
    lstmfc_json_put_bool(w, "any_prices", b->candles.any_prices);
    lstmfc_json_begin(w, "roles", '[');
    for (r = 0; r < LIVE_ROLES; r++) lstmfc_json_put_integer(w, NULL, b->role[r]);
    lstmfc_json_end(w, ']');
    lstmfc_json_begin(w, "columns", '[');
    for (i = 0; i < b->candles.column_count; i++) lstmfc_json_put_string(w, NULL, b->candles.columns[i].name);
    lstmfc_json_end(w, ']');
    lstmfc_json_end(w, '}');
    lstmfc_write_text(w, "\n", 1);
}

/* time,value,...: a blank cell is empty */
static void row(lstmfc_writer *w, const lstmfc_candles *c, size_t t) {
    char text[32];
    size_t i;
    lstmfc_write_text(w, text, lstmfc_format_int(text, c->time[t]));
    for (i = 0; i < c->column_count; i++) {
        lstmfc_write_text(w, ",", 1);
        if (!c->columns[i].missing[t]) lstmfc_write_text(w, text, lstmfc_format_double(text, c->columns[i].values[t]));
    }
    lstmfc_write_text(w, "\n", 1);
}

int journal_add(const options *o, journal *j, const live_bars *b) {
    lstmfc_writer w;
    int code = TOOL_OK;
    lstmfc_writer_init(&w, NULL);
    if (!j->file) {
        if (!(j->file = fopen(j->path, "wb"))) return failed(o, j);
        j->count = j->bytes = 0;
        head(&w, b);
    }
    row(&w, &b->candles, b->candles.count - 1);
    if (w.failed != LSTMFC_OK) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (fwrite(w.text, 1, w.length, j->file) != w.length) code = failed(o, j);
    j->count++;
    j->bytes += (int64_t)w.length;
    lstmfc_writer_free(&w);
    return code;
}

int journal_sync(const options *o, journal *j) { return j->file && to_disk(j->file) ? failed(o, j) : TOOL_OK; }

void journal_close(journal *j) {
    if (j->file) fclose(j->file);
    j->file = NULL;
}

void journal_remove(journal *j) {
    journal_close(j);
    j->count = j->bytes = 0;
    if (j->path) remove(j->path);
}

/* The first line: an example of one bar without values in it, or 0. */
static int read_head(const char *text, size_t length, live_bars *like) {
    lstmfc_json *json = lstmfc_json_parse(text, length, NULL, NULL);
    lstmfc_json_node node, names = lstmfc_json_get(json, 0, "columns");
    int64_t value = 0;
    int r = 0, good = lstmfc_json_type(json, names) == LSTMFC_JSON_ARRAY && lstmfc_json_integer(json, lstmfc_json_get(json, 0, "interval"), &like->candles.interval);
    size_t count = lstmfc_json_size(json, names);
    like->candles.synthetic = lstmfc_json_type(json, lstmfc_json_get(json, 0, "synthetic")) == LSTMFC_JSON_TRUE;
    like->candles.any_prices = lstmfc_json_type(json, lstmfc_json_get(json, 0, "any_prices")) == LSTMFC_JSON_TRUE;
    for (node = lstmfc_json_first(json, lstmfc_json_get(json, 0, "roles")); node >= 0 && r < LIVE_ROLES && good; node = lstmfc_json_next(json, node), r++) {
        good = lstmfc_json_integer(json, node, &value) && value >= -1 && value < (int64_t)count;
        like->role[r] = (int)value;
    }
    good = good && r == LIVE_ROLES && (like->candles.columns = (lstmfc_column *)calloc(count + 1, sizeof *like->candles.columns)) != NULL;
    for (node = lstmfc_json_first(json, names); node >= 0 && good; node = lstmfc_json_next(json, node)) {
        size_t size = 0;
        char *name;
        lstmfc_json_string(json, node, NULL, 0, &size);
        name = (char *)calloc(size + 1, 1);
        if (!name || !lstmfc_json_string(json, node, name, size + 1, NULL)) { free(name); good = 0; break; }
        like->candles.columns[like->candles.column_count++].name = name;
    }
    lstmfc_json_free(json);
    return good;
}

/* A row of `text` up to its line feed into the one bar of `like`, whose arrays have room for it: what it took, or 0. */
static size_t read_row(const char *text, size_t length, lstmfc_candles *like) {
    size_t used = lstmfc_parse_int(text, length, like->time), i;
    for (i = 0; i < like->column_count && used; i++) {
        size_t n;
        if (used >= length || text[used++] != ',') return 0;
        like->columns[i].values[0] = lstmfc_nan();
        n = used < length && text[used] != ',' && text[used] != '\n' ? lstmfc_parse_double(text + used, length - used, like->columns[i].values) : 0;
        like->columns[i].missing[0] = n == 0;
        used += n;
    }
    return used && used < length && text[used] == '\n' ? used + 1 : 0;
}

int journal_read(const options *o, journal *j, int64_t count, int64_t bytes, live_bars *bars) {
    lstmfc_error err = {0};
    live_bars like;
    size_t length = 0, at, n = 1;
    char *text = lstmfc_file_read(j->path, &length, tool_env(), &err), *end;
    int code = TOOL_OK, good;
    memset(&like, 0, sizeof like);
    if (!text) return tool_fail(o, TOOL_MODEL, "the bars that the state needs: %s", err.message);
    end = bytes > 0 && (int64_t)length >= bytes ? (char *)memchr(text, '\n', (size_t)bytes) : NULL;
    good = end && read_head(text, (size_t)(end - text), &like) && live_bars_room(&like);
    for (at = end ? (size_t)(end - text) + 1 : 0; good && code == TOOL_OK && n && at < (size_t)bytes; at += n) {
        n = read_row(text + at, (size_t)bytes - at, &like.candles);
        like.candles.count = 1;
        if (n && bars->candles.count && *like.candles.time <= bars->candles.time[bars->candles.count - 1]) n = 0;
        if (n) code = live_bars_add(o, bars, &like.candles, 0);
    }
    if (code == TOOL_OK && (!good || !n || (int64_t)bars->candles.count != count))
        code = tool_fail(o, TOOL_MODEL, "%s does not hold the %lld bars, %lld bytes, that the state says", j->path, (long long)count, (long long)bytes);
    lstmfc_file_release(text, length, tool_env());
    live_bars_free(&like);
    if (code != TOOL_OK) return code;
    j->count = count;
    j->bytes = bytes;
    if (!(j->file = fopen(j->path, "r+b")) || cut(j->file, bytes)) return failed(o, j);
    return TOOL_OK;
}

/* ---- the state ---------------------------------------------------------------------------------------------------- */

#define CHECKSUM ",\"checksum\":\""
enum { CHECKSUM_LENGTH = 13, FORMAT_VERSION = 1 };

/* FNV-1a */
static uint64_t sum_of(const char *text, size_t length) {
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    size_t i;
    for (i = 0; i < length; i++) sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return sum;
}

int signal_state_save(const options *o, const char *path, const char *asked, const live *l, int64_t last, const lstmfc_writer *line, int told,
                      int64_t tried, const journal *j) {
    lstmfc_error err = {0};
    lstmfc_writer w;
    int code;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_put_string(&w, "format", "lstmfc signal --follow");
    lstmfc_json_put_integer(&w, "version", FORMAT_VERSION);
    lstmfc_json_put_string(&w, "asked", asked);
    lstmfc_json_put_integer(&w, "last", last);
    if (line) lstmfc_json_put_raw(&w, "line", line->text, line->length - 1);        /* its line feed is none of it */
    lstmfc_json_put_bool(&w, "told", told);
    if (tried) lstmfc_json_put_integer(&w, "tried", tried);
    lstmfc_json_put_integer(&w, "bars", j->count);
    lstmfc_json_put_integer(&w, "bytes", j->bytes);
    lstmfc_json_begin(&w, "live", '{');
    code = live_save(l, &w);
    lstmfc_json_end(&w, '}');
    if (code == TOOL_OK) tool_print(&w, CHECKSUM "%016llx\"}\n", (unsigned long long)sum_of(w.text, w.length));
    if (code == TOOL_OK && w.failed != LSTMFC_OK) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK && lstmfc_file_write(path, w.text, w.length, &err) != LSTMFC_OK) code = tool_fail_as(o, TOOL_FAILURE, &err);
    lstmfc_writer_free(&w);
    return code;
}

static int damaged(const options *o, const char *path, const char *how) {
    return tool_fail(o, TOOL_MODEL, "%s is no state of signal --follow that could be gone on from: %s", path, how);
}

int signal_state_load(const options *o, const char *path, const char *asked, signal_past *past) {
    lstmfc_error err = {0};
    lstmfc_json_node line;
    char text[600];
    size_t at, whole;
    int64_t version = 0;
    FILE *there = fopen(path, "rb");
    memset(past, 0, sizeof *past);
    if (!there && errno == ENOENT) return -1;
    if (there) fclose(there);
    if (!(past->text = tool_read(path, &past->length, NULL, &err))) return tool_fail_as(o, TOOL_MODEL, &err);
    whole = past->length > 0 && past->text[past->length - 1] == '\n' ? past->length - 1 : past->length;
    if (!(past->json = lstmfc_json_parse(past->text, past->length, NULL, &err))) return damaged(o, path, err.message);
    if (!lstmfc_json_string(past->json, lstmfc_json_get(past->json, 0, "format"), text, sizeof text, NULL) || strcmp(text, "lstmfc signal --follow"))
        return damaged(o, path, "it is another file");
    if (!lstmfc_json_integer(past->json, lstmfc_json_get(past->json, 0, "version"), &version) || version != FORMAT_VERSION)
        return damaged(o, path, "it is of another version");
    at = whole < CHECKSUM_LENGTH + 18 ? 0 : whole - CHECKSUM_LENGTH - 18;
    snprintf(text, sizeof text, CHECKSUM "%016llx\"}", (unsigned long long)sum_of(past->text, at));
    if (strncmp(past->text + at, text, whole - at)) return damaged(o, path, "its checksum does not match");
    if (!lstmfc_json_string(past->json, lstmfc_json_get(past->json, 0, "asked"), text, sizeof text, NULL)
        || !lstmfc_json_integer(past->json, lstmfc_json_get(past->json, 0, "last"), &past->last)
        || !lstmfc_json_integer(past->json, lstmfc_json_get(past->json, 0, "bars"), &past->bars) || past->bars < 0
        || !lstmfc_json_integer(past->json, lstmfc_json_get(past->json, 0, "bytes"), &past->bytes)) return damaged(o, path, "a member is missing");
    if (strcmp(text, asked))
        return tool_fail(o, TOOL_USAGE, "--state %s is of signals by other flags (%s, not %s): give those, or another file", path, text, asked);
    lstmfc_json_integer(past->json, lstmfc_json_get(past->json, 0, "tried"), &past->tried);
    past->told = lstmfc_json_type(past->json, lstmfc_json_get(past->json, 0, "told")) == LSTMFC_JSON_TRUE;
    if ((line = lstmfc_json_get(past->json, 0, "line")) >= 0) {
        lstmfc_json_span(past->json, line, &at, &past->line_length);
        past->line = past->text + at;
    }
    return TOOL_OK;
}

int signal_state_restore(live *l, const char *path, const signal_past *past) {
    return live_load(l, path, past->text, past->json, lstmfc_json_get(past->json, 0, "live"));
}

void signal_past_free(signal_past *past) {
    lstmfc_json_free(past->json);
    lstmfc_file_release(past->text, past->length, NULL);
    memset(past, 0, sizeof *past);
}

/* ---- the output --------------------------------------------------------------------------------------------------- */

enum { TAIL = 1 << 17 };

FILE *signal_reopen(const options *o, const char *path, const signal_past *past, int *written, int *code) {
    FILE *out = fopen(path, "r+b");
    char *tail = out ? (char *)malloc(TAIL) : NULL;
    long size, from;
    size_t length, end, begin;
    *written = 0;
    if (!out && errno == ENOENT) out = fopen(path, "wb");
    else if (out && tail && !fseek(out, 0, SEEK_END) && (size = ftell(out)) >= 0) {
        from = size > TAIL ? size - TAIL : 0;
        length = fseek(out, from, SEEK_SET) ? 0 : fread(tail, 1, (size_t)(size - from), out);
        for (end = length; end && tail[end - 1] != '\n'; end--) {}
        for (begin = end ? end - 1 : 0; begin && tail[begin - 1] != '\n'; begin--) {}
        if (end < length) {                             /* only what is ours is taken away */
            int ours = past->line && length - end < past->line_length && !memcmp(tail + end, past->line, length - end);
            if (!ours) *code = tool_fail(o, TOOL_FAILURE, "%s ends within a line that was not begun here: it is left as it is", path);
            else if (cut(out, from + (long)end)) *code = tool_fail(o, TOOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno));
            if (*code != TOOL_OK) { fclose(out); free(tail); return NULL; }
        }
        *written = past->line && end > begin && end - 1 - begin == past->line_length && !memcmp(tail + begin, past->line, past->line_length);
        if (out) fseek(out, 0, SEEK_END);
    }
    free(tail);
    if (!out) *code = tool_fail(o, TOOL_FAILURE, "%s: cannot be written: %s", path, strerror(errno));
    return out;
}

void signal_settle(FILE *out) { if (out != stdout) to_disk(out); }
