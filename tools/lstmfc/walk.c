/* walk.c - walk forward with rules: nobody knows in advance which of many rules will do well, but everybody knows which one has. So that is
   what is traded here: before every fold the combination that did best on the bars before it is chosen, and its positions are taken on the
   fold. The folds follow each other in one account, and what it earns is no hindsight.

       bars      |<------- choose ------->|purge|<embargo, nothing held>|<------- trade ------->|
                 train_from               train_to  from                                        to

   A choice is a backtest of its bars alone: a fresh account, the costs and stops of the command, closed at the last close. Nothing at or
   after `from` is read by it. purge leaves further bars out, for who wants no trade, window or level of the choice to touch the fold. What
   a rule wants at a close is a matter of the bars up to it from the first one on, whatever fold it falls in, so a chosen rule may begin a
   fold with a position that it entered before. The first order of a fold is given at the close before it and filled at its first open, as
   all orders are; a position that the next choice does not want is left at the open of its fold. */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[EXPRESSIONS] = {"long", "short", "exit_long", "exit_short"}, *const flags[EXPRESSIONS] = {"long", "short", "exit-long", "exit-short"};
static const char *const modes[] = {WALK_MODES(LSTMFC__NAME)}, *const choices[] = {WALK_CHOICES(LSTMFC__NAME)};


/* The figure that decides: 0 where nothing varies or nothing was risked, beyond any number where something was earned without a drawdown. */
static double worth(const walk *w, const lstmfc_sweep_row *row) {
    double value = w->desc.choose == WALK_NET_RETURN ? row->total_return : w->desc.choose == WALK_CALMAR ? row->calmar : row->sharpe;
    if (!lstmfc_is_nan(value)) return value;
    return w->desc.choose == WALK_CALMAR && row->total_return > 0 ? 1e300 : 0;
}

/* Where the folds lie; what cannot be is said. */
static int cut(const options *o, walk *w, size_t n) {
    int64_t bars = (int64_t)n, purge = w->desc.purge, first, k, folds = w->desc.folds;
    w->train_bars = w->desc.train_bars ? w->desc.train_bars : bars / 2 - purge;
    first = w->train_bars + purge;
    if (w->train_bars < 2)
        return tool_fail(o, TOOL_DATA, "%d bars with --purge %lld leave %lld to choose on", (int)bars, (long long)purge, (long long)(w->train_bars < 0 ? 0 : w->train_bars));
    if (first >= bars || (bars - first) / folds < w->desc.embargo + 2)
        return tool_fail(o, TOOL_DATA, "%d bars: after the %lld to choose on (--train-bars) and a purge of %lld, %d folds of %lld bars%s are too short",
                         (int)bars, (long long)w->train_bars, (long long)purge, (int)folds, (long long)(first < bars ? (bars - first) / folds : 0),
                         w->desc.embargo ? " with their embargo" : "");
    if (!(w->folds = (walk_fold *)calloc((size_t)folds, sizeof *w->folds))) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (k = 0; k < folds; k++) {
        walk_fold *f = &w->folds[k];
        f->from = (size_t)(first + (bars - first) * k / folds);
        f->to = (size_t)(first + (bars - first) * (k + 1) / folds);
        f->train_to = f->from - (size_t)purge;
        f->train_from = w->desc.walk_forward == WALK_ROLLING ? f->train_to - (size_t)w->train_bars : 0;
        f->chosen = -1;
    }
    w->start = w->folds[0].from - 1;
    return TOOL_OK;
}

/* The best of the combinations that are ready, fold by fold. rows: room for them. */
static int choose(const options *o, walk *w, const grid_wants *wants, const lstmfc_candles *part, const lstmfc_backtest_desc *costs, lstmfc_sweep_row *rows) {
    lstmfc_error err = {0};
    grid_span span;
    int32_t k;
    int64_t i, count = wants->to - wants->from;
    int code = TOOL_OK;
    span.wants = wants;
    for (k = 0; k < w->desc.folds && code == TOOL_OK; k++) {
        walk_fold *f = &w->folds[k];
        lstmfc_candles *train = lstmfc_candles_slice(part, f->train_from, f->train_to - f->train_from, &err);
        span.first = wants->bars.first + f->train_from;
        span.count = f->train_to - f->train_from;
        if (!train || lstmfc_backtest_sweep(train, (size_t)count, grid_targets, &span, costs, rows, 0, NULL, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
        for (i = 0; i < count && code == TOOL_OK; i++) {
            if (f->chosen >= 0 && !(worth(w, &rows[i]) > worth(w, &f->inside))) continue;
            f->chosen = wants->from + i;
            f->inside = rows[i];
        }
        lstmfc_candles_free(train);
    }
    return code;
}

/* What the chosen ones want: orders of bar t-1 are filled at the open of bar t, so those of a fold are given from the bar before it on. */
static int join(const options *o, const walk *w, const expressions_bars *bars, double *targets) {
    size_t n = w->part->count, t;
    double *wanted = (double *)malloc((n + 1) * sizeof *wanted);
    char *text[EXPRESSIONS];
    int32_t k;
    int code = wanted ? TOOL_OK : tool_fail(o, TOOL_FAILURE, "out of memory"), i;
    for (t = 0; t < n; t++) targets[t] = lstmfc_nan();
    for (k = 0; k < w->desc.folds && code == TOOL_OK; k++) {
        const walk_fold *f = &w->folds[k];
        if (!k || f->chosen != w->folds[k - 1].chosen) {
            expressions x;
            memset(&x, 0, sizeof x);
            memset(text, 0, sizeof text);
            code = grid_expand(o, w->g, f->chosen, text);
            for (i = 0; i < EXPRESSIONS; i++) x.text[i] = text[i];
            if (code == TOOL_OK) code = expressions_targets(o, &x, bars, wanted);
            for (i = 0; i < EXPRESSIONS; i++) free(text[i]);
        }
        for (t = f->from - 1; t + 1 < f->to && code == TOOL_OK; t++)
            targets[t] = t + 1 < f->from + (size_t)w->desc.embargo ? 0 : wanted[t];
    }
    free(wanted);
    return code;
}

int walk_run(const options *o, walk *w, const grid *g, const expressions_bars *bars, const lstmfc_candles *part, const lstmfc_backtest_desc *costs,
             double *targets) {
    lstmfc_backtest_desc desc = *costs;
    lstmfc_sweep_row *rows = (lstmfc_sweep_row *)calloc((size_t)g->count, sizeof *rows);
    grid_wants wants;
    int code = rows ? TOOL_OK : tool_fail(o, TOOL_FAILURE, "out of memory");
    memset(&wants, 0, sizeof wants);
    wants.g = w->g = g; wants.bars = *bars;
    w->part = part;
    desc.env = tool_env();
    if (code == TOOL_OK) code = cut(o, w, part->count);
    while (code == TOOL_OK && wants.to < g->count) {
        code = grid_next(o, &wants);
        if (code == TOOL_OK) code = choose(o, w, &wants, part, &desc, rows);
    }
    grid_end(&wants);
    free(rows);
    return code == TOOL_OK ? join(o, w, bars, targets) : code;
}

/* The figures of a sweep's row, of bars from .. to-1 of a longer account. */
static lstmfc_sweep_row row_of(const lstmfc_backtest *b, size_t from, size_t to, double *returns) {
    lstmfc_sweep_row row;
    double before = b->equity[from - 1], peak = before, years = (double)(b->time[to - 1] - b->time[from - 1]) / (365.25 * 86400000.0), growth;
    size_t t, i;
    memset(&row, 0, sizeof row);
    row.annual = b->metrics.annual;
    row.total_return = before > 0 ? b->equity[to - 1] / before - 1 : 0;
    for (t = from; t < to; t++) {
        double last = b->equity[t - 1], down;
        returns[t - from] = last > 0 ? b->equity[t] / last - 1 : 0;
        if (b->equity[t] > peak) peak = b->equity[t];
        down = peak > 0 ? b->equity[t] / peak - 1 : 0;
        if (down < row.max_drawdown) row.max_drawdown = down;
    }
    row.sharpe = lstmfc_sharpe(to - from, returns, row.annual);
    growth = row.total_return > -1 ? lstmfc_exp(lstmfc_log(1 + row.total_return) / years) - 1 : -1;
    row.calmar = row.max_drawdown < 0 ? growth / -row.max_drawdown : lstmfc_nan();
    for (i = 0; i < b->trade_count; i++)
        row.trades += b->trades[i].entry_bar >= (int64_t)from && b->trades[i].entry_bar < (int64_t)to;
    return row;
}

void walk_measure(walk *w, const lstmfc_backtest *b) {
    double *returns = (double *)malloc((b->bars + 1) * sizeof *returns);
    int32_t k;
    for (k = 0; k < w->desc.folds && returns; k++)
        w->folds[k].outside = row_of(b, w->folds[k].from - w->start, w->folds[k].to - w->start, returns);
    free(returns);
}

void walk_free(walk *w) { free(w->folds); memset(w, 0, sizeof *w); }

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void figure(lstmfc_writer *writer, const walk *w, const lstmfc_sweep_row *row) {
    char a[32];
    tool_print(writer, " %10s", worth(w, row) >= 1e300 ? "no loss" : tool_figure(a, "%.2f", w->desc.choose == WALK_CALMAR ? row->calmar : row->sharpe));
}

void walk_describe(lstmfc_writer *writer, const walk *w) {
    static const char *const titles[] = {"Sharpe ratio", "net return", "Calmar ratio"}, *const heads[] = {"Sharpe in", "", "Calmar in"};
    int32_t k, above = 0, folds = w->desc.folds;
    int i, net = w->desc.choose == WALK_NET_RETURN;
    double inside = 0, outside = 0;
    char a[32], b[32];
    tool_print(writer, "walk forward  %d fold%s: before each, of %s rule sets the one with the highest %s on ", (int)folds, folds == 1 ? "" : "s",
               tool_count(a, w->g->count), titles[w->desc.choose]);
    if (w->desc.walk_forward == WALK_ROLLING) tool_print(writer, "the last %s bars", tool_count(a, w->train_bars));
    else tool_print(writer, "all bars, %s at least,", tool_count(a, w->train_bars));
    tool_print(writer, " is chosen, and traded on it\n");
    if (w->desc.purge) tool_print(writer, "purge         the last %s bars before a fold choose nothing\n", tool_count(a, w->desc.purge));
    if (w->desc.embargo) tool_print(writer, "embargo       on the first %s bars of a fold nothing is held\n", tool_count(a, w->desc.embargo));
    for (i = 0; i < EXPRESSIONS; i++)
        if (w->g->text[i] && *w->g->text[i]) tool_print(writer, "%-13s %s\n", flags[i], w->g->text[i]);
    tool_print(writer, "  %-22s %-22s", "from", "to");
    if (!net) tool_print(writer, " %10s %10s", heads[w->desc.choose], "out");
    tool_print(writer, " %10s %10s %7s  %s\n", "net in", "out", "trades", "chosen");
    for (k = 0; k < folds; k++) {
        const walk_fold *f = &w->folds[k];
        tool_print(writer, "  %-22s ", tool_time(a, w->part->time[f->from], w->part->interval));
        tool_print(writer, "%-22s", tool_time(b, w->part->time[f->to - 1], w->part->interval));
        if (!net) { figure(writer, w, &f->inside); figure(writer, w, &f->outside); }
        tool_print(writer, " %8.2f %% %8.2f %% %7s  ", 100 * f->inside.total_return, 100 * f->outside.total_return, tool_count(a, (int64_t)f->outside.trades));
        grid_choices(writer, w->g, f->chosen);
        tool_print(writer, "\n");
        inside += f->inside.total_return / folds;
        outside += f->outside.total_return / folds;
        above += f->outside.total_return > 0;
    }
    tool_print(writer, "in and out    net %+.2f %% on average where it was chosen, %+.2f %% where it was traded, above 0 in %d of %d; the account over all folds:\n",
               100 * inside, 100 * outside, (int)above, (int)folds);
}

static const struct { const char *name; size_t offset; } figures[] = {
    {"net_return", offsetof(lstmfc_sweep_row, total_return)}, {"sharpe", offsetof(lstmfc_sweep_row, sharpe)},
    {"calmar", offsetof(lstmfc_sweep_row, calmar)}, {"max_drawdown", offsetof(lstmfc_sweep_row, max_drawdown)}, {"trades", offsetof(lstmfc_sweep_row, trades)}
};
enum { FIGURES = (int)(sizeof figures / sizeof figures[0]) };

static double figure_of(const lstmfc_sweep_row *row, int i) {
    double value;
    memcpy(&value, (const char *)row + figures[i].offset, sizeof value);
    return value;
}

static void put_time(lstmfc_writer *writer, const walk *w, const char *key, size_t row) {
    char text[32];
    lstmfc_format_time(text, w->part->time[row]);
    lstmfc_json_put_string(writer, key, text);
}

void walk_json(lstmfc_writer *writer, const walk *w) {
    int32_t k;
    int i;
    lstmfc_json_begin(writer, "walk_forward", '{');
    lstmfc_json_put_string(writer, "mode", modes[w->desc.walk_forward]);
    lstmfc_json_put_string(writer, "choose", choices[w->desc.choose]);
    lstmfc_json_put_integer(writer, "trials", w->g->count);
    lstmfc_json_put_integer(writer, "train_bars", w->train_bars);
    lstmfc_json_put_integer(writer, "purge", w->desc.purge);
    lstmfc_json_put_integer(writer, "embargo", w->desc.embargo);
    lstmfc_json_begin(writer, "rules", '{');
    for (i = 0; i < EXPRESSIONS; i++)
        if (w->g->text[i] && *w->g->text[i]) lstmfc_json_put_string(writer, names[i], w->g->text[i]);
    lstmfc_json_end(writer, '}');
    lstmfc_json_begin(writer, "folds", '[');
    for (k = 0; k < w->desc.folds; k++) {
        const walk_fold *f = &w->folds[k];
        lstmfc_json_begin(writer, NULL, '{');
        put_time(writer, w, "from", f->from);
        put_time(writer, w, "to", f->to - 1);
        lstmfc_json_put_integer(writer, "bars", (int64_t)(f->to - f->from));
        put_time(writer, w, "chosen_from", f->train_from);
        put_time(writer, w, "chosen_to", f->train_to - 1);
        lstmfc_json_put_integer(writer, "chosen_bars", (int64_t)(f->train_to - f->train_from));
        grid_chosen_json(writer, w->g, "chosen", f->chosen);
        lstmfc_json_begin(writer, "in_sample", '{');
        for (i = 0; i < FIGURES; i++) lstmfc_json_put_number(writer, figures[i].name, figure_of(&f->inside, i));
        lstmfc_json_end(writer, '}');
        lstmfc_json_begin(writer, "out_of_sample", '{');
        for (i = 0; i < FIGURES; i++) lstmfc_json_put_number(writer, figures[i].name, figure_of(&f->outside, i));
        lstmfc_json_end(writer, '}');
        lstmfc_json_end(writer, '}');
    }
    lstmfc_json_end(writer, ']');
    lstmfc_json_end(writer, '}');
}

void walk_csv(lstmfc_writer *writer, const walk *w) {
    char text[32];
    int32_t k;
    int i, side;
    tool_print(writer, "from,to,chosen_from,chosen_to,");
    grid_columns(writer, w->g);
    for (side = 0; side < 2; side++)
        for (i = 0; i < FIGURES; i++) tool_print(writer, "%s%s%s", side + i ? "," : "", side ? "out_" : "in_", figures[i].name);
    for (k = 0; k < w->desc.folds; k++) {
        const walk_fold *f = &w->folds[k];
        const size_t rows[4] = {f->from, f->to - 1, f->train_from, f->train_to - 1};
        tool_print(writer, "\n");
        for (i = 0; i < 4; i++) {
            lstmfc_write_text(writer, text, lstmfc_format_time(text, w->part->time[rows[i]]));
            lstmfc_write_text(writer, ",", 1);
        }
        for (i = 0; i < w->g->parameter_count; i++) tool_print(writer, "%s,", grid_value(w->g, f->chosen, i));
        for (i = 0; i < 2 * FIGURES; i++) {
            double value = figure_of(i < FIGURES ? &f->inside : &f->outside, i % FIGURES);
            if (i) lstmfc_write_text(writer, ",", 1);
            if (lstmfc_is_finite(value)) lstmfc_write_text(writer, text, lstmfc_format_double(text, value));
        }
    }
    tool_print(writer, "\n");
}
