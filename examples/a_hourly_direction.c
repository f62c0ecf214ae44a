/* a_hourly_direction.c - system A: will the next hour close higher? 30 features over 24 hours, two LSTM layers, judged on the last fifth.
       cc -O3 -I.. a_hourly_direction.c -o a_hourly_direction -lm
       ./a_hourly_direction btcusdt_1h.csv --epochs 5            (all 150 epochs take long: the option bounds them)
   Options: --epochs N, --last N (newest N bars only), --seed N, --model TEXT (another network), --out model.json
   What it prints last is a verdict, not a promise: hourly direction is close to a coin toss. */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

/* Accuracy, AUC and log loss on the bars after everything the forecaster has seen, against the base rate of its fit part. */
static void judge_forecasts(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t first, const lstmfc_forecast *forecasts,
                            double *scratch, lstmfc_error *err) {
    size_t t, n = 0, count = candles->count - first;
    double *probability = scratch, *label = scratch + count, *loss = scratch + 2 * count, *baseline = scratch + 3 * count;
    lstmfc_direction direction;
    lstmfc_comparison comparison;
    for (t = first; t < candles->count; t++) {
        lstmfc_outcome outcome = lstmfc_forecaster_outcome(forecaster, candles, t);
        if (outcome.reason != LSTMFC_OUTCOME_KNOWN || lstmfc_is_nan(forecasts[t - first].value)) continue;
        probability[n] = forecasts[t - first].probability_up;
        label[n] = outcome.value;
        loss[n] = lstmfc_log_loss(probability[n], label[n]);
        baseline[n] = lstmfc_log_loss(outcome.persistence, label[n]);
        n++;
    }
    if (lstmfc_direction_of(n, probability, label, 0, 0, NULL, &direction, err) != LSTMFC_OK) return;
    lstmfc_compare(n, loss, baseline, 1, &comparison);
    printf("forecasts     %.0f, of which up came true %.1f %% of the time\n", direction.count, 100 * direction.base_rate);
    printf("accuracy      %.2f %% (95 %% interval %.2f .. %.2f), needs no model: %.2f %%, p = %.3f\n", 100 * direction.accuracy,
           100 * direction.accuracy_low, 100 * direction.accuracy_high, 100 * direction.p0, direction.p_one_sided);
    printf("AUC           %.3f +- %.3f\n", direction.auc, direction.auc_se);
    printf("log loss      %.5f, base rate of the fit part %.5f, skill %+.4f, Diebold-Mariano p = %.3f\n", comparison.loss_model,
           comparison.loss_baseline, comparison.skill, comparison.p);
    printf("beats the base rate: %s\n", comparison.better > 0 ? "yes" : "no");
}

/* The forecasts traded with costs, next to buying and holding. */
static void judge_trades(const lstmfc_candles *candles, size_t first, const lstmfc_forecast *forecasts, double *positions, lstmfc_error *err) {
    size_t count = candles->count - first;
    lstmfc_candles *part = lstmfc_candles_slice(candles, first, count, err);
    lstmfc_backtest *result = NULL;
    if (part && lstmfc_signals(LSTMFC_TARGET_DIRECTION, count, forecasts, NULL, positions, NULL, err) == LSTMFC_OK)
        result = lstmfc_backtest_run(part, positions, count, NULL, err);
    if (result) {
        printf("traded        net %+.1f %%, before costs %+.1f %%, buy and hold %+.1f %%; %.0f trades, break-even %.2f basis points per side\n",
               100 * result->metrics.total_return, 100 * result->metrics.gross_return, 100 * result->hold_metrics.total_return,
               result->metrics.trades, result->metrics.break_even);
        printf("pays its costs: %s\n", result->pays_costs ? "yes" : "no");
    }
    lstmfc_backtest_free(result);
    lstmfc_candles_free(part);
}

static int32_t show_epoch(void *context, const lstmfc_epoch *epoch, int64_t done, int64_t total) {
    (void)context; (void)done; (void)total;
    if (epoch) printf("epoch %3d     loss %.4f, validation %.4f, AUC %.3f, validation %.3f\n", (int)epoch->epoch, epoch->loss, epoch->val_loss, epoch->auc, epoch->val_auc);
    return 0;
}

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_csv_desc csv = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_candles *candles;
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_forecast *forecasts = NULL;
    double *scratch = NULL;
    const char *path = "candles.csv", *out = NULL;
    size_t first = 0, count;
    int i;

    desc.target = LSTMFC_TARGET_DIRECTION;
    desc.horizon = 1;
    desc.window = 24;
    desc.features = "@a";
    desc.model = "lstm 128 l2=1e-4 | batchnorm | dropout 0.3 | lstm 64 l2=1e-4 | batchnorm | dropout 0.25 | "
                 "dense 32 relu l2=1e-4 | batchnorm | dropout 0.2 | dense 16 relu l2=1e-4 | dropout 0.1 | dense 1 sigmoid";
    desc.val = 0.2;
    desc.test = 0.2;
    desc.training.epochs = 150;
    desc.training.batch = 32;
    desc.training.patience = 20;
    desc.training.plateau = 10;
    desc.training.optimizer.lr = 1e-3;
    desc.training.progress = show_epoch;
    for (i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (argv[i][0] != '-') { path = argv[i]; continue; }
        if (strcmp(argv[i], "--epochs") == 0 && atoi(value) > 0) desc.training.epochs = atoi(value);
        else if (strcmp(argv[i], "--last") == 0 && atoi(value) > 0) csv.last = atoi(value);
        else if (strcmp(argv[i], "--seed") == 0 && atoi(value) >= 0) desc.training.seed = atoi(value);
        else if (strcmp(argv[i], "--model") == 0) desc.model = value;
        else if (strcmp(argv[i], "--out") == 0) out = value;
        else { fprintf(stderr, "%s %s: no option of this program, or not a number it takes\n", argv[i], value); return 2; }
        i++;
    }

    candles = lstmfc_candles_load_csv(path, &csv, &err);
    if (candles) forecaster = lstmfc_forecaster_fit(candles, &desc, &err);
    if (forecaster) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
        printf("%s%s, %d epochs, best %d\n", info.synthetic ? "SYNTHETIC candles; " : "", info.model_spec, (int)info.epochs, (int)info.best_epoch);
        while (first < candles->count && candles->time[first] <= info.seen_to) first++;
        count = candles->count - first;
        forecasts = (lstmfc_forecast *)malloc((count + 1) * sizeof *forecasts);
        scratch = (double *)malloc((4 * count + 1) * sizeof *scratch);
        if (forecasts && scratch && lstmfc_forecaster_predict_all(forecaster, candles, first, count, forecasts, &err) == LSTMFC_OK) {
            judge_forecasts(forecaster, candles, first, forecasts, scratch, &err);
            if (!err.code) judge_trades(candles, first, forecasts, scratch, &err);
        }
        if (out && !err.code) lstmfc_forecaster_save(forecaster, out, &err);
    }
    if (err.code) fprintf(stderr, "%s\n", err.message);
    free(forecasts);
    free(scratch);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
