/* residuals.c - is anything left in the errors of the forecasts?

   A residual is outcome less forecast, of a price or a volatility the logarithm of their ratio, of a direction 1 or 0 less the
   probability. Forecasts h bars ahead, one per bar, share h - 1 of their bars with the next one, so their errors follow one another
   even where the model is perfect: tested is every h-th one. */
#include "evaluation.h"
#include "chart.h"

#include <stdlib.h>
#include <string.h>

static double residual(int32_t target, double forecast, double truth) {
    int ratio = target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_VOLATILITY;
    return ratio ? lstmfc_log(truth / forecast) : truth - forecast;
}

static int same_way(double a, double b) { return (a > 0 && b > 0) || (a < 0 && b < 0); }

/* Whose sign is called: +1 up, -1 down, 0 neither. */
static int side(double forecast, double naive) { return forecast > naive ? 1 : forecast < naive ? -1 : 0; }

/* Sides of every h-th forecast, the ones that do not overlap, as a direction forecast of 1 or 0. scratch [2 n]. A volatility has no side
   that luck alone would call: after a wild bar it falls. */
static int sides(const options *o, evaluation *e, double *scratch) {
    moves *m = &e->moves;
    double *call = scratch, *went = scratch + e->n;
    lstmfc_direction d;
    lstmfc_error err = {0};
    size_t i, n = 0;
    if (e->info.target == LSTMFC_TARGET_DIRECTION || !tool_target_trades(e->info.target)) return TOOL_OK;
    for (i = 0; i < e->n; i += (size_t)e->info.horizon) {
        int called = side(e->forecast[i], e->naive[i]), true_side = side(e->truth[i], e->naive[i]);
        if (!called || !true_side) continue;
        call[n] = called > 0;
        went[n++] = true_side > 0;
    }
    if (lstmfc_direction_of(n, call, went, 0, 0, tool_env(), &d, &err) != LSTMFC_OK) return tool_fail_error(o, &err);
    m->side_count = d.count;
    m->binomial_p = d.p_one_sided;
    m->timmermann_p = d.pt_p;
    return TOOL_OK;
}

/* A value that does not move has no way to be right about: it is left out. */
static void move(evaluation *e) {
    moves *m = &e->moves;
    double same = 0, naive = 0, right = 0, up = 0;
    size_t i;
    m->pairs = m->count = m->side_count = 0;
    m->bar_to_bar = m->bar_to_bar_naive = m->from_last = m->commoner = m->theil_u = lstmfc_nan();
    m->binomial_p = m->timmermann_p = m->mase = m->mase_naive = m->relative_mae = lstmfc_nan();
    if (e->info.target == LSTMFC_TARGET_DIRECTION) return;
    for (i = 0; i < e->n; i++) {
        double truth = e->truth[i] - e->naive[i];
        if (truth > 0 || truth < 0) {
            m->count++;
            up += truth > 0;
            right += same_way(truth, e->forecast[i] - e->naive[i]);
        }
        if (!i || !(truth = e->truth[i] - e->truth[i - 1], truth > 0 || truth < 0)) continue;
        m->pairs++;
        same += same_way(truth, e->forecast[i] - e->forecast[i - 1]);
        naive += same_way(truth, e->naive[i] - e->naive[i - 1]);
    }
    if (m->pairs > 0) { m->bar_to_bar = same / m->pairs; m->bar_to_bar_naive = naive / m->pairs; }
    if (e->info.target == LSTMFC_TARGET_RETURN) m->bar_to_bar_naive = lstmfc_nan();     /* always 0: it never moves */
    if (m->count > 0) {
        m->from_last = right / m->count;
        m->commoner = (2 * up > m->count ? up : m->count - up) / m->count;
    }
    if (e->naive_errors.rmse > 0) m->theil_u = e->errors.rmse / e->naive_errors.rmse;
    if (e->naive_errors.mae > 0) m->relative_mae = e->errors.mae / e->naive_errors.mae;
}

/* The scale is the training part's, so it is known only where the file holds that part and its bars are those. */
int evaluation_scale(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_outcome *known;
    double *values;
    size_t first = 0, end, count, i;
    int code = TOOL_OK;
    if (e->info.target == LSTMFC_TARGET_DIRECTION || e->origin.candles != LSTMFC_CANDLES_MATCHING) return TOOL_OK;
    while (first < candles->count && candles->time[first] < e->info.from) first++;
    for (end = first; end < candles->count && candles->time[end] <= e->info.seen_to; end++) {}
    if (end < first + (size_t)e->info.horizon + 2) return TOOL_OK;
    count = end - first - (size_t)e->info.horizon;      /* bars whose outcome was known before the first one that is measured */
    known = (lstmfc_outcome *)calloc(count, sizeof *known);
    values = (double *)calloc(count, sizeof *values);
    if (!known || !values) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (lstmfc_forecaster_outcomes(forecaster, candles, first, count, known, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    else {
        for (i = 0; i < count; i++) values[i] = known[i].reason == LSTMFC_OUTCOME_KNOWN ? known[i].value : lstmfc_nan();
        e->moves.mase = lstmfc_mase(e->n, e->truth, e->forecast, count, values, 1);
        e->moves.mase_naive = lstmfc_mase(e->n, e->truth, e->naive, count, values, 1);
    }
    free(known);
    free(values);
    return code;
}

void evaluation_scale_describe(lstmfc_writer *w, const evaluation *e) {
    const moves *m = &e->moves;
    char a[32], b[32];
    tool_print(w, "MASE          %12s %12s   (MAE over the mean change from bar to bar in training%s)\n", tool_figure(a, "%.4f", m->mase),
               tool_figure(b, "%.4f", m->mase_naive), lstmfc_is_nan(m->mase) && e->origin.candles != LSTMFC_CANDLES_MATCHING
               ? ": the file does not hold those bars" : "");
    tool_print(w, "relative MAE  %12s %12d   (MAE over that of persistence on these bars)\n", tool_figure(a, "%.4f", m->relative_mae), 1);
}

void evaluation_moves_describe(lstmfc_writer *w, const evaluation *e) {
    const moves *m = &e->moves;
    char a[32], b[32], count[32];
    tool_print(w, "correlation   %12s %12s\n", tool_figure(a, "%.5f", e->errors.correlation),
               tool_figure(b, "%.5f", e->naive_errors.correlation));
    tool_print(w, "same move     %12s %12s   (from bar to bar, as the outcome)\n", tool_figure(a, "%.2f %%", 100 * m->bar_to_bar),
               tool_figure(b, "%.2f %%", 100 * m->bar_to_bar_naive));
    tool_print(w, "rise or fall  %12s %12s   (from the last known value; the commoner side alone: %.2f %%)\n",
               tool_figure(a, "%.2f %%", 100 * m->from_last), "-", 100 * m->commoner);
    if (m->side_count > 0)
        tool_print(w, "              exact binomial p %s, Pesaran-Timmermann p %s, of the %s%s\n", tool_p(a, m->binomial_p),
                   tool_p(b, m->timmermann_p), tool_count(count, (int64_t)m->side_count), e->info.horizon > 1 ? " that do not overlap" : "");
    tool_print(w, "Theil's U     %12s %12d   (RMSE over that of persistence)\n", tool_figure(a, "%.4f", m->theil_u), 1);
}

void evaluation_moves_json(lstmfc_writer *w, const evaluation *e) {
    const moves *m = &e->moves;
    if (e->info.target == LSTMFC_TARGET_DIRECTION) return;
    lstmfc_json_begin(w, "moves", '{');
    lstmfc_json_put_number(w, "bar_to_bar", m->bar_to_bar);
    lstmfc_json_put_number(w, "bar_to_bar_of_persistence", m->bar_to_bar_naive);
    lstmfc_json_put_number(w, "bar_to_bar_count", m->pairs);
    lstmfc_json_put_number(w, "from_last_value", m->from_last);
    lstmfc_json_put_number(w, "commoner_side", m->commoner);
    lstmfc_json_put_number(w, "from_last_value_count", m->count);
    lstmfc_json_put_number(w, "theil_u", m->theil_u);
    lstmfc_json_put_number(w, "side_count", m->side_count);
    lstmfc_json_put_number(w, "side_binomial_p", m->binomial_p);
    lstmfc_json_put_number(w, "side_pesaran_timmermann_p", m->timmermann_p);
    lstmfc_json_put_number(w, "mase", m->mase);
    lstmfc_json_put_number(w, "mase_of_persistence", m->mase_naive);
    lstmfc_json_put_number(w, "relative_mae", m->relative_mae);
    lstmfc_json_end(w, '}');
}

static void row(lstmfc_writer *w, const char *name, const char *format, double model, double naive) {
    char a[32], b[32];
    tool_print(w, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>", name, tool_figure(a, format, model), tool_figure(b, format, naive));
}

static void row_p(lstmfc_writer *w, const char *name, double p) {
    char text[32];
    tool_print(w, "<tr><td>%s</td><td>", name);
    html_text(w, tool_p(text, p));
    tool_print(w, "</td><td>-</td></tr>");
}

void evaluation_moves_html(lstmfc_writer *w, const evaluation *e) {
    const moves *m = &e->moves;
    char name[120];
    row(w, "Correlation with the outcome", "%.4f", e->errors.correlation, e->naive_errors.correlation);
    row(w, "Moves as the outcome does, bar to bar", "%.2f %%", 100 * m->bar_to_bar, 100 * m->bar_to_bar_naive);
    snprintf(name, sizeof name, "Rise or fall from the last value <small>commoner side: %.2f&nbsp;%%</small>", 100 * m->commoner);
    row(w, name, "%.2f %%", 100 * m->from_last, lstmfc_nan());
    if (m->side_count > 0) {
        snprintf(name, sizeof name, "its binomial p <small>%.0f forecasts%s</small>", m->side_count, e->info.horizon > 1 ? " that do not overlap" : "");
        row_p(w, name, m->binomial_p);
        row_p(w, "its Pesaran-Timmermann p", m->timmermann_p);
    }
    row(w, "MASE (MAE over the mean change of a bar in training)", "%.4f", m->mase, m->mase_naive);
    row(w, "Relative MAE (over that of persistence here)", "%.4f", m->relative_mae, 1);
    row(w, "Theil’s U (RMSE over that of persistence)", "%.4f", m->theil_u, 1);
}

int evaluation_residuals(const options *o, evaluation *e) {
    static const char *const what[] = {"outcome (1 or 0) less probability", "ln(outcome / forecast)", "outcome less forecast, log returns",
                                       "ln(outcome / forecast)", "outcome less forecast, price units",
                                       "outcome less forecast, volatility per bar", "outcome less forecast"};
    static const residuals_test tests[RESIDUALS_TESTS] = {
        {"Ljung-Box", "ljung_box", "the errors follow one another: the model leaves something to forecast", 0, 0, 0},
        {"Jarque-Bera", "jarque_bera", "the errors are not normal (skewed, or with fat tails): two deviations are no 95 %; the "
                                       "intervals here do not rest on that", 0, 0, 0},
        {"ARCH-LM", "arch_lm", "large errors follow large ones: one width of interval is too wide in calm and too narrow in storm", 0, 0, 0}};
    leftover *r = &e->residuals;
    double *thin = (double *)calloc(2 * e->n, sizeof *thin);
    size_t i;
    int lags, code;
    r->values = (double *)calloc(e->n, sizeof *r->values);
    if (!thin || !r->values) { free(thin); return tool_fail(o, TOOL_FAILURE, "out of memory"); }
    move(e);
    if ((code = sides(o, e, thin)) != TOOL_OK) { free(thin); return code; }
    memcpy(r->tests, tests, sizeof tests);
    if (e->info.gaussian && e->info.intervals == LSTMFC_INTERVALS_LEARNED)
        r->tests[1].small = "the errors are not normal (skewed, or with fat tails), and the intervals here rest on that: see their coverage";
    r->what = what[e->info.target];
    r->step = (size_t)e->info.horizon;
    for (i = 0; i < e->n; i++) {
        r->values[i] = residual(e->info.target, e->forecast[i], e->truth[i]);
        if (i % r->step == 0) thin[r->count++] = r->values[i];
    }
    lags = r->count >= 50 ? 10 : (int)(r->count / 5);
    r->tests[0].lags = r->tests[2].lags = lags;
    r->tests[0].statistic = residuals_ljung_box(r->count, thin, lags, &r->tests[0].p);
    r->tests[1].statistic = residuals_jarque_bera(r->count, thin, &r->tests[1].p);
    r->tests[2].statistic = residuals_arch_lm(r->count, thin, lags, &r->tests[2].p);
    /* 1 less a probability is never normal, and its spread is the probability's */
    if (e->info.target == LSTMFC_TARGET_DIRECTION)
        for (i = 1; i < RESIDUALS_TESTS; i++) r->tests[i].statistic = r->tests[i].p = lstmfc_nan();
    free(thin);
    return TOOL_OK;
}

/* "10 lags, every 5th" */
static const char *beside(const leftover *r, const residuals_test *test, char out[64]) {
    size_t used = 0;
    *out = 0;
    if (test->lags) used = (size_t)snprintf(out, 64, "%d lag%s", test->lags, test->lags > 1 ? "s" : "");
    if (r->step > 1) snprintf(out + used, 64 - used, "%severy %d%s error", used ? ", " : "", (int)r->step,
                              r->step % 10 == 1 && r->step % 100 != 11 ? "st" : r->step % 10 == 2 && r->step % 100 != 12 ? "nd"
                              : r->step % 10 == 3 && r->step % 100 != 13 ? "rd" : "th");
    return out;
}

void evaluation_residuals_describe(lstmfc_writer *w, const evaluation *e) {
    char p[32], lags[64];
    int i;
    if (e->vote) return;
    tool_print(w, "residuals     %-13s %12s %9s   a p below 0.05 says:\n", "", "statistic", "p");
    for (i = 0; i < RESIDUALS_TESTS; i++) {
        const residuals_test *test = &e->residuals.tests[i];
        if (lstmfc_is_nan(test->statistic)) continue;
        beside(&e->residuals, test, lags);
        tool_print(w, "              %-13s %12.6g %9s   %s%s%s%s\n", test->name, test->statistic, tool_p(p, test->p), test->small,
                   *lags ? " (" : "", lags, *lags ? ")" : "");
    }
}

void evaluation_residuals_json(lstmfc_writer *w, const evaluation *e) {
    const leftover *r = &e->residuals;
    int i;
    if (e->vote) return;
    lstmfc_json_begin(w, "residuals", '{');
    lstmfc_json_put_string(w, "what", r->what);
    lstmfc_json_put_integer(w, "count", (int64_t)r->count);
    lstmfc_json_put_integer(w, "every", (int64_t)r->step);
    lstmfc_json_put_integer(w, "lags", r->tests[0].lags);
    for (i = 0; i < RESIDUALS_TESTS; i++) {
        char p[40];
        snprintf(p, sizeof p, "%s_p", r->tests[i].key);
        lstmfc_json_put_number(w, r->tests[i].key, r->tests[i].statistic);
        lstmfc_json_put_number(w, p, r->tests[i].p);
    }
    lstmfc_json_end(w, '}');
}

void evaluation_residuals_html(lstmfc_writer *w, const evaluation *e) {
    const leftover *r = &e->residuals;
    char p[32], count[32], lags[64], figure[32];
    int i;
    if (e->vote) return;
    tool_print(w, "<h3>What the errors have left</h3>\n<p>Residual: ");
    html_text(w, r->what);
    tool_print(w, ". Tested: %s of them%s.</p>\n<div class=\"scroll stack\"><table><tr><th>Test</th><th>Statistic, p</th>"
                  "<th class=\"text\">A small p says</th></tr>", tool_count(count, (int64_t)r->count), r->step > 1 ? ", those that do not overlap" : "");
    for (i = 0; i < RESIDUALS_TESTS; i++) {
        const residuals_test *test = &r->tests[i];
        if (lstmfc_is_nan(test->statistic)) continue;
        beside(r, test, lags);
        tool_print(w, "<tr><td>%s%s%s%s</td><td>%s, p&nbsp;", test->name, *lags ? " <small>" : "", lags, *lags ? "</small>" : "",
                   tool_figure(figure, "%.4g", test->statistic));
        html_text(w, tool_p(p, test->p));
        tool_print(w, "</td><td class=\"text\"><small>%s</small></td></tr>", test->small);
    }
    tool_print(w, "</table></div>\n");
}
