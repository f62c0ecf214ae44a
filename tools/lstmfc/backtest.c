/* lstmfc backtest - a model's forecasts or a file of signals, traded bar by bar with costs. */
#include "horizons.h"
#include "report.h"
#include "rules.h"
#include "members.h"
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKTEST_OPTIONS(X) \
    X(TEXT, model,     "", OPTIONS_IN, "the model file whose forecasts are traded") \
    X(TEXT, signals,   "", OPTIONS_IN, "CSV with time,signal: the position wanted from the next open on, -1 .. 1; a bar without a row is no order") \
    X(TEXT, report,    "", OPTIONS_OUT, "write a report, one HTML file") \
    X(TEXT, trades,    "", OPTIONS_OUT, "write every trade, CSV") \
    X(TEXT, fills,     "", OPTIONS_OUT, "write every fill, CSV: entries, resizings, exits") \
    X(TEXT, equity,    "", OPTIONS_OUT, "write the equity at each close, CSV") \
    X(TEXT, grid_out,  "", OPTIONS_OUT, "with choices in braces, rsi({7,14,21}) < {20..40..5}: write every combination and what it earned, CSV") \
    WALK_OPTIONS(X) \
    X(INT,  in_sample, "0", "0..1", "trade the bars the model was trained on instead: no evidence, labelled so everywhere") \
    X(TEXT, symbol,    "", "", "with --model: name of the series in this file; one that differs from the model's is told first") \
    RULES_OPTION(X, "plain") \
    X(TEXT, decisions, "", OPTIONS_OUT, "write the signal of every bar and the clauses that held, CSV; --signals takes it") \
    X(INT,  use_horizon, "0", "0..100000", "of a --model of several horizons: the one that is traded; 0: the first")
typedef struct backtest_options { BACKTEST_OPTIONS(LSTMFC__MEMBER) const char *expression[EXPRESSIONS]; } backtest_options;
#define OPTIONS_STRUCT backtest_options
static const lstmfc_field fields[] = { BACKTEST_OPTIONS(OPTIONS_FIELD) EXPRESSIONS_FIELDS(backtest_options) };
#undef OPTIONS_STRUCT

static const options_command command = {
    "backtest", "trade a model or a file of signals, with costs", "--csv F [--model M | --signals S.csv] [--long E --short E] [flags]",
    "A decision at the close of a bar is filled at the open of the next. A model is traded only on bars it has not seen. Rules of your own are\n"
    "expressions, --long and --short, with exits where you like; beside a --model they may ask its forecasts and decide in place of it.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | dense 1 "
    "sigmoid\" --epochs 2 --out model.json\n"
    "  lstmfc backtest --csv candles.csv --long \"rsi(14) < 30\" --exit-long \"rsi(14) > 50\"\n"
    "  lstmfc backtest --csv candles.csv --model model.json --fee 0.001 --stop 0.03 --trades trades.csv --report backtest.html"
};

int signals_read(const options *o, const char *path, const lstmfc_candles *candles, double *targets) {
    lstmfc_error err = {0};
    lstmfc_csv_desc desc;
    lstmfc_csv_report report;
    lstmfc_candles *rows;
    const double *signal;
    size_t i, t = 0;
    int code = TOOL_OK;
    char when[32], nearest[32];
    memset(&desc, 0, sizeof desc);
    memset(&report, 0, sizeof report);
    desc.env = tool_env();
    desc.report = &report;
    desc.expected = "the header time,signal";           /* the flags of reading are those of the candles */
    rows = lstmfc_candles_load_csv(path, &desc, &err);
    if (!rows) { tool_fail_error(o, &err); return TOOL_DATA; }
    signal = lstmfc_candles_column(rows, "signal");
    if (!signal && strstr(report.ignored, "signal"))
        code = tool_fail(o, TOOL_DATA, "%s: the column `signal` holds something that is no number; expected -1 .. 1, or nothing to keep "
                         "the position", path);
    else if (!signal) code = tool_fail(o, TOOL_DATA, "%s: there is no column `signal`; expected the header time,signal", path);
    for (i = 0; i < candles->count; i++) targets[i] = lstmfc_nan();
    for (i = 0; i < rows->count && code == TOOL_OK; i++) {
        while (t < candles->count && candles->time[t] < rows->time[i]) t++;
        if (t == candles->count || candles->time[t] != rows->time[i]) {
            size_t bar = t == candles->count || (t && rows->time[i] - candles->time[t - 1] < candles->time[t] - rows->time[i]) ? t - 1 : t;
            lstmfc_format_time(when, rows->time[i]);
            lstmfc_format_time(nearest, candles->time[bar]);
            code = tool_fail(o, TOOL_DATA, "%s: a signal at %s, but no bar of the candles opens then; the nearest opens at %s",
                             path, when, nearest);
        } else if (lstmfc_is_finite(signal[i]) && (signal[i] < -1 || signal[i] > 1)) {
            lstmfc_format_time(when, rows->time[i]);
            code = tool_fail(o, TOOL_DATA, "%s: the signal at %s is %g; expected -1 .. 1", path, when, signal[i]);
        } else {
            targets[t] = signal[i];
        }
    }
    lstmfc_candles_free(rows);
    return code;
}

static int trade_signals(const options *o, const char *path, const lstmfc_candles *candles, const lstmfc_backtest_desc *costs, lstmfc_backtest **out) {
    lstmfc_error err = {0};
    double *targets = (double *)malloc((candles->count + 1) * sizeof *targets);
    int code = targets ? signals_read(o, path, candles, targets) : tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK && !(*out = lstmfc_backtest_run(candles, targets, candles->count, costs, &err))) code = tool_fail_error(o, &err);
    if (code == TOOL_OK && (*out)->metrics.sharpe > 5 && (*out)->metrics.sharpe > 4 * (*out)->metrics.sharpe_se)
        fprintf(stderr, "note: LEAK ALARM, too good to be true: Sharpe ratio %.2f, error %.2f: lstmfc check leak --signals %s asks whether the signals know "
                        "what happens next\n", (*out)->metrics.sharpe, (*out)->metrics.sharpe_se, path);
    free(targets);
    return code;
}

/* A cost of the desc, where "none" is below zero. */
static double share(double cost) { return cost > 0 ? cost : 0; }

static void describe(lstmfc_writer *w, const lstmfc_backtest *b, int64_t interval) {
    const lstmfc_metrics *m = &b->metrics;
    const lstmfc_backtest_desc *d = &b->desc;
    char a[EVALUATION_RULES], c[32];
    tool_print(w, "span          %s to %s, ", tool_time(a, b->time[0], interval),
               tool_time(c, b->time[b->bars - 1] + interval, interval));
    tool_print(w, "%s bars\n", tool_count(a, (int64_t)b->bars));
    tool_print(w, "rules         fee %.4g %%, slippage %.4g %% per side; size %.4g; filled at the %s", 100 * share(d->fee),
               100 * share(d->slippage), d->size, b->cheat ? "close the decision saw" : "next open");
    if (d->stop > 0) tool_print(w, "; stop %.4g %%", 100 * d->stop);
    if (d->take > 0) tool_print(w, "; take %.4g %%", 100 * d->take);
    if (d->trail > 0) tool_print(w, "; trail %.4g %%", 100 * d->trail);
    tool_print(w, "%s%s\n", d->long_only ? "; long only" : "", evaluation_rules(a, b));
    if (b->no_costs) tool_print(w, "NO COSTS: neither fee nor slippage was charged\n");
    if (b->cheat) tool_print(w, "CHEAT: filled at the close the decision had seen\n");
    if (b->ruined) tool_print(w, "RUINED: the account reached zero; no order was taken after that\n");
    tool_print(w, "return        net %+.2f %%, gross %+.2f %%, buy and hold %+.2f %%, repeat the last move %+.2f %%\n",
               100 * m->total_return, 100 * m->gross_return,
               100 * b->hold_metrics.total_return, 100 * b->persistence_metrics.total_return);
    tool_print(w, "Sharpe        %s, standard error %s; ", tool_figure(a, "%.2f", m->sharpe), tool_figure(c, "%.2f", m->sharpe_se));
    tool_print(w, "Sortino %s\n", tool_figure(a, "%.2f", m->sortino));
    tool_print(w, "true Sharpe   above 0 with probability %s, if nothing else was tried; ", tool_figure(a, "%.3f", m->sharpe_probability));
    if (m->track_record < 1e15) tool_print(w, "95 %% takes %s bars like these\n", tool_count(a, (int64_t)(m->track_record + 0.999)));
    else tool_print(w, "no number of bars like these would show it\n");
    tool_print(w, "annual by     %s\n", evaluation_annual(a, b));
    tool_print(w, "drawdown      %.1f %% at closes, %.1f %% inside bars; longest %.0f bars%s\n", 100 * m->max_drawdown,
               100 * m->max_drawdown_intrabar, m->drawdown_bars,
               m->drawdown_open > 0 ? ", not recovered" : "");
    if (!(m->trades > 0)) { tool_print(w, "trades        0: nothing asked for a position\n"); return; }
    tool_print(w, "trades        %s, %.1f %% won, profit factor %s, mean %+.4f %%, %.1f bars\n",
               tool_count(a, (int64_t)m->trades), 100 * m->win_rate, tool_figure(c, "%.2f", m->profit_factor),
               100 * m->average_trade, m->average_bars);
    tool_print(w, "costs         fees %.2f, slippage %.2f; ", m->fees, m->slippage);
    if (m->funding > 0 || m->funding < 0) tool_print(w, "funding %.2f; ", m->funding);
    tool_print(w, "turnover %.1f; break-even %s basis points per side\n", m->turnover, tool_figure(c, "%.2f", m->break_even));
    tool_print(w, "mean          net bar return between %s and %s (90 %% interval): pays its costs: %s\n",
               tool_defined(a, "%+.5f %%", 100 * m->mean_low), tool_defined(c, "%+.5f %%", 100 * m->mean_high),
               b->no_costs ? "not known, none were charged" : b->pays_costs ? "yes" : "no");
    if (b->open_at_end) tool_print(w, "The last trade was still open and was closed at the last close.\n");
}

static void equity_csv(lstmfc_writer *w, const lstmfc_backtest *b) {
    size_t t;
    tool_print(w, "time,equity,worst,position,buy_and_hold,repeat_last_move\n");
    for (t = 0; t < b->bars; t++) {
        double values[5];
        char text[32];
        int k;
        values[0] = b->equity[t]; values[1] = b->worst[t]; values[2] = b->position[t]; values[3] = b->hold[t];
        values[4] = b->persistence[t];
        lstmfc_write_text(w, text, lstmfc_format_time(text, b->time[t]));
        for (k = 0; k < 5; k++) {
            lstmfc_write_text(w, ",", 1);
            if (lstmfc_is_finite(values[k])) lstmfc_write_text(w, text, lstmfc_format_double(text, values[k]));
        }
        lstmfc_write_text(w, "\n", 1);
    }
}

/* Writes the text to path and empties the writer for the next one. */
static int put(const options *o, const char *path, lstmfc_writer *w) {
    int code = tool_write(o, path, w);
    lstmfc_writer_free(w);
    lstmfc_writer_init(w, NULL);
    return code;
}

/* --long and its like, and what became of their choices. */
typedef struct own_rules { expressions x; grid g; walk walk; } own_rules;

static int outputs(const options *o, tool_input *input, const backtest_options *own, const lstmfc_candles *candles,
                   const evaluation *e, const rules_result *rules, const own_rules *mine, const lstmfc_backtest *b, const char *typed) {
    const grid *g = mine->g.rows ? &mine->g : NULL;     /* the best of it is traded */
    const walk *forward = mine->walk.folds ? &mine->walk : NULL;
    int expressed = expressions_any(mine->x.text);
    lstmfc_writer w;
    const lstmfc_field *metrics;
    size_t count;
    int code = TOOL_OK;
    char title[120], text[96], span[32], thresholds[256], said[EVALUATION_RULES];
    FILE *words;
    if (tool_share_stdout(o, own->report, own->trades, own->fills, own->equity, &words) != -1) return TOOL_USAGE;
    lstmfc_writer_init(&w, NULL);
    if (own->report) {
        report r;
        memset(&r, 0, sizeof r);
        if (e) tool_title(title, sizeof title, "Backtest", e->info.target, e->info.horizon, tool_span(span, candles->interval));
        else snprintf(title, sizeof title, "%s of %s on bars of %s", forward ? "Walk forward" : "Backtest", expressed ? "rules" : "signals",
                      tool_span(span, candles->interval));
        r.title = title; r.command = typed; r.file = input->csv; r.csv = &input->report; r.evaluation = e; r.backtest = b;
        r.signals = own->signals; r.rules = rules;
        if (expressed) r.expressions = &mine->x;
        r.grid = g;
        r.walk = forward;
        r.synthetic = candles->synthetic || (e && e->synthetic);
        r.interval = candles->interval;
        r.created = tool_created(0, 0);
        report_write(&w, &r);
        code = put(o, own->report, &w);
    }
    if (code == TOOL_OK && own->trades) { evaluation_trades_csv(&w, b); code = put(o, own->trades, &w); }
    if (code == TOOL_OK && own->decisions && rules) { rules_csv(&w, rules, e->all); code = put(o, own->decisions, &w); }
    if (code == TOOL_OK && own->fills) { evaluation_fills_csv(&w, b); code = put(o, own->fills, &w); }
    if (code == TOOL_OK && own->grid_out && g) { grid_csv(&w, g); code = put(o, own->grid_out, &w); }
    if (code == TOOL_OK && own->walk_out && forward) { walk_csv(&w, forward); code = put(o, own->walk_out, &w); }
    if (code == TOOL_OK && own->equity) { equity_csv(&w, b); code = put(o, own->equity, &w); }
    if (code == TOOL_OK && o->json) {
        metrics = lstmfc_metrics_fields(&count);
        lstmfc_json_begin(&w, NULL, '{');
        if (e) evaluation_first_json(&w, e);
        lstmfc_json_put_bool(&w, "synthetic", candles->synthetic || (e && e->synthetic));
        lstmfc_json_put_bool(&w, "in_sample", e && e->in_sample);
        lstmfc_format_time(text, b->time[0]);           lstmfc_json_put_string(&w, "from", text);
        lstmfc_format_time(text, b->time[b->bars - 1]); lstmfc_json_put_string(&w, "to", text);
        lstmfc_json_put_integer(&w, "bars", (int64_t)b->bars);
        lstmfc_json_put_bool(&w, "no_costs", b->no_costs);
        lstmfc_json_put_bool(&w, "same_close_cheat", b->cheat);
        lstmfc_json_put_bool(&w, "ruined", b->ruined);
        lstmfc_json_put_bool(&w, "open_at_end", b->open_at_end);
        lstmfc_json_put_bool(&w, "resize", b->desc.resize == LSTMFC_RESIZE_YES);
        lstmfc_json_put_bool(&w, "reenter", b->desc.reenter == LSTMFC_REENTER_YES);
        evaluation_rules(said, b);
        lstmfc_json_put_string(&w, "rules", *said ? said + 2 : "");
        lstmfc_json_put_string(&w, "annual", evaluation_annual(text, b));
        lstmfc_json_put_string(&w, "pays_its_costs", b->no_costs ? "not known" : b->pays_costs ? "yes" : "no");
        evaluation_figures_json(&w, "metrics", &b->metrics, metrics, count);
        evaluation_figures_json(&w, "buy_and_hold", &b->hold_metrics, metrics, count);
        evaluation_figures_json(&w, "repeat_last_move", &b->persistence_metrics, metrics, count);
        if (rules) rules_json(&w, "signals", rules);
        if (expressed && !forward) expressions_json(&w, &mine->x);
        if (g) grid_json(&w, g);
        if (forward) walk_json(&w, forward);
        tool_input_json(&w, "csv", &input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = put(o, "-", &w);
    } else if (code == TOOL_OK) {
        if (e) evaluation_first(&w, e);
        if (candles->synthetic || (e && e->synthetic)) tool_print(&w, "SYNTHETIC candles: no market\n");
        if (e && e->in_sample) tool_print(&w, "IN SAMPLE: bars the model was trained on. These figures are no evidence.\n");
        if (e && *evaluation_thresholds(thresholds, &e->info, &e->signals, b->desc.long_only))
            tool_print(&w, "thresholds    %s\n", thresholds);
        if (rules) rules_describe(&w, rules);
        if (g) grid_describe(&w, g);
        if (forward) walk_describe(&w, forward);
        expressions_describe(&w, &mine->x);
        describe(&w, b, candles->interval);
        if (own->report) tool_print(&w, "report        %s\n", own->report);
        code = tool_say(o, words, &w);
    }
    lstmfc_writer_free(&w);
    return code;
}

/* The expressions' positions at the bars, of which `part` is a slice, traded; of choices the best combination, or walk forward. *out: what
   it came to. */
static int trade_expressions(const options *o, own_rules *mine, const expressions_bars *bars, const lstmfc_candles *part, const lstmfc_backtest_desc *costs,
                             lstmfc_backtest **out) {
    lstmfc_error err = {0};
    double *targets = (double *)malloc((part->count + 1) * sizeof *targets);
    lstmfc_candles *traded = NULL;
    size_t start;
    int code = targets ? TOOL_OK : tool_fail(o, TOOL_FAILURE, "out of memory"), forward = mine->walk.desc.walk_forward != WALK_NONE, k;
    if (code == TOOL_OK && forward) code = walk_run(o, &mine->walk, &mine->g, bars, part, costs, targets);
    else if (code == TOOL_OK && mine->g.count) {
        code = grid_run(o, &mine->g, bars, part, costs);
        for (k = 0; k < EXPRESSIONS && code == TOOL_OK; k++) mine->x.text[k] = mine->g.expanded[k];
    }
    if (code == TOOL_OK && !forward) code = expressions_targets(o, &mine->x, bars, targets);
    start = forward ? mine->walk.start : 0;
    if (code == TOOL_OK && !((traded = lstmfc_candles_slice(part, start, part->count - start, &err)) != NULL
                             && (*out = lstmfc_backtest_run(traded, targets + start, part->count - start, costs, &err)) != NULL)) code = tool_fail_error(o, &err);
    if (code == TOOL_OK && forward) walk_measure(&mine->walk, *out);
    lstmfc_candles_free(traded);
    free(targets);
    return code;
}

/* In place of a model's own positions. */
static int trade_over_model(const options *o, own_rules *mine, const lstmfc_candles *candles, const lstmfc_candles *part, const lstmfc_backtest_desc *costs,
                            evaluation *e) {
    const expressions_bars bars = {candles, e->all, e->first, e->count, e->traded, e->traded_count};
    lstmfc_backtest *traded = NULL;
    int code = trade_expressions(o, mine, &bars, part, costs, &traded);
    if (code == TOOL_OK) {
        lstmfc_backtest_free(e->backtest);
        e->backtest = traded;
        e->verdict[3] = traded->no_costs ? VERDICT_UNKNOWN : traded->pays_costs ? VERDICT_YES : VERDICT_NO;
    }
    return code;
}

static int run_model(const options *o, tool_input *input, const backtest_options *own, own_rules *mine, const lstmfc_signal_desc *signals,
                     const lstmfc_backtest_desc *costs, const char *typed, const lstmfc_forecaster *forecaster, const lstmfc_forecaster *answer,
                     lstmfc_candles *candles) {
    members_file file;
    lstmfc_error err = {0};
    lstmfc_candles *part = NULL;
    rules_result rules;
    evaluation e;
    int expressed = expressions_any(mine->x.text);
    int code = members_file_of(o, answer, candles, &file), plain = own->rules == RULES_PLAIN && !o->threshold && !own->decisions;
    if (code == TOOL_OK) code = evaluation_run(o, answer, candles, own->in_sample, signals, costs, &e);
    e.symbol = own->symbol;
    if (code != TOOL_OK) { members_part(&file); return code; }
    memset(&rules, 0, sizeof rules);
    if (e.backtest && expressed && !(part = lstmfc_candles_slice(candles, e.traded, e.traded_count, &err))) code = tool_fail_error(o, &err);
    else if (e.backtest) code = expressed ? trade_over_model(o, mine, candles, part, costs, &e)
                         : rules_evaluate(o, (rules_asked){own->rules, own->clauses}, signals, costs, answer, rules_longest(forecaster), candles, &e, &rules);
    if (code != TOOL_OK) {}                                     /* said */
    else if (e.backtest) code = outputs(o, input, own, candles, &e, plain || expressed ? NULL : &rules, mine, e.backtest, typed);
    else if (!tool_target_trades(e.info.target))
        code = tool_fail(o, TOOL_USAGE, "%s forecasts %s, which names no side to trade", own->model,
                         e.info.target == LSTMFC_TARGET_EXPRESSION ? e.info.quantity : "volatility");
    else if (candles->any_prices)
        code = tool_fail(o, TOOL_USAGE, "%s was fitted on a series that is no price: nobody trades it", own->model);
    else code = tool_fail(o, TOOL_DATA, "%s has no open, high or low: nothing can be filled", input->csv);
    rules_free(&rules);
    lstmfc_candles_free(part);
    evaluation_free(&e);
    members_part(&file);
    return code;
}

static int run(const options *o, tool_input *input, const backtest_options *own, const lstmfc_signal_desc *signals,
               const lstmfc_backtest_desc *costs, const char *typed) {
    const walk_desc forward = {own->walk_forward, own->folds, own->train_bars, own->purge, own->embargo, own->choose, own->walk_out};
    int code = TOOL_OK;
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster = NULL;
    const lstmfc_forecaster *answer = NULL;
    lstmfc_candles *candles;
    own_rules mine;
    memset(&mine, 0, sizeof mine);
    memcpy(mine.x.text, own->expression, sizeof mine.x.text);
    mine.walk.desc = forward;
    code = grid_parse(o, mine.x.text, &mine.g);
    if (code != -1) return code;
    if (own->grid_out && !mine.g.count) return tool_fail(o, TOOL_USAGE, "--grid-out writes the combinations of choices in braces, and there are none");
    if (own->walk_forward != WALK_NONE && !mine.g.count)
        return tool_fail(o, TOOL_USAGE, "--walk-forward chooses among choices in braces, --long \"rsi({7,14}) < {20..40..5}\", and there are none");
    if (own->model && !(forecaster = lstmfc_forecaster_load(own->model, tool_env(), &err))) {
        grid_free(&mine.g);
        return tool_fail_model(o, own->model, &err);
    }
    code = forecaster ? options_useful(o, tool_target_name(lstmfc_forecaster_get_info(forecaster).target)) : -1;
    if (forecaster && code == -1) answer = tool_use_horizon(o, forecaster, own->use_horizon, &code);
    if (forecaster) tool_input_follow(o, input, lstmfc_forecaster_get_info(forecaster).any_prices);
    if (answer && !expressions_any(mine.x.text) && !options_given(o, "rules") && rules_auto(o, answer) == RULES_E)
        fprintf(stderr, "note: the plain rule is traded; `signal` decides for a model of these features by system E's rules: --rules e\n");
    candles = code == -1 ? tool_input_load(o, input, &code) : NULL;
    if (candles && forecaster) {
        code = run_model(o, input, own, &mine, signals, costs, typed, forecaster, answer, candles);
    } else if (candles) {
        const expressions_bars bars = {candles, NULL, 0, 0, 0, candles->count};
        lstmfc_backtest *b = NULL;
        code = expressions_any(mine.x.text) ? trade_expressions(o, &mine, &bars, candles, costs, &b) : trade_signals(o, own->signals, candles, costs, &b);
        if (code == TOOL_OK) code = outputs(o, input, own, candles, NULL, NULL, &mine, b, typed);
        lstmfc_backtest_free(b);
    }
    walk_free(&mine.walk);
    grid_free(&mine.g);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(forecaster);
    return code;
}

static int said(const backtest_options *own, int k) { return own->expression[k] && *own->expression[k]; }
static int entries(const backtest_options *own) { return said(own, EXPRESSIONS_LONG) || said(own, EXPRESSIONS_SHORT); }
static int exits(const backtest_options *own) { return said(own, EXPRESSIONS_EXIT_LONG) || said(own, EXPRESSIONS_EXIT_SHORT); }

int command_backtest(int argc, char **argv) {
    report_run r;
    backtest_options own = {0};
    FILE *words;
    int code = report_begin(&r, &command, &own, fields, sizeof fields / sizeof fields[0], "!seed weights", "csv", argc, argv);
    if (code == -1 && entries(&own) && (options_given(&r.o, "rules") || options_given(&r.o, "clauses") || options_given(&r.o, "decisions") || options_given(&r.o, "band")
                                        || options_given(&r.o, "threshold")))
        code = tool_fail(&r.o, TOOL_USAGE, "--long and --short decide here: --rules, --clauses, --decisions, --band and --threshold would do nothing");
    if (code == -1 && exits(&own) && !entries(&own))
        code = tool_fail(&r.o, TOOL_USAGE, "an exit needs an entry: --long or --short");
    if (code == -1 && (own.model && own.signals ? 1 : !own.model && !own.signals && !entries(&own)))
        code = tool_fail(&r.o, TOOL_USAGE, "exactly one of --model, --signals and rules (--long, --short) is needed; rules may stand beside --model");
    if (code == -1 && own.signals && (entries(&own) || exits(&own)))
        code = tool_fail(&r.o, TOOL_USAGE, "--signals says what is wanted: --long, --short and their exits would do nothing");
    if (code == -1) code = tool_share_stdout(&r.o, own.report, own.trades, own.fills, own.equity, &words);
    if (code == -1) code = files_check(&r.o);
    if (code == -1) code = run(&r.o, &r.input, &own, &r.signals, &r.costs, r.typed);
    return report_end(&r, code);
}
