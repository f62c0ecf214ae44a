/* baselines.c - what needs no network, held against the model.

   The forecasts come from the library, which fitted them with the network and kept them in its file: a user who shows fewer bars gets
   the same baselines, or is told which one cannot be formed. A line of the verdict that needs a missing one is "not known": what is
   left out must never turn a "no" into a "yes". */
#include "evaluation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of a target's baselines. Two may share the library's: they differ in the calls they make, not in the probabilities. */
typedef struct kind {
    int32_t which;
    const char *name, *column, *help;
} kind;

static const kind direction_kinds[] = {
    {LSTMFC_BASELINE_NAIVE,     "base rate", NULL, "the share of ups in the fit part, every time"},
    {LSTMFC_BASELINE_NAIVE,     "always up", NULL, "the accuracy of calling up every time; its loss is the base rate's"},
    {LSTMFC_BASELINE_LAST_MOVE, "repeat the last move", "last_move",
     "the accuracy of the rule; its loss is that of the share of ups after such a move in the fit part"},
    {LSTMFC_BASELINE_LAST_MOVE, "reverse the last move", NULL, "the opposite call, with the same probabilities"},
    {LSTMFC_BASELINE_LINEAR,    "logistic regression", "logistic", "on the last row of the same features"}};
static const kind return_kinds[] = {
    {LSTMFC_BASELINE_NAIVE,     "no change", NULL, "the last close: a return of zero"},
    {LSTMFC_BASELINE_LINEAR,    "ridge regression", "ridge", "on the same window of the same features"}};
static const kind value_kinds[] = {
    {LSTMFC_BASELINE_NAIVE,     "no change", NULL, "the value at the bar of the forecast"},
    {LSTMFC_BASELINE_LINEAR,    "ridge regression", "ridge", "on the same window of the same features"}};
static const kind volatility_kinds[] = {
    {LSTMFC_BASELINE_NAIVE,     "last volatility", NULL, "realised volatility of the last horizon"},
    {LSTMFC_BASELINE_EWMA,      "EWMA 0.94", "ewma", "exponentially weighted squared returns"},
    {LSTMFC_BASELINE_HAR,       "HAR-RV", "har", "regression on the realised volatility of h, 5h and 22h bars, fitted on the fit part"},
    {LSTMFC_BASELINE_GARCH,     "GARCH(1,1)", "garch", "Gaussian likelihood on the fit part"},
    {LSTMFC_BASELINE_LINEAR,    "ridge regression", "ridge", "on the same window of the same features, of ln RV, times its own factor"}};

static const kind *kinds_of(int32_t target, int *count) {
    if (target == LSTMFC_TARGET_DIRECTION) { *count = (int)(sizeof direction_kinds / sizeof direction_kinds[0]); return direction_kinds; }
    if (target == LSTMFC_TARGET_VOLATILITY) { *count = (int)(sizeof volatility_kinds / sizeof volatility_kinds[0]); return volatility_kinds; }
    *count = (int)(sizeof return_kinds / sizeof return_kinds[0]);       /* as many as of values */
    return target >= LSTMFC_TARGET_PRICE_LEVEL ? value_kinds : return_kinds;
}

/* 1 for a bar that is measured, in the order in which the arrays of n hold them. */
static int measured(const evaluation *e, size_t i) {
    return e->outcomes[i].reason == LSTMFC_OUTCOME_KNOWN && lstmfc_is_finite(e->all[i].value);
}

/* A comparison of which only the model's own loss is known. */
static void unknown(const evaluation *e, lstmfc_comparison *c) {
    size_t i;
    c->count = c->loss_baseline = c->skill = c->statistic = c->p = c->bartlett = c->better = lstmfc_nan();
    c->loss_model = 0;
    for (i = 0; i < e->n; i++) c->loss_model += e->loss[i] / (double)e->n;
}

/* Losses over the measured bars, and whether every one of them has a forecast. */
static void measure(const lstmfc_forecaster *forecaster, int32_t which, evaluation *e, evaluation_baseline *b) {
    int32_t target = e->info.target;
    double secondary = 0;
    long long without = 0, bars = (long long)lstmfc_forecaster_baseline_bars(forecaster, which), first = 0;
    size_t i, n = 0;
    for (i = 0; i < e->count; i++) {
        double said = b->forecast[i];
        if (!measured(e, i)) continue;
        if (!n) first = (long long)(e->first + i) + 1;
        if (lstmfc_is_nan(said)) without++;
        if (target == LSTMFC_TARGET_PRICE) said = lstmfc_log(said / e->all[i].close);
        b->loss[n] = evaluation_loss(target, said, target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN ? e->returns[n]
                                     : e->truth[n]);
        if (target == LSTMFC_TARGET_VOLATILITY) { said = lstmfc_log(said / e->truth[n]); secondary += said * said; }
        n++;
    }
    if (without && first < bars) {                      /* in sample, nothing begins earlier than the series */
        char seen[32], advice[120];
        snprintf(advice, sizeof advice, ": let the file begin %lld bars before %s, the last bar the model has seen", bars,
                 tool_time(seen, e->info.seen_to, e->interval));
        snprintf(b->missing, sizeof b->missing, "it needs %lld bars up to the first measured one, which is bar %lld of these candles%s",
                 bars, first, e->in_sample ? "" : advice);
    }
    else if (without)
        snprintf(b->missing, sizeof b->missing, "%lld of %lld measured bars have none: closes before them are not finite", without,
                 (long long)n);
    else b->available = 1;
    if (!b->available) return;
    if (target == LSTMFC_TARGET_VOLATILITY) b->secondary = secondary / (double)n;
    if (!e->vote) lstmfc_compare(e->n, e->loss, b->loss, e->info.horizon, &b->comparison);
    else for (b->comparison.loss_baseline = 0, i = 0; i < e->n; i++) b->comparison.loss_baseline += b->loss[i] / (double)e->n;
}

/* Share of right calls. Always up, repeating and reversing are rules, known whatever the file keeps. */
static double accuracy(const evaluation *e, const lstmfc_candles *candles, const kind *k, int index, const evaluation_baseline *b) {
    double right = 0;
    size_t i, n = 0;
    for (i = 0; i < e->count; i++) {
        size_t row = e->first + i;
        int up = row > 0 && candles->close[row] > candles->close[row - 1];
        if (!measured(e, i)) continue;
        if (k->which == LSTMFC_BASELINE_NAIVE) up = index > 0 || e->info.base_rate > e->info.cut;
        if (k->which == LSTMFC_BASELINE_LAST_MOVE && !k->column) up = !up;
        if (k->which == LSTMFC_BASELINE_LINEAR) up = b->forecast[i] > 0.5;
        right += up == (e->truth[n] > 0.5);
        n++;
    }
    return right / (double)n;
}

/* The linear model: for volatility the better on validation of ridge and HAR, as the file says. */
static int choose_linear(const evaluation *e) {
    const lstmfc_baselines *b = e->info.baselines;
    int k = e->baseline_count - 1, har = 2;
    if (e->info.target != LSTMFC_TARGET_VOLATILITY || !b || lstmfc_is_nan(b->har_loss)) return k;
    return b->linear && b->linear_loss < b->har_loss ? k : har;
}

/* Of an ensemble: b becomes the linear model of least loss among all members' on the bars measured, so that none of them is spared. */
static int hardest_linear(const options *o, const lstmfc_candles *candles, evaluation *e, evaluation_baseline *b) {
    int32_t i;
    for (i = 0; i < e->info.member_count; i++) {
        const lstmfc_forecaster *member = e->info.members[i];
        evaluation_baseline other = *b;
        other.available = 0;
        other.forecast = (double *)calloc(e->count, sizeof(double));
        other.loss = (double *)calloc(e->n, sizeof(double));
        if (!other.forecast || !other.loss) {
            free(other.forecast);
            free(other.loss);
            return tool_fail(o, TOOL_FAILURE, "out of memory");
        }
        if (lstmfc_forecaster_baseline(member, candles, LSTMFC_BASELINE_LINEAR, e->first, e->count, other.forecast, NULL) == LSTMFC_OK)
            measure(member, LSTMFC_BASELINE_LINEAR, e, &other);
        if (other.available && (!b->available || other.comparison.loss_baseline < b->comparison.loss_baseline)) {
            evaluation_baseline put_away = *b;
            *b = other;
            other = put_away;
        }
        free(other.forecast);
        free(other.loss);
    }
    return TOOL_OK;
}

int evaluation_baselines(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e) {
    int count, i;
    const kind *kinds = kinds_of(e->info.target, &count);
    for (i = 0; i < count; i++) {
        evaluation_baseline *b = &e->baselines[i];
        lstmfc_error err = {0};
        b->name = kinds[i].name; b->help = kinds[i].help; b->column = kinds[i].column;
        b->linear = kinds[i].which == LSTMFC_BASELINE_LINEAR;
        b->accuracy = b->secondary = lstmfc_nan();
        unknown(e, &b->comparison);
        e->baseline_count = i + 1;
        b->forecast = (double *)calloc(e->count, sizeof(double));
        b->loss = (double *)calloc(e->n, sizeof(double));
        if (!b->forecast || !b->loss) return tool_fail(o, TOOL_FAILURE, "out of memory");
        if (lstmfc_forecaster_baseline(forecaster, candles, kinds[i].which, e->first, e->count, b->forecast, &err) == LSTMFC_OK) {
            measure(forecaster, kinds[i].which, e, b);
        } else if (err.code == LSTMFC_ERROR_UNSUPPORTED) {
            snprintf(b->missing, sizeof b->missing, "%s", err.message);
            free(b->forecast);
            b->forecast = NULL;
        } else {
            return tool_fail_error(o, &err);
        }
        if (b->linear && hardest_linear(o, candles, e, b) != TOOL_OK) return TOOL_FAILURE;
        if (e->info.target == LSTMFC_TARGET_DIRECTION && (b->available || kinds[i].which != LSTMFC_BASELINE_LINEAR))
            b->accuracy = accuracy(e, candles, &kinds[i], i, b);
    }
    e->linear = choose_linear(e);
    for (i = 0; i < count; i++)
        if (e->baselines[i].available && (!e->baselines[e->best].available
            || e->baselines[i].comparison.loss_baseline < e->baselines[e->best].comparison.loss_baseline)) e->best = i;
    return TOOL_OK;
}

/* ---- the lines of the verdict ---- */

/* Is baseline k one that line `index` rests on and does not have? The best can only be named when all are there. */
static int lacks(const evaluation *e, int index, int k) {
    return !e->baselines[k].available && (index == 2 || k == (index ? e->linear : 0));
}

void evaluation_judge(evaluation *e) {
    int index, k;
    for (index = 0; index < 3; index++) {
        e->verdict[index] = e->baselines[index == 0 ? 0 : index == 1 ? e->linear : e->best].comparison.better > 0 ? VERDICT_YES : VERDICT_NO;
        for (k = 0; k < e->baseline_count; k++) if (lacks(e, index, k)) e->verdict[index] = VERDICT_UNKNOWN;
        if (e->vote) e->verdict[index] = VERDICT_UNKNOWN;
    }
}

/* "HAR-RV, GARCH(1,1): <why the first is missing>" */
void evaluation_missing(const evaluation *e, int index, char *out, size_t size) {
    const char *why = "";
    size_t used = 0;
    int k;
    *out = 0;
    if (e->vote) { snprintf(out, size, "a vote is no probability and has no log loss: its accuracy and the binomial test are all there is"); return; }
    for (k = 0; k < e->baseline_count; k++) {
        if (!lacks(e, index, k)) continue;
        if (!*why) why = e->baselines[k].missing;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", e->baselines[k].name);
        if (used >= size) return;
    }
    snprintf(out + used, size - used, ": %s", why);
}
