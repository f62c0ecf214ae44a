/* signal_retrain.c - a training beside the bars. The child is a copy of the process: it has the bars, the old model and the options. It trains, lets
   the new model go through its bars, and sends both, model file and state, through a pipe; it writes no file. The parent goes on telling
   bars and looks at the pipe between two of them. When the answer is whole, the new model is brought up to the newest bar, its file
   written, and only then does it speak. Whatever dies at whatever moment: the model file is the old one or the new one. */
#include "signal_retrain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static const int64_t hour = 3600000;

void retrain_init(retrain *t, const options *o, const signal_options *own, const lstmfc_signal_desc *signals) {
    memset(t, 0, sizeof *t);
    t->o = o;
    t->own = own;
    t->signals = signals;
    t->descriptor = -1;
    lstmfc_writer_init(&t->answer, NULL);
}

int retrain_check(const retrain *t, const lstmfc_forecaster *model) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model);
    if (info.members) return tool_fail(t->o, TOOL_USAGE, "%s is an ensemble, which is not trained again by its age", t->own->model);
    if (info.pool_count)
        return tool_fail(t->o, TOOL_USAGE, "%s is a model of %lld series, and --follow reads one: --max-age-hours would make it a model of that one",
                         t->own->model, (long long)info.pool_count);
#ifdef _WIN32
    return tool_fail(t->o, TOOL_USAGE, "--max-age-hours: not with --follow on Windows, where the training has no process beside this one");
#else
    lstmfc_error err = {0};
    if (lstmfc_file_writable(t->own->model, &err) != LSTMFC_OK) return tool_fail_as(t->o, TOOL_FAILURE, &err);
    return t->own->keep ? keep_rotate(t->o, t->own->model, t->own->keep) : TOOL_OK;
#endif
}

/* Milliseconds from one that has ended to the next. */
static int64_t pause_of(const retrain *t) { return t->own->max_age_hours < 1 ? (int64_t)(t->own->max_age_hours * (double)hour) : hour; }

int retrain_due(const retrain *t, const lstmfc_forecaster *model, int64_t now) {
    int64_t created = lstmfc_forecaster_get_info(model).created;
    if (t->child || !(t->own->max_age_hours > 0)) return 0;
    if (t->tried && now >= t->tried && now - t->tried < pause_of(t)) return 0;
    return created <= 0 || (double)(now - created) > t->own->max_age_hours * (double)hour;
}

#ifndef _WIN32

/* ---- the child ------------------------------------------------------------------------------------------------------ */

/* The file of the new model and, behind it, its state after all these bars. An exit code, said. */
static int work(const retrain *t, const lstmfc_forecaster *old, const lstmfc_candles *candles, int64_t created, lstmfc_writer *model,
                lstmfc_writer *state) {
    lstmfc_error err = {0};
    lstmfc_forecaster *made;
    keep_model present;
    live *l = NULL;
    int code;
    memset(&present, 0, sizeof present);
    present.old = (lstmfc_forecaster *)(uintptr_t)(const void *)old;            /* is looked at */
    if ((code = signal_may_train(t->o, t->own, candles, &present)) != TOOL_OK) return code;
    if (!(made = signal_train(t->o, t->own, candles, &present, created, &code))) return code;
    if (lstmfc_forecaster_save_memory(made, model, &err) != LSTMFC_OK) code = tool_fail_as(t->o, TOOL_FAILURE, &err);
    lstmfc_forecaster_free(made);
    made = code == TOOL_OK ? lstmfc_forecaster_load_memory(model->text, model->length, tool_env(), &err) : NULL;
    if (code == TOOL_OK && !made) code = tool_fail_as(t->o, TOOL_FAILURE, &err);
    if (made) l = live_create(t->o, made, (rules_asked){t->own->rules, t->own->clauses}, t->signals, t->own->use_horizon, &code);
    if (l) code = live_replay(l, candles, 0);
    lstmfc_json_begin(state, NULL, '{');
    if (code == TOOL_OK) code = live_save(l, state);
    lstmfc_json_end(state, '}');
    live_free(l);
    return code;
}

static int send_all(int to, const char *text, size_t length) {
    while (length) {
        ssize_t n = write(to, text, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return 0;
        text += n;
        length -= (size_t)n;
    }
    return 1;
}

static void child(const retrain *t, const lstmfc_forecaster *old, const live_bars *bars, int64_t created, int to, int64_t parent) {
    options *o = (options *)(uintptr_t)(const void *)t->o;
    lstmfc_candles candles = bars->candles;
    lstmfc_writer model, state;
    char head[64];
    int nothing = open("/dev/null", O_RDWR), code;
    if (nothing >= 0) { dup2(nothing, 0); dup2(nothing, 1); }                   /* the pipes are the parent's */
    o->json = 0;
    if (!options_given(o, "progress")) o->progress = PROGRESS_NONE;
    tool_watch_parent(parent);
    candles.interval = lstmfc_forecaster_get_info(old).interval;
    lstmfc_writer_init(&model, NULL);
    lstmfc_writer_init(&state, NULL);
    code = work(t, old, &candles, created, &model, &state);
    if (code == TOOL_OK && state.failed != LSTMFC_OK) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    snprintf(head, sizeof head, "%zu %zu\n", model.length, state.length);
    if (code == TOOL_OK && !(send_all(to, head, strlen(head)) && send_all(to, model.text, model.length) && send_all(to, state.text, state.length)))
        code = TOOL_FAILURE;
    _exit(code);
}

/* ---- the parent ----------------------------------------------------------------------------------------------------- */

static int no_child(retrain *t, int64_t now, const char *what) {
    fprintf(stderr, "lstmfc %s: no training could begin: %s: %s\n", t->o->command->name, what, strerror(errno));
    t->tried = now;
    return 0;
}

int retrain_start(retrain *t, const lstmfc_forecaster *model, const live_bars *bars, int64_t now) {
    int ends[2];
    int64_t parent = (int64_t)getpid();
    pid_t made;
    if (pipe(ends)) return no_child(t, now, "pipe");
    if ((made = fork()) < 0) {
        no_child(t, now, "fork");
        close(ends[0]);
        close(ends[1]);
        return 0;
    }
    if (!made) {
        close(ends[0]);
        child(t, model, bars, now, ends[1], parent);
    }
    close(ends[1]);
    t->child = (int64_t)made;
    t->descriptor = ends[0];
    t->bars = bars->candles.count;
    return 1;
}

int retrain_read(retrain *t) {
    char piece[65536];
    ssize_t n;
    do n = read(t->descriptor, piece, sizeof piece); while (n < 0 && errno == EINTR);
    if (n > 0) lstmfc_write_text(&t->answer, piece, (size_t)n);
    return n > 0;
}

/* Its exit code; below 0: the signal that ended it. */
static int end_of(retrain *t) {
    int status = 0;
    pid_t got;
    do got = waitpid((pid_t)t->child, &status, 0); while (got < 0 && errno == EINTR);
    close(t->descriptor);
    t->descriptor = -1;
    t->child = 0;
    return got < 0 ? TOOL_FAILURE : WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void retrain_stop(retrain *t) {
    if (t->child) {
        kill((pid_t)t->child, SIGKILL);
        end_of(t);
    }
    lstmfc_writer_free(&t->answer);
}

/* The new model out of the answer, at the last bar. NULL: *code, said. */
static live *arrived(retrain *t, const live_bars *bars, int *code) {
    lstmfc_error err = {0};
    lstmfc_forecaster *model;
    lstmfc_json *json = NULL;
    live *l = NULL;
    const char *end = (const char *)memchr(t->answer.text, '\n', t->answer.length), *text = end ? end + 1 : NULL;
    int64_t length[2] = {0, 0};
    size_t used = end ? lstmfc_parse_int(t->answer.text, (size_t)(end - t->answer.text), &length[0]) : 0;
    if (used) lstmfc_parse_int(t->answer.text + used + 1, (size_t)(end - t->answer.text) - used - 1, &length[1]);
    if (t->answer.failed != LSTMFC_OK || !text || length[0] <= 0 || length[1] <= 0 || (int64_t)(t->answer.length - (size_t)(text - t->answer.text)) != length[0] + length[1]) {
        *code = tool_fail(t->o, TOOL_FAILURE, "the answer of the training is not whole");
        return NULL;
    }
    model = lstmfc_forecaster_load_memory(text, (size_t)length[0], tool_env(), &err);
    json = model ? lstmfc_json_parse(text + length[0], (size_t)length[1], NULL, &err) : NULL;
    if (!json) { lstmfc_forecaster_free(model); *code = tool_fail_as(t->o, TOOL_FAILURE, &err); return NULL; }
    l = live_create(t->o, model, (rules_asked){t->own->rules, t->own->clauses}, t->signals, t->own->use_horizon, code);
    if (l && (*code = live_load(l, "the new model", text + length[0], json, 0)) == TOOL_OK) *code = live_replay(l, &bars->candles, t->bars);
    lstmfc_json_free(json);
    if (*code == TOOL_OK) return l;
    live_free(l);
    return NULL;
}

live *retrain_take(retrain *t, const lstmfc_forecaster *old, const live_bars *bars, int64_t now) {
    const char *name = t->o->command->name;
    char a[32], b[32], why[64];
    int code = end_of(t);
    live *l = NULL;
    t->tried = now;
    if (code < 0) snprintf(why, sizeof why, "ended by signal %d", -code);
    else snprintf(why, sizeof why, "failed");
    if (code == TOOL_OK) l = arrived(t, bars, &code);
    if (l && (code = keep_save(t->o, live_model(l), t->own->model, t->own->keep)) != TOOL_OK) { live_free(l); l = NULL; }
    if (l) {
        lstmfc_format_time(a, bars->candles.time[t->bars - 1]);
        lstmfc_format_time(b, bars->candles.time[bars->candles.count - 1]);
        fprintf(stderr, "note: %s is a new model, trained on the bars up to %s; it tells those after %s\n", t->own->model, a, b);
    } else {
        lstmfc_format_time(a, lstmfc_forecaster_get_info(old).created);
        fprintf(stderr, "lstmfc %s: the training %s; the model created %s goes on, and another one is tried in %s\n", name, why, a,
                tool_span(b, pause_of(t)));
    }
    lstmfc_writer_free(&t->answer);
    lstmfc_writer_init(&t->answer, NULL);
    return l;
}

#else

int retrain_start(retrain *t, const lstmfc_forecaster *model, const live_bars *bars, int64_t now) { (void)t; (void)model; (void)bars; (void)now; return 0; }
int retrain_read(retrain *t) { (void)t; return 0; }
live *retrain_take(retrain *t, const lstmfc_forecaster *old, const live_bars *bars, int64_t now) { (void)t; (void)old; (void)bars; (void)now; return NULL; }
void retrain_stop(retrain *t) { lstmfc_writer_free(&t->answer); }

#endif
