/* trial.c - one trial of a search: a point of the space as flags of train, and its training in a process of its own.

   A trial never sees the test span: it is given a copy of the rows before it. And the copy begins where the first
   sample of every trial is the same bar, however long its window and its indicators' memory are; so the validation part
   is the same bars in all, and their losses compare. */
#include "tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#  include <unistd.h>
#endif

const char *trial_path(const tune *t, int number, const char *end, char *out) {
    snprintf(out, 512, "%s/trials/%04d%s", t->folder, number + 1, end);
    return out;
}

/* ---- flags ----------------------------------------------------------------------------------------------------- */

void trial_flags_free(char **flags) {
    size_t i;
    if (!flags) return;
    for (i = 0; flags[i]; i++) free(flags[i]);
    free(flags);
}

/* "--name=value" with - for _ in the name; the value's end is NUL. NULL: out of memory. */
static char *flag_text(const char *name, const char *value) {
    size_t length = strlen(name) + strlen(value) + 4, i;
    char *text = (char *)malloc(length);
    if (!text) return NULL;
    snprintf(text, length, "--%s=%s", name, value);
    for (i = 2; text[i] != '='; i++) if (text[i] == '_') text[i] = '-';
    return text;
}

/* A flag that the command line gave and the space does not name */
static char *given_flag(const options_flag *flag) {
    char text[64];
    const char *value = text;
    if (flag->field->kind == LSTMFC_TEXT)
        memcpy(&value, (const unsigned char *)flag->desc + flag->field->offset, sizeof value);
    else lstmfc_field_get(flag->desc, flag->field, text, sizeof text);
    return flag_text(flag->field->name, value);
}

static int is_of_train(const tune *t, const options_flag *flag) {
    return flag->desc == t->base || flag->desc == &t->base->training || flag->desc == &t->base->training.optimizer;
}

static int in_space(const tune *t, const char *name) {
    int i;
    for (i = 0; i < t->space.count; i++) if (!strcmp(t->space.parameters[i].name, name)) return 1;
    return 0;
}

char **trial_flags(const tune *t, const double *x) {
    char **flags = (char **)calloc((size_t)t->o->flag_count + TPE_DIMENSIONS + 2, sizeof *flags);
    size_t n = 0;
    int i, ok;
    if (!flags) return NULL;
    ok = (flags[n++] = (char *)calloc(1, 8)) != NULL;
    if (ok) memcpy(flags[0], "trial", 5);
    for (i = 0; i < t->o->flag_count && ok; i++) {
        const options_flag *flag = &t->o->flags[i];
        if (!flag->given || !is_of_train(t, flag) || in_space(t, flag->field->name)) continue;
        if (!strcmp(flag->field->name, "created")) continue;
        ok = (flags[n++] = given_flag(flag)) != NULL;
    }
    for (i = 0; i < t->space.count && ok; i++) {
        lstmfc_writer w;
        if (!t->space.parameters[i].field || lstmfc_is_nan(x[i])) continue;
        lstmfc_writer_init(&w, NULL);
        space_value(&t->space, x, i, &w);
        lstmfc_write_text(&w, "", 1);
        ok = w.failed == LSTMFC_OK && (flags[n++] = flag_text(t->space.parameters[i].name, w.text)) != NULL;
        lstmfc_writer_free(&w);
    }
    if (ok) return flags;
    trial_flags_free(flags);
    return NULL;
}

int trial_desc(char **flags, options *o, lstmfc_forecaster_desc *desc) {
    static const options_command command = {"trial", "a trial of a search", "", NULL, ""};
    int count = 0;
    options_init(o, &command);
    tool_fit_options(o, desc);
    options_preset(o, "test", "0.2");
    while (flags[count]) count++;
    return options_parse(o, count, flags);
}

/* The value of a flag in this point: of the space, else of the command line. The caller's writer keeps the text. */
static const char *value_of(const tune *t, const double *x, const char *name, const char *otherwise, lstmfc_writer *w) {
    int i;
    lstmfc_writer_init(w, NULL);
    for (i = 0; i < t->space.count; i++) if (!strcmp(t->space.parameters[i].name, name) && !lstmfc_is_nan(x[i])) break;
    if (i < t->space.count) space_value(&t->space, x, i, w);
    else lstmfc_write_text(w, otherwise, strlen(otherwise));
    lstmfc_write_text(w, "", 1);
    return w->text ? w->text : "";
}

int64_t trial_extent(const tune *t, const double *x) {
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    lstmfc_features *features;
    lstmfc_writer w;
    const char *value;
    char text[32];
    int64_t window = 0, stable;
    text[lstmfc_format_int(text, t->base->window)] = 0;
    value = value_of(t, x, "window", text, &w);
    lstmfc_parse_int(value, strlen(value), &window);
    lstmfc_writer_free(&w);
    desc.columns = t->candles;
    desc.start_dependent = 1;
    value = value_of(t, x, "profile", tool_profile_name(t->base->profile), &w);
    desc.profile = LSTMFC_PROFILE_TRADINGVIEW;
    while (desc.profile && strcmp(value, tool_profile_name(desc.profile))) desc.profile--;
    lstmfc_writer_free(&w);
    features = lstmfc_features_compile(value_of(t, x, "features", t->base->features, &w), &desc, NULL);
    lstmfc_writer_free(&w);
    if (!features) return -1;
    stable = lstmfc_features_stable(features, 0);
    lstmfc_features_free(features);
    return stable + window - 1;
}

/* ---- training -------------------------------------------------------------------------------------------------- */

/* The rows of a trial: up to the test span, from where its first sample is that of all. NULL: said. */
static lstmfc_candles *own_rows(const tune *t, const options *o, const double *x) {
    lstmfc_error err = {0};
    int64_t extent = trial_extent(t, x), skip = t->first - extent;
    lstmfc_candles *rows;
    if (extent < 0) skip = 0;                           /* training says what is wrong with the features */
    if (skip < 0) {
        tool_fail(o, TOOL_FAILURE, "its window and features reach back %lld bars, %lld further than was foreseen: "
                  "validated on other "
                                   "bars it would not compare", (long long)extent, (long long)-skip);
        return NULL;
    }
    rows = lstmfc_candles_slice(t->candles, (size_t)skip, (size_t)(t->seen - skip), &err);
    if (!rows) tool_fail_error(o, &err);
    return rows;
}

/* What the trial has come to, of its last epoch and of the one whose weights it keeps. */
static trial_report report_of(lstmfc_fit *fit, int32_t kind) {
    trial_report r;
    lstmfc_spans spans = lstmfc_fit_spans(fit);
    const lstmfc_epoch *history;
    memset(&r, 0, sizeof r);
    history = lstmfc_trainer_history(lstmfc_fit_trainer(fit), &r.epoch, &r.best_epoch);
    r.kind = kind;
    r.samples = spans.val_end - spans.val_first;
    r.loss = r.val_loss = r.value = r.accuracy = lstmfc_nan();
    if (r.epoch > 0) { r.loss = history[r.epoch - 1].loss; r.val_loss = history[r.epoch - 1].val_loss; }
    if (r.best_epoch > 0) {
        r.value = history[r.best_epoch - 1].val_loss;
        r.accuracy = history[r.best_epoch - 1].val_accuracy;
    }
    return r;
}

#ifndef _WIN32
/* Whoever started us may have gone: SIGPIPE ends us then. pipe -1: nobody listens. */
static void tell(int pipe, const trial_report *r) {
    if (pipe >= 0 && write(pipe, r, sizeof *r) != (ssize_t)sizeof *r) _exit(TOOL_FAILURE);
}
#else
static void tell(int pipe, const trial_report *r) { (void)pipe; (void)r; }
#endif

static int train(const options *o, lstmfc_fit *fit, const trial_job *job, trial_report *last) {
    lstmfc_error err = {0};
    lstmfc_result result = LSTMFC_OK;
    if (job->loads && lstmfc_fit_load(fit, job->checkpoint, &err) != LSTMFC_OK)
        return tool_fail_model(o, job->checkpoint, &err);
    *last = report_of(fit, REPORT_EPOCH);
    while (result == LSTMFC_OK && (!job->to || last->epoch < job->to)) {
        result = lstmfc_fit_step(fit, 0, &err);
        *last = report_of(fit, result == LSTMFC_DONE ? REPORT_DONE : REPORT_EPOCH);
        if (result == LSTMFC_OK) tell(job->pipe, last);
    }
    if (result != LSTMFC_OK && result != LSTMFC_DONE) return tool_fail_error(o, &err);
    if (result == LSTMFC_OK && lstmfc_fit_save(fit, job->checkpoint, &err) != LSTMFC_OK)
        return tool_fail_as(o, TOOL_FAILURE, &err);
    if (result == LSTMFC_OK) last->kind = REPORT_PAUSED;
    tell(job->pipe, last);
    return TOOL_OK;
}

int trial_train(const tune *t, const double *x, const trial_job *job, trial_report *last) {
    static options o;
    lstmfc_error err = {0};
    lstmfc_forecaster_desc desc;
    lstmfc_candles *rows = NULL;
    lstmfc_fit *fit = NULL;
    char **flags = trial_flags(t, x);
    int code = flags ? trial_desc(flags, &o, &desc) : TOOL_FAILURE;
    if (code == -1) code = (rows = own_rows(t, &o, x)) ? TOOL_OK : TOOL_FAILURE;
    if (code == TOOL_OK) {
        desc.test = LSTMFC_NONE;
        desc.env = desc.training.env = tool_env();
        fit = lstmfc_fit_create(rows, &desc, &err);
        code = fit ? train(&o, fit, job, last) : tool_fail_error(&o, &err);
    }
    lstmfc_fit_free(fit);
    lstmfc_candles_free(rows);
    options_free(&o);
    trial_flags_free(flags);
    return code;
}
