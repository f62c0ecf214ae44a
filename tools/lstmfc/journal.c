/* journal.c - the journal of a search: every event a line, on the disk before the search goes on. tune.h lists the
   events.

   A line that a sudden end cut short is the last one and has no line feed: it is taken off before anything is appended.
   A lock of the process keeps a second search out of the folder; it goes with the process, however that ends. */
#include "tune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const states[] = {"running", "paused", "done", "failed", "stopped"};

const char *trial_state_name(int state) { return states[state]; }

#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void begin(lstmfc_writer *w, const char *event, int number) {
    lstmfc_writer_init(w, NULL);
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_json_put_string(w, "event", event);
    if (number >= 0) lstmfc_json_put_integer(w, "trial", number + 1);
}

/* Closes the object, writes the line and waits until it is on the disk. */
static int put(const tune *t, lstmfc_writer *w) {
    size_t done = 0;
    int good;
    lstmfc_json_end(w, '}');
    lstmfc_write_text(w, "\n", 1);
    good = w->failed == LSTMFC_OK;
    while (good && done < w->length) {
        ssize_t n = write(t->journal, w->text + done, w->length - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) good = 0; else done += (size_t)n;
    }
    lstmfc_writer_free(w);
    if (good && fsync(t->journal) == 0) return TOOL_OK;
    return tool_fail(t->o, TOOL_FAILURE, "%s/journal.jsonl cannot be written: %s", t->folder, strerror(errno));
}

int journal_start(tune *t, int number) {
    lstmfc_writer w;
    begin(&w, "start", number);
    space_json(&w, "params", &t->space, t->trials[number].x);
    return put(t, &w);
}

static void figures(lstmfc_writer *w, const trial *r) {
    if (r->epochs) {
        lstmfc_json_put_integer(w, "epochs", r->epochs);
        lstmfc_json_put_integer(w, "best_epoch", r->best_epoch);
        lstmfc_json_put_number(w, "value", r->value);
        if (lstmfc_is_finite(r->accuracy)) lstmfc_json_put_number(w, "val_accuracy", r->accuracy);
        lstmfc_json_put_integer(w, "val_samples", r->samples);
    }
    lstmfc_json_put_number(w, "seconds", r->seconds);
}

int journal_rung(tune *t, int number) {
    lstmfc_writer w;
    begin(&w, "rung", number);
    lstmfc_json_put_integer(&w, "rung", t->trials[number].rung - 1);
    figures(&w, &t->trials[number]);
    return put(t, &w);
}

int journal_go(tune *t, int number) {
    lstmfc_writer w;
    begin(&w, "go", number);
    lstmfc_json_put_integer(&w, "rung", t->trials[number].rung);
    return put(t, &w);
}

int journal_end(tune *t, int number) {
    const trial *r = &t->trials[number];
    lstmfc_writer w;
    begin(&w, "end", number);
    lstmfc_json_put_string(&w, "state", states[r->state]);
    figures(&w, r);
    if (r->error) lstmfc_json_put_string(&w, "error", r->error);
    return put(t, &w);
}

int journal_choice(tune *t) {
    lstmfc_writer w;
    begin(&w, "choice", t->chosen);
    lstmfc_json_put_number(&w, "value", t->trials[t->chosen].value);
    lstmfc_json_put_integer(&w, "trials", t->count);
    return put(t, &w);
}

int journal_test(tune *t, const char *report, size_t length) {
    lstmfc_writer w;
    begin(&w, "test", -1);
    lstmfc_json_put_raw(&w, "report", report, length);
    return put(t, &w);
}

/* ---- the first line -------------------------------------------------------------------------------------------- */

static uint64_t fingerprint(const lstmfc_candles *c) {
    uint64_t hash = c->count;
    size_t i, k;
    for (i = 0; i < c->count; i++) hash = lstmfc_hash(hash, (uint64_t)c->time[i]);
    for (k = 0; k < c->column_count; k++)
        for (i = 0; i < c->count; i++) {
            uint64_t bits;
            memcpy(&bits, &c->columns[k].values[i], sizeof bits);
            hash = lstmfc_hash(hash, bits);
        }
    return hash;
}

/* What must be the same for a search to go on. */
static void setup(lstmfc_writer *w, const tune *t) {
    char **flags, hash[32];
    double x[TPE_DIMENSIONS];
    int i;
    for (i = 0; i < TPE_DIMENSIONS; i++) x[i] = lstmfc_nan();
    lstmfc_json_put_string(w, "space", t->space.text);
    lstmfc_json_begin(w, "flags", '[');
    flags = trial_flags(t, x);                          /* no parameter is in: those of the command line alone */
    if (!flags) w->failed = LSTMFC_ERROR_MEMORY;
    for (i = 1; flags && flags[i]; i++) lstmfc_json_put_string(w, NULL, flags[i]);
    for (i = 0; i < t->space.count; i++) {
        const space_parameter *p = &t->space.parameters[i];
        if (p->kind == SPACE_FIXED && p->field && options_given(t->o, p->name)) {
            lstmfc_json_put_string(w, NULL, p->name);
            lstmfc_json_put_string(w, NULL, p->texts[0]);
        }
    }
    trial_flags_free(flags);
    lstmfc_json_end(w, ']');
    snprintf(hash, sizeof hash, "0x%08lx%08lx", (unsigned long)(fingerprint(t->candles) >> 32),
             (unsigned long)(fingerprint(t->candles) & 0xffffffffUL));
    lstmfc_json_put_string(w, "candles", hash);
    lstmfc_json_put_integer(w, "rows", (int64_t)t->candles->count);
    lstmfc_json_put_integer(w, "seen", t->seen);
    lstmfc_json_put_integer(w, "first", t->first);
    lstmfc_json_put_string(w, "sampler", t->with_tpe ? "tpe" : "random");
    lstmfc_json_put_integer(w, "sampler_seed", t->seed);
    lstmfc_json_put_integer(w, "grace", t->grace);
    lstmfc_json_put_integer(w, "reduction", t->grace ? t->reduction : 0);
}

static int write_first(const tune *t) {
    lstmfc_writer w;
    char time[40];
    begin(&w, "search", -1);
    lstmfc_json_put_integer(&w, "version", 1);
    lstmfc_json_put_string(&w, "library", LSTMFC_VERSION_TEXT);
    time[lstmfc_format_time(time, tool_created(0, 0))] = 0;
    lstmfc_json_put_string(&w, "time", time);
    lstmfc_json_put_string(&w, "csv", t->input->csv);
    setup(&w, t);
    return put(t, &w);
}

/* The members of both are the same text, or the first that is not is named. */
static int compare_first(const tune *t, const char *text, const lstmfc_json *json) {
    lstmfc_writer w;
    lstmfc_json *now;
    lstmfc_json_node key;
    int code = TOOL_OK;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    setup(&w, t);
    lstmfc_json_end(&w, '}');
    now = w.failed == LSTMFC_OK ? lstmfc_json_parse(w.text, w.length, NULL, NULL) : NULL;
    if (!now) code = tool_fail(t->o, TOOL_FAILURE, "out of memory");
    for (key = now ? lstmfc_json_first(now, 0) : -1; key >= 0 && code == TOOL_OK; key = lstmfc_json_next(now, key)) {
        char name[64];
        size_t a, b, a_length, b_length;
        lstmfc_json_node then;
        lstmfc_json_string(now, key, name, sizeof name, NULL);
        then = lstmfc_json_get(json, 0, name);
        lstmfc_json_span(now, lstmfc_json_value(now, key), &a, &a_length);
        if (then >= 0) lstmfc_json_span(json, then, &b, &b_length);
        if (then >= 0 && a_length == b_length && !memcmp(w.text + a, text + b, a_length)) continue;
        code = tool_fail(t->o, TOOL_USAGE, "--resume: %s/journal.jsonl is of another search: its %s differ%s. "
                         "The same command goes on "
                                           "with it; another one needs another --out", t->folder, name,
                         name[strlen(name) - 1] == 's' ? "" : "s");
    }
    lstmfc_json_free(now);
    lstmfc_writer_free(&w);
    return code;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static void read_figures(const lstmfc_json *json, trial *r) {
    int64_t whole;
    if (lstmfc_json_integer(json, lstmfc_json_get(json, 0, "epochs"), &whole)) r->epochs = (int32_t)whole;
    if (lstmfc_json_integer(json, lstmfc_json_get(json, 0, "best_epoch"), &whole)) r->best_epoch = (int32_t)whole;
    lstmfc_json_integer(json, lstmfc_json_get(json, 0, "val_samples"), &r->samples);
    lstmfc_json_number(json, lstmfc_json_get(json, 0, "value"), &r->value);
    lstmfc_json_number(json, lstmfc_json_get(json, 0, "val_accuracy"), &r->accuracy);
    lstmfc_json_number(json, lstmfc_json_get(json, 0, "seconds"), &r->seconds);
}

static char *read_error(const lstmfc_json *json) {
    lstmfc_json_node node = lstmfc_json_get(json, 0, "error");
    size_t length = 0;
    char *text;
    if (node < 0) return NULL;
    lstmfc_json_string(json, node, NULL, 0, &length);
    text = (char *)calloc(length + 1, 1);
    if (text) lstmfc_json_string(json, node, text, length + 1, &length);
    return text;
}

static int read_start(tune *t, const lstmfc_json *json) {
    trial *r = &t->trials[t->count];
    if (!space_read(&t->space, json, lstmfc_json_get(json, 0, "params"), r->x)) return 0;
    r->state = TRIAL_RUNNING;
    r->value = r->accuracy = lstmfc_nan();
    r->lost = 1;
    t->count++;
    return 1;
}

/* What an event says of a trial that has begun. 0: it cannot be. */
static int read_event(const lstmfc_json *json, const char *event, trial *r) {
    char state[16] = "";
    int64_t rung = -1;
    if (!strcmp(event, "go")) { r->state = TRIAL_RUNNING; r->lost = 1; return r->rung > 0; }
    read_figures(json, r);
    if (!strcmp(event, "rung")) {
        if (!lstmfc_json_integer(json, lstmfc_json_get(json, 0, "rung"), &rung) || rung != r->rung
            || rung >= TUNE_RUNGS) return 0;
        r->rungs[r->rung++] = r->value;
        r->state = TRIAL_PAUSED;
        r->lost = 0;
        return 1;
    }
    lstmfc_json_string(json, lstmfc_json_get(json, 0, "state"), state, sizeof state, NULL);
    for (r->state = TRIAL_DONE; r->state <= TRIAL_STOPPED && strcmp(state, states[r->state]); r->state++) continue;
    r->lost = 0;
    free(r->error);
    r->error = read_error(json);
    return !strcmp(event, "end") && r->state <= TRIAL_STOPPED;
}

/* One line behind the first. 0: it is no event that could stand here. */
static int read_line(tune *t, const char *text, const lstmfc_json *json) {
    char event[16] = "";
    int64_t number = 0;
    size_t offset, length;
    lstmfc_json_node report = lstmfc_json_get(json, 0, "report");
    lstmfc_json_string(json, lstmfc_json_get(json, 0, "event"), event, sizeof event, NULL);
    if (!strcmp(event, "test")) {
        t->tested = 1;
        if (report < 0) return 0;
        lstmfc_json_span(json, report, &offset, &length);
        free(t->report);
        t->report = (char *)calloc(length + 1, 1);
        if (t->report) memcpy(t->report, text + offset, length);
        return t->report != NULL;
    }
    if (!lstmfc_json_integer(json, lstmfc_json_get(json, 0, "trial"), &number) || number < 1) return 0;
    if (!strcmp(event, "start")) return number == t->count + 1 && number <= t->wanted && read_start(t, json);
    if (number > t->count) return 0;
    if (!strcmp(event, "choice")) { t->chosen = (int)number - 1; return 1; }
    return read_event(json, event, &t->trials[number - 1]);
}

/* How many trials the lines begin: there must be room for them. */
static int starts_in(const char *text) {
    int count = 0;
    const char *start = "\n{\"event\":\"start\"";
    for (text = strstr(text, start); text; text = strstr(text + 1, start)) count++;
    return count;
}

static int read_all(tune *t, const char *text) {
    int line = 1, code = TOOL_OK, begun = starts_in(text);
    if (begun > t->wanted)
        return tool_fail(t->o, TOOL_USAGE, "--trials %d: %s/journal.jsonl has %d already", t->wanted, t->folder, begun);
    for (; *text && code == TOOL_OK; line++) {
        lstmfc_error err = {0};
        size_t length = strcspn(text, "\n");
        lstmfc_json *json = lstmfc_json_parse(text, length, NULL, &err);
        if (!json) code = tool_fail(t->o, TOOL_FAILURE, "%s/journal.jsonl, line %d: %s", t->folder, line, err.message);
        else if (line == 1) code = compare_first(t, text, json);
        else if (!read_line(t, text, json))
            code = tool_fail(t->o, TOOL_FAILURE, "%s/journal.jsonl, line %d: no event that could follow the lines "
                             "above it", t->folder, line);
        lstmfc_json_free(json);
        text += length + 1;
    }
    return code;
}

/* The whole lines of the journal, what was cut short taken off; *text is NUL-ended. */
static int take_lines(const tune *t, char **text) {
    struct stat status;
    size_t length = 0, size;
    if (fstat(t->journal, &status) != 0 || !(*text = (char *)malloc((size_t)status.st_size + 1)))
        return tool_fail(t->o, TOOL_FAILURE, "%s/journal.jsonl cannot be read", t->folder);
    size = (size_t)status.st_size;
    while (length < size) {
        ssize_t n = pread(t->journal, *text + length, size - length, (off_t)length);
        if (n <= 0) break;
        length += (size_t)n;
    }
    while (length && (*text)[length - 1] != '\n') length--;
    (*text)[length] = 0;
    if (length < size && ftruncate(t->journal, (off_t)length) != 0)
        return tool_fail(t->o, TOOL_FAILURE, "%s/journal.jsonl cannot be written: %s", t->folder, strerror(errno));
    return TOOL_OK;
}

static int lock(const tune *t) {
    struct flock whole;
    memset(&whole, 0, sizeof whole);
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    /* no locks here: go on */
    if (fcntl(t->journal, F_SETLK, &whole) == 0 || (errno != EACCES && errno != EAGAIN)) return TOOL_OK;
    return tool_fail(t->o, TOOL_FAILURE, "another search is at work in %s", t->folder);
}

/* The name of a new file must be on the disk too. */
static void sync_folder(const char *path) {
    int folder = open(path, O_RDONLY);
    if (folder < 0) return;
    fsync(folder);
    close(folder);
}

int journal_open(tune *t, int resume) {
    char path[512], *text = NULL;
    int code;
    snprintf(path, sizeof path, "%s/journal.jsonl", t->folder);
    t->journal = open(path, O_RDWR | O_APPEND | (resume ? 0 : O_CREAT), 0666);
    if (t->journal < 0 && resume)
        return tool_fail(t->o, TOOL_USAGE, "--resume: there is no search in %s: %s", t->folder, strerror(errno));
    if (t->journal < 0) return tool_fail(t->o, TOOL_FAILURE, "%s: %s", path, strerror(errno));
    code = lock(t);
    if (code == TOOL_OK) code = take_lines(t, &text);
    if (code == TOOL_OK && *text && !resume)
        code = tool_fail(t->o, TOOL_USAGE, "%s holds a search: --resume goes on with it, another one needs another "
                         "--out", t->folder);
    if (code == TOOL_OK && *text) code = read_all(t, text);
    else if (code == TOOL_OK) { code = write_first(t); sync_folder(t->folder); }
    free(text);
    return code;
}
#endif
