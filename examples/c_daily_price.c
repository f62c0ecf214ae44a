/* c_daily_price.c - system C: tomorrow's price of bitcoin from the columns of a daily table. A small search over rates and sizes sees the
   validation part alone; the best network is then held against "no change" on the last fifth, which is read once.
       cc -O3 -I.. c_daily_price.c -o c_daily_price -lm
       ./c_daily_price bitcoin_dataset.csv --trials 4
   Options: --trials N, --epochs N, --columns close=NAME, --features TEXT (@c_ratio belongs to that table), --out model.json */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

#define TRIALS_MOST 100

/* The least loss on the bars that stop the training: what trials are compared by. */
static double validation_loss(const lstmfc_forecaster *forecaster) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    double least = lstmfc_nan();
    int32_t k;
    for (k = 0; k < info.epochs; k++)
        if (!(info.history[k].val_loss >= least)) least = info.history[k].val_loss;
    return least;
}

/* Trains `trials` networks of random size, dropout and rate (log-uniform); returns the one of least validation loss. */
static lstmfc_forecaster *search(const lstmfc_candles *candles, lstmfc_forecaster_desc *desc, int32_t trials, lstmfc_error *err) {
    static const int32_t sizes[] = {16, 32, 64};
    lstmfc_forecaster *best = NULL;
    lstmfc_rng rng;
    int32_t k;
    lstmfc_rng_seed(&rng, 1);
    for (k = 0; k < trials; k++) {
        char model[160];
        int32_t size = sizes[lstmfc_rng_below(&rng, 3)];
        double dropout = 0.1 + 0.1 * (double)lstmfc_rng_below(&rng, 5);
        lstmfc_forecaster *trial;
        snprintf(model, sizeof model, "variational_dropout %.1f | lstm %d forget_bias=2 | dropout %.1f | lstm %d forget_bias=2 | dense 1",
                 dropout, (int)size, dropout, (int)size);
        desc->model = model;
        desc->training.optimizer.lr = lstmfc_exp(lstmfc_log(3e-4) + lstmfc_rng_uniform(&rng) * lstmfc_log(5e-3 / 3e-4));
        trial = lstmfc_forecaster_fit(candles, desc, err);
        if (!trial) break;
        printf("trial %d  size %d, dropout %.1f, rate %.2g: validation loss %.4f\n", (int)k + 1, (int)size, dropout,
               desc->training.optimizer.lr, validation_loss(trial));
        if (!best || validation_loss(trial) < validation_loss(best)) {
            lstmfc_forecaster_free(best);
            best = trial;
        } else lstmfc_forecaster_free(trial);
    }
    return best;
}

/* Errors in units of the price on the bars after training, beside those of the last close. */
static void judge(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, lstmfc_error *err) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    size_t first = 0, count, t, n = 0;
    lstmfc_forecast *forecasts;
    double *truth, *forecast, *naive;
    lstmfc_errors ours, theirs;
    while (first < candles->count && candles->time[first] < info.seen_to) first++;     /* its answer is the first unseen bar */
    count = candles->count - first;
    forecasts = (lstmfc_forecast *)malloc((count + 1) * sizeof *forecasts);
    truth = (double *)malloc((3 * count + 1) * sizeof *truth);
    if (forecasts && truth && lstmfc_forecaster_predict_all(forecaster, candles, first, count, forecasts, err) == LSTMFC_OK) {
        forecast = truth + count;
        naive = forecast + count;
        for (t = 0; t < count; t++) {
            lstmfc_outcome outcome = lstmfc_forecaster_outcome(forecaster, candles, first + t);
            if (outcome.reason != LSTMFC_OUTCOME_KNOWN || lstmfc_is_nan(forecasts[t].value)) continue;
            truth[n] = outcome.value;
            forecast[n] = forecasts[t].value;
            naive[n++] = outcome.persistence;
        }
        lstmfc_errors_of(n, truth, forecast, &ours);
        lstmfc_errors_of(n, truth, naive, &theirs);
        printf("%d days never seen before: MSE %.1f, RMSE %.2f, MAE %.2f, R2 %.4f\n", (int)n, ours.mse, ours.rmse, ours.mae, ours.r2);
        printf("no change, the last close: MSE %.1f, RMSE %.2f, MAE %.2f, R2 %.4f\n", theirs.mse, theirs.rmse, theirs.mae, theirs.r2);
        printf("an R2 near 1 is what repeating the last price gives; %s\n",
               ours.mse < theirs.mse ? "the network is nearer than that" : "the network is not nearer than that");
    }
    free(forecasts);
    free(truth);
}

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_csv_desc csv = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_candles *candles;
    lstmfc_forecaster *forecaster = NULL;
    const char *path = "bitcoin_dataset.csv", *out = NULL;
    int32_t trials = 4;
    int i;

    csv.columns = "close=btc_market_price";
    csv.max_fill = 30;                                  /* blanks are filled forward, a month at most; days at price 0 are dropped */
    desc.target = LSTMFC_TARGET_PRICE;
    desc.features = "@c_ratio";
    desc.test = 0.2;
    desc.training.epochs = 100;
    desc.training.plateau = 5;
    for (i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (argv[i][0] != '-') { path = argv[i]; continue; }
        if (strcmp(argv[i], "--trials") == 0 && atoi(value) >= 1 && atoi(value) <= TRIALS_MOST) trials = atoi(value);
        else if (strcmp(argv[i], "--epochs") == 0 && atoi(value) >= 1) desc.training.epochs = atoi(value);
        else if (strcmp(argv[i], "--columns") == 0) csv.columns = value;
        else if (strcmp(argv[i], "--features") == 0) desc.features = value;
        else if (strcmp(argv[i], "--out") == 0) out = value;
        else { fprintf(stderr, "%s %s: no option of this program, or not a number it takes\n", argv[i], value); return 2; }
        i++;
    }
    candles = lstmfc_candles_load_csv(path, &csv, &err);
    if (candles) forecaster = search(candles, &desc, trials, &err);
    if (forecaster && !err.code) judge(forecaster, candles, &err);
    if (forecaster && out && !err.code) lstmfc_forecaster_save(forecaster, out, &err);
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
