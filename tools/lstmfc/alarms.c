/* alarms.c - what a reader must know before any figure: are these the candles the model was trained on, and are the
   figures too good to be true?

   A figure can be right and worthless. A model shines on the bars it was fitted on, whatever dates they carry; and on a
   column that holds what happens tomorrow. Both are told first. An alarm that always rings is none, so the thresholds
   are those above which nothing was ever found on real candles (a logistic regression gets 52.6 % and an AUC of 0.54 of
   hourly directions), and each must be passed by several of its own errors. */
#include "evaluation.h"
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- whose candles ---------------------------------------------------------------------------------------------- */

/* Appends to a text of `size` bytes. */
#define APPEND(...) do { size_t used_ = strlen(out); snprintf(out + used_, size - used_, __VA_ARGS__); } while (0)

static int under_other_dates(const lstmfc_origin *origin) { return origin->elsewhere >= 2; }

/* 1: `name` is in a list "pooled: A, B, C". */
static int in_pool(const char *list, const char *name) {
    size_t n = strlen(name);
    if (strncmp(list, "pooled: ", 8)) return 0;
    for (list += 8; ; list += 2) {
        if (!strncmp(list, name, n) && (!list[n] || !strncmp(list + n, ", ", 2))) return 1;
        if (!(list = strstr(list, ", "))) return 0;
    }
}

static int other_symbol(const evaluation *e) {
    return e->symbol && *e->symbol && e->info.symbol && *e->info.symbol && strcmp(e->symbol, e->info.symbol) != 0
        && !(e->info.pool_count && in_pool(e->info.symbol, e->symbol));
}

int evaluation_strange(const evaluation *e) {
    return e->origin.candles == LSTMFC_CANDLES_OTHER || under_other_dates(&e->origin) || other_symbol(e);
}

const char *evaluation_origin_word(const lstmfc_origin *origin) {
    return origin->candles == LSTMFC_CANDLES_MATCHING ? "matching" : origin->candles == LSTMFC_CANDLES_ABSENT
        ? "absent" : "other";
}

void evaluation_origin(const evaluation *e, char *out, size_t size) {
    const lstmfc_origin *origin = &e->origin;
    char a[32], b[32];
    *out = 0;
    if (other_symbol(e))
        APPEND("OTHER SYMBOL: the model was trained on %.*s, these candles are of %.*s; ",
               tool_cut(e->info.symbol, strlen(e->info.symbol), 60), e->info.symbol,
               tool_cut(e->symbol, strlen(e->symbol), 60), e->symbol);
    if (under_other_dates(origin)) {
        int64_t shift = origin->shift < 0 ? -origin->shift : origin->shift;
        APPEND("TRAINING BARS UNDER OTHER DATES: %d stretches of closes the model was trained on stand in this file %s "
               "%s; ",
               (int)origin->elsewhere, tool_span(a, shift), origin->shift < 0 ? "earlier" : "later");
    }
    tool_time(a, e->info.seen_to, e->interval);
    tool_count(b, e->info.rows);
    if (tool_fit_elsewhere(&e->info)) {
        APPEND("Candles unknown: the model was trained elsewhere, on what its file does not say; taken to have seen nothing after %s", a);
    } else if (origin->candles == LSTMFC_CANDLES_MATCHING && e->info.pool_count) {
        APPEND("Candles matching: up to %s they are those of one of the %d symbols the model was trained on", a,
               (int)e->info.pool_count);
    } else if (origin->candles == LSTMFC_CANDLES_OTHER && e->info.pool_count) {
        APPEND("OTHER CANDLES than those of the %d symbols it was trained on, up to %s", (int)e->info.pool_count, a);
    } else if (origin->candles == LSTMFC_CANDLES_MATCHING) {
        APPEND("Candles matching: up to %s they are the %s bars the model was trained on", a, b);
    } else if (origin->candles == LSTMFC_CANDLES_OTHER && origin->compared && !origin->differing) {
        APPEND("OTHER CANDLES than those it was trained on: up to %s the closes compared agree, but the number of bars "
               "or another column does not", a);
    } else if (origin->candles == LSTMFC_CANDLES_OTHER) {
        APPEND("OTHER CANDLES than those it was trained on, up to %s", a);
        if (origin->compared) APPEND(": the closes differ at %d of %d places compared", (int)origin->differing,
                                     (int)origin->compared);
    } else if (!origin->shared) {
        APPEND("Candles absent: the file holds none of the %s bars the model was trained on, so nothing can be "
               "compared", b);
    } else {
        APPEND("Candles absent: the file holds %s", tool_count(a, origin->shared));
        APPEND(" of the %s bars the model was trained on", b);
        if (origin->compared) APPEND("; at the %d places compared the closes agree", (int)origin->compared);
        else APPEND(", too few to compare");
    }
}

void evaluation_origin_json(lstmfc_writer *w, const evaluation *e) {
    char text[600];
    evaluation_origin(e, text, sizeof text);
    lstmfc_json_begin(w, "candles", '{');
    lstmfc_json_put_string(w, "trained_on", evaluation_origin_word(&e->origin));
    lstmfc_json_put_bool(w, "strange", evaluation_strange(e));
    lstmfc_json_put_string(w, "text", text);
    lstmfc_json_put_integer(w, "training_bars", e->info.rows);
    lstmfc_json_put_integer(w, "shared_bars", e->origin.shared);
    lstmfc_json_put_integer(w, "places_compared", e->origin.compared);
    lstmfc_json_put_integer(w, "places_differing", e->origin.differing);
    lstmfc_json_put_integer(w, "places_under_other_dates", e->origin.elsewhere);
    lstmfc_json_put_number(w, "shift_seconds", (double)e->origin.shift / 1000);
    lstmfc_json_put_string(w, "model_symbol", e->info.symbol);
    lstmfc_json_put_string(w, "symbol", e->symbol);
    lstmfc_json_end(w, '}');
}

int evaluation_candles(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles,
                       evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_candles own = members_before(forecaster, candles);
    memset(e, 0, sizeof *e);
    e->info = lstmfc_forecaster_get_info(forecaster);
    e->interval = e->info.interval;
    if (lstmfc_forecaster_origin(forecaster, &own, &e->origin, &err) != LSTMFC_OK) return tool_fail_error(o, &err);
    return TOOL_OK;
}

void evaluation_warn(lstmfc_writer *w, const evaluation *e) {
    char text[600];
    if (!evaluation_strange(e)) return;
    evaluation_origin(e, text, sizeof text);
    tool_print(w, "Warning: %s.\n", text);
}

/* ---- too good to be true ---------------------------------------------------------------------------------------- */

static void direction_alarm(const evaluation *e, evaluation_alarm *alarm) {
    lstmfc_error err = {0};
    lstmfc_bootstrap accuracy, auc;
    int i;
    alarm->accuracy_bound = e->direction.p0 > 0.54 ? e->direction.p0 : 0.54;
    for (i = 0; i < e->baseline_count; i++)             /* repeating and reversing the last move are among them */
        if (!e->baselines[i].linear && e->baselines[i].accuracy > alarm->accuracy_bound)
            alarm->accuracy_bound = e->baselines[i].accuracy;
    if (e->n < 1000 || !(e->direction.accuracy > alarm->accuracy_bound || e->direction.auc > 0.56)) return;
    if (lstmfc_bootstrap_direction(e->n, e->forecast, e->truth, e->info.cut, evaluation_block(e), 0, 0.95, 0,
                                   tool_env(), &accuracy,
                                   &auc, &err) != LSTMFC_OK) return;
    alarm->accuracy_se = accuracy.se;
    alarm->auc_se = auc.se;
    alarm->accuracy = e->direction.accuracy - alarm->accuracy_bound > 3 * accuracy.se;
    alarm->auc = e->direction.auc - 0.56 > 3 * auc.se;
}

/* R2 of the log return, whatever the target is told in: of a price level it is near 1 for any forecast. */
static void return_alarm(const evaluation *e, evaluation_alarm *alarm) {
    double mean = 0, deviation = 0, error = 0;
    size_t i;
    for (i = 0; i < e->n; i++) { mean += e->returns[i] / (double)e->n; error += e->loss[i]; }
    for (i = 0; i < e->n; i++) deviation += (e->returns[i] - mean) * (e->returns[i] - mean);
    if (lstmfc_is_nan(lstmfc_sharpe(e->n, e->returns, 1))) return;      /* returns that do not vary, but for rounding */
    alarm->r2_of_return = 1 - error / deviation;
    alarm->r2 = alarm->r2_of_return > 0.05 && e->n / (size_t)e->info.horizon >= 1000;
}

/* The same decisions once more without costs: a leak that turns over often can lose all it finds to fees. */
static void sharpe_alarm(const lstmfc_candles *candles, const lstmfc_signal_desc *signals,
                         const lstmfc_backtest_desc *costs,
                         const evaluation *e, evaluation_alarm *alarm) {
    lstmfc_error err = {0};
    lstmfc_backtest_desc free_of_costs = *costs;
    lstmfc_candles *part = e->backtest ? lstmfc_candles_slice(candles, e->traded, e->traded_count, &err) : NULL;
    double *positions = part ? (double *)calloc(e->traded_count, sizeof *positions) : NULL;
    lstmfc_backtest *gross = NULL;
    free_of_costs.fee = free_of_costs.slippage = LSTMFC_NONE;
    free_of_costs.resamples = 100;                      /* its interval is not asked for */
    if (positions && lstmfc_signals(e->info.target, e->traded_count, e->all + (e->traded - e->first), signals, positions, NULL,
                                    &err) == LSTMFC_OK)
        gross = lstmfc_backtest_run(part, positions, e->traded_count, &free_of_costs, &err);
    if (gross) {
        alarm->gross_sharpe = gross->metrics.sharpe;
        alarm->gross_sharpe_se = gross->metrics.sharpe_se;
        alarm->sharpe = alarm->gross_sharpe > 5 && alarm->gross_sharpe > 4 * alarm->gross_sharpe_se;
    }
    lstmfc_backtest_free(gross);
    free(positions);
    lstmfc_candles_free(part);
}

int evaluation_watch(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles,
                     const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *e) {
    lstmfc_error err = {0};
    lstmfc_candles own = members_before(forecaster, candles);
    evaluation_alarm *alarm = &e->alarm;
    alarm->accuracy_bound = alarm->accuracy_se = alarm->auc_se = alarm->r2_of_return = alarm->gross_sharpe =
        alarm->gross_sharpe_se = lstmfc_nan();
    if (lstmfc_forecaster_origin(forecaster, &own, &e->origin, &err) != LSTMFC_OK) return tool_fail_error(o, &err);
    if (e->in_sample) return TOOL_OK;                   /* figures of memory, and labelled so: a leak is not what they show */
    if (e->info.target == LSTMFC_TARGET_DIRECTION) direction_alarm(e, alarm);
    if (e->info.target == LSTMFC_TARGET_PRICE || e->info.target == LSTMFC_TARGET_RETURN) return_alarm(e, alarm);
    sharpe_alarm(candles, signals, costs, e, alarm);
    return TOOL_OK;
}

int evaluation_alarmed(const evaluation *e) { return e->alarm.accuracy || e->alarm.auc || e->alarm.r2
    || e->alarm.sharpe; }

void evaluation_alarm_text(const evaluation *e, char *out, size_t size) {
    const evaluation_alarm *alarm = &e->alarm;
    *out = 0;
    if (!evaluation_alarmed(e)) return;
    APPEND("LEAK ALARM, too good to be true:");
    if (alarm->accuracy)
        APPEND(" accuracy %.2f %%, %.1f errors above %.2f %%;", 100 * e->direction.accuracy,
               (e->direction.accuracy - alarm->accuracy_bound) / alarm->accuracy_se, 100 * alarm->accuracy_bound);
    if (alarm->auc) APPEND(" AUC %.4f, %.1f errors above 0.56;", e->direction.auc,
                           (e->direction.auc - 0.56) / alarm->auc_se);
    if (alarm->r2) APPEND(" R2 of the return %.4f;", alarm->r2_of_return);
    if (alarm->sharpe) APPEND(" Sharpe ratio before costs %.2f, error %.2f;", alarm->gross_sharpe,
                              alarm->gross_sharpe_se);
    if (e->info.target == LSTMFC_TARGET_DIRECTION && e->interval == 3600000)
        APPEND(" the direction of real hourly candles is close to a coin toss;");
    APPEND(" take it for a leak until proven otherwise: ");
    if (e->member_count) members_suspects(e, out, size);
    else APPEND("lstmfc check leak --model M --csv F names the features");
}

static void alarm_json(lstmfc_writer *w, const evaluation *e) {
    char text[1000];
    evaluation_alarm_text(e, text, sizeof text);
    lstmfc_json_begin(w, "leak_alarm", '{');
    lstmfc_json_put_bool(w, "fired", evaluation_alarmed(e));
    lstmfc_json_put_bool(w, "accuracy", e->alarm.accuracy);
    lstmfc_json_put_bool(w, "auc", e->alarm.auc);
    lstmfc_json_put_bool(w, "r2", e->alarm.r2);
    lstmfc_json_put_bool(w, "sharpe", e->alarm.sharpe);
    lstmfc_json_put_number(w, "accuracy_bound", e->alarm.accuracy_bound);
    lstmfc_json_put_number(w, "accuracy_error", e->alarm.accuracy_se);
    lstmfc_json_put_number(w, "auc_error", e->alarm.auc_se);
    lstmfc_json_put_number(w, "r2_of_return", e->alarm.r2_of_return);
    lstmfc_json_put_number(w, "gross_sharpe", e->alarm.gross_sharpe);
    lstmfc_json_put_number(w, "gross_sharpe_error", e->alarm.gross_sharpe_se);
    lstmfc_json_put_string(w, "text", text);
    lstmfc_json_end(w, '}');
}

void evaluation_first(lstmfc_writer *w, const evaluation *e) {
    char text[1000];
    evaluation_origin(e, text, sizeof text);
    tool_print(w, "%s\n", text);
    evaluation_alarm_text(e, text, sizeof text);
    if (*text) tool_print(w, "%s\n", text);
}

void evaluation_first_json(lstmfc_writer *w, const evaluation *e) {
    evaluation_origin_json(w, e);
    alarm_json(w, e);
}
