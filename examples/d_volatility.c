/* d_volatility.c - system D: how much will the market move in the next bars? Three LSTM layers and attention over the window, Huber's loss,
   judged by QLIKE against four forecasts that need no network, each of which is hard to beat.
       cc -O3 -I.. d_volatility.c -o d_volatility -lm
       ./d_volatility yahoo_BTC-USD.csv --epochs 10              (daily: 5 bars ahead; --horizon 24 for hours)
   Options: --epochs N, --horizon N, --last N (newest N bars only), --seed N, --out model.json */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

/* Mean QLIKE of the network and of each rival on the bars after training, with the Diebold-Mariano test between them. */
static void judge(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, lstmfc_error *err) {
    static const struct { int32_t which; const char *name; } rivals[] = {
        {LSTMFC_BASELINE_NAIVE, "the last value"}, {LSTMFC_BASELINE_EWMA, "EWMA 0.94"}, {LSTMFC_BASELINE_HAR, "HAR-RV"},
        {LSTMFC_BASELINE_GARCH, "GARCH(1,1)"}, {LSTMFC_BASELINE_LINEAR, "ridge"}
    };
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    size_t first = 0, count, t, k, n;
    lstmfc_forecast *forecasts;
    double *rival, *ours, *theirs;
    while (first < candles->count && candles->time[first] <= info.seen_to) first++;
    count = candles->count - first;
    forecasts = (lstmfc_forecast *)malloc((count + 1) * sizeof *forecasts);
    rival = (double *)malloc((3 * count + 1) * sizeof *rival);
    if (!forecasts || !rival || lstmfc_forecaster_predict_all(forecaster, candles, first, count, forecasts, err) != LSTMFC_OK) count = 0;
    ours = rival + count;
    theirs = ours + count;
    for (k = 0; count && k < sizeof rivals / sizeof rivals[0]; k++) {
        lstmfc_comparison c;
        if (rivals[k].which != LSTMFC_BASELINE_NAIVE
            && lstmfc_forecaster_baseline(forecaster, candles, rivals[k].which, first, count, rival, NULL) != LSTMFC_OK) continue;
        for (t = n = 0; t < count; t++) {
            lstmfc_outcome outcome = lstmfc_forecaster_outcome(forecaster, candles, first + t);
            double other = rivals[k].which == LSTMFC_BASELINE_NAIVE ? outcome.persistence : rival[t];
            if (outcome.reason != LSTMFC_OUTCOME_KNOWN || !(other > 0) || !(forecasts[t].value > 0)) continue;
            ours[n] = lstmfc_qlike(outcome.value, forecasts[t].value);
            theirs[n++] = lstmfc_qlike(outcome.value, other);
        }
        lstmfc_compare(n, ours, theirs, info.horizon, &c);
        printf("QLIKE  %.4f, %-14s %.4f: skill %+.3f on %d bars, Diebold-Mariano p = %.3f, %s\n", c.loss_model, rivals[k].name,
               c.loss_baseline, c.skill, (int)n, c.p, c.better > 0 ? "better" : "not better");
    }
    free(forecasts);
    free(rival);
}

/* The newest forecast, and which bars of its window it was made of. */
static void show_newest(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, lstmfc_error *err) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    lstmfc_forecast next;
    double weights[256];
    int32_t k;
    if (lstmfc_forecaster_predict(forecaster, candles, 1, &next, err) != LSTMFC_OK) return;
    printf("next %d bars: volatility %.3f %% a bar (%.0f %% interval %.3f .. %.3f)\n", (int)info.horizon, 100 * next.value,
           100 * next.level, 100 * next.lower, 100 * next.upper);
    if (info.window > 256
        || lstmfc_forecaster_attention(forecaster, candles, candles->count - 1, weights, err) != LSTMFC_OK) return;
    printf("attention on the last %d bars, oldest first, in %%:", (int)info.window);
    for (k = 0; k < info.window; k++) printf(" %.0f", 100 * weights[k]);
    printf("\n");
}

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_csv_desc csv = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_candles *candles;
    lstmfc_forecaster *forecaster = NULL;
    const char *path = "candles.csv", *out = NULL;
    int i;

    desc.target = LSTMFC_TARGET_VOLATILITY;
    desc.horizon = 5;
    desc.features = "@d";
    desc.model = "lstm 128 | batchnorm | dropout 0.2 | lstm 64 | batchnorm | dropout 0.2 | lstm 32 | batchnorm | dropout 0.3 | "
                 "attention 32 | dense 1";
    desc.test = 0.2;
    desc.training.loss = LSTMFC_LOSS_HUBER;
    desc.training.epochs = 100;
    desc.training.patience = 15;
    desc.training.plateau = 5;
    for (i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (argv[i][0] != '-') { path = argv[i]; continue; }
        if (strcmp(argv[i], "--epochs") == 0 && atoi(value) > 0) desc.training.epochs = atoi(value);
        else if (strcmp(argv[i], "--horizon") == 0 && atoi(value) > 0) desc.horizon = atoi(value);
        else if (strcmp(argv[i], "--last") == 0 && atoi(value) > 0) csv.last = atoi(value);
        else if (strcmp(argv[i], "--seed") == 0 && atoi(value) >= 0) desc.training.seed = atoi(value);
        else if (strcmp(argv[i], "--out") == 0) out = value;
        else { fprintf(stderr, "%s %s: no option of this program, or not a number it takes\n", argv[i], value); return 2; }
        i++;
    }
    candles = lstmfc_candles_load_csv(path, &csv, &err);
    if (candles) forecaster = lstmfc_forecaster_fit(candles, &desc, &err);
    if (forecaster) judge(forecaster, candles, &err);
    if (forecaster && !err.code) show_newest(forecaster, candles, &err);
    if (forecaster && out && !err.code) lstmfc_forecaster_save(forecaster, out, &err);
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
