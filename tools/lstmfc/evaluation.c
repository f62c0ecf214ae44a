/* evaluation.c - how good is a forecaster on bars it has not seen?

   A sample belongs to the span that holds its label rows t+1..t+h; what it sees may reach back. So the first forecast that
   counts is the one made at the close of the last bar the model was trained on. Every figure of the model stands beside the same
   figure of forecasts that need no network, and "better" means: a smaller mean loss whose difference would be rare by luck
   (Diebold and Mariano 1995, with the small-sample factor of Harvey, Leybourne and Newbold 1997). The baselines are those that were
   fitted with the network and travel in its file (baselines.c); the measured bars choose nothing. */
#include "horizons.h"
#include "members.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double square(double x) { return x * x; }

/* ---- which bars ------------------------------------------------------------------------------------------------ */

/* Index of the last bar that opens at or before `time`; -1 = none. */
static int64_t last_at(const lstmfc_candles *candles, int64_t time) {
    int64_t low = -1, high = (int64_t)candles->count - 1;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (candles->time[middle] <= time) low = middle; else high = middle - 1;
    }
    return low;
}

static int choose_span(const options *o, const lstmfc_candles *candles, evaluation *e) {
    char end[32], seen[32];
    int64_t last_seen = last_at(candles, e->info.seen_to), rows = (int64_t)candles->count;
    tool_time(seen, e->info.seen_to, e->interval);
    if (e->in_sample) {
        int64_t count = last_seen + 1 - e->info.horizon;
        if (count < 1)
            return tool_fail(o, TOOL_DATA, "nothing to measure in sample: the model was trained up to %s and the file starts "
                                           "later", seen);
        e->first = 0;
        e->count = (size_t)count;
        return TOOL_OK;
    }
    if (last_seen + 1 >= rows) {
        tool_time(end, rows ? candles->time[rows - 1] : 0, e->interval);
        return tool_fail(o, TOOL_DATA, "nothing left to measure: the model has seen every bar up to %s and the file ends %s "
                                       "(keep bars aside with "
                         "train --test, or give a longer file; --in-sample shows the others)", seen, end);
    }
    e->first = (last_seen < 0 ? 0 : (size_t)last_seen) + e->embargo;
    if (e->first >= candles->count) return tool_fail(o, TOOL_DATA, "nothing left to measure behind the %lld bars of the embargo", (long long)e->embargo);
    e->count = candles->count - e->first;
    return TOOL_OK;
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static double *new_doubles(size_t n) { return (double *)calloc(n ? n : 1, sizeof(double)); }

void evaluation_free(evaluation *e) {
    int i;
    for (i = 0; i < e->other_count; i++) evaluation_free(&e->others[i]);
    free(e->others);
    free(e->time); free(e->forecast); free(e->truth); free(e->naive); free(e->returns); free(e->loss); free(e->all);
    free(e->attention);
    free(e->members);
    free(e->outcomes);
    evaluation_insight_free(e);
    evaluation_cover_free(e);
    for (i = 0; i < e->baseline_count; i++) { free(e->baselines[i].loss); free(e->baselines[i].forecast); }
    lstmfc_backtest_free(e->backtest);
    memset(e, 0, sizeof *e);
}

/* ---- the model's own figures ----------------------------------------------------------------------------------- */

/* Where gaps are counted, the outcome is that of the bar at index t + horizon, whenever it opens: a forecast made on a
   Friday is about Monday. A bar that is not there yet has a time only where no bar of the file is missing. */
static void real_targets(const lstmfc_candles *candles, evaluation *e) {
    size_t i, h = (size_t)e->info.horizon;
    if (e->info.gaps != LSTMFC_GAPS_COUNT) return;
    for (i = 1; i < candles->count && candles->interval > 0 && !e->skips; i++)
        e->skips = candles->time[i] - candles->time[i - 1] - candles->interval > candles->interval / 2;
    for (i = 0; i < e->count && e->first + i + h < candles->count; i++)
        e->all[i].target_time = candles->time[e->first + i + h];
}

/* Forecasts and outcomes of the span; the measured ones packed into the arrays of n. */
/* What the newest forecast of the span has looked at. */
static void attend(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e) {
    size_t window = (size_t)e->info.window, bar = e->first + e->count - 1, t;
    double *there = new_doubles(2 * window);
    if (there && lstmfc_forecaster_attention(forecaster, candles, bar, there + window, NULL) == LSTMFC_OK) {
        for (t = 0; t < window; t++) there[t] = (double)candles->time[bar + 1 - window + t];
        e->attention = there;
    } else free(there);
}

static int gather(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e) {
    lstmfc_error err = {0};
    size_t i;
    e->all = (lstmfc_forecast *)calloc(e->count, sizeof *e->all);
    e->outcomes = (lstmfc_outcome *)calloc(e->count, sizeof *e->outcomes);
    e->time = (int64_t *)calloc(e->count, sizeof *e->time);
    e->forecast = new_doubles(e->count); e->truth = new_doubles(e->count); e->naive = new_doubles(e->count);
    e->returns = new_doubles(e->count); e->loss = new_doubles(e->count);
    if (!e->all || !e->outcomes || !e->time || !e->forecast || !e->truth || !e->naive || !e->returns || !e->loss)
        return tool_fail(o, TOOL_FAILURE, "out of memory");
    if (lstmfc_forecaster_predict_all(forecaster, candles, e->first, e->count, e->all, &err) != LSTMFC_OK
        || lstmfc_forecaster_outcomes(forecaster, candles, e->first, e->count, e->outcomes, &err) != LSTMFC_OK)
        return tool_fail_error(o, &err);
    real_targets(candles, e);
    attend(forecaster, candles, e);
    for (i = 0; i < e->count; i++) {
        const lstmfc_forecast *f = &e->all[i];
        lstmfc_outcome outcome = e->outcomes[i];
        switch (outcome.reason) {
        case LSTMFC_OUTCOME_OPEN:  e->open++; continue;
        case LSTMFC_OUTCOME_EQUAL: e->equal++; continue;
        case LSTMFC_OUTCOME_GAP:   e->gap++; continue;
        case LSTMFC_OUTCOME_BAD:   e->bad++; continue;
        default: break;
        }
        if (!lstmfc_is_finite(f->value)) { e->without++; continue; }
        e->time[e->n] = f->time;
        e->forecast[e->n] = f->value;
        e->truth[e->n] = outcome.value;
        e->naive[e->n] = outcome.persistence;
        e->returns[e->n] = outcome.log_return;
        if (e->info.target == LSTMFC_TARGET_PRICE || e->info.target == LSTMFC_TARGET_RETURN)
            e->loss[e->n] = verdict_loss(e->info.target, f->log_return, outcome.log_return);
        else
            e->loss[e->n] = verdict_loss(e->info.target, f->value, outcome.value);
        if (e->info.target == LSTMFC_TARGET_VOLATILITY && outcome.value > 0)
            e->secondary += square(lstmfc_log(f->value / outcome.value));
        if (!e->n) e->from = candles->time[e->first + i + 1];
        e->to = candles->time[e->first + i + (size_t)e->info.horizon];
        e->n++;
    }
    if (e->n < 2) {
        return tool_fail(o, TOOL_DATA, "only %d forecast(s) whose outcome is known: nothing can be measured (left out: %lld not "
                                       "closed yet, %lld with equal closes, %lld over a gap, %lld not finite, %lld without a "
                                       "forecast)", (int)e->n, (long long)e->open, (long long)e->equal, (long long)e->gap,
                         (long long)e->bad, (long long)e->without);
    }
    e->secondary /= (double)e->n;
    return TOOL_OK;
}

/* Overlapping labels: independent samples would be an illusion. */
double evaluation_block(const evaluation *e) {
    double block = lstmfc_pow((double)e->n, 1.0 / 3.0);
    return block < e->info.horizon ? e->info.horizon : block;
}

static int own_figures(const options *o, evaluation *e) {
    lstmfc_error err = {0};
    double block = evaluation_block(e);
    size_t i;
    for (i = 0; e->vote && i < e->n; i++) e->loss[i] = lstmfc_nan();
    if (e->info.target == LSTMFC_TARGET_DIRECTION) {
        if (lstmfc_direction_of(e->n, e->forecast, e->truth, e->info.cut, 0, tool_env(), &e->direction, &err) != LSTMFC_OK)
            return tool_fail_error(o, &err);
        lstmfc_reliability(e->n, e->forecast, e->truth, VERDICT_BINS, e->bins);
        for (i = 0; i < VERDICT_BINS; i++)
            if (e->bins[i].count > 0) e->calibration_error += e->bins[i].count / (double)e->n * fabs(e->bins[i].probability - e->bins[i].up);
        if (e->info.horizon > 1
            && lstmfc_bootstrap_direction(e->n, e->forecast, e->truth, e->info.cut, block, 0, 0.95, 0, tool_env(),
                                          &e->accuracy_error, &e->auc_error, &err) != LSTMFC_OK)
            return tool_fail_error(o, &err);
        if (e->vote) {
            e->direction.auc = e->direction.auc_se = e->direction.brier = e->direction.log_loss = lstmfc_nan();
            e->auc_error.low = e->auc_error.high = e->auc_error.mean = e->auc_error.se = lstmfc_nan();
        }
        return TOOL_OK;
    }
    lstmfc_errors_of(e->n, e->truth, e->forecast, &e->errors);
    lstmfc_errors_of(e->n, e->truth, e->naive, &e->naive_errors);
    e->theil_u2 = lstmfc_nan();
    if (e->info.target == LSTMFC_TARGET_PRICE) e->theil_u2 = lstmfc_theil_u2(e->n, e->naive, e->truth, e->forecast);
    return TOOL_OK;
}

/* ---- trading --------------------------------------------------------------------------------------------------- */

/* The rows that are traded. A file of probabilities that ends early says nothing of the bars behind it, and buy and hold over those is
   no companion of what was traded before. */
static void trade_where(evaluation *e) {
    size_t end = e->count;
    e->traded = e->first;
    e->traded_count = e->count;
    if (!e->info.member_file) return;
    while (end > 1 && !lstmfc_is_finite(e->all[end - 1].value)) end--;
    while (e->traded < e->first + end - 1 && !lstmfc_is_finite(e->all[e->traded - e->first].value)) e->traded++;
    e->traded_count = e->first + end - e->traded;
}

static int trade(const options *o, const lstmfc_candles *candles, const lstmfc_signal_desc *signals,
                 const lstmfc_backtest_desc *costs, evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_candles *part;
    double *positions;
    int code = TOOL_OK;
    if (!tool_target_trades(e->info.target) || candles->any_prices) return TOOL_OK;     /* no side, or nothing to trade */
    if (!candles->open || !candles->high || !candles->low) return TOOL_OK;
    if (signals) e->signals = *signals;
    positions = new_doubles(e->traded_count);
    part = lstmfc_candles_slice(candles, e->traded, e->traded_count, &err);
    if (!positions || !part) code = positions ? tool_fail_error(o, &err) : tool_fail(o, TOOL_FAILURE, "out of memory");
    else if (lstmfc_signals(e->info.target, e->traded_count, e->all + (e->traded - e->first), signals, positions, NULL, &err) != LSTMFC_OK)
        code = tool_fail_error(o, &err);
    else if (!(e->backtest = lstmfc_backtest_run(part, positions, e->traded_count, costs, &err))) code = tool_fail_error(o, &err);
    free(positions);
    lstmfc_candles_free(part);
    return code;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static void begin(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample, evaluation *e) {
    memset(e, 0, sizeof *e);
    e->info = lstmfc_forecaster_get_info(forecaster);
    e->in_sample = in_sample;
    e->vote = members_vote(&e->info);
    e->interval = candles->interval ? candles->interval : e->info.interval;
    e->synthetic = candles->synthetic || e->info.synthetic;
    e->loss_name = verdict_loss_name(e->info.target);
}

int evaluation_forecasts(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample, evaluation *e) {
    lstmfc_error err = {0};
    int code;
    begin(forecaster, candles, in_sample, e);
    code = choose_span(o, candles, e);
    if (code == TOOL_OK && !(e->all = (lstmfc_forecast *)calloc(e->count, sizeof *e->all))) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK && lstmfc_forecaster_predict_all(forecaster, candles, e->first, e->count, e->all, &err) != LSTMFC_OK)
        code = tool_fail_error(o, &err);
    if (code == TOOL_OK) trade_where(e);
    if (code != TOOL_OK) evaluation_free(e);
    return code;
}

int evaluation_run(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample,
                   const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *e) {
    return evaluation_run_after(o, forecaster, candles, in_sample, 0, signals, costs, e);
}

int evaluation_run_after(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample, size_t embargo,
                         const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *e) {
    int code;
    begin(forecaster, candles, in_sample, e);
    e->embargo = embargo;
    code = choose_span(o, candles, e);
    if (code == TOOL_OK) code = gather(o, forecaster, candles, e);
    if (code == TOOL_OK) trade_where(e);
    if (code == TOOL_OK) code = own_figures(o, e);
    if (code == TOOL_OK) code = evaluation_residuals(o, e);
    if (code == TOOL_OK) code = evaluation_cover(o, forecaster, candles, e);
    if (code == TOOL_OK) code = evaluation_baselines(o, forecaster, candles, e);
    if (code == TOOL_OK) code = evaluation_members(o, candles, e);
    if (code == TOOL_OK) code = trade(o, candles, signals, costs, e);
    if (code == TOOL_OK) code = evaluation_watch(o, forecaster, candles, signals, costs, e);
    if (code == TOOL_OK) code = evaluation_scale(o, forecaster, candles, e);
    if (code == TOOL_OK) {
        evaluation_judge(e);
        e->verdict[3] = !e->backtest || e->backtest->no_costs ? VERDICT_UNKNOWN : e->backtest->pays_costs ? VERDICT_YES
            : VERDICT_NO;
        code = horizons_run(o, forecaster, candles, in_sample, signals, costs, e);
    }
    if (code != TOOL_OK) evaluation_free(e);
    return code;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

/* A p value inside a sentence. */
static const char *p_text(char out[48], double p) {
    char value[32];
    snprintf(out, 48, "p %s", lstmfc_is_nan(p) ? "not defined" : tool_p(value, p));
    return out;
}

void evaluation_verdict_reason(const evaluation *e, int index, char *out, size_t size) {
    char p[48], skill[32];
    if (index < 3) {
        int k = index == 0 ? 0 : index == 1 ? e->linear : e->best;
        const lstmfc_comparison *c = &e->baselines[k].comparison;
        if (e->verdict[index] == VERDICT_UNKNOWN) evaluation_missing(e, index, out, size);
        else snprintf(out, size, "%s %.5g against %.5g of %s: skill %s, Diebold-Mariano %s", e->loss_name, c->loss_model,
                      c->loss_baseline, e->baselines[k].name, tool_figure(skill, "%+.4f", c->skill), p_text(p, c->p));
    } else if (!e->backtest) {
        snprintf(out, size, "no trading: %s", e->info.target == LSTMFC_TARGET_EXPRESSION ? "a value names no side"
                 : !tool_target_trades(e->info.target) ? "a volatility forecast names no side"
                 : e->info.any_prices ? "the series is no price" : "the file has no open, high or low");
    } else if (e->backtest->no_costs) {
        snprintf(out, size, "no costs were charged");
    } else if (!(e->backtest->metrics.trades > 0)) {
        snprintf(out, size, "nothing was traded");
    } else {
        const lstmfc_metrics *m = &e->backtest->metrics;
        double charged = 1e4 * ((e->backtest->desc.fee > 0 ? e->backtest->desc.fee : 0) + (e->backtest->desc.slippage > 0
            ? e->backtest->desc.slippage : 0));
        char low[32], high[32];
        snprintf(out, size, "net mean return per bar between %s and %s (90 %% interval); break-even %s basis points per "
                            "side, charged %.2f",
                 tool_defined(low, "%+.5f %%", 100 * m->mean_low), tool_defined(high, "%+.5f %%", 100 * m->mean_high),
                 tool_defined(p, "%.2f", m->break_even), charged);
    }
}

int evaluation_beats_luck(const evaluation *e) {
    if (e->info.horizon > 1) return e->accuracy_error.low > e->direction.p0;
    return e->direction.p_one_sided < 0.05;
}

int evaluation_has_shares(const evaluation *e) {
    return e->info.target != LSTMFC_TARGET_RETURN && e->info.target != LSTMFC_TARGET_EXPRESSION && !e->info.any_prices;
}

/* What OUTCOME_EQUAL is for the target. */
static const char *still(const evaluation *e) {
    return e->info.target == LSTMFC_TARGET_VOLATILITY ? "with no movement" : "with equal closes";
}

const char *evaluation_thresholds(char out[256], const lstmfc_forecaster_info *info, const lstmfc_signal_desc *signals,
                                  int long_only) {
    char trading[120] = "long above 0.5 + --band";
    *out = 0;
    if (info->target != LSTMFC_TARGET_DIRECTION || (info->cut >= 0.5 && info->cut <= 0.5)) return out;
    if (signals)
        snprintf(trading, sizeof trading, "long above %.6g, %s below %.6g (0.5 and --band %.6g)", 0.5 + signals->band,
                 long_only ? "flat" : "short", 0.5 - signals->band, signals->band);
    snprintf(out, 256, "called up above %.6g, as trained (--cut); trading does not use it: %s", info->cut, trading);
    return out;
}

void evaluation_describe(lstmfc_writer *w, const evaluation *e) {
    char a[48], b[32], c[32], reason[300], rules[EVALUATION_RULES], note[320];
    int i, long_only = e->backtest && e->backtest->desc.long_only;
    evaluation_first(w, e);
    if (e->synthetic) tool_print(w, "SYNTHETIC candles: no market; the figures show that the program works, nothing else\n");
    tool_print(w, "%s\n", e->in_sample ? "IN SAMPLE: bars the model was trained on. These figures are no evidence."
                                      : "Out of sample: only bars after the last one the model has seen");
    tool_print(w, "span          %s to %s, ", tool_time(a, e->from, e->interval), tool_time(b, e->to, e->interval));
    tool_print(w, "%s forecasts of %s bars, %d ahead%s\n", tool_count(c, (int64_t)e->n), tool_span(a, e->interval), e->info.horizon,
               e->other_count ? "; the other horizons below" : "");
    if (*tool_target_note(note, &e->info)) tool_print(w, "target        %s\n", note);
    if (e->open + e->equal + e->gap + e->bad + e->without)
        tool_print(w, "left out      %lld not closed yet, %lld %s, %lld over a gap, %lld not finite, %lld without a forecast\n",
                   (long long)e->open, (long long)e->equal, still(e), (long long)e->gap, (long long)e->bad, (long long)e->without);
    if (e->without) tool_print(w, "              a forecast needs %lld bars before it\n", (long long)e->info.first_forecast);
    if (e->info.target == LSTMFC_TARGET_DIRECTION) {
        const lstmfc_direction *d = &e->direction;
        tool_print(w, "accuracy      %.2f %%  (%.2f %% needs no model; exact binomial %s; 95 %% interval %.2f to %.2f)\n",
                   100 * d->accuracy, 100 * d->p0,
                   p_text(a, d->p_one_sided), 100 * d->accuracy_low, 100 * d->accuracy_high);
        tool_print(w, "              base rate: %.2f %% went up here, %.2f %% in the fit part\n", 100 * d->base_rate,
                   100 * e->info.base_rate);
        if (*evaluation_thresholds(rules, &e->info, e->backtest ? &e->signals : NULL, long_only))
            tool_print(w, "              %s\n", rules);
        tool_print(w, "              two-sided binomial %s; Pesaran-Timmermann %s: do calls and outcomes go together at all?\n",
                   p_text(a, d->p_two_sided), p_text(reason, d->pt_p));
        if (e->vote) tool_print(w, "              by votes, which are no probabilities: AUC, log loss, Brier, calibration and skill are not defined\n");
        else if (lstmfc_is_nan(d->auc)) tool_print(w, "AUC           not defined: all of these outcomes are the same\n");
        else tool_print(w, "AUC           %.4f  (0.5 is a coin toss; DeLong's standard error %s)\n", d->auc,
                        tool_defined(b, "%.4f", d->auc_se));
        if (e->info.horizon > 1 && e->vote)
            tool_print(w, "              labels overlap, so the block bootstrap counts: accuracy %.2f to %.2f %% (95 %%)\n",
                       100 * e->accuracy_error.low, 100 * e->accuracy_error.high);
        else if (e->info.horizon > 1)
            tool_print(w, "              labels overlap, so the block bootstrap counts: accuracy %.2f to %.2f %%, AUC %s to %s "
                          "(95 %%)\n",
                       100 * e->accuracy_error.low, 100 * e->accuracy_error.high,
                       tool_defined(b, "%.4f", e->auc_error.low), tool_defined(c, "%.4f", e->auc_error.high));
        if (e->vote) tool_print(w, "Matthews      %s\n", tool_defined(b, "%.4f", d->mcc));
        else tool_print(w, "log loss      %.5f, Brier %.5f, Matthews %s; probabilities off by %.2f points on average (calibration)\n",
                        d->log_loss, d->brier, tool_defined(b, "%.4f", d->mcc), 100 * e->calibration_error);
    } else {
        static const char *const units[] = {"", "in units of the price", "log returns: 0.01 is 1 %",
                                            "volatility per bar: 0.01 is 1 %", "in units of the price",
                                            "volatility per bar: 0.01 is 1 %", "in units of "};
        tool_print(w, "              %12s %12s   (%s%s)\n", "model", "persistence", units[e->info.target],
                   e->info.target == LSTMFC_TARGET_EXPRESSION ? e->info.quantity : "");
        tool_print(w, "RMSE          %12.6g %12.6g\n", e->errors.rmse, e->naive_errors.rmse);
        tool_print(w, "MAE           %12.6g %12.6g\n", e->errors.mae, e->naive_errors.mae);
        evaluation_scale_describe(w, e);
        if (lstmfc_is_finite(e->errors.mape) && evaluation_has_shares(e))
            tool_print(w, "MAPE          %10.3f %% %10.3f %%\n", 100 * e->errors.mape, 100 * e->naive_errors.mape);
        tool_print(w, "R2            %12s %12s\n", tool_figure(a, "%.5f", e->errors.r2), tool_figure(b, "%.5f", e->naive_errors.r2));
        evaluation_moves_describe(w, e);
        if (lstmfc_is_finite(e->theil_u2))
            tool_print(w, "Theil's U2    %12.4f  (of relative errors; below 1: smaller than those of persistence)\n", e->theil_u2);
        evaluation_cover_describe(w, e);
        if (e->info.target == LSTMFC_TARGET_VOLATILITY)
            tool_print(w, "ln RV error   %12.6g %12s  (mean square)\n", e->secondary,
                       tool_figure(a, "%.6g", e->baselines[0].secondary));
    }
    evaluation_residuals_describe(w, e);
    evaluation_importance_describe(w, e);
    tool_print(w, "baselines     %-22s %12s %9s %9s%s\n", "", e->info.target == LSTMFC_TARGET_DIRECTION ? "log loss"
               : e->info.target == LSTMFC_TARGET_VOLATILITY ? "QLIKE" : "sq. error",
               "skill", "DM p", e->info.target == LSTMFC_TARGET_DIRECTION ? "  accuracy" : "");
    for (i = 0; i < e->baseline_count; i++) {
        const evaluation_baseline *base = &e->baselines[i];
        tool_print(w, "              %-22s", base->name);
        if (base->available)
            tool_print(w, " %12.6g %9s %9s", base->comparison.loss_baseline, tool_figure(a, "%+.4f", base->comparison.skill),
                       tool_p(b, base->comparison.p));
        else tool_print(w, " %12s %9s %9s", "-", "-", "-");
        if (lstmfc_is_finite(base->accuracy)) tool_print(w, "  %.2f %%", 100 * base->accuracy);
        tool_print(w, "\n");
    }
    tool_print(w, "              DM p: Diebold-Mariano, one-sided, with the factor of Harvey, Leybourne and Newbold and %d lags\n", e->info.horizon - 1);
    for (i = 0; i < e->baseline_count; i++)
        if (!e->baselines[i].available) tool_print(w, "              %s: %s\n", e->baselines[i].name, e->baselines[i].missing);
    evaluation_members_describe(w, e);
    if (e->backtest) {
        const lstmfc_metrics *m = &e->backtest->metrics;
        tool_print(w, "trading       %snet %+.2f %%, gross %+.2f %%, buy and hold %+.2f %%; %s trade%s\n",
                   e->backtest->no_costs ? "NO COSTS; " : "", 100 * m->total_return,
                   100 * m->gross_return, 100 * e->backtest->hold_metrics.total_return, tool_count(a, (int64_t)m->trades),
                   m->trades > 0.5 && m->trades < 1.5 ? "" : "s");
        if (e->traded_count < e->count) tool_print(w, "              over the %s bars from the first forecast to the last\n",
                                                   tool_count(a, (int64_t)e->traded_count));
        tool_print(w, "              annual figures by %s%s\n", evaluation_annual(reason, e->backtest), evaluation_rules(rules, e->backtest));
        tool_print(w, "              Sharpe %s, worst drawdown %.1f %%, break-even cost %s basis points per side\n",
                   tool_figure(a, "%.2f", m->sharpe), 100 * m->max_drawdown, tool_figure(b, "%.2f", m->break_even));
    }
    tool_print(w, "verdict%s\n", e->in_sample ? " (IN SAMPLE)" : e->synthetic ? " (SYNTHETIC)" : "");
    for (i = 0; i < 4; i++) {
        evaluation_verdict_reason(e, i, reason, sizeof reason);
        tool_print(w, "  %-24s %-9s  %s\n", verdict_name(i), verdict_word(e->verdict[i]), reason);
    }
    horizons_describe(w, e);
}

void evaluation_figures_json(lstmfc_writer *w, const char *key, const void *figures, const lstmfc_field *fields, size_t count) {
    size_t i;
    lstmfc_json_begin(w, key, '{');
    for (i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)figures + fields[i].offset, sizeof value);
        lstmfc_json_put_number(w, fields[i].name, value);
    }
    lstmfc_json_end(w, '}');
}

void evaluation_json(lstmfc_writer *w, const char *key, const evaluation *e) {
    const lstmfc_field *fields;
    size_t count;
    char text[32], reason[300], annual[96];
    int i;
    lstmfc_json_begin(w, key, '{');
    evaluation_first_json(w, e);
    lstmfc_json_put_bool(w, "in_sample", e->in_sample);
    lstmfc_json_put_bool(w, "synthetic", e->synthetic);
    lstmfc_format_time(text, e->from); lstmfc_json_put_string(w, "from", text);
    lstmfc_format_time(text, e->to);   lstmfc_json_put_string(w, "to", text);
    lstmfc_json_put_integer(w, "count", (int64_t)e->n);
    lstmfc_json_put_integer(w, "not_closed", e->open);
    lstmfc_json_put_integer(w, "equal_closes", e->info.target == LSTMFC_TARGET_VOLATILITY ? 0 : e->equal);
    lstmfc_json_put_integer(w, "no_movement", e->info.target == LSTMFC_TARGET_VOLATILITY ? e->equal : 0);
    lstmfc_json_put_integer(w, "over_gaps", e->gap);
    lstmfc_json_put_integer(w, "not_finite", e->bad);
    lstmfc_json_put_integer(w, "without_forecast", e->without);
    if (e->info.target == LSTMFC_TARGET_DIRECTION) {
        fields = lstmfc_direction_fields(&count);
        evaluation_figures_json(w, "direction", &e->direction, fields, count);
        if (e->info.horizon > 1) {                      /* 95 %, where the binomial p and DeLong's error assume too much */
            lstmfc_json_begin(w, "block_bootstrap", '{');
            lstmfc_json_put_number(w, "accuracy_low", e->accuracy_error.low);
            lstmfc_json_put_number(w, "accuracy_high", e->accuracy_error.high);
            lstmfc_json_put_number(w, "auc_low", e->auc_error.low);
            lstmfc_json_put_number(w, "auc_high", e->auc_error.high);
            lstmfc_json_end(w, '}');
        }
        lstmfc_json_put_number(w, "calibration_error", e->vote ? lstmfc_nan() : e->calibration_error);
        lstmfc_json_begin(w, "calibration", '[');
        for (i = 0; !e->vote && i < VERDICT_BINS; i++) {
            lstmfc_json_begin(w, NULL, '{');
            lstmfc_json_put_number(w, "low", e->bins[i].low);
            lstmfc_json_put_number(w, "high", e->bins[i].high);
            lstmfc_json_put_number(w, "count", e->bins[i].count);
            lstmfc_json_put_number(w, "probability", e->bins[i].probability);
            lstmfc_json_put_number(w, "up", e->bins[i].up);
            lstmfc_json_end(w, '}');
        }
        lstmfc_json_end(w, ']');
    } else {
        fields = lstmfc_errors_fields(&count);
        evaluation_figures_json(w, "errors", &e->errors, fields, count);
        evaluation_figures_json(w, "persistence_errors", &e->naive_errors, fields, count);
        lstmfc_json_put_number(w, "theil_u2", e->theil_u2);
        evaluation_cover_json(w, e);
    }
    if (e->info.target == LSTMFC_TARGET_VOLATILITY) lstmfc_json_put_number(w, "ln_squared_error", e->secondary);
    evaluation_moves_json(w, e);
    evaluation_residuals_json(w, e);
    evaluation_importance_json(w, e);
    evaluation_correlations_json(w, e);
    lstmfc_json_put_string(w, "loss", e->loss_name);
    lstmfc_json_begin(w, "baselines", '[');
    fields = lstmfc_comparison_fields(&count);
    for (i = 0; i < e->baseline_count; i++) {
        lstmfc_json_begin(w, NULL, '{');
        lstmfc_json_put_string(w, "name", e->baselines[i].name);
        lstmfc_json_put_string(w, "help", e->baselines[i].help);
        if (lstmfc_is_finite(e->baselines[i].accuracy)) lstmfc_json_put_number(w, "accuracy", e->baselines[i].accuracy);
        if (lstmfc_is_finite(e->baselines[i].secondary)) lstmfc_json_put_number(w, "ln_squared_error", e->baselines[i].secondary);
        if (e->baselines[i].available) evaluation_figures_json(w, "comparison", &e->baselines[i].comparison, fields, count);
        else lstmfc_json_put_string(w, "missing", e->baselines[i].missing);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, ']');
    if (e->backtest) {
        fields = lstmfc_metrics_fields(&count);
        lstmfc_json_put_bool(w, "no_costs", e->backtest->no_costs);
        lstmfc_json_put_string(w, "annual", evaluation_annual(annual, e->backtest));
        if (e->info.member_file) lstmfc_json_put_integer(w, "traded_bars", (int64_t)e->traded_count);
        evaluation_figures_json(w, "backtest", &e->backtest->metrics, fields, count);
        evaluation_figures_json(w, "buy_and_hold", &e->backtest->hold_metrics, fields, count);
    }
    evaluation_members_json(w, e);
    lstmfc_json_begin(w, "verdict", '{');
    for (i = 0; i < 4; i++) {
        char name[40];
        size_t k;
        snprintf(name, sizeof name, "%s", verdict_name(i));
        for (k = 0; name[k]; k++) if (name[k] == ' ') name[k] = '_';
        evaluation_verdict_reason(e, i, reason, sizeof reason);
        lstmfc_json_begin(w, name, '{');
        lstmfc_json_put_string(w, "verdict", verdict_word(e->verdict[i]));
        lstmfc_json_put_string(w, "reason", reason);
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, '}');
    horizons_json(w, e);
    lstmfc_json_end(w, '}');
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static void cell(lstmfc_writer *w, double value) {
    char text[32];
    lstmfc_write_text(w, ",", 1);
    if (lstmfc_is_finite(value)) lstmfc_write_text(w, text, lstmfc_format_double(text, value));
}

/* One line per bar; several 1: the horizon behind it, 2: and the series. */
static void forecasts_rows(lstmfc_writer *w, const evaluation *e, int several) {
    static const char *const reasons[] = {"", "not closed", "equal closes", "gap", "not finite"};
    char text[32];
    size_t i;
    int k;
    for (i = 0; i < e->count; i++) {
        const lstmfc_forecast *f = &e->all[i];
        const lstmfc_outcome *outcome = &e->outcomes[i];
        int known = outcome->reason == LSTMFC_OUTCOME_KNOWN;
        lstmfc_write_text(w, text, lstmfc_format_time(text, f->time));
        lstmfc_write_text(w, ",", 1);
        if (!e->skips || outcome->reason != LSTMFC_OUTCOME_OPEN)
            lstmfc_write_text(w, text, lstmfc_format_time(text, f->target_time));
        cell(w, f->close);
        cell(w, f->value);
        cell(w, f->lower);
        cell(w, f->upper);
        cell(w, known ? outcome->value : lstmfc_nan());
        cell(w, known ? outcome->persistence : lstmfc_nan());
        cell(w, f->novelty);
        tool_print(w, ",%s", known && !lstmfc_is_finite(f->value) ? "no forecast" : outcome->reason == LSTMFC_OUTCOME_EQUAL &&
                   e->info.target == LSTMFC_TARGET_VOLATILITY ? "no movement" : reasons[outcome->reason]);
        for (k = 0; k < e->baseline_count; k++)
            if (e->baselines[k].column) cell(w, e->baselines[k].forecast ? e->baselines[k].forecast[i] : lstmfc_nan());
        if (several) tool_print(w, several > 1 ? ",%d,\"%s\"" : ",%d", e->info.horizon, e->info.quantity);
        tool_print(w, "\n");
    }
}

void evaluation_forecasts_csv(lstmfc_writer *w, const evaluation *e) {
    static const char *const names[] = {"probability", "price", "log_return", "volatility", "price", "volatility",
                                        "value"};
    int k, several;
    tool_print(w, "time,target_time,close,%s,lower,upper,outcome,persistence,novelty,left_out", e->vote ? "share_of_votes" : names[e->info.target]);
    for (k = 0; k < e->baseline_count; k++) if (e->baselines[k].column) tool_print(w, ",%s", e->baselines[k].column);
    tool_print(w, horizons_series(e) ? ",horizon,series\n" : e->other_count ? ",horizon\n" : "\n");
    several = (e->other_count > 0) + horizons_series(e);
    forecasts_rows(w, e, several);
    for (k = 0; k < e->other_count; k++) if (e->others[k].n) forecasts_rows(w, &e->others[k], several);
}

void evaluation_name_csv(lstmfc_writer *w, const char *name) {
    int quoted = strpbrk(name, ",\"\r\n") != NULL;
    tool_print(w, quoted ? ",\"" : ",");
    for (; *name; name++) lstmfc_write_text(w, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    if (quoted) tool_print(w, "\"");
}

/* The end of a row: whose it is. */
static void symbol_cell(lstmfc_writer *w, const char *const *symbols, int64_t symbol) {
    if (symbols) evaluation_name_csv(w, symbols[symbol]);
    tool_print(w, "\n");
}

void evaluation_fills_csv(lstmfc_writer *w, const lstmfc_backtest *backtest, const char *const *symbols) {
    size_t i;
    char text[32];
    tool_print(w, "time,trade,quantity,price,fee,slippage,reason,funding%s\n", symbols ? ",symbol" : "");
    for (i = 0; i < backtest->fill_count; i++) {
        const lstmfc_fill *f = &backtest->fills[i];
        lstmfc_write_text(w, text, lstmfc_format_time(text, f->time));
        tool_print(w, ",%lld", (long long)f->trade + 1);
        cell(w, f->quantity); cell(w, f->price); cell(w, f->fee); cell(w, f->slippage);
        tool_print(w, ",%s", lstmfc_exit_name(f->reason));
        cell(w, f->funding);
        symbol_cell(w, symbols, f->symbol);
    }
}

const char *evaluation_annual(char out[96], const lstmfc_backtest *b) {
    char bars[32], weeks[32];
    tool_count(bars, (int64_t)(b->metrics.annual + 0.5));
    if (b->annual_weeks > 0)
        snprintf(out, 96, "%s bars per year, counted over %s whole week%s", bars, tool_count(weeks, b->annual_weeks),
                 b->annual_weeks > 1 ? "s" : "");
    else snprintf(out, 96, "%s bars per year, %s", bars, b->annual_weeks ? "as --annual says" : "from the median bar of less than a week");
    return out;
}

static void rule(char out[EVALUATION_RULES], const char *format, ...) {
    size_t used = strlen(out);
    va_list values;
    if (used + 3 > EVALUATION_RULES) return;
    memcpy(out + used, "; ", 3);
    va_start(values, format);
    vsnprintf(out + used + 2, EVALUATION_RULES - used - 2, format, values);
    va_end(values);
}

const char *evaluation_rules(char out[EVALUATION_RULES], const lstmfc_backtest *b) {
    static const char *const sizes[] = {LSTMFC_CHOICES_SIZING(LSTMFC__NAME)};
    const lstmfc_backtest_desc *d = &b->desc;
    char text[64] = "";
    int stops = d->stop > 0 || d->take > 0 || d->trail > 0 || d->stop_atr > 0 || d->take_atr > 0 || d->trail_atr > 0, more;
    int liquidated = d->maintenance > 0 || (d->leverage > 1 && !(d->maintenance < 0));
    *out = 0;
    if (b->symbols > 1 && d->weights == LSTMFC_WEIGHTS_VOLATILITY)
        rule(out, "%d symbols from one purse, by 1 / volatility of the last %lld bars", (int)b->symbols, (long long)d->sizing_bars);
    else if (b->symbols > 1) rule(out, "%d symbols from one purse, at equal weights", (int)b->symbols);
    if ((d->take > 0 || d->take_atr > 0) && (d->maker_fee < 0 || d->maker_fee > 0))
        rule(out, "fee of a take %.4g %%", d->maker_fee > 0 ? 100 * d->maker_fee : 0);
    if (d->fee_fixed > 0) rule(out, "%.6g of money per fill", d->fee_fixed);
    if (d->spread > 0) rule(out, "half-spread %.4g %%", 100 * d->spread);
    if (d->slippage_atr > 0) rule(out, "and %.4g of the range to slippage", d->slippage_atr);
    if (d->stop_atr > 0) rule(out, "stop %.4g ranges", d->stop_atr);
    if (d->take_atr > 0) rule(out, "take %.4g ranges", d->take_atr);
    if (d->trail_atr > 0) rule(out, "trail %.4g ranges", d->trail_atr);
    if (d->slippage_atr > 0 || d->stop_atr > 0 || d->take_atr > 0 || d->trail_atr > 0)
        rule(out, "a range is the average true one of %lld bar%s", (long long)d->atr_bars, d->atr_bars == 1 ? "" : "s");
    if (d->max_bars) rule(out, "out after %lld bar%s", (long long)d->max_bars, d->max_bars == 1 ? "" : "s");
    if (d->volume_cap > 0) rule(out, "entries take at most %.4g %% of a bar's volume", 100 * d->volume_cap);
    if (d->sizing == LSTMFC_SIZING_CASH || d->sizing == LSTMFC_SIZING_QUANTITY) snprintf(text, sizeof text, " %.6g", d->amount);
    if (d->sizing == LSTMFC_SIZING_VOLATILITY)
        snprintf(text, sizeof text, " %.4g %% a year, of %lld bars", 100 * d->target_volatility, (long long)d->sizing_bars);
    if (d->sizing == LSTMFC_SIZING_KELLY) snprintf(text, sizeof text, " %.4g of the last %lld trades", d->kelly, (long long)d->kelly_trades);
    if (d->sizing) rule(out, "sized by %s%s", sizes[d->sizing], text);
    if (d->leverage > 1) rule(out, "leverage %.4g", d->leverage);
    if (liquidated) rule(out, "liquidated at a margin of %.4g %%", d->maintenance > 0 ? 100 * d->maintenance : 0.5);
    if (d->funding > 0 || d->funding < 0) rule(out, "funding %.4g %% every %.4g hours", 100 * d->funding, d->funding_hours);
    if (*d->funding_column) rule(out, "funding of the column %.60s", d->funding_column);
    if (d->borrow > 0) rule(out, "what is owed costs %.4g %% a year", 100 * d->borrow);
    if (d->neutral == LSTMFC_NEUTRAL_HOLD) rule(out, "a signal of 0 keeps the position");
    if (d->path == LSTMFC_PATH_COLOUR) rule(out, "inside a bar by its colour");
    if (d->resize == LSTMFC_RESIZE_NO) rule(out, "a position keeps the size of its entry (--resize no)");
    more = stops || d->max_bars || liquidated;
    if (more) rule(out, d->reenter == LSTMFC_REENTER_YES ? "a stopped position is entered again at the next open (--reenter yes)"
                   : stops ? "after a stop, take or trail flat until the signal changes" : "after that flat until the signal changes");
    return out;
}

void evaluation_trades_csv(lstmfc_writer *w, const lstmfc_backtest *backtest, const char *const *symbols) {
    size_t i;
    char text[32];
    tool_print(w, "entry_time,exit_time,side,quantity,entry_price,exit_price,entry_fee,exit_fee,slippage,gross,pnl,net_return,mae,mfe,reason,resizes,funding%s\n",
               symbols ? ",symbol" : "");
    for (i = 0; i < backtest->trade_count; i++) {
        const lstmfc_trade *t = &backtest->trades[i];
        lstmfc_write_text(w, text, lstmfc_format_time(text, t->entry_time));
        lstmfc_write_text(w, ",", 1);
        lstmfc_write_text(w, text, lstmfc_format_time(text, t->exit_time));
        tool_print(w, ",%s", t->side > 0 ? "long" : "short");
        cell(w, t->quantity); cell(w, t->entry_price); cell(w, t->exit_price); cell(w, t->entry_fee); cell(w, t->exit_fee);
        cell(w, t->slippage); cell(w, t->gross); cell(w, t->pnl); cell(w, t->net_return); cell(w, t->mae); cell(w, t->mfe);
        tool_print(w, ",%s,%lld", lstmfc_exit_name(t->reason), (long long)t->resizes);
        cell(w, t->funding);
        symbol_cell(w, symbols, t->symbol);
    }
}
