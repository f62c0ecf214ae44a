/* search.c - which trial runs next, in processes of their own, and what becomes of it.

   With --grace trials are measured in rungs (ASHA: Li et al., A System for Massively Parallel Hyperparameter Tuning,
   MLSys 2020): at grace, grace * reduction, grace * reduction^2 ... epochs a trial pauses at a checkpoint. A free
   process takes the best of the paused trials that is among the best 1/reduction of all that have reached its rung, the
   highest rung first, and lets it go on; when there is none it begins a new trial. Nobody waits for anybody. When none
   is left to begin, whoever stands best is trained to its end, and what is paused then is stopped. A trial that ends by
   itself (--patience) before a rung counts there with what it has come to.

   A trial is a fork of this process: the candles are there without being read again, and what kills a trial (a crash,
   the kernel's memory killer) kills no other and not the search. */
#include "tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int search_count(const tune *t, int state) {
    int i, count = 0;
    for (i = 0; i < t->count; i++) count += t->trials[i].state == state;
    return count;
}

int search_best(const tune *t) {
    int i, best = -1;
    for (i = 0; i < t->count; i++)
        if (t->trials[i].state == TRIAL_DONE && (best < 0 || t->trials[i].value < t->trials[best].value)) best = i;
    return best;
}

/* What has come to its end stands at the rung before which it ended. A failed trial has no value: as one that still
   runs it counts among the bad, so that what made it fail is not tried again. */
void search_observations(const tune *t, tpe_observation *observations) {
    int i;
    for (i = 0; i < t->count; i++) {
        const trial *r = &t->trials[i];
        int is_done = r->state == TRIAL_DONE;
        observations[i].x = r->x;
        observations[i].value = is_done || !r->rung ? r->value : r->rungs[r->rung - 1];
        observations[i].rung = r->rung + is_done;
        observations[i].pending = r->state == TRIAL_FAILED || (!is_done && !r->rung);
    }
}

void search_words(const tune *t, int number, lstmfc_writer *w) {
    const double *x = t->trials[number].x;
    int i, said = 0;
    size_t k, start = w->length;
    for (i = 0; i < t->space.count; i++) {
        const space_parameter *p = &t->space.parameters[i];
        lstmfc_writer value;
        if (!space_varies(p) || lstmfc_is_nan(x[i])) continue;
        lstmfc_writer_init(&value, NULL);
        space_value(&t->space, x, i, &value);
        lstmfc_write_text(&value, "", 1);
        tool_print(w, "%s%s %s", said ? ", " : "", p->name, value.text ? value.text : "");
        lstmfc_writer_free(&value);
        said = 1;
    }
    for (k = start; k < w->length; k++) if (w->text[k] == '\n') w->text[k] = ' ';
    lstmfc_write_text(w, "", 1);
    if (w->length) w->length--;
}

#ifndef _WIN32
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- telling --------------------------------------------------------------------------------------------------- */

static int is_shown(const tune *t, int mode) { return t->bar.mode == mode; }

static int columns(void) {
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
#endif
    return 100;
}

static void clear_table(tune *t) {
    if (t->shown_lines) fprintf(stderr, "\033[%dA\r\033[J", t->shown_lines);
    t->shown_lines = 0;
}

static void table_line(tune *t, const char *text) {
    int width = columns() - 1;
    size_t length = (size_t)tool_cut(text, strlen(text), (size_t)width);
    tool_show(stderr, text, length);
    fputc('\n', stderr);
    t->shown_lines++;
}

static void table_row(tune *t, int number) {
    const trial *r = &t->trials[number];
    lstmfc_writer w;
    char value[32], line[600];
    lstmfc_writer_init(&w, NULL);
    search_words(t, number, &w);
    snprintf(line, sizeof line, "%6d  %-8s %4d/%-5d %10s   %.480s", number + 1, trial_state_name(r->state), r->epochs,
             t->epochs, tool_figure(value, "%.6f", r->value), w.text ? w.text : "");
    table_line(t, line);
    lstmfc_writer_free(&w);
}

/* The five best and those that run, redrawn where they stand. */
static void show_table(tune *t, int now) {
    int order[5], n = 0, i, k;
    char line[200];
    double seconds = tool_seconds();
    if (!is_shown(t, PROGRESS_BAR) || (!now && seconds - t->last_shown < 0.2)) return;
    t->last_shown = seconds;
    clear_table(t);
    snprintf(line, sizeof line, "%d of %d trials begun: %d done, %d stopped, %d paused, %d failed; %.0f s", t->count,
             t->wanted, search_count(t, TRIAL_DONE), search_count(t, TRIAL_STOPPED), search_count(t, TRIAL_PAUSED),
             search_count(t, TRIAL_FAILED),
             seconds - t->started);
    table_line(t, line);
    table_line(t, " trial  state       epochs  validation   parameters");
    for (i = 0; i < t->count; i++) {
        if (t->trials[i].state == TRIAL_FAILED || t->trials[i].state == TRIAL_RUNNING
            || !lstmfc_is_finite(t->trials[i].value)) continue;
        for (k = n; k > 0 && t->trials[i].value < t->trials[order[k - 1]].value; k--)
            if (k < 5) order[k] = order[k - 1];
        if (k < 5) { order[k] = i; n += n < 5; }
    }
    for (i = 0; i < n; i++) table_row(t, order[i]);
    for (i = 0; i < t->count; i++) if (t->trials[i].state == TRIAL_RUNNING) table_row(t, i);
    fflush(stderr);
}

static void show_event(tune *t, const char *event, int number, const trial_report *report) {
    const trial *r = &t->trials[number];
    lstmfc_writer w;
    char value[32];
    lstmfc_writer_init(&w, NULL);
    if (is_shown(t, PROGRESS_JSONL)) {
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "event", event);
        lstmfc_json_put_integer(&w, "trial", number + 1);
        lstmfc_json_put_string(&w, "state", trial_state_name(r->state));
        lstmfc_json_put_integer(&w, "trials", t->wanted);
        if (report) {
            lstmfc_json_put_integer(&w, "epoch", report->epoch);
            lstmfc_json_put_integer(&w, "epochs", t->epochs);
            lstmfc_json_put_number(&w, "loss", report->loss);
            lstmfc_json_put_number(&w, "val_loss", report->val_loss);
        }
        lstmfc_json_put_number(&w, "value", r->value);
        if (r->error) lstmfc_json_put_string(&w, "error", r->error);
        space_json(&w, "params", &t->space, r->x);
        lstmfc_json_end(&w, '}');
        if (w.failed == LSTMFC_OK) fprintf(stderr, "%.*s\n", (int)w.length, w.text);
    } else if (is_shown(t, PROGRESS_LINES) && !report) {
        search_words(t, number, &w);
        fprintf(stderr, "trial %d/%d  %-7s  ", number + 1, t->wanted, trial_state_name(r->state));
        if (!r->error)
            fprintf(stderr, "%s after %d epoch%s  ", tool_figure(value, "%.6f", r->value), r->epochs,
                    r->epochs == 1 ? "" : "s");
        if (w.text) tool_show(stderr, w.text, w.length);
        fprintf(stderr, "%s", number == search_best(t) ? "  (best)" : "");
        if (r->error) { fputs(": ", stderr); tool_show(stderr, r->error, strlen(r->error)); }
        fputc('\n', stderr);
    }
    lstmfc_writer_free(&w);
    fflush(stderr);
    show_table(t, !report);
}

/* ---- which one ------------------------------------------------------------------------------------------------- */

/* Among those that have reached this rung: is it in the best 1/reduction? */
static int is_promotable(const tune *t, int number, int rung) {
    const trial *r = &t->trials[number];
    int i, reached = 0, better = 0;
    for (i = 0; i < t->count; i++) {
        const trial *other = &t->trials[i];
        double value = other->rung > rung ? other->rungs[rung] : other->value;
        if (!(other->rung > rung || (other->state == TRIAL_DONE && other->rung == rung))) continue;
        reached++;
        better += value < r->rungs[rung] || (!(value > r->rungs[rung]) && i < number);
    }
    return better < reached / t->reduction;
}

/* The paused trial that may go on; -1: none. */
static int next_promotion(const tune *t) {
    int rung, i;
    for (rung = t->rung_count - 1; rung >= 0; rung--) {
        int best = -1;
        for (i = 0; i < t->count; i++) {
            const trial *r = &t->trials[i];
            if (r->state != TRIAL_PAUSED || r->rung != rung + 1 || !is_promotable(t, i, rung)) continue;
            if (best < 0 || r->rungs[rung] < t->trials[best].rungs[rung]) best = i;
        }
        if (best >= 0) return best;
    }
    return -1;
}

/* When every trial has begun and none may go on: the paused one that stands better than all that have ended; -1: there
   is none. */
static int next_final(const tune *t) {
    int i, best = search_best(t), found = -1;
    double least = best >= 0 ? t->trials[best].value : HUGE_VAL;
    if (t->count < t->wanted || search_count(t, TRIAL_RUNNING)) return -1;
    for (i = 0; i < t->count; i++)
        if (t->trials[i].state == TRIAL_PAUSED && t->trials[i].value < least) { found = i; least = t->trials[i].value; }
    return found;
}

static int next_lost(const tune *t) {
    int i;
    for (i = 0; i < t->count; i++) if (t->trials[i].state == TRIAL_RUNNING && t->trials[i].lost) return i;
    return -1;
}

/* A new trial's point: by the sampler, from a stream of random numbers of its own, so that a search that was broken off
   draws what it would have drawn. */
static int draw(tune *t) {
    trial *r = &t->trials[t->count];
    lstmfc_rng rng;
    tpe_observation *observations = (tpe_observation *)calloc((size_t)t->count + 1, sizeof *observations);
    int ok = observations != NULL;
    lstmfc_rng_seed(&rng, lstmfc_hash((uint64_t)t->seed, (uint64_t)t->count + 1));
    if (ok) search_observations(t, observations);
    if (ok && t->with_tpe) ok = tpe_suggest(&t->space.sampler, t->count, observations, &rng, r->x);
    else if (ok) tpe_random(&t->space.sampler, &rng, r->x);
    free(observations);
    if (!ok) return tool_fail(t->o, TOOL_FAILURE, "out of memory");
    space_round(&t->space, r->x);
    r->state = TRIAL_RUNNING;
    r->value = r->accuracy = lstmfc_nan();
    t->count++;
    return journal_start(t, t->count - 1);
}

/* ---- processes ------------------------------------------------------------------------------------------------- */

/* The child: its words go into DIR/trials/NNNN.log, which tells why it failed. */
static void child(const tune *t, int number, int pipe) {
    char path[512], log[512];
    const trial *r = &t->trials[number];
    trial_report last;
    trial_job job;
    job.checkpoint = trial_path(t, number, ".checkpoint", path);
    job.loads = r->rung > 0;
    job.to = r->rung < t->rung_count ? t->rung_epochs[r->rung] : 0;
    job.pipe = pipe;
    if (!freopen(trial_path(t, number, ".log", log), "w", stderr)) _exit(TOOL_FAILURE);
    setvbuf(stderr, NULL, _IONBF, 0);
    _exit(trial_train(t, r->x, &job, &last));
}

static int launch(tune *t, int number) {
    trial *r = &t->trials[number];
    int ends[2];
    pid_t pid;
    r->state = TRIAL_RUNNING;
    r->lost = 0;
    r->told = REPORT_EPOCH;
    if (pipe(ends) != 0)
        return tool_fail(t->o, TOOL_FAILURE, "trial %d cannot be started: %s", number + 1, strerror(errno));
    fflush(stdout);
    fflush(stderr);
    pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        close(ends[0]);
        child(t, number, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return tool_fail(t->o, TOOL_FAILURE, "trial %d cannot be started: %s", number + 1, strerror(errno));
    }
    r->process = pid;
    r->pipe = ends[0];
    r->since = tool_seconds();
    return TOOL_OK;
}

/* Why it failed: what it said last of itself, else its last words, else how it ended. */
static char *read_failure(const tune *t, int number, int status) {
    static const char own[] = "lstmfc trial: ";
    char path[512], line[1200] = "", said[1200] = "", last[1200] = "", *text;
    FILE *log = fopen(trial_path(t, number, ".log", path), "r");
    size_t length;
    while (log && fgets(line, sizeof line, log)) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, own, sizeof own - 1)) snprintf(said, sizeof said, "%s", line + sizeof own - 1);
        else if (*line && strncmp(line, "note: ", 6)) snprintf(last, sizeof last, "%s", line);
    }
    if (log) fclose(log);
    if (!*said)
        snprintf(said, sizeof said, "ended %s %d%s%.900s", WIFSIGNALED(status) ? "by signal" : "with status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), *last ? ": " : "", last);
    length = strlen(said);
    if ((text = (char *)malloc(length + 1)) != NULL) memcpy(text, said, length + 1);
    return text;
}

static void remove_file(const tune *t, int number, const char *end) {
    char path[512];
    remove(trial_path(t, number, end, path));
}

/* It has come to its end or a rung: `kind` is the last word it sent (REPORT_EPOCH: it ended in the middle). */
static int conclude(tune *t, int number, int kind, int status) {
    trial *r = &t->trials[number];
    int code;
    r->seconds += tool_seconds() - r->since;
    r->process = 0;
    if (kind == REPORT_PAUSED && !lstmfc_is_nan(r->value)) {
        r->state = TRIAL_PAUSED;
        r->rungs[r->rung++] = r->value;
        code = journal_rung(t, number);
        show_event(t, "rung", number, NULL);
        return code;
    }
    r->state = kind == REPORT_DONE && lstmfc_is_finite(r->value) ? TRIAL_DONE : TRIAL_FAILED;
    if (r->state == TRIAL_FAILED) {
        r->error = read_failure(t, number, status);
        r->value = lstmfc_nan();
    }
    code = journal_end(t, number);
    if (r->state == TRIAL_DONE) remove_file(t, number, ".log");
    remove_file(t, number, ".checkpoint");
    show_event(t, "end", number, NULL);
    return code;
}

/* Reads what a trial sends; at its end takes the process back. */
static int listen_to(tune *t, int number) {
    trial *r = &t->trials[number];
    trial_report report;
    int status = 0;
    ssize_t n = read(r->pipe, &report, sizeof report);
    if (n < 0 && errno == EINTR) return TOOL_OK;
    if (n == (ssize_t)sizeof report) {
        r->told = report.kind;
        r->epochs = report.epoch;
        r->best_epoch = report.best_epoch;
        r->value = report.value;
        r->accuracy = report.accuracy;
        r->samples = report.samples;
        if (report.kind != REPORT_PAUSED) show_event(t, "epoch", number, &report);
        return TOOL_OK;
    }
    close(r->pipe);
    r->pipe = -1;
    while (waitpid((pid_t)r->process, &status, 0) < 0 && errno == EINTR) continue;
    return tool_interrupted() ? TOOL_OK : conclude(t, number, status ? REPORT_EPOCH : r->told, status);
}

static void stop_all(tune *t) {
    int i;
    for (i = 0; i < t->count; i++) {
        trial *r = &t->trials[i];
        if (r->state != TRIAL_RUNNING || r->process <= 0) continue;
        kill((pid_t)r->process, SIGKILL);
        waitpid((pid_t)r->process, NULL, 0);
        if (r->pipe >= 0) close(r->pipe);
        r->process = 0;
    }
}

/* Fills the free processes. *running gets how many there are. */
static int fill(tune *t, int *running) {
    int i, code = TOOL_OK;
    for (i = 0, *running = 0; i < t->count; i++) *running += t->trials[i].process > 0;
    while (*running < t->jobs && code == TOOL_OK) {
        int number = next_lost(t);
        if (number < 0 && ((number = next_promotion(t)) >= 0 || (number = next_final(t)) >= 0))
            code = journal_go(t, number);
        if (number < 0 && t->count < t->wanted) { code = draw(t); number = t->count - 1; }
        if (number < 0) break;
        if (code == TOOL_OK) code = launch(t, number);
        *running += code == TOOL_OK;
    }
    return code;
}

static int stop_paused(tune *t) {
    int i, code = TOOL_OK;
    for (i = 0; i < t->count && code == TOOL_OK; i++) {
        if (t->trials[i].state != TRIAL_PAUSED) continue;
        t->trials[i].state = TRIAL_STOPPED;
        code = journal_end(t, i);
        remove_file(t, i, ".checkpoint");
        remove_file(t, i, ".log");
        show_event(t, "end", i, NULL);
    }
    return code;
}

/* One round: waits until a trial says something, and hears all that do. */
static int wait_for(tune *t, struct pollfd *ends, int *numbers) {
    int i, n = 0, code = TOOL_OK;
    for (i = 0; i < t->count; i++) {
        if (t->trials[i].process <= 0) continue;
        ends[n].fd = t->trials[i].pipe;
        ends[n].events = POLLIN;
        ends[n].revents = 0;
        numbers[n++] = i;
    }
    if (poll(ends, (nfds_t)n, 200) <= 0) return TOOL_OK;
    for (i = 0; i < n && code == TOOL_OK; i++) if (ends[i].revents) code = listen_to(t, numbers[i]);
    return code;
}

int search_run(tune *t) {
    struct pollfd *ends = (struct pollfd *)calloc((size_t)t->jobs, sizeof *ends);
    int *numbers = (int *)calloc((size_t)t->jobs, sizeof *numbers), running = 0;
    int code = ends && numbers ? TOOL_OK : tool_fail(t->o, TOOL_FAILURE, "out of memory");
    t->started = tool_seconds();
    tool_catch_interrupt();
    while (code == TOOL_OK && !tool_interrupted()) {
        code = fill(t, &running);
        if (code == TOOL_OK && !running) break;
        if (code == TOOL_OK) code = wait_for(t, ends, numbers);
        show_table(t, 0);
    }
    if (tool_interrupted() || code != TOOL_OK) stop_all(t);
    if (tool_interrupted() && code == TOOL_OK)
        code = tool_fail(t->o, TOOL_INTERRUPTED, "interrupted; the same command with --resume goes on from here");
    tool_release_interrupt();
    if (code == TOOL_OK) code = stop_paused(t);
    free(ends);
    free(numbers);
    return code;
}
#endif
