/* diagnose.c - the charts of a report that tell what kind of errors a model makes, and what it rests on. */
#include "diagnose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- forecasts -------------------------------------------------------------------------------------------------- */

static const char *unit_of(const evaluation *e) {
    static const char *const units[] = {"", "price", "log return", "volatility per bar", "price", "volatility per bar", ""};
    return e->info.target == LSTMFC_TARGET_EXPRESSION ? e->info.quantity : units[e->info.target];
}

/* The outcomes from row `first` on, with the forecasts made of them. */
static void forecasts_from(lstmfc_writer *w, const evaluation *e, size_t first, const char *title, const char *note) {
    double *arrays = (double *)calloc(5 * (e->count + 1), sizeof *arrays), *x, *f, *low, *high, *truth;
    size_t i, n = 0;
    char level[32];
    chart c;
    if (!arrays) return;
    x = arrays; f = x + e->count; low = f + e->count; high = low + e->count; truth = high + e->count;
    for (i = first; i < e->count; i++) {
        if (e->outcomes[i].reason != LSTMFC_OUTCOME_KNOWN) continue;
        x[n] = (double)e->all[i].target_time;
        f[n] = e->all[i].value; low[n] = e->all[i].lower; high[n] = e->all[i].upper; truth[n] = e->outcomes[i].value;
        n++;
    }
    snprintf(level, sizeof level, "%.0f %% interval", 100 * e->info.level);
    c = chart_start(title, note, "time of the outcome (UTC)", unit_of(e), CHART_TIME, CHART_NUMBER);
    chart_add(&c, level, CHART_BAND, 1, x, low, high, n);
    chart_add(&c, "outcome", CHART_LINE, 2, x, truth, NULL, n);
    chart_add(&c, "forecast", CHART_LINE, 1, x, f, NULL, n);
    chart_figure(w, &c);
    free(arrays);
}

/* Forecast across, outcome up; at most 600 points, each k-th forecast. */
static void scatter(lstmfc_writer *w, const evaluation *e) {
    size_t step = e->n / 600 + 1, i, n = 0;
    double *x = (double *)calloc(2 * e->n, sizeof *x), *y = x + e->n, line[2] = {0, 0};
    char note[160], across[96], up[96], every[32] = "";
    chart c;
    if (!x) return;
    for (i = 0; i < e->n; i += step, n++) {
        x[n] = e->forecast[i];
        y[n] = e->truth[i];
        if (!n) line[0] = line[1] = x[0];
        line[0] = x[n] < line[0] ? x[n] : line[0];
        line[1] = x[n] > line[1] ? x[n] : line[1];
    }
    if (step > 1) snprintf(every, sizeof every, " One point in %d is drawn.", (int)step);
    snprintf(note, sizeof note, "On the dashed line a forecast was exactly right.%s", every);
    snprintf(across, sizeof across, "forecast%s%.60s", *unit_of(e) ? ", " : "", unit_of(e));
    snprintf(up, sizeof up, "outcome%s%.60s", *unit_of(e) ? ", " : "", unit_of(e));
    c = chart_start("Forecast against outcome", note, across, up, CHART_NUMBER, CHART_NUMBER);
    chart_add(&c, "each forecast", CHART_POINTS, 1, x, y, NULL, n);
    chart_add(&c, "exactly right", CHART_DASHED, 2, line, line, NULL, 2);
    chart_figure(w, &c);
    free(x);
}

void diagnose_forecasts(lstmfc_writer *w, const evaluation *e) {
    size_t last = e->count, known = 0;
    while (last && known < 100) known += e->outcomes[--last].reason == LSTMFC_OUTCOME_KNOWN;
    if (e->info.target == LSTMFC_TARGET_DIRECTION) return;
    if (last > 0) forecasts_from(w, e, 0, "Forecast and outcome", "Every measured forecast, with its interval.");
    forecasts_from(w, e, last, last > 0 ? "The last 100" : "Forecast and outcome", "The newest outcomes, one by one.");
    scatter(w, e);
}

/* ---- residuals -------------------------------------------------------------------------------------------------- */

static void over_time(lstmfc_writer *w, const evaluation *e, double *x) {
    chart c = chart_start("Errors over time", "Outcome less forecast: a level beside 0 is a bias, a wide stretch a storm.",
                          "time of the forecast (UTC)", e->residuals.what, CHART_TIME, CHART_NUMBER);
    size_t i;
    for (i = 0; i < e->n; i++) x[i] = (double)e->time[i];
    chart_add(&c, "error", CHART_LINE, 1, x, e->residuals.values, NULL, e->n);
    c.level = 0;
    c.level_name = "exactly right";
    chart_figure(w, &c);
}

enum { BINS = 31 };
/* sorted [n]: bars of equal width over the middle 99.8 %, and the normal of the same mean and deviation. */
static void histogram(lstmfc_writer *w, const evaluation *e, const double *sorted, const lstmfc_moments *m) {
    double sd = lstmfc_sqrt(lstmfc_moments_variance(m, 0)), middle[BINS], share[BINS] = {0}, curve[BINS], width;
    double low = sorted[e->n / 1000], high = sorted[e->n - 1 - e->n / 1000];
    chart c = chart_start("How large the errors are", "Share of the forecasts by error, and the bell of the same mean and deviation.",
                          e->residuals.what, "share of the forecasts", CHART_NUMBER, CHART_PERCENT);
    size_t i;
    int k;
    width = (high - low) / BINS;
    if (!(width > 0)) return;
    for (i = 0; i < e->n; i++) {
        double at = (sorted[i] - low) / width;
        if (at >= 0 && at <= BINS) share[at < BINS ? (int)at : BINS - 1] += 1 / (double)e->n;
    }
    for (k = 0; k < BINS; k++) {
        middle[k] = low + (k + 0.5) * width;
        curve[k] = lstmfc_normal_cdf((middle[k] + width / 2 - m->mean) / sd) - lstmfc_normal_cdf((middle[k] - width / 2 - m->mean) / sd);
    }
    chart_add(&c, "errors", CHART_BARS, 1, middle, share, NULL, BINS);
    chart_add(&c, "normal", CHART_LINE, 2, middle, curve, NULL, BINS);
    chart_figure(w, &c);
}

/* Sorted errors in deviations from their mean against the quantiles of a normal at (i + 1/2) / n. */
static void quantiles(lstmfc_writer *w, const evaluation *e, const double *sorted, const lstmfc_moments *m, double *x) {
    double sd = lstmfc_sqrt(lstmfc_moments_variance(m, 0)), line[2], *y = x + e->n;
    size_t i, n = 0, step = e->n / 300 + 1;
    chart c = chart_start("Are the errors normal?", "On the dashed line they are. Ends that bend away from it are fat tails: large errors "
                          "come more often.", "quantile of a normal, in deviations", "error, in deviations", CHART_NUMBER, CHART_NUMBER);
    for (i = 0; i < e->n; i++) {
        if (i % step && i > 20 && i + 20 < e->n) continue;      /* the ends whole */
        x[n] = lstmfc_normal_quantile(((double)i + 0.5) / (double)e->n);
        y[n++] = (sorted[i] - m->mean) / sd;
    }
    line[0] = x[0]; line[1] = x[n - 1];
    chart_add(&c, "errors", CHART_POINTS, 1, x, y, NULL, n);
    chart_add(&c, "normal", CHART_DASHED, 2, line, line, NULL, 2);
    chart_figure(w, &c);
}

void diagnose_residuals(lstmfc_writer *w, const evaluation *e) {
    double *sorted = (double *)calloc(3 * e->n + 1, sizeof *sorted);
    lstmfc_moments moments = {0, 0, 0};
    size_t i;
    int finite = 1;
    if (!sorted) return;
    for (i = 0; i < e->n; i++) {
        sorted[i] = e->residuals.values[i];
        finite &= lstmfc_is_finite(sorted[i]);
        lstmfc_moments_add(&moments, sorted[i]);
    }
    lstmfc_sort(e->n, sorted);
    if (e->info.target != LSTMFC_TARGET_DIRECTION && finite && moments.m2 > 0) {
        over_time(w, e, sorted + e->n);
        histogram(w, e, sorted, &moments);
        quantiles(w, e, sorted, &moments, sorted + e->n);
    }
    free(sorted);
}

/* ---- what the model rests on ------------------------------------------------------------------------------------ */

/* A name in an SVG, cut where there is no more room. */
static void name_text(lstmfc_writer *w, const char *name, size_t most) {
    char text[72];
    size_t length = strlen(name);
    int cut = tool_cut(name, length, length > most ? most - 1 : length);
    snprintf(text, sizeof text, "%.*s%s", cut, name, length > most ? "…" : "");
    html_text(w, text);
}

void diagnose_importance(lstmfc_writer *w, const evaluation *e) {
    const importance *x = &e->importance;
    double low = 0, high = 0, scale, left = 206, right = 548, top = 26, pitch = 25;
    int32_t i, shown = x->count > 30 ? 30 : x->count;
    char a[32];
    if (!x->groups || !shown) return;
    for (i = 0; i < shown; i++) {
        double from = x->groups[i].added - 1.96 * x->groups[i].error, to = x->groups[i].added + 1.96 * x->groups[i].error;
        if (from < low) low = from;
        if (to > high) high = to;
    }
    if (!(high > low)) return;
    scale = (right - left) / (high - low);
    tool_print(w, "<figure><figcaption><b>What each feature is worth</b><span>%s added on bars the model %s when a feature is shuffled in "
                  "blocks of %d bars, %d times; whiskers: 95 %%. A whisker over 0 is nothing.%s</span></figcaption>\n<svg viewBox=\"0 0 560 %g\" role=\"img\" "
                  "aria-label=\"importance\">", e->loss_name, e->in_sample ? "was trained on" : "had not seen", (int)x->block,
               (int)x->repeats, shown < x->count ? " The first 30." : "", top + shown * pitch + 30);
    tool_print(w, "<path class=\"axis\" d=\"M%.1f %.1fV%.1f\"/>", left - low * scale, top - 8, top + shown * pitch);
    for (i = 0; i < shown; i++) {
        const importance_group *g = &x->groups[i];
        double y = top + (i + 0.5) * pitch, zero = left - low * scale, to = left + (g->added - low) * scale, half = 1.96 * g->error * scale;
        tool_print(w, "<text class=\"y\" x=\"%.1f\" y=\"%.1f\">", left - 10, y + 5);
        name_text(w, g->name, 19);
        tool_print(w, "</text><rect class=\"bar c1\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/><path class=\"axis\" style=\"stroke:var(--ink)\" "
                      "d=\"M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8\"/>", zero < to ? zero : to, y - 8, fabs(to - zero), 16.0, to - half, y,
                   to + half, to - half, y - 4, to + half, y - 4);
    }
    tool_print(w, "<text class=\"label\" style=\"text-anchor:middle\" x=\"%.1f\" y=\"15\">0</text>", left - low * scale);
    tool_print(w, "<text class=\"label\" style=\"text-anchor:end\" x=\"%.1f\" y=\"15\">%s</text>", right, tool_figure(a, "%+.3g", high));
    tool_print(w, "<text class=\"label\" style=\"text-anchor:end\" x=\"%.1f\" y=\"%.1f\">%s added (the model: %.4g)</text></svg></figure>\n", right,
               top + shown * pitch + 20, e->loss_name, x->loss);
}

/* One cell: blue above 0, brown below, the fuller the further. */
static void cell(lstmfc_writer *w, double r, double x, double y, double width, double height) {
    if (!lstmfc_is_finite(r)) return;
    tool_print(w, "<rect class=\"heat c%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill-opacity=\"%.2f\"/>", r < 0 ? 2 : 1, x, y, width,
               height, r < 0 ? -r : r);
}

void diagnose_correlations(lstmfc_writer *w, const evaluation *e) {
    const correlations *x = &e->correlations;
    double left = 174, top, width, height = 20, legend = 26;
    char rows[32], out[120] = "";
    int32_t i, k;
    if (*x->missing) tool_print(w, "<p class=\"sub\">Correlations of the features are not shown: %s.</p>\n", x->missing);
    if (!x->matrix) return;
    width = (556 - left) / x->count;
    top = legend + 92;
    if (x->left_out)
        snprintf(out, sizeof out, " Of %d features the %d that go most with the target.", (int)(x->count - 1 + x->left_out), (int)x->count - 1);
    tool_print(w, "<figure class=\"whole\"><figcaption><b>How features and target hang together</b><span>Pearson correlation over the %s rows the "
                  "model was fitted on; columns stand in the order of the rows. The last is the target.%s</span></figcaption>\n"
                  "<svg viewBox=\"0 0 560 %g\" role=\"img\" aria-label=\"correlations\">", tool_count(rows, (int64_t)x->rows), out,
               top + x->count * height + 4);
    for (i = 0; i <= 8; i++) cell(w, i / 4.0 - 1, left + i * 30, 4, 29, 14);
    tool_print(w, "<text class=\"y\" x=\"%.1f\" y=\"17\">−1</text><text class=\"label\" x=\"%.1f\" y=\"17\">+1</text>", left - 6, left + 276);
    for (i = 0; i < x->count; i++) {
        double at = left + (i + 0.5) * width;
        tool_print(w, "<text class=\"label tight\" transform=\"translate(%.1f %.1f)rotate(-90)\">", at + 4, top - 5);
        name_text(w, x->names[i], 12);
        tool_print(w, "</text>");
        if (!i || (i + 1) % 5 == 0) tool_print(w, "<text class=\"phone\" x=\"%.1f\" y=\"%.1f\">%d</text>", at, top - 5, (int)i + 1);
        tool_print(w, "<text class=\"y%s\" x=\"%.1f\" y=\"%.1f\">", i + 1 == x->count ? " strong" : "", left - 6, top + i * height + 15);
        name_text(w, x->names[i], 13);
        tool_print(w, " %d</text>", (int)i + 1);
        for (k = 0; k < x->count; k++)
            cell(w, x->matrix[i * x->count + k], left + k * width, top + i * height, width - 0.8, height - 0.8);
    }
    tool_print(w, "</svg></figure>\n");
}

/* ---- trading ----------------------------------------------------------------------------------------------------- */

/* The row of the curves at that time; the bars of a trade are those of its own series. */
static size_t row_of(const lstmfc_backtest *b, int64_t time) {
    size_t low = 0, high = b->bars;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->time[middle] < time) low = middle + 1; else high = middle;
    }
    return low;
}

double *diagnose_entries(chart *c, const lstmfc_backtest *b, const double *x) {
    enum { MOST = 200 };                        /* more would be a carpet: each k-th is drawn, and the legend says so */
    size_t step = b->trade_count / MOST + 1, i;
    double *at = (double *)calloc(4 * (size_t)(MOST + 1) + 16, sizeof *at);
    char *names = (char *)(at ? at + 4 * (MOST + 1) : at);      /* two of 64 bytes behind the points */
    int side;
    for (side = 0; at && side < 2; side++) {
        double *when = at + 2 * side * (MOST + 1), *value = when + MOST + 1;
        size_t n = 0;
        for (i = 0; i < b->trade_count && n < MOST; i += step) {
            size_t bar = row_of(b, b->trades[i].entry_time);
            if ((b->trades[i].side > 0) == (side == 1) || bar >= b->bars) continue;
            when[n] = x[bar];
            value[n++] = b->equity[bar];
        }
        snprintf(names + 64 * side, 64, "%s entered", side ? "short" : "long");
        if (step > 1) snprintf(names + 64 * side, 64, "%s entered, one in %d", side ? "short" : "long", (int)step);
        chart_add(c, names + 64 * side, b->trade_count > 60 ? CHART_POINTS : CHART_DOTS, 3 + side, when, value, NULL, n);
    }
    return at;
}

/* ---- months ----------------------------------------------------------------------------------------------------- */

enum { MONTHS = 1200 };

/* The middle of each month that has bars, the return of the account in it and that of buy and hold; how many there are. */
static size_t months(const lstmfc_backtest *b, double *x, double *own, double *hold) {
    double from = b->desc.balance, from_hold = from;
    size_t t, n = 0;
    int32_t year = 0, month = 0, day, last_year = 0, last_month = 0;
    for (t = 0; t < b->bars && n < MONTHS; t++) {
        lstmfc_time_to_civil(b->time[t], &last_year, &last_month, &day);
        if (t + 1 < b->bars) lstmfc_time_to_civil(b->time[t + 1], &year, &month, &day);
        if (t + 1 < b->bars && month == last_month && year == last_year) continue;
        x[n] = (double)lstmfc_time_from_civil(last_year, last_month, 15);
        own[n] = from > 0 ? b->equity[t] / from - 1 : lstmfc_nan();
        hold[n++] = from_hold > 0 ? b->hold[t] / from_hold - 1 : lstmfc_nan();
        from = b->equity[t]; from_hold = b->hold[t];
    }
    return n;
}

void diagnose_months(lstmfc_writer *w, const lstmfc_backtest *b, int64_t interval, const char *name) {
    double *x = (double *)calloc(3 * (size_t)MONTHS, sizeof *x), *own = x + MONTHS, *hold = own + MONTHS;
    size_t n;
    chart c = chart_start("Month by month", "Return of each calendar month (UTC); the first and the last may be parts of one.", "month",
                          "return of the month", CHART_TIME, CHART_PERCENT);
    if (!x) return;
    n = months(b, x, own, hold);
    if (n > 1 && interval) {
        chart_add(&c, name, CHART_BARS, 1, x, own, NULL, n);
        chart_add(&c, "buy and hold", CHART_DOTS, 2, x, hold, NULL, n);
        c.level = 0;
        c.x_low = x[0] - 86400e3 * 16; c.x_high = x[n - 1] + 86400e3 * 16;
        chart_figure(w, &c);
    }
    free(x);
}

static void percent_cell(lstmfc_writer *w, double value) {
    if (lstmfc_is_finite(value)) tool_print(w, "<td>%+.2f</td>", 100 * value);
    else tool_print(w, "<td></td>");
}

/* Years down, months across, percent; the last column is what the months of the year come to. */
static void month_table(lstmfc_writer *w, const lstmfc_backtest *b) {
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    double *x = (double *)calloc(3 * (size_t)MONTHS, sizeof *x), *own = x + MONTHS, year_own = 1;
    size_t n, i;
    int32_t year = 0, month = 0, day, next = 0, later = 0, k;
    if (!x) return;
    n = months(b, x, own, own + MONTHS);
    tool_print(w, "<details><summary>Return of each month, percent</summary><div class=\"scroll wide\"><table><tr><th>Year</th>");
    for (k = 0; k < 12; k++) tool_print(w, "<th>%s</th>", names[k]);
    tool_print(w, "<th>Year</th></tr>");
    for (i = 0; i < n; i++) {
        lstmfc_time_to_civil((int64_t)x[i], &year, &month, &day);
        if (!next) { tool_print(w, "<tr><td>%d</td>", (int)year); next = 1; year_own = 1; }
        for (; next < month; next++) tool_print(w, "<td></td>");
        percent_cell(w, own[i]);
        next++;
        year_own *= 1 + own[i];
        if (i + 1 < n) lstmfc_time_to_civil((int64_t)x[i + 1], &later, &month, &day);
        if (i + 1 < n && later == year) continue;
        for (; next <= 12; next++) tool_print(w, "<td></td>");
        percent_cell(w, year_own - 1);
        tool_print(w, "</tr>");
        next = 0;
    }
    tool_print(w, "</table></div></details>\n");
    free(x);
}

static void trade_list(lstmfc_writer *w, const lstmfc_backtest *b, int64_t interval, const char *const *symbols) {
    enum { MOST = 500 };
    size_t first = b->trade_count > MOST ? b->trade_count - MOST : 0, i;
    char from[32], to[32], count[32];
    tool_print(w, "<details><summary>%s", first ? "The last 500 trades" : "Trades");
    tool_print(w, " of %s</summary><div class=\"scroll wide\"><table><tr><th>Entry (UTC)</th><th>Exit</th>%s<th class=\"text\">Side</th><th>Units</th>"
                  "<th>Price in</th><th>Price out</th><th>Fees</th><th>Funding</th><th>Gain</th><th>Percent</th><th class=\"text\">Exit by</th></tr>",
               tool_count(count, (int64_t)b->trade_count), symbols ? "<th class=\"text\">Symbol</th>" : "");
    for (i = first; i < b->trade_count; i++) {
        const lstmfc_trade *t = &b->trades[i];
        tool_print(w, "<tr><td>%s</td><td>%s</td>", tool_time(from, t->entry_time, interval), tool_time(to, t->exit_time, interval));
        if (symbols) { tool_print(w, "<td class=\"text\">"); html_text(w, symbols[t->symbol]); tool_print(w, "</td>"); }
        tool_print(w, "<td class=\"text\">%s</td><td>%.6g</td><td>%.6g</td><td>%.6g</td><td>%.2f</td><td>%.2f</td><td>%+.2f</td>",
                   t->side > 0 ? "long" : "short", t->quantity, t->entry_price, t->exit_price, t->entry_fee + t->exit_fee, t->funding, t->pnl);
        percent_cell(w, t->net_return);
        tool_print(w, "<td class=\"text\">%s</td></tr>", lstmfc_exit_name(t->reason));
    }
    tool_print(w, "</table></div></details>\n");
}

void diagnose_trading_tables(lstmfc_writer *w, const lstmfc_backtest *b, int64_t interval, const char *const *symbols) {
    month_table(w, b);
    if (b->trade_count) trade_list(w, b, interval, symbols);
}
