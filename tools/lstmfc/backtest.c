/* lstmfc backtest - a model's forecasts or a file of signals, traded bar by bar with costs; one symbol, or several from one purse. */
#include "horizons.h"
#include "portfolio.h"
#include "report.h"
#include "rules.h"
#include "members.h"
#include "symbols.h"
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKTEST_OPTIONS(X) \
    X(TEXT, model,     "", OPTIONS_IN, "the model file whose forecasts are traded") \
    X(TEXT, signals,   "", OPTIONS_IN, "CSV with time,signal: the position wanted from the next open on, -1 .. 1; a bar without a row is no order; " \
                                       "of several symbols with a further column, symbol") \
    X(TEXT, report,    "", OPTIONS_OUT, "write a report, one HTML file") \
    LEDGER_OPTION(X) \
    X(TEXT, trades,    "", OPTIONS_OUT, "write every trade, CSV") \
    X(TEXT, fills,     "", OPTIONS_OUT, "write every fill, CSV: entries, resizings, exits") \
    X(TEXT, equity,    "", OPTIONS_OUT, "write the equity at each close, CSV; of several symbols with the money and what each one's position is worth") \
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
    "backtest", "trade a model, rules or a file of signals, with costs; one symbol or several", "--csv F [--model M | --signals S.csv] [--long E --short E] [flags]",
    "A decision at the close of a bar is filled at the open of the next. A model is traded only on bars it has not seen. Rules of your own are\n"
    "expressions, --long and --short, with exits where you like; beside a --model they may ask its forecasts and decide in place of it.\n"
    "Where --csv is a folder, A.csv,B.csv or a file with a column of symbols, all of them are traded from one purse: rules and model are asked\n"
    "of each, bars go together by the time at which they open, and --weights says what a full position of each may take. --model may be one\n"
    "of train --pooled or a folder with one for each.",
    "  lstmfc synth --bars 1000 --seed 1 --out candles.csv\n"
    "  lstmfc train --csv candles.csv --window 12 --features \"log_return(close), rsi(14)/100\" --model \"lstm 8 | dense 1 "
    "sigmoid\" --epochs 2 --out model.json\n"
    "  lstmfc backtest --csv candles.csv --long \"rsi(14) < 30\" --exit-long \"rsi(14) > 50\"\n"
    "  lstmfc backtest --csv candles.csv --model model.json --fee 0.001 --stop 0.03 --trades trades.csv --report backtest.html"
};

/* The rows of one symbol of a file of signals; NULL and no error: it has none. */
static lstmfc_candles *signals_of(const char *path, const char *symbol, const lstmfc_csv_desc *desc, lstmfc_error *err) {
    size_t length = 0, count, left;
    char *text = lstmfc_file_read(path, &length, NULL, err), *own = text ? symbols_only(text, length, symbol, &count, &left) : NULL;
    lstmfc_candles *rows = own ? lstmfc_candles_parse_csv(own, left, desc, err) : NULL;
    if (text && !own && count) err->code = LSTMFC_ERROR_MEMORY;
    free(own);
    lstmfc_file_release(text, length, NULL);
    return rows;
}

int signals_read(const options *o, const char *path, const char *symbol, const lstmfc_candles *candles, double *targets) {
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
    rows = symbol ? signals_of(path, symbol, &desc, &err) : lstmfc_candles_load_csv(path, &desc, &err);
    if (!rows && !err.code)
        return tool_fail(o, TOOL_DATA, "%s: there is no row of %s; expected the header time,symbol,signal and rows of every symbol", path, symbol);
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
    int code = targets ? signals_read(o, path, NULL, candles, targets) : tool_fail(o, TOOL_FAILURE, "out of memory");
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
    if (b->open_at_end && b->symbols == 1) tool_print(w, "The last trade was still open and was closed at the last close.\n");
    else if (b->open_at_end) tool_print(w, "What was still open at the end of a symbol's bars was closed at its last close.\n");
}

static void equity_csv(lstmfc_writer *w, const lstmfc_backtest *b, const portfolio *p) {
    size_t t, several = p ? (size_t)p->count : 0, i;
    double *worth = (double *)calloc(several + 2, sizeof *worth);
    portfolio_books books;
    memset(&books, 0, sizeof books);
    if (!worth || (p && !portfolio_books_open(&books, p, b))) { w->failed = LSTMFC_ERROR_MEMORY; several = 0; p = NULL; }
    tool_print(w, "time,equity,worst,position,buy_and_hold,repeat_last_move");
    if (p) portfolio_books_head(w, p);
    tool_print(w, "\n");
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
        if (p) portfolio_books_row(&books, t, worth);
        for (i = 0; p && i <= several; i++) {
            lstmfc_write_text(w, ",", 1);
            lstmfc_write_text(w, text, lstmfc_format_double(text, worth[i]));
        }
        lstmfc_write_text(w, "\n", 1);
    }
    portfolio_books_close(&books);
    free(worth);
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

/* p: several symbols, candles NULL; else p NULL. looks: of a model, or NULL. */
static int outputs(const options *o, tool_input *input, const backtest_options *own, const lstmfc_candles *candles, const portfolio *p,
                   const evaluation *e, const rules_result *rules, const own_rules *mine, const lstmfc_backtest *b, const ledger *looks, const char *typed) {
    const grid *g = mine->g.rows ? &mine->g : NULL;     /* the best of it is traded */
    const walk *forward = mine->walk.folds ? &mine->walk : NULL;
    int expressed = expressions_any(mine->x.text);
    lstmfc_writer w;
    const lstmfc_field *metrics;
    size_t count;
    int code = TOOL_OK, i;
    int64_t interval = p ? p->interval : candles->interval;
    int synthetic = p ? p->synthetic : candles->synthetic || (e && e->synthetic), in_sample = p ? own->in_sample : e && e->in_sample;
    char title[160], several[32] = "", text[96], span[32], thresholds[256], said[EVALUATION_RULES];
    FILE *words;
    if (tool_share_stdout(o, own->report, own->trades, own->fills, own->equity, &words) != -1) return TOOL_USAGE;
    lstmfc_writer_init(&w, NULL);
    if (own->report) {
        report r;
        memset(&r, 0, sizeof r);
        if (p && p->count > 1) snprintf(several, sizeof several, "%d symbols by ", p->count);
        if (e) tool_title(title, sizeof title, "Backtest", e->info.target, e->info.horizon, tool_span(span, interval));
        else snprintf(title, sizeof title, "%s of %s%s on bars of %s", forward ? "Walk forward" : "Backtest", several,
                      expressed ? "rules" : own->model ? "a model" : "signals", tool_span(span, interval));
        r.title = title; r.command = typed; r.file = input->csv; r.csv = p ? NULL : &input->report; r.evaluation = e; r.backtest = b;
        r.portfolio = p;
        if (p) r.model = own->model;
        r.signals = own->signals; r.rules = rules;
        if (expressed) r.expressions = &mine->x;
        r.grid = g;
        r.walk = forward;
        r.ledger = looks;
        r.synthetic = synthetic;
        r.in_sample = in_sample;
        r.interval = interval;
        r.created = tool_created(0, 0);
        report_write(&w, &r);
        code = put(o, own->report, &w);
    }
    if (code == TOOL_OK && own->trades) { evaluation_trades_csv(&w, b, p ? p->names : NULL); code = put(o, own->trades, &w); }
    if (code == TOOL_OK && own->decisions && rules) { rules_csv(&w, rules, e->all); code = put(o, own->decisions, &w); }
    if (code == TOOL_OK && own->fills) { evaluation_fills_csv(&w, b, p ? p->names : NULL); code = put(o, own->fills, &w); }
    if (code == TOOL_OK && own->grid_out && g) { grid_csv(&w, g); code = put(o, own->grid_out, &w); }
    if (code == TOOL_OK && own->walk_out && forward) { walk_csv(&w, forward); code = put(o, own->walk_out, &w); }
    if (code == TOOL_OK && own->equity) { equity_csv(&w, b, p); code = put(o, own->equity, &w); }
    if (code == TOOL_OK && o->json) {
        metrics = lstmfc_metrics_fields(&count);
        lstmfc_json_begin(&w, NULL, '{');
        if (e) evaluation_first_json(&w, e);
        lstmfc_json_put_bool(&w, "synthetic", synthetic);
        lstmfc_json_put_bool(&w, "in_sample", in_sample);
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
        if (looks) ledger_json(&w, looks);
        if (rules) rules_json(&w, "signals", rules);
        if (expressed && !forward) expressions_json(&w, &mine->x);
        if (g) grid_json(&w, g);
        if (forward) walk_json(&w, forward);
        if (p) portfolio_json(&w, p, b);
        else tool_input_json(&w, "csv", &input->report);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
        code = put(o, "-", &w);
    } else if (code == TOOL_OK) {
        if (e) evaluation_first(&w, e);
        if (synthetic) tool_print(&w, "SYNTHETIC candles: no market\n");
        if (in_sample) tool_print(&w, "IN SAMPLE: bars the model was trained on. These figures are no evidence.\n");
        if (e && *evaluation_thresholds(thresholds, &e->info, &e->signals, b->desc.long_only))
            tool_print(&w, "thresholds    %s\n", thresholds);
        if (rules) rules_describe(&w, rules);
        if (g) grid_describe(&w, g);
        if (forward) walk_describe(&w, forward);
        for (i = 0; p && i < p->count; i++) if (*p->symbols[i].strange) tool_print(&w, "Warning: %s: %s.\n", p->names[i], p->symbols[i].strange);
        expressions_describe(&w, &mine->x);
        describe(&w, b, interval);
        if (p) portfolio_describe(&w, p, b);
        if (looks) ledger_describe(&w, looks);
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
                     const lstmfc_backtest_desc *costs, const char *typed, const char *kept, const lstmfc_forecaster *forecaster,
                     const lstmfc_forecaster *answer, lstmfc_candles *candles) {
    members_file file;
    lstmfc_error err = {0};
    lstmfc_candles *part = NULL;
    rules_result rules;
    ledger looks;
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
    if (code == TOOL_OK && e.backtest) {
        const ledger_entry look = {forecaster, own->model, candles, &e, e.backtest, mine->g.rows && !mine->walk.folds ? mine->g.count - 1 : 0, NULL, 0, 0};
        code = ledger_look(o, kept, &look, &looks);
    }
    if (code != TOOL_OK) {}                                     /* said */
    else if (e.backtest) code = outputs(o, input, own, candles, NULL, &e, plain || expressed ? NULL : &rules, mine, e.backtest, &looks, typed);
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

static int run(const options *o, tool_input *input, const backtest_options *own, const char *kept, const lstmfc_signal_desc *signals,
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
        code = run_model(o, input, own, &mine, signals, costs, typed, kept, forecaster, answer, candles);
    } else if (candles) {
        const expressions_bars bars = {candles, NULL, 0, 0, 0, candles->count};
        lstmfc_backtest *b = NULL;
        code = expressions_any(mine.x.text) ? trade_expressions(o, &mine, &bars, candles, costs, &b) : trade_signals(o, own->signals, candles, costs, &b);
        if (code == TOOL_OK) code = outputs(o, input, own, candles, NULL, NULL, NULL, &mine, b, NULL, typed);
        lstmfc_backtest_free(b);
    }
    walk_free(&mine.walk);
    grid_free(&mine.g);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(forecaster);
    return code;
}

/* ---- several symbols ------------------------------------------------------------------------------------------------ */

/* The positions of one: a model's, rules', or a file's. x: what its rules held, summed over the symbols. */
typedef struct several { const backtest_options *own; const lstmfc_signal_desc *signals; const lstmfc_forecaster *forecaster; expressions x;
                          uint64_t models; int32_t target; } several;

static int several_rules(const options *o, several *all, const expressions_bars *bars, double *targets) {
    expressions one = all->x;
    int code = expressions_targets(o, &one, bars, targets), k;
    for (k = 0; k < EXPRESSIONS; k++) { all->x.held[k] += one.held[k]; all->x.unknown[k] += one.unknown[k]; }
    all->x.bars += one.bars;
    all->x.both += one.both;
    return code;
}

static int several_model(const options *o, several *all, const lstmfc_forecaster *forecaster, portfolio_symbol *s) {
    const backtest_options *own = all->own;
    lstmfc_error err = {0};
    evaluation e, known;
    rules_result rules;
    size_t i;
    int code = TOOL_OK;
    const lstmfc_forecaster *answer = tool_use_horizon(o, forecaster, own->use_horizon, &code);
    if (!answer) return code;
    if ((code = evaluation_candles(o, answer, s->candles, &known)) != TOOL_OK) return code;
    known.symbol = s->name;
    if (evaluation_strange(&known)) evaluation_origin(&known, s->strange, sizeof s->strange);
    if ((code = evaluation_forecasts(o, answer, s->candles, own->in_sample, &e)) != TOOL_OK) return code;
    memset(&rules, 0, sizeof rules);
    s->part = lstmfc_candles_slice(s->candles, e.traded, e.traded_count, &err);
    s->targets = (double *)malloc((e.traded_count + 1) * sizeof *s->targets);
    if (!s->part) code = tool_fail_error(o, &err);
    else if (!s->targets) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (expressions_any(all->x.text)) {
        const expressions_bars bars = {s->candles, e.all, e.first, e.count, e.traded, e.traded_count};
        code = several_rules(o, all, &bars, s->targets);
    } else if (own->rules == RULES_PLAIN && !o->threshold) {
        if (lstmfc_signals(e.info.target, e.traded_count, e.all, all->signals, s->targets, NULL, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    } else {
        code = rules_run(o, (rules_asked){own->rules, own->clauses}, all->signals, answer, rules_longest(forecaster), s->candles, e.first, e.count,
                         e.all, NULL, &rules);
        for (i = 0; i < e.traded_count && code == TOOL_OK; i++) s->targets[i] = rules.bars[i].signal;
        rules_free(&rules);
    }
    evaluation_free(&e);
    return code;
}

/* A model that several symbols can be traded by. */
static int several_useful(const options *o, const lstmfc_forecaster *forecaster, const char *path) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    int code = options_useful(o, tool_target_name(info.target));
    if (code != -1) return code;
    if (info.member_file) return tool_fail(o, TOOL_USAGE, "%s asks the probabilities of %s, which are of one series", path, info.member_file);
    if (!tool_target_trades(info.target))
        return tool_fail(o, TOOL_USAGE, "%s forecasts %s, which names no side to trade", path,
                         info.target == LSTMFC_TARGET_EXPRESSION ? info.quantity : "volatility");
    if (info.any_prices) return tool_fail(o, TOOL_USAGE, "%s was fitted on a series that is no price: nobody trades it", path);
    return TOOL_OK;
}

/* A model of one symbol trades others than that only beside it. */
static int several_known(const options *o, const lstmfc_forecaster *forecaster, const char *path, const portfolio *p) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    int i;
    if (info.pool_count || !info.symbol || !*info.symbol) return TOOL_OK;
    for (i = 0; i < p->count; i++) if (!strcmp(p->names[i], info.symbol)) return TOOL_OK;
    return tool_fail(o, TOOL_USAGE, "%s was trained on %s alone, which is none of the %d symbols of --csv: train --pooled makes one model for several, "
                     "and --model FOLDER has one for each", path, info.symbol, p->count);
}

static int several_symbol(options *o, several *all, int i, portfolio_symbol *s) {
    const backtest_options *own = all->own;
    lstmfc_error err = {0};
    int code = TOOL_OK;
    if (own->model) {
        char *path = symbols_pool_model(i, own->model);
        lstmfc_forecaster *its = path ? lstmfc_forecaster_load(path, tool_env(), &err) : NULL;
        if (path && !its) code = tool_fail_model(o, path, &err);
        else if (its) code = several_useful(o, its, path);
        if (code == TOOL_OK) code = several_model(o, all, its ? its : all->forecaster, s);
        if (code == TOOL_OK && (its || !i)) code = ledger_model(o, its ? its : all->forecaster, &all->models);
        if (code == TOOL_OK) all->target = lstmfc_forecaster_get_info(its ? its : all->forecaster).target;
        lstmfc_forecaster_free(its);
        free(path);
        return code;
    }
    s->targets = (double *)malloc((s->candles->count + 1) * sizeof *s->targets);
    if (!s->targets) return tool_fail(o, TOOL_FAILURE, "out of memory");
    if (own->signals) { o->about = NULL; return signals_read(o, own->signals, s->name, s->candles, s->targets); }
    {   const expressions_bars bars = {s->candles, NULL, 0, 0, 0, s->candles->count};
        return several_rules(o, all, &bars, s->targets);
    }
}

static int run_several(options *o, tool_input *input, const backtest_options *own, const char *kept, const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs,
                       const char *typed) {
    static const struct { const char *flag, *why; } refused[] = {
        {"symbol", "each is named by its file or its column"}, {"decisions", "they are those of one series"},
        {"walk_forward", "it chooses rules for one series"}, {"folds", "it is for --walk-forward, which chooses rules for one series"},
        {"grid_out", "a grid is of one series"}
    };
    lstmfc_error err = {0};
    several all;
    own_rules mine;
    portfolio p;
    ledger looks;
    lstmfc_backtest *b = NULL;
    lstmfc_forecaster *forecaster = NULL;
    char flag[64], *folder;
    size_t k;
    int i, code;
    memset(&all, 0, sizeof all);
    memset(&mine, 0, sizeof mine);
    memset(&p, 0, sizeof p);
    for (k = 0; k < sizeof refused / sizeof refused[0]; k++) {
        if (!options_given(o, refused[k].flag)) continue;
        options_flag_text(flag, refused[k].flag);
        return tool_fail(o, TOOL_USAGE, "--%s with several symbols (--csv %s): %s", flag, input->csv, refused[k].why);
    }
    code = grid_parse(o, own->expression, &mine.g);
    if (code != -1) return code;
    if (mine.g.count) {
        grid_free(&mine.g);
        return tool_fail(o, TOOL_USAGE, "choices in braces with several symbols (--csv %s): a grid is of one series", input->csv);
    }
    all.own = own; all.signals = signals;
    memcpy(all.x.text, own->expression, sizeof all.x.text);
    folder = own->model ? symbols_pool_model(0, own->model) : NULL;
    if (own->model && !folder && !(forecaster = lstmfc_forecaster_load(own->model, tool_env(), &err))) return tool_fail_model(o, own->model, &err);
    free(folder);
    code = forecaster ? several_useful(o, forecaster, own->model) : TOOL_OK;
    if (forecaster && code == TOOL_OK) tool_input_follow(o, input, lstmfc_forecaster_get_info(forecaster).any_prices);
    if (code == TOOL_OK) code = portfolio_load(o, input, &p);
    if (forecaster && code == TOOL_OK) code = several_known(o, forecaster, own->model, &p);
    all.forecaster = forecaster;
    for (i = 0; i < p.count && code == TOOL_OK; i++) {
        o->about = p.symbols[i].csv;
        code = several_symbol(o, &all, i, &p.symbols[i]);
    }
    o->about = NULL;
    if (code == TOOL_OK) code = portfolio_run(o, &p, costs, &b);
    o->about = NULL;
    mine.x = all.x;
    memset(&looks, 0, sizeof looks);
    if (code == TOOL_OK && own->model && !own->in_sample) {
        const ledger_entry look = {NULL, own->model, NULL, NULL, b, 0, &p, all.models, all.target};
        code = ledger_look(o, kept, &look, &looks);
    }
    if (code == TOOL_OK) code = outputs(o, input, own, NULL, &p, NULL, NULL, &mine, b, &looks, typed);
    lstmfc_backtest_free(b);
    portfolio_free(&p);
    lstmfc_forecaster_free(forecaster);
    return code;
}

static int said(const backtest_options *own, int k) { return own->expression[k] && *own->expression[k]; }
static int entries(const backtest_options *own) { return said(own, EXPRESSIONS_LONG) || said(own, EXPRESSIONS_SHORT); }
static int exits(const backtest_options *own) { return said(own, EXPRESSIONS_EXIT_LONG) || said(own, EXPRESSIONS_EXIT_SHORT); }

int command_backtest(int argc, char **argv) {
    report_run r;
    backtest_options own = {0};
    const char *kept = NULL;
    FILE *words;
    const char *name, *csv, *only;
    int several = 0, code = symbols_each(argc, argv, command_backtest);
    if (code != -1) return code;
    code = report_begin(&r, &command, &own, fields, sizeof fields / sizeof fields[0], "!seed", "csv", argc, argv);
    if (code == -1 && entries(&own) && (options_given(&r.o, "rules") || options_given(&r.o, "clauses") || options_given(&r.o, "decisions") || options_given(&r.o, "band")
                                        || options_given(&r.o, "threshold")))
        code = tool_fail(&r.o, TOOL_USAGE, "--long and --short decide here: --rules, --clauses, --decisions, --band and --threshold would do nothing");
    if (code == -1 && exits(&own) && !entries(&own))
        code = tool_fail(&r.o, TOOL_USAGE, "an exit needs an entry: --long or --short");
    if (code == -1 && (own.model && own.signals ? 1 : !own.model && !own.signals && !entries(&own)))
        code = tool_fail(&r.o, TOOL_USAGE, "exactly one of --model, --signals and rules (--long, --short) is needed; rules may stand beside --model");
    if (code == -1 && own.signals && (entries(&own) || exits(&own)))
        code = tool_fail(&r.o, TOOL_USAGE, "--signals says what is wanted: --long, --short and their exits would do nothing");
    for (; symbols_pool(several, &name, &csv, &only); several++) if (code == -1) files_add(&r.o, "csv", FILE_READ, csv);
    if (code == -1 && !several && options_given(&r.o, "weights"))
        code = tool_fail(&r.o, TOOL_USAGE, "--weights: %s is one series; a folder, A.csv,B.csv or a file of several symbols shares a purse by them",
                         r.input.csv);
    if (code == -1) code = tool_share_stdout(&r.o, own.report, own.trades, own.fills, own.equity, &words);
    if (code == -1 && own.ledger && !own.model)
        code = tool_fail(&r.o, TOOL_USAGE, "--ledger keeps looks at the test span of a --model, and there is none");
    if (code == -1 && own.model) kept = ledger_path(&r.o, own.ledger, own.model);
    if (code == -1) code = files_check(&r.o);
    if (code == -1 && several) code = run_several(&r.o, &r.input, &own, kept, &r.signals, &r.costs, r.typed);
    else if (code == -1) code = run(&r.o, &r.input, &own, kept, &r.signals, &r.costs, r.typed);
    symbols_pool_free();
    return report_end(&r, code);
}
