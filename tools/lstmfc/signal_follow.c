/* signal_follow.c - signal --follow: a line for each bar that closes on stdin, to the bits of `signal` on the whole file up to it. */
#include "signal.h"
#include "follow.h"
#include "members.h"
#include "signal_retrain.h"
#include "signal_state.h"

#include <stdlib.h>
#include <string.h>

typedef struct run {
    const options *o;
    tool_input *input;
    const signal_options *own;
    const lstmfc_signal_desc *signals;
    follow_ask ask;
    follow_count count;
    FILE *out;
    live *model;
    newest told;                        /* of the newest line */
    lstmfc_writer line;                 /* the newest */
    live_bars bars;                     /* all so far, as long as they are needed */
    retrain training;                   /* of --max-age-hours */
    journal journal;                    /* of --state: the same on the disk */
    char asked[300];
    int64_t known, last;                /* the bar up to which nothing is told; the newest bar */
    int some, junction;                 /* there was a bar; the first that is new has come */
} run;

static int is_kept(const run *r) { return r->own->state && *r->own->state; }
static int needs_bars(const run *r) { return r->own->max_age_hours > 0 || live_needs_bars(r->model); }

/* ---- bars and lines ------------------------------------------------------------------------------------------------ */

static int keep_bar(run *r, const lstmfc_candles *candles, size_t index) {
    int code = live_bars_add(r->o, &r->bars, candles, index);
    return code == TOOL_OK && is_kept(r) ? journal_add(r->o, &r->journal, &r->bars) : code;
}

/* The next bar, told or not. */
static int take(run *r, const lstmfc_candles *candles, size_t index, lstmfc_forecast *forecast) {
    int code = needs_bars(r) ? keep_bar(r, candles, index) : TOOL_OK;
    if (code == TOOL_OK) code = live_push(r->model, candles, index, &r->bars.candles, forecast);
    r->last = candles->time[index];
    r->some = 1;
    return code;
}

/* Where everything stands, on the disk. line NULL: there is none yet. */
static int save(run *r, const lstmfc_writer *line, int told) {
    int code, kept = needs_bars(r);
    if (!kept) live_bars_free(&r->bars);
    if (!is_kept(r)) return TOOL_OK;
    if (!kept) r->journal.count = r->journal.bytes = 0;
    code = kept ? journal_sync(r->o, &r->journal) : TOOL_OK;
    if (code == TOOL_OK) code = signal_state_save(r->o, r->own->state, r->asked, r->model, r->last, line, told, r->training.tried, &r->journal);
    if (code == TOOL_OK && !kept && r->journal.file) journal_remove(&r->journal);
    return code;
}

/* Bars that are missing between what was there before and the first that is new: the one place where a feed is mended. */
static void note_junction(run *r, int64_t time) {
    int64_t step = r->ask.interval, missing = r->some && step > 0 ? (time - r->last) / step - 1 : 0;
    char a[32], b[32], n[32];
    if (r->junction++ || missing <= 0) return;
    lstmfc_format_time(a, r->last);
    lstmfc_format_time(b, time);
    fputs("lstmfc signal: ", stderr);
    if (r->count.lines) fprintf(stderr, "line %lld: ", (long long)r->count.lines);
    fprintf(stderr, "%s bar%s missing between %s, the last that was known, and %s\n", tool_count(n, missing), missing == 1 ? " is" : "s are", a, b);
}

/* The line of the bar that was pushed last, of candles that hold it. */
static int make_line(run *r, const lstmfc_candles *candles) {
    newest *n = &r->told;
    int code;
    n->candles = candles;
    n->info = lstmfc_forecaster_get_info(live_answer(r->model));
    n->now = follow_now(r->o, r->input, &r->ask, r->last);
    memset(&n->whose, 0, sizeof n->whose);
    n->whose.info = lstmfc_forecaster_get_info(live_model(r->model));
    n->whose.interval = n->whose.info.interval;
    n->whose.symbol = r->own->symbol;
    code = live_origin(r->model, &r->bars.candles, &n->whose.origin);
    if (code == TOOL_OK) code = live_tell(r->model, &r->bars.candles, &n->forecast, &n->rules);
    if (code != TOOL_OK) return code;
    lstmfc_writer_free(&r->line);
    lstmfc_writer_init(&r->line, NULL);
    code = signal_json(r->o, &r->line, n, live_rules(r->model));
    rules_free(&n->rules);
    return code;
}

/* ---- a new model --------------------------------------------------------------------------------------------------- */

/* Between two bars: the training has ended. From the next bar on the new model speaks, if there is one. */
static int change_model(run *r) {
    live *new_model = retrain_take(&r->training, live_model(r->model), &r->bars, follow_now(r->o, r->input, &r->ask, r->last));
    r->ask.descriptor = -1;
    if (new_model) {
        live_free(r->model);
        r->model = new_model;
    }
    return save(r, r->line.length ? &r->line : NULL, 1);        /* the file of the model is written, or when it was tried is to be known */
}

static int finish_training(run *r) {
    while (retrain_read(&r->training)) {}
    return change_model(r);
}

static int on_answer(void *user) {
    run *r = (run *)user;
    return retrain_read(&r->training) ? TOOL_OK : change_model(r);
}

/* After a bar: a training, where it is time. */
static int watch_age(run *r) {
    int64_t now = follow_now(r->o, r->input, &r->ask, r->last);
    if (!r->some || !retrain_due(&r->training, live_model(r->model), now)) return TOOL_OK;
    if (!retrain_start(&r->training, live_model(r->model), &r->bars, now)) return save(r, r->line.length ? &r->line : NULL, 1);
    if (r->own->retrain == SIGNAL_RETRAIN_WAIT) return finish_training(r);
    r->ask.descriptor = r->training.descriptor;
    return TOOL_OK;
}

/* A new bar: pushed, its line made, the state saved, the line told. */
static int on_new(run *r, const lstmfc_candles *candles, size_t index) {
    int code;
    note_junction(r, candles->time[index]);
    code = take(r, candles, index, &r->told.forecast);
    if (code == TOOL_OK) code = make_line(r, candles);
    if (code == TOOL_OK) code = save(r, &r->line, 0);
    if (code == TOOL_OK) code = follow_write(r->o, r->out, r->own->out, &r->line);
    if (code == TOOL_OK && is_kept(r)) signal_settle(r->out);
    return code == TOOL_OK ? watch_age(r) : code;
}

static int on_bar(void *user, const lstmfc_candles *bar) { return on_new((run *)user, bar, 0); }

/* ---- where it begins ------------------------------------------------------------------------------------------------ */

/* The bars up to the state's last one, which it keeps no more, out of the history. */
static int bars_again(run *r, const signal_past *past, const lstmfc_candles *history, const char *why) {
    char last[32];
    size_t t;
    int code = TOOL_OK;
    for (t = 0; history && t < history->count && history->time[t] <= past->last && code == TOOL_OK; t++) code = keep_bar(r, history, t);
    if (code != TOOL_OK || (t && r->bars.candles.time[t - 1] == past->last)) return code;
    lstmfc_format_time(last, past->last);
    return tool_fail(r->o, TOOL_MODEL, "--state %s: %s, so all bars so far are needed: give them by --csv, up to %s at least; or remove the state, "
                     "and begin anew", r->own->state, why, last);
}

/* Goes on from the state. */
static int resume(run *r, const signal_past *past, const lstmfc_candles *history) {
    int code = past->bars ? journal_read(r->o, &r->journal, past->bars, past->bytes, &r->bars) : TOOL_OK, restored;
    if (code != TOOL_OK) return code;
    code = signal_state_restore(r->model, r->own->state, past);
    restored = code == TOOL_OK;
    if (!restored && code != LIVE_OTHER) return code;
    code = (!restored || needs_bars(r)) && !past->bars ? bars_again(r, past, history, restored ? "it keeps none" : "it is of another model") : TOOL_OK;
    if (code == TOOL_OK && !restored) {
        fprintf(stderr, "note: the state %s was made by another model: %lld bars were read again\n", r->own->state, (long long)r->bars.candles.count);
        code = live_replay(r->model, &r->bars.candles, 0);
    }
    r->last = r->known = past->last;
    r->training.tried = past->tried;
    r->some = 1;
    return code;
}

/* The output, and the last line of the run before where it may not have gone out. */
static int open_output(run *r, const signal_past *past, int resumed) {
    int code = TOOL_OK, written = past->told;
    int file = strcmp(r->own->out, "-") != 0;
    if (!resumed || !file) r->out = follow_open(r->o, r->own->out, 0, &code);
    else {
        int there;
        r->out = signal_reopen(r->o, r->own->out, past, &there, &code);
        written |= there;
    }
    if (code != TOOL_OK || !past->line || written) return code;
    lstmfc_write_text(&r->line, past->line, past->line_length);
    lstmfc_write_text(&r->line, "\n", 1);
    code = follow_write(r->o, r->out, r->own->out, &r->line);
    if (code == TOOL_OK) signal_settle(r->out);
    return code;
}

/* A model that is younger than its bars, by the clock of the bars, stays so: that is said once. */
static void note_age(run *r) {
    int64_t created = lstmfc_forecaster_get_info(live_model(r->model)).created;
    char a[32], b[32];
    if (!(r->own->max_age_hours > 0) || !r->ask.by_bars || !r->some || created - r->ask.interval <= follow_now(r->o, r->input, &r->ask, r->last)) return;
    lstmfc_format_time(a, created);
    lstmfc_format_time(b, r->last);
    fprintf(stderr, "note: %s was created %s, after the bar of %s: by --clock bars it does not age before that\n", r->own->model, a, b);
}

/* State, history, output, in that order. Bars of the history are known; where there is a state, those after its last are new. */
static int set_out(run *r) {
    signal_past past;
    lstmfc_candles *history = NULL;
    size_t t;
    int code = -1, resumed;
    memset(&past, 0, sizeof past);
    if (is_kept(r)) code = signal_state_load(r->o, r->own->state, r->asked, &past);
    resumed = code == TOOL_OK;
    if (code == -1) code = TOOL_OK;
    if (code == TOOL_OK && r->input->csv && strcmp(r->input->csv, "-")) history = tool_input_load(r->o, r->input, &code);
    if (history) code = TOOL_OK;
    if (code == TOOL_OK && resumed) code = resume(r, &past, history);
    for (t = 0; history && !resumed && t < history->count && code == TOOL_OK; t++) code = take(r, history, t, NULL);
    if (!resumed) r->known = r->last;
    if (r->some) r->ask.known = &r->known;
    if (code == TOOL_OK) code = open_output(r, &past, resumed);
    if (code == TOOL_OK && !resumed && r->some) code = save(r, NULL, 0);
    if (code == TOOL_OK) { note_age(r); code = watch_age(r); }
    for (t = 0; history && resumed && t < history->count && code == TOOL_OK; t++)
        if (history->time[t] > past.last) code = on_new(r, history, t);
    if (resumed && r->last > r->known) r->known = r->last;
    lstmfc_candles_free(history);
    signal_past_free(&past);
    return code;
}

/* ---- the command ---------------------------------------------------------------------------------------------------- */

/* With --out FILE --json: what became of the lines, on stdout. */
static int summary(run *r) {
    lstmfc_writer w;
    int code;
    if (!r->o->json || !strcmp(r->own->out, "-")) return TOOL_OK;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_put_string(&w, "out", r->own->out);
    follow_json(&w, &r->count);
    lstmfc_json_put_integer(&w, "known", r->count.known);
    lstmfc_json_end(&w, '}');
    tool_print(&w, "\n");
    code = tool_write(r->o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

/* The flags that a state belongs to. */
static void asked_of(run *r) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(live_answer(r->model));
    size_t used;
    rules_live_asked(live_rules(r->model), r->asked, sizeof r->asked);
    used = strlen(r->asked);
    snprintf(r->asked + used, sizeof r->asked - used, ", horizon %d%s%.60s", info.horizon, r->own->symbol && *r->own->symbol ? ", symbol " : "",
             r->own->symbol ? r->own->symbol : "");
}

int signal_follow(const options *o, tool_input *input, const signal_options *own, const lstmfc_signal_desc *signals) {
    lstmfc_error err = {0};
    lstmfc_forecaster *model;
    lstmfc_forecaster_info info;
    run r;
    int code, closed;
    memset(&r, 0, sizeof r);
    r.o = o; r.input = input; r.own = own; r.signals = signals;
    r.told.own = own;
    lstmfc_writer_init(&r.line, NULL);
    retrain_init(&r.training, o, own, signals);
    follow_hold_pipe();
    if (!(model = lstmfc_forecaster_load(own->model, tool_env(), &err))) return tool_fail_model(o, own->model, &err);
    info = lstmfc_forecaster_get_info(model);
    code = members_live(o, model, own->model);
    if (code == -1) code = options_useful(o, tool_target_name(info.target));
    if (code == -1) code = signal_names_side(o, own->model, info.target);
    if (code == TOOL_OK && is_kept(&r)) {
        if (info.members) code = tool_fail(o, TOOL_USAGE, "--state: %s is an ensemble, whose stream is not saved: follow it without", own->model);
        else if (!(r.journal.path = files_join((options *)(uintptr_t)o, own->state, ".bars"))) code = TOOL_FAILURE;
        else code = files_known(o, r.journal.path);
    }
    if (code == TOOL_OK && own->max_age_hours > 0) code = retrain_check(&r.training, model);
    if (code != TOOL_OK) { lstmfc_forecaster_free(model); return code; }
    tool_input_follow(o, input, info.any_prices);
    input->whole = own->clock == SIGNAL_CLOCK_BARS;
    r.ask.strict = own->strict;
    r.ask.by_bars = own->clock == SIGNAL_CLOCK_BARS;
    r.ask.interval = info.interval;
    r.ask.bar = on_bar;
    r.ask.descriptor = -1;
    r.ask.ready = on_answer;
    r.ask.user = &r;
    r.model = live_create(o, model, (rules_asked){own->rules, own->clauses}, signals, own->use_horizon, &code);
    if (r.model) { asked_of(&r); code = set_out(&r); }
    if (code == TOOL_OK) code = follow_run(o, input, &r.ask, &r.count);
    if (code == TOOL_OK && r.training.child) code = finish_training(&r);    /* no bar waits for it any more */
    retrain_stop(&r.training);
    if (code == TOOL_OK && r.line.length) code = save(&r, &r.line, 1);
    closed = follow_close(o, r.out, own->out);
    if (code == TOOL_OK) code = closed;
    if (code == TOOL_OK) code = summary(&r);
    journal_close(&r.journal);
    live_free(r.model);
    live_bars_free(&r.bars);
    lstmfc_writer_free(&r.line);
    return code;
}
