/* lstmfc signal - the newest signal of a saved model: long, short or flat, with everything that decided it. */
#include "signal.h"
#include "follow.h"
#include "horizons.h"
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_STRUCT signal_options
static const lstmfc_field fields[] = { SIGNAL_OPTIONS(OPTIONS_FIELD) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "signal", "the newest signal of a saved model: long, short or flat, and why", "--model M --csv F [--json] [--follow]",
    "The signal is decided at the close of the last finished bar of the file. By system E's rules (--rules e) these clauses must all hold:\n"
    RULES_CLAUSES_E(RULES_LINE)
    "--clauses -volume,-vwap leaves some out. The threshold is 0.5 ATR + 0.3 volatility in price units (--threshold atr; literal: the\n"
    "volatility as a bare number; a number: a log return; quantile:0.9: that quantile of |forecast| on the validation part of the training).\n"
    "The plain rule asks the forecast alone: direction beyond 0.5 and --band, price and return beyond --threshold.\n"
    "Confidence, by either rule: the share of calibration residuals, times the volatility of now, with which the price ends on the side of\n"
    "the signal (of a flat one: of the forecast); of a direction the probability of the likelier side; of a vote none.\n"
    "In --json, timestamp is when that bar opened and known_at when it closed; funnel.long and funnel.short add 2^k for each clause k, from 0,\n"
    "of the list `clauses` that holds, and funnel.all is the sum of those that must (as long_passed, short_passed of signals.csv).\n"
    "--max-age-hours H trains first where the model file is older: as it was trained, on all candles of the file (--test none: nothing is\n"
    "kept aside); where there is none, system E. If that fails the old model is kept, named, and asked.\n"
    "--follow reads candles from stdin and prints a line of JSON as soon as a bar is closed (when is told by `indicators --help`): what --json\n"
    "says of the whole file up to that bar, bit for bit. The bars of --csv come first and are known: nothing is printed of them, nor when\n"
    "stdin brings them again. Of a bar without a forecast the line says that. --clock bars: each bar is closed when it comes, and it is then.\n"
    "--state F keeps after each bar where it stands, the bar's line in it, before the line goes out; the next run with these flags goes on from\n"
    "there, without history, and knows the bars that were told. Killed at any moment, no bar is lost that the feed brings again (let it begin\n"
    "before the last that was told); the last line may come twice, the same bytes, through a pipe, and comes once into --out FILE, which is\n"
    "gone on with. Bars of --csv after the state's last are told. F.bars lies beside F while bars are needed again: up to the model's last one.\n"
    "--follow --max-age-hours H [--keep N]: after a bar at which the model is older (by --clock) a process beside this one trains it anew, as it was\n"
    "trained, on all bars so far, --csv's and stdin's (with --state all are kept in F.bars), while the old one goes on telling bars. When it has\n"
    "ended, the new model is saved over the old one and tells the next bar; model_info.last_trained of each line says which one spoke, and the\n"
    "line is that of `signal` with that model. A training that fails leaves the old model and is tried again after an hour (H, if that is\n"
    "less). Where stdin ends, a training under way is waited for. --retrain wait: the bars wait for the training.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --target price --features @e --window 12 --model \"lstm 8 | dense 1\" --epochs 2 --out model.json\n"
    "  lstmfc signal --model model.json --csv candles.csv --symbol BTC --json\n"
    "  lstmfc signal --model model.json --follow --clock bars < candles.csv > signals.jsonl"
};

static const char *ticker(const newest *n) {
    return n->own->symbol && *n->own->symbol ? n->own->symbol : n->info.symbol ? n->info.symbol : "";
}

/* The bar closes one interval after it opens: that is when the signal is known. */
static int64_t known_at(const newest *n) { return n->forecast.time + n->info.interval; }

/* More than three bars ago: what the market did since is in no clause. */
static int stale(const newest *n) { return n->now - known_at(n) > 3 * n->info.interval; }

/* In a sentence, which clause ends each side: "long ends at 'rsi' (RSI(14) < 65)". */
static void reason(const newest *n, char *out, size_t size) {
    const rules_bar *b = &n->rules.bars[0];
    char off[120];
    size_t used = 0;
    int side, k;
    *out = 0;
    if (!lstmfc_is_finite(n->forecast.value)) { snprintf(out, size, "there is no forecast"); return; }
    if (b->signal && n->rules.clauses == 1) {
        snprintf(out, size, "%s", rules_clause(n->rules.rules, 0, b->signal < 0));
        return;
    }
    if (b->signal) {
        snprintf(out, size, "every clause of a %s holds%s", b->signal > 0 ? "long" : "short", rules_off(off, &n->rules));
        return;
    }
    for (side = 0; side < 2; side++) {
        uint32_t misses = n->rules.asked & ~b->passed[side];
        for (k = 0; k < n->rules.clauses && !(misses >> k & 1); k++) {}
        if (!misses && (n->rules.asked & ~b->passed[!side]) == 0) { snprintf(out, size, "the clauses of both sides hold%s", rules_off(off, &n->rules)); return; }
        if (!misses) snprintf(out + used, size - used, "%sshort: not with --long-only", side ? "; " : "");
        else snprintf(out + used, size - used, "%s%s: not %s", side ? "; " : "", side ? "short" : "long", rules_clause(n->rules.rules, k, side));
        used = strlen(out);
    }
}

static void clauses_json(lstmfc_writer *w, const rules_result *r) {
    int k, side;
    lstmfc_json_begin(w, "clauses", '[');
    for (k = 0; k < r->clauses; k++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "clause", rules_clause_name(r->rules, k));
        if (!(r->asked >> k & 1)) lstmfc_json_put_bool(w, "off", 1);
        for (side = 0; side < 2; side++) {
            lstmfc_json_begin(w, side ? "short" : "long", '{');
            lstmfc_json_put_string(w, "asks", rules_clause(r->rules, k, side));
            lstmfc_json_put_bool(w, "holds", (int)(r->bars[0].passed[side] >> k & 1));
            lstmfc_json_end(w, '}');
        }
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
}

/* The contracted keys in their order, then ours. */
int signal_json(const options *o, lstmfc_writer *w, const newest *n, const rules_live *live) {
    const rules_bar *b = &n->rules.bars[0];
    char text[300];
    int code = TOOL_OK;
    lstmfc_json_begin(w, NULL, '{');
    lstmfc_format_time(text, n->forecast.time); lstmfc_json_put_string(w, "timestamp", text);
    lstmfc_json_put_string(w, "ticker", ticker(n));
    lstmfc_json_put_integer(w, "signal", b->signal);
    lstmfc_json_put_number(w, "confidence", b->confidence);
    lstmfc_json_put_number(w, "predicted_price", n->forecast.price);
    lstmfc_json_put_number(w, "current_price", n->forecast.close);
    lstmfc_json_put_number(w, "price_difference", n->forecast.price - n->forecast.close);
    lstmfc_json_put_number(w, "threshold", b->threshold);
    if (live) rules_live_indicators_json(live, w);
    else code = rules_indicators_json(o, w, &n->info, n->candles);
    if (code != TOOL_OK) return code;
    lstmfc_json_begin(w, "model_info", '{');
    lstmfc_json_put_string(w, "path", n->own->model);
    *text = 0;
    if (n->info.created) lstmfc_format_time(text, n->info.created);
    lstmfc_json_put_string(w, "last_trained", text);
    lstmfc_json_put_integer(w, "lookback_period", n->info.window);
    if (n->own->max_age_hours > 0 && !live) {
        lstmfc_json_put_bool(w, "trained", n->trained > 0);
        lstmfc_json_put_string(w, "because", n->present.why);
        if (n->trained < 0) lstmfc_json_put_bool(w, "training_failed", 1);
    }
    lstmfc_json_end(w, '}');
    reason(n, text, sizeof text);
    lstmfc_json_put_string(w, "reason", text);
    lstmfc_json_put_string(w, "rules", n->rules.rules == RULES_E ? "e" : "plain");
    lstmfc_json_put_string(w, "threshold_rule", n->rules.threshold);
    lstmfc_json_put_string(w, "confidence_from", n->rules.residuals);
    clauses_json(w, &n->rules);
    lstmfc_json_begin(w, "funnel", '{');                /* bit k: clause k of the list holds; all: must hold */
    lstmfc_json_put_integer(w, "long", b->passed[RULES_LONG]);
    lstmfc_json_put_integer(w, "short", b->passed[RULES_SHORT]);
    lstmfc_json_put_integer(w, "all", (int64_t)n->rules.asked);
    lstmfc_json_end(w, '}');
    lstmfc_json_put_number(w, "novelty", n->forecast.novelty);
    lstmfc_json_put_number(w, "lower", n->forecast.lower);
    lstmfc_json_put_number(w, "upper", n->forecast.upper);
    lstmfc_json_put_number(w, "level", n->forecast.level);
    lstmfc_json_put_string(w, "target", tool_target_name(n->info.target));
    if (members_vote(&n->info)) members_votes_json(w, &n->info, n->forecast.probability_up);
    else if (n->info.target == LSTMFC_TARGET_DIRECTION) lstmfc_json_put_number(w, "probability_up", n->forecast.probability_up);
    lstmfc_json_put_integer(w, "horizon", n->info.horizon);
    lstmfc_json_put_integer(w, "interval_seconds", n->info.interval / 1000);
    lstmfc_format_time(text, known_at(n)); lstmfc_json_put_string(w, "known_at", text);
    lstmfc_json_put_bool(w, "stale", stale(n));
    lstmfc_json_put_bool(w, "in_sample", n->forecast.time <= n->info.seen_to);
    lstmfc_json_put_bool(w, "synthetic", n->candles->synthetic || n->info.synthetic);
    evaluation_origin_json(w, &n->whose);
    lstmfc_json_end(w, '}');
    tool_print(w, "\n");
    return TOOL_OK;
}

static void put_words(lstmfc_writer *w, const newest *n) {
    static const char *const names[] = {"SHORT", "FLAT", "LONG"};
    const rules_bar *b = &n->rules.bars[0];
    char a[32], c[32], text[300];
    int k;
    evaluation_warn(w, &n->whose);
    if (n->own->max_age_hours > 0)
        tool_print(w, "model         %s: %s%s\n", n->trained > 0 ? "trained anew" : n->trained < 0 ? "OLD, for the training failed" : "reused",
                   n->trained > 0 ? keep_before(&n->present) : "", n->present.why);
    if (n->candles->synthetic || n->info.synthetic) tool_print(w, "SYNTHETIC candles: no market\n");
    reason(n, text, sizeof text);
    tool_print(w, "%s%s%s  at the close of the bar that opens %s and ends %s: %s\n", ticker(n), *ticker(n) ? ": " : "", names[b->signal + 1],
               tool_time(a, n->forecast.time, 0), tool_time(c, known_at(n), 0), text);
    if (stale(n))
        tool_print(w, "Note: that bar ended %s ago (by --now, else the clock): no signal of today.\n",
                   tool_span(a, (n->now - known_at(n)) / n->info.interval * n->info.interval));
    if (members_vote(&n->info))
        tool_print(w, "forecast      %s that the price is above %.8g %d bar%s later; long above, short below %.4g of them\n",
                   members_votes(text, &n->info, n->forecast.probability_up), n->forecast.close, n->info.horizon, n->info.horizon > 1 ? "s" : "",
                   b->threshold);
    else if (n->info.target == LSTMFC_TARGET_DIRECTION)
        tool_print(w, "forecast      probability %.1f %% that the price is above %.8g %d bar%s later; threshold %.4g\n",
                   100 * n->forecast.probability_up, n->forecast.close, n->info.horizon, n->info.horizon > 1 ? "s" : "", b->threshold);
    else
        tool_print(w, "forecast      %.8g from %.8g: %+.6g, threshold %.6g (%s)\n", n->forecast.price, n->forecast.close,
                   n->forecast.price - n->forecast.close, b->threshold, n->rules.threshold);
    tool_print(w, "confidence    %s: %s%s\n", tool_figure(a, "%.3f", b->confidence), n->rules.residuals,
               b->confidence < 0.5 ? "; below one half: they speak against that side" : "");
    for (k = 0; k < n->rules.clauses; k++)
        tool_print(w, "%-14s%-10s  %-3s %-38s %-3s %s%s\n", k ? "" : "clauses", rules_clause_name(n->rules.rules, k),
                   b->passed[0] >> k & 1 ? "yes" : "no", rules_clause(n->rules.rules, k, 0), b->passed[1] >> k & 1 ? "yes" : "no",
                   rules_clause(n->rules.rules, k, 1), n->rules.asked >> k & 1 ? "" : "  (off)");
    if (n->forecast.novelty > 8)
        tool_print(w, "Warning: an input lies %.1f standard deviations from what the model was fitted on.\n", n->forecast.novelty);
    if (n->forecast.time <= n->info.seen_to)
        tool_print(w, "Note: the model was trained on data up to %s, this bar included.\n", tool_time(c, n->info.seen_to, n->info.interval));
}

static int tell(const options *o, const newest *n) {
    lstmfc_writer w;
    int code = TOOL_OK;
    lstmfc_writer_init(&w, NULL);
    if (o->json) code = signal_json(o, &w, n, NULL);
    else put_words(&w, n);
    if (code == TOOL_OK) code = tool_write(o, n->own->out, &w);
    lstmfc_writer_free(&w);
    return code;
}

int signal_names_side(const options *o, const char *path, int32_t target) {
    if (tool_target_trades(target)) return TOOL_OK;
    return tool_fail(o, TOOL_USAGE, "%s forecasts %s, which names no side: signals need a model of direction, price or return", path,
                     tool_target_name(target));
}

/* The newest bar through model and rules. */
static int decide(const options *o, const lstmfc_forecaster *model, const lstmfc_signal_desc *signals, newest *n) {
    lstmfc_error err = {0};
    size_t last = n->candles->count - 1;
    int code = TOOL_OK;
    const lstmfc_forecaster *forecaster = tool_use_horizon(o, model, n->own->use_horizon, &code);
    if (!forecaster) return code;
    n->info = lstmfc_forecaster_get_info(forecaster);
    if ((code = signal_names_side(o, n->own->model, n->info.target)) != TOOL_OK) return code;
    if (lstmfc_forecaster_predict(forecaster, n->candles, 1, &n->forecast, &err) != LSTMFC_OK       /* says what is missing */
        || lstmfc_forecaster_predict_intervals(forecaster, n->candles, n->info.intervals, last, 1, &n->forecast, NULL, &err) != LSTMFC_OK)
        return tool_fail_error(o, &err);
    code = evaluation_candles(o, model, n->candles, &n->whose);
    n->whose.symbol = n->own->symbol;
    if (code == TOOL_OK)
        code = rules_run(o, (rules_asked){n->own->rules, n->own->clauses}, signals, forecaster, rules_longest(model), n->candles, last, 1, &n->forecast, NULL, &n->rules);
    return code;
}

int signal_may_train(const options *o, const signal_options *own, const lstmfc_candles *candles, const keep_model *present) {
    int32_t target = present->old ? lstmfc_forecaster_get_info(present->old).target : LSTMFC_TARGET_PRICE;
    int code = keep_candles(o, present, own->model, candles, own->symbol, "--model");
    if (code != TOOL_OK) return code;
    code = rules_check(o, (rules_asked){own->rules, own->clauses}, target, present->old ? rules_auto(o, present->old) == RULES_E : 1, 1);
    return code == -1 ? TOOL_OK : code;
}

lstmfc_forecaster *signal_train(const options *o, const signal_options *own, const lstmfc_candles *candles, keep_model *present, int64_t created,
                                int *code) {
    lstmfc_error err = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_forecaster *forecaster = NULL;
    fit_job job = {"training", NULL, NULL, NULL, NULL, NULL};
    fit_report report;
    if (!own->follow) job.checkpoint = files_join((options *)(uintptr_t)o, own->model, ".checkpoint");
    *code = !own->follow && !job.checkpoint ? TOOL_FAILURE : present->old ? keep_inherit(o, present, &desc) : pipeline_desc('e', candles, &desc);
    desc.test = LSTMFC_NONE;
    if (own->symbol && *own->symbol) desc.symbol = own->symbol;
    if (own->retrain_epochs) desc.training.epochs = own->retrain_epochs;
    desc.env = desc.training.env = tool_env();
    desc.created = created;
    if (*code == TOOL_OK && lstmfc_file_writable(own->model, &err) != LSTMFC_OK) *code = tool_fail_as(o, TOOL_FAILURE, &err);
    if (*code == TOOL_OK) forecaster = tool_fit(o, candles, &desc, &job, &report, code);
    return forecaster;
}

/* The model to ask: what the file holds, or a new one where that is too old. NULL: *code, and why is said. */
static lstmfc_forecaster *model_of(const options *o, const lstmfc_candles *candles, newest *n, int *code) {
    const signal_options *own = n->own;
    lstmfc_forecaster *forecaster = NULL;
    if (n->present.fresh || !(own->max_age_hours > 0)) { forecaster = n->present.old; n->present.old = NULL; return forecaster; }
    if ((*code = signal_may_train(o, own, candles, &n->present)) != TOOL_OK) return NULL;
    forecaster = signal_train(o, own, candles, &n->present, tool_created(0, 0), code);
    if (forecaster && (*code = keep_save(o, forecaster, own->model, own->keep)) == TOOL_OK) { n->trained = 1; return forecaster; }
    lstmfc_forecaster_free(forecaster);
    if (!n->present.old || *code == TOOL_INTERRUPTED) return NULL;
    keep_fallback(&n->present, own->model);
    n->trained = -1;
    *code = TOOL_OK;
    forecaster = n->present.old;
    n->present.old = NULL;
    return forecaster;
}

static int run(const options *o, tool_input *input, const signal_options *own, const lstmfc_signal_desc *signals) {
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_candles *candles = NULL;
    newest n;
    int code = -1;
    memset(&n, 0, sizeof n);
    n.own = own;
    if (own->max_age_hours > 0) code = keep_look(o, own->model, own->max_age_hours, input->desc.now, &n.present);
    else if (!(n.present.old = lstmfc_forecaster_load(own->model, tool_env(), &err))) code = tool_fail_model(o, own->model, &err);
    if (code == -1 && n.present.old) {
        n.info = lstmfc_forecaster_get_info(n.present.old);
        code = members_live(o, n.present.old, own->model);
        if (code == -1) code = options_useful(o, tool_target_name(n.info.target));
        tool_input_follow(o, input, n.info.any_prices);
    }
    if (code == -1) candles = tool_input_load(o, input, &code);
    if (candles) code = TOOL_OK;
    n.candles = candles;
    n.now = input->desc.now;
    if (candles) forecaster = model_of(o, candles, &n, &code);
    if (forecaster) {
        code = decide(o, forecaster, signals, &n);
        if (code == TOOL_OK) code = tell(o, &n);
    }
    rules_free(&n.rules);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(forecaster);
    lstmfc_forecaster_free(n.present.old);
    return code;
}

int command_signal(int argc, char **argv) {
    options o;
    tool_input input;
    signal_options own;
    lstmfc_signal_desc signals;
    const lstmfc_field *table;
    size_t count;
    int code;
    memset(&own, 0, sizeof own);
    memset(&signals, 0, sizeof signals);
    options_init(&o, &command);
    options_add(&o, "Files", &own, fields, sizeof fields / sizeof fields[0], NULL);
    tool_input_options(&o, &input);
    table = lstmfc_signal_desc_fields(&count);
    options_add(&o, "From forecast to position", &signals, table, count, NULL);
    options_progress(&o);
    tool_machine_options(&o);
    code = options_parse(&o, argc, argv);
    if (code == -1) code = options_require(&o, own.follow ? "model" : "model csv");
    if (code == -1 && own.follow) code = follow_check(&o, &input);
    if (code == -1 && own.keep && !(own.max_age_hours > 0))
        code = tool_fail(&o, TOOL_USAGE, "--keep has no effect here: it is about a training that --max-age-hours asks for");
    if (code == -1) code = tool_check_created(&o, 0);
    if (code == -1) code = files_check(&o);
    if (code == -1) code = own.follow ? signal_follow(&o, &input, &own, &signals) : run(&o, &input, &own, &signals);
    options_free(&o);
    return code;
}
