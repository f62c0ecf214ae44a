/* baselines.c - what needs no network, held against the model.

   The forecasts come from the library, which fitted them with the network and kept them in its file: a user who shows fewer bars gets
   the same baselines, or is told which one cannot be formed. A line of the verdict that needs a missing one is "not known": what is
   left out must never turn a "no" into a "yes". */
#include "evaluation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        b->loss[n] = verdict_loss(target, said, target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN ? e->returns[n]
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
static double accuracy(const evaluation *e, const lstmfc_candles *candles, const verdict_baseline *k, int index, const evaluation_baseline *b) {
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
    const verdict_baseline *kinds = verdict_baselines(e->info.target, &count);
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
    e->linear = verdict_linear(&e->info, count);
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
