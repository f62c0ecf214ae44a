/* portfolio.c - several symbols traded from one purse. See portfolio.h; the engine is lstmfc_backtest_portfolio.

   Rows go by the time at which bars open. A row is over when all its bars are closed, so what shares a row must open and close together:
   bars of other lengths, or that open in the middle of another's, would let the purse know a close before it is there. They are refused. */
#include "portfolio.h"
#include "evaluation.h"
#include "chart.h"
#include "symbols.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void portfolio_free(portfolio *p) {
    int i;
    for (i = 0; p->symbols && i < p->count; i++) {
        portfolio_symbol *s = &p->symbols[i];
        if (s->part != s->candles) lstmfc_candles_free(s->part);
        lstmfc_candles_free(s->candles);
        free(s->targets);
    }
    free(p->symbols);
    free(p->names);
    memset(p, 0, sizeof *p);
}

int portfolio_load(options *o, const tool_input *input, portfolio *p) {
    const char *name, *csv, *only;
    int i, code = TOOL_OK;
    memset(p, 0, sizeof *p);
    for (i = 0; symbols_pool(i, &name, &csv, &only); i++) {}
    p->symbols = (portfolio_symbol *)calloc((size_t)i + 1, sizeof *p->symbols);
    p->names = (const char **)calloc((size_t)i + 1, sizeof *p->names);
    if (!p->symbols || !p->names) return tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 0; code == TOOL_OK && symbols_pool(i, &name, &csv, &only); i++) {
        portfolio_symbol *s = &p->symbols[i];
        p->count = i + 1;
        p->names[i] = s->name = *only ? only : name;
        s->csv = csv;
        s->input = *input;
        s->input.csv = csv;
        s->input.only = only;
        s->input.one_of_several = 1;
        o->about = csv;
        if (!(s->candles = s->part = tool_input_load(o, &s->input, &code))) continue;
        p->synthetic |= s->candles->synthetic;
        if (!p->interval) p->interval = s->candles->interval;
    }
    o->about = NULL;
    return code;
}

/* ---- times -------------------------------------------------------------------------------------------------------- */

static int64_t first_time(const portfolio_symbol *s) { return s->part->time[0]; }
static int64_t last_time(const portfolio_symbol *s) { return s->part->time[s->part->count - 1]; }

/* "4h", as --resample takes it */
static const char *resample_text(char out[32], int64_t interval) {
    char span[32];
    size_t i, n = 0;
    tool_span(span, interval);
    for (i = 0; span[i]; i++) if (span[i] != ' ') out[n++] = span[i];
    out[n] = 0;
    return out;
}

static int one_interval(const options *o, const portfolio *p) {
    char a[32], b[32], joined[32];
    int i;
    for (i = 1; i < p->count; i++) {
        const portfolio_symbol *one = &p->symbols[0], *other = &p->symbols[i];
        int64_t x = one->candles->interval, y = other->candles->interval;
        if (!x || !y || x == y) continue;
        return tool_fail(o, TOOL_DATA, "%s: %s has a bar every %s, but %s of %s one every %s; a purse is shared by bars of one length: "
                         "--resample %s joins the shorter ones", other->csv, other->name, tool_span(a, y), one->name, one->csv,
                         tool_span(b, x), resample_text(joined, x > y ? x : y));
    }
    return TOOL_OK;
}

/* Each has a time at which another one is there. */
static int overlapping(const options *o, const portfolio *p) {
    char a[32], b[32], c[32], d[32];
    int i, k, none = 0;
    for (i = 0; i < p->count && p->count > 1; i++) {
        const portfolio_symbol *s = &p->symbols[i], *other;
        for (k = 0; k < p->count; k++) {
            other = &p->symbols[k];
            if (k != i && first_time(s) <= last_time(other) && first_time(other) <= last_time(s)) break;
        }
        if (k < p->count) continue;
        none = i ? 0 : 1;
        other = &p->symbols[none];
        return tool_fail(o, TOOL_DATA, "%s: the bars of %s, %s to %s, overlap with those of no other symbol (%s of %s: %s to %s): they have no "
                         "purse to share", s->csv, s->name, tool_time(a, first_time(s), p->interval), tool_time(b, last_time(s), p->interval),
                         other->name, other->csv, tool_time(c, first_time(other), p->interval), tool_time(d, last_time(other), p->interval));
    }
    return TOOL_OK;
}

/* 1: the first `length` bytes of a text have a row of that time. */
static int has_time(const portfolio_symbol *s, const char *text, size_t length, int64_t time) {
    lstmfc_csv_desc desc = s->input.desc;
    lstmfc_candles *candles;
    size_t t, count;
    int found = 0;
    desc.report = NULL;
    desc.drop_last = 0;
    candles = lstmfc_candles_parse_csv(text, length, &desc, NULL);
    count = candles ? candles->count : 0;
    for (t = 0; t < count && !found; t++) found = candles->time[t] == time;
    lstmfc_candles_free(candles);
    return found;
}

/* "file.csv: line 7", where the row of that time stands in it; the line is left out where bars were joined. */
static void place_of(lstmfc_writer *w, const portfolio_symbol *s, int64_t time) {
    size_t length = 0, rows, left = 0, low = 0, high, lines = 1, i;
    const char *kept = *s->input.only ? symbols_pool_text(s->csv, &length) : NULL;
    char *read = kept ? NULL : lstmfc_file_read(s->csv, &length, NULL, NULL), *own = NULL;
    const char *text = kept ? own = symbols_only(kept, length, s->input.only, &rows, &left) : read;
    high = kept ? left : length;
    tool_print(w, "%s", s->csv);
    if (text && has_time(s, text, high, time)) {
        while (low < high) {                            /* the shortest text that has it ends in its line */
            size_t middle = low + (high - low) / 2;
            const char *end = (const char *)memchr(text + middle, '\n', high - middle);
            size_t cut = end ? (size_t)(end - text) : high;
            if (has_time(s, text, cut, time)) high = middle; else low = cut + 1 < high ? cut + 1 : high;
        }
        for (i = 0; i < high; i++) lines += text[i] == '\n';
        tool_print(w, ": line %lld", (long long)lines);
    }
    lstmfc_write_text(w, "", 1);
    free(own);
    lstmfc_file_release(read, length, NULL);
}

/* No bar opens while one of another symbol is forming. Steps of a calendar are not all of one length, so a quarter less is none. */
static int aligned(const options *o, const portfolio *p) {
    size_t *at = (size_t *)calloc(2 * (size_t)p->count + 1, sizeof *at), *before;
    int64_t now = 0, last = 0;
    lstmfc_writer one, other;
    char a[32], b[32], c[32];
    int i, row, code = TOOL_OK;
    if (!at) return tool_fail(o, TOOL_FAILURE, "out of memory");
    before = at + p->count;
    for (row = 0; code == TOOL_OK; row = 1, last = now) {
        int forming = -1, opens = -1;
        for (i = 0; i < p->count; i++) {
            const lstmfc_candles *own = p->symbols[i].part;
            if (at[i] < own->count && (opens < 0 || own->time[at[i]] < now)) { now = own->time[at[i]]; opens = i; }
        }
        if (opens < 0) break;
        for (i = 0; i < p->count; i++) {
            const lstmfc_candles *own = p->symbols[i].part;
            int here = at[i] < own->count && own->time[at[i]] == now;
            if (row && !here && at[i] && before[i] == at[i] - 1 && own->time[before[i]] == last) forming = i;
            before[i] = at[i];
            at[i] += (size_t)here;
        }
        if (forming < 0 || now - last >= p->interval - p->interval / 4) continue;
        lstmfc_writer_init(&one, NULL);
        lstmfc_writer_init(&other, NULL);
        place_of(&one, &p->symbols[opens], now);
        place_of(&other, &p->symbols[forming], last);
        if (one.failed != LSTMFC_OK || other.failed != LSTMFC_OK) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        else code = tool_fail(o, TOOL_DATA, "%s: a bar of %s opens at %s, while that of %s (%s) which opened at %s is still forming: bars of %s that "
                              "share a purse open together", one.text, p->symbols[opens].name, tool_time(a, now, 0),
                              p->symbols[forming].name, other.text, tool_time(b, last, 0), tool_span(c, p->interval));
        lstmfc_writer_free(&one);
        lstmfc_writer_free(&other);
    }
    free(at);
    return code;
}

/* ---- running ------------------------------------------------------------------------------------------------------ */

/* What is each one's own of it. */
static void tally(portfolio *p, const lstmfc_backtest *b) {
    size_t i;
    int k;
    for (k = 0; k < p->count; k++) p->symbols[k].worst = lstmfc_nan();
    for (i = 0; i < b->trade_count; i++) {
        const lstmfc_trade *t = &b->trades[i];
        portfolio_symbol *s = &p->symbols[t->symbol];
        s->trades++;
        s->won += t->pnl > 0;
        s->profit += t->pnl;
        s->exposure += (double)(t->exit_bar - t->entry_bar) / (double)s->part->count;
        if (!(s->worst <= t->net_return)) s->worst = t->net_return;
    }
    for (i = 0; i < b->fill_count; i++) {
        const lstmfc_fill *f = &b->fills[i];
        portfolio_symbol *s = &p->symbols[f->symbol];
        double notional = fabs(f->quantity * f->price);
        s->fees += f->fee;
        s->slippage += f->slippage;
        s->funding += f->funding;
        s->notional += notional;
        p->notional += notional;
    }
}

/* Buy and hold of each by itself; and of all at equal weights, where the portfolio's own are others. */
static int hold(const options *o, portfolio *p, const lstmfc_candles *const *candles, const double *const *targets,
                const lstmfc_backtest_desc *costs) {
    lstmfc_error err = {0};
    lstmfc_backtest_desc desc = *costs;
    lstmfc_backtest *b;
    int i;
    desc.weights = LSTMFC_WEIGHTS_EQUAL;
    desc.resamples = 100;                               /* nobody reads the interval */
    p->hold_equal = lstmfc_nan();
    for (i = 0; i < p->count; i++) {
        portfolio_symbol *s = &p->symbols[i];
        if (!(b = lstmfc_backtest_start(s->part, s->targets, s->part->count, &desc, &err))) return tool_fail_error(o, &err);
        s->hold = b->hold_metrics.total_return;
        lstmfc_backtest_free(b);
    }
    if (p->count == 1 || costs->weights == LSTMFC_WEIGHTS_EQUAL) return TOOL_OK;
    if (!(b = lstmfc_backtest_portfolio((size_t)p->count, candles, targets, &desc, &err))) return tool_fail_error(o, &err);
    p->hold_equal = b->hold_metrics.total_return;
    lstmfc_backtest_free(b);
    return TOOL_OK;
}

/* "series number 1: ..." by its file */
static int said_by_name(options *o, const portfolio *p, lstmfc_error *err) {
    static const char before[] = "series number ";
    int64_t which;
    size_t n;
    if (!strncmp(err->message, before, sizeof before - 1)) {
        const char *text = err->message + sizeof before - 1;
        n = lstmfc_parse_int(text, strlen(text), &which);
        if (n && which >= 0 && which < p->count && !strncmp(text + n, ": ", 2)) {
            o->about = p->symbols[which].csv;
            memmove(err->message, text + n + 2, strlen(text + n + 2) + 1);
        }
    } else if (p->count == 1) o->about = p->symbols[0].csv;
    return tool_fail_error(o, err);
}

int portfolio_run(options *o, portfolio *p, const lstmfc_backtest_desc *costs, lstmfc_backtest **out) {
    lstmfc_error err = {0};
    const lstmfc_candles **candles = (const lstmfc_candles **)calloc((size_t)p->count + 1, sizeof *candles);
    const double **targets = (const double **)calloc((size_t)p->count + 1, sizeof *targets);
    int i, code = one_interval(o, p);
    if (code == TOOL_OK && (!candles || !targets)) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK) code = overlapping(o, p);
    if (code == TOOL_OK) code = aligned(o, p);
    for (i = 0; i < p->count && code == TOOL_OK; i++) {
        candles[i] = p->symbols[i].part;
        targets[i] = p->symbols[i].targets;
    }
    if (code == TOOL_OK && !(*out = lstmfc_backtest_portfolio((size_t)p->count, candles, targets, costs, &err))) code = said_by_name(o, p, &err);
    if (code == TOOL_OK) tally(p, *out);
    if (code == TOOL_OK) code = hold(o, p, candles, targets, costs);
    free(candles);
    free(targets);
    return code;
}

/* ---- telling ------------------------------------------------------------------------------------------------------ */

static double share_of(const portfolio *p, const portfolio_symbol *s) { return p->notional > 0 ? s->notional / p->notional : lstmfc_nan(); }
static double won_of(const portfolio_symbol *s) { return s->trades ? (double)s->won / (double)s->trades : lstmfc_nan(); }

/* The sums of all, under the table. */
static portfolio_symbol all_of(const portfolio *p, const lstmfc_backtest *b) {
    portfolio_symbol all;
    int i;
    memset(&all, 0, sizeof all);
    all.name = "all";
    for (i = 0; i < p->count; i++) {
        const portfolio_symbol *s = &p->symbols[i];
        all.trades += s->trades; all.won += s->won;
        all.profit += s->profit; all.fees += s->fees; all.slippage += s->slippage; all.funding += s->funding; all.notional += s->notional;
    }
    all.exposure = b->metrics.exposure;
    all.worst = b->metrics.worst_trade;
    all.hold = b->hold_metrics.total_return;
    return all;
}

static void line(lstmfc_writer *w, const portfolio *p, const portfolio_symbol *s, size_t bars) {
    char a[32], c[32], won[32], share[32], worst[32];
    size_t length = strlen(s->name);
    int cut = tool_cut(s->name, length, 14);
    tool_print(w, "%.*s%*s %9s %8s %8s %13.2f %10.2f ", cut, s->name, 14 - cut, "", tool_count(a, (int64_t)bars), tool_count(c, s->trades),
               tool_figure(won, "%.1f %%", 100 * won_of(s)), s->profit, s->fees);
    tool_print(w, "%9s %7.1f %% %10s %+10.2f %%\n", tool_figure(share, "%.1f %%", 100 * share_of(p, s)), 100 * s->exposure,
               tool_figure(worst, "%+.2f %%", 100 * s->worst), 100 * s->hold);
}

void portfolio_describe(lstmfc_writer *w, const portfolio *p, const lstmfc_backtest *b) {
    portfolio_symbol all = all_of(p, b);
    int i;
    if (lstmfc_is_finite(p->hold_equal)) tool_print(w, "held          at equal weights the symbols return %+.2f %%, at those of the portfolio %+.2f %%\n",
                                                    100 * p->hold_equal, 100 * b->hold_metrics.total_return);
    tool_print(w, "%-14s %9s %8s %8s %13s %10s %9s %9s %10s %12s\n", "symbol", "bars", "trades", "won", "profit", "fees", "turnover", "exposure",
               "worst", "buy and hold");
    for (i = 0; i < p->count; i++) line(w, p, &p->symbols[i], p->symbols[i].part->count);
    if (p->count > 1) line(w, p, &all, b->bars);
}

void portfolio_json(lstmfc_writer *w, const portfolio *p, const lstmfc_backtest *b) {
    static const char *const words[] = {LSTMFC_CHOICES_WEIGHTS(LSTMFC__NAME)};
    char text[32];
    int i;
    lstmfc_json_put_string(w, "weights", words[b->desc.weights]);
    if (lstmfc_is_finite(p->hold_equal)) lstmfc_json_put_number(w, "buy_and_hold_at_equal_weights", p->hold_equal);
    lstmfc_json_begin(w, "symbols", '[');
    for (i = 0; i < p->count; i++) {
        const portfolio_symbol *s = &p->symbols[i];
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "symbol", s->name);
        lstmfc_json_put_string(w, "csv", s->csv);
        lstmfc_format_time(text, first_time(s)); lstmfc_json_put_string(w, "from", text);
        lstmfc_format_time(text, last_time(s));  lstmfc_json_put_string(w, "to", text);
        lstmfc_json_put_integer(w, "bars", (int64_t)s->part->count);
        if (*s->strange) lstmfc_json_put_string(w, "warning", s->strange);
        lstmfc_json_put_integer(w, "trades", s->trades);
        lstmfc_json_put_number(w, "win_rate", won_of(s));
        lstmfc_json_put_number(w, "profit", s->profit);
        lstmfc_json_put_number(w, "fees", s->fees);
        lstmfc_json_put_number(w, "slippage", s->slippage);
        lstmfc_json_put_number(w, "funding", s->funding);
        lstmfc_json_put_number(w, "traded", s->notional);
        lstmfc_json_put_number(w, "turnover_share", share_of(p, s));
        lstmfc_json_put_number(w, "exposure", s->exposure);
        lstmfc_json_put_number(w, "worst_trade", s->worst);
        lstmfc_json_put_number(w, "buy_and_hold", s->hold);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    lstmfc_json_begin(w, "csv", '{');
    for (i = 0; i < p->count; i++) tool_input_json(w, p->symbols[i].name, &p->symbols[i].input.report);
    lstmfc_json_end(w, '}');
}

static void row_html(lstmfc_writer *w, const portfolio *p, const portfolio_symbol *s, const lstmfc_backtest *whole) {
    int64_t from = whole ? whole->time[0] : first_time(s), to = whole ? whole->time[whole->bars - 1] : last_time(s);
    char a[32], c[32];
    tool_print(w, "<tr%s><td>", whole ? " class=\"us\"" : "");
    html_text(w, s->name);
    tool_print(w, "</td><td>%s</td><td>%s</td><td>", tool_time(a, from, p->interval), tool_time(c, to, p->interval));
    tool_print(w, "%s</td><td>%s</td><td>", tool_count(a, (int64_t)(whole ? whole->bars : s->part->count)), tool_count(c, s->trades));
    tool_print(w, "%s</td><td>%+.2f</td><td>%.2f</td><td>%.2f</td><td>%.2f</td>", tool_figure(a, "%.1f&nbsp;%%", 100 * won_of(s)), s->profit, s->fees,
               s->slippage, s->funding);
    tool_print(w, "<td>%s</td><td>%.1f&nbsp;%%</td><td>", tool_figure(a, "%.1f&nbsp;%%", 100 * share_of(p, s)), 100 * s->exposure);
    tool_print(w, "%s</td><td>%+.2f&nbsp;%%</td></tr>", tool_figure(a, "%+.2f&nbsp;%%", 100 * s->worst), 100 * s->hold);
}

void portfolio_html(lstmfc_writer *w, const portfolio *p, const lstmfc_backtest *b) {
    portfolio_symbol all = all_of(p, b);
    int i;
    tool_print(w, "<h3>Symbol by symbol</h3>\n<div class=\"scroll\"><table><tr><th>Symbol</th><th>From</th><th>To</th><th>Bars</th><th>Trades</th>"
                  "<th>Won</th><th>Profit</th><th>Fees</th><th>Slippage</th><th>Funding</th><th>Share of turnover</th><th>Exposure</th>"
                  "<th>Worst trade</th><th>Buy and hold</th></tr>");
    for (i = 0; i < p->count; i++) row_html(w, p, &p->symbols[i], NULL);
    if (p->count > 1) row_html(w, p, &all, b);
    tool_print(w, "</table></div>\n<p class=\"sub\">Buy and hold of a symbol is by itself, with the whole purse, over its own bars%s.</p>\n",
               p->count > 1 ? "; of all it is at the portfolio’s weights" : "");
    if (lstmfc_is_finite(p->hold_equal)) tool_print(w, "<p>Held at equal weights the symbols return %+.2f&nbsp;%%.</p>\n", 100 * p->hold_equal);
    for (i = 0; i < p->count; i++)
        if (*p->symbols[i].strange) {
            tool_print(w, "<p class=\"alarm\">");
            html_text(w, p->symbols[i].strange);
            tool_print(w, "</p>\n");
        }
}

void portfolio_files_html(lstmfc_writer *w, const portfolio *p) {
    int i;
    tool_print(w, "<details><summary>How the files were read</summary>\n");
    for (i = 0; i < p->count; i++) {
        lstmfc_writer lines;
        lstmfc_writer_init(&lines, NULL);
        tool_input_describe(&lines, &p->symbols[i].input.report, "");
        lstmfc_write_text(&lines, "", 1);
        tool_print(w, "<h3>");
        html_text(w, p->symbols[i].name);
        tool_print(w, "</h3><pre>");
        if (lines.failed == LSTMFC_OK) html_text(w, lines.text);
        tool_print(w, "</pre>\n");
        lstmfc_writer_free(&lines);
    }
    tool_print(w, "</details>\n");
}

/* ---- the books ---------------------------------------------------------------------------------------------------- */

void portfolio_books_head(lstmfc_writer *w, const portfolio *p) {
    int i;
    tool_print(w, ",cash");
    for (i = 0; i < p->count; i++) evaluation_name_csv(w, p->names[i]);
}

int portfolio_books_open(portfolio_books *books, const portfolio *p, const lstmfc_backtest *b) {
    memset(books, 0, sizeof *books);
    books->p = p;
    books->b = b;
    books->units = (double *)calloc((size_t)p->count + 1, sizeof *books->units);
    books->seen = (size_t *)calloc((size_t)p->count + 1, sizeof *books->seen);
    return books->units && books->seen;
}

void portfolio_books_close(portfolio_books *books) {
    free(books->units);
    free(books->seen);
}

void portfolio_books_row(portfolio_books *books, size_t t, double *values) {
    const lstmfc_backtest *b = books->b;
    double held = 0;
    int i;
    for (; books->fill < b->fill_count && b->fills[books->fill].time <= b->time[t]; books->fill++) {
        const lstmfc_fill *f = &b->fills[books->fill];
        int in = f->reason == LSTMFC_REASON_ENTRY || f->reason == LSTMFC_REASON_RESIZE;
        books->units[f->symbol] = in ? books->units[f->symbol] + f->quantity : 0;
    }
    for (i = 0; i < books->p->count; i++) {
        const lstmfc_candles *own = books->p->symbols[i].part;
        size_t *seen = &books->seen[i];
        *seen += *seen < own->count && own->time[*seen] == b->time[t];
        values[1 + i] = *seen ? books->units[i] * own->close[*seen - 1] : 0;
        held += values[1 + i];
    }
    values[0] = b->equity[t] - held;
}
