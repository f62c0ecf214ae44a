/* signal_follow.c - signal --follow: a line for each bar that closes on stdin, to the bits of `signal` on the whole file up to it. */
#include "signal.h"
#include "follow.h"
#include "members.h"

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
    live_bars bars;                     /* as long as the model needs them */
    int64_t known, last;                /* the bar up to which nothing is told; the newest bar */
    int some, junction;                 /* there was a bar; the first of stdin that is new has come */
} run;

/* The next bar, told or not. */
static int take(run *r, const lstmfc_candles *candles, size_t index, lstmfc_forecast *forecast) {
    int code = TOOL_OK;
    if (live_needs_bars(r->model)) code = live_bars_add(r->o, &r->bars, candles, index);
    if (code == TOOL_OK) code = live_push(r->model, candles, index, &r->bars.candles, forecast);
    r->last = candles->time[index];
    r->some = 1;
    return code;
}

static void let_go(run *r) { if (!live_needs_bars(r->model)) live_bars_free(&r->bars); }

/* The line of the bar that was pushed last. */
static int tell(run *r, const lstmfc_candles *bar) {
    newest *n = &r->told;
    const lstmfc_forecaster *model = live_model(r->model);
    lstmfc_writer w;
    int code;
    n->candles = bar;
    n->info = lstmfc_forecaster_get_info(live_answer(r->model));
    n->now = follow_now(r->o, r->input, &r->ask, r->last);
    memset(&n->whose, 0, sizeof n->whose);
    n->whose.info = lstmfc_forecaster_get_info(model);
    n->whose.interval = n->whose.info.interval;
    n->whose.symbol = r->own->symbol;
    code = live_origin(r->model, &r->bars.candles, &n->whose.origin);
    if (code == TOOL_OK) code = live_tell(r->model, &r->bars.candles, &n->forecast, &n->rules);
    if (code != TOOL_OK) return code;
    lstmfc_writer_init(&w, NULL);
    code = signal_json(r->o, &w, n, live_rules(r->model));
    if (code == TOOL_OK) code = follow_write(r->o, r->out, r->own->out, &w);
    lstmfc_writer_free(&w);
    rules_free(&n->rules);
    return code;
}

/* Bars that are missing between what was there before and the first that is new: the one place where a feed is mended. */
static void note_junction(run *r, int64_t time) {
    int64_t step = r->ask.interval, missing = r->some && step > 0 ? (time - r->last) / step - 1 : 0;
    char a[32], b[32], n[32];
    if (r->junction++ || missing <= 0) return;
    lstmfc_format_time(a, r->last);
    lstmfc_format_time(b, time);
    fprintf(stderr, "lstmfc signal: line %lld: %s bar%s missing between %s, the last that was known, and %s\n", (long long)r->count.lines,
            tool_count(n, missing), missing == 1 ? " is" : "s are", a, b);
}

static int on_bar(void *user, const lstmfc_candles *bar) {
    run *r = (run *)user;
    int code;
    note_junction(r, *bar->time);
    code = take(r, bar, 0, &r->told.forecast);
    if (code == TOOL_OK) code = tell(r, bar);
    let_go(r);
    return code;
}

/* The bars of --csv, if there is one: known, and not told. */
static int history(run *r) {
    int code = TOOL_OK;
    size_t t;
    lstmfc_candles *candles;
    if (!r->input->csv || !strcmp(r->input->csv, "-")) return TOOL_OK;
    if (!(candles = tool_input_load(r->o, r->input, &code))) return code;
    for (t = 0; t < candles->count && code == TOOL_OK; t++) code = take(r, candles, t, NULL);
    r->known = r->last;
    r->ask.known = &r->known;
    let_go(r);
    lstmfc_candles_free(candles);
    return code;
}

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

int signal_follow(const options *o, tool_input *input, const signal_options *own, const lstmfc_signal_desc *signals) {
    lstmfc_error err = {0};
    lstmfc_forecaster *model;
    lstmfc_forecaster_info info;
    run r;
    int code, closed;
    memset(&r, 0, sizeof r);
    r.o = o; r.input = input; r.own = own; r.signals = signals;
    r.told.own = own;
    follow_hold_pipe();
    if (own->max_age_hours > 0) return tool_fail(o, TOOL_USAGE, "--max-age-hours: not with --follow");
    if (!(model = lstmfc_forecaster_load(own->model, tool_env(), &err))) return tool_fail_model(o, own->model, &err);
    info = lstmfc_forecaster_get_info(model);
    code = members_live(o, model, own->model);
    if (code == -1) code = options_useful(o, tool_target_name(info.target));
    if (code == -1) code = signal_names_side(o, own->model, info.target);
    if (code != TOOL_OK) { lstmfc_forecaster_free(model); return code; }
    tool_input_follow(o, input, info.any_prices);
    input->whole = own->clock == SIGNAL_CLOCK_BARS;
    r.ask.strict = own->strict;
    r.ask.by_bars = own->clock == SIGNAL_CLOCK_BARS;
    r.ask.interval = info.interval;
    r.ask.bar = on_bar;
    r.ask.descriptor = -1;
    r.ask.user = &r;
    r.model = live_create(o, model, (rules_asked){own->rules, own->clauses}, signals, own->use_horizon, &code);
    if (r.model) code = history(&r);
    if (code == TOOL_OK) r.out = follow_open(o, own->out, 0, &code);
    if (code == TOOL_OK) code = follow_run(o, input, &r.ask, &r.count);
    closed = follow_close(o, r.out, own->out);
    if (code == TOOL_OK) code = closed;
    if (code == TOOL_OK) code = summary(&r);
    live_free(r.model);
    live_bars_free(&r.bars);
    return code;
}
