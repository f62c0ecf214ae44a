/* b_price_forecaster.c - system B: the next prices from the last 20 log returns of the close alone, one small LSTM, fed back up to a week,
   with intervals whose coverage is measured on bars that training has not seen.
       cc -O3 -I.. b_price_forecaster.c -o b_price_forecaster -lm
       ./b_price_forecaster btcusdt_1h.csv --last 2500
   Options: --epochs N, --last N (newest N bars only), --seed N, --steps N, --out model.json */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

/* Which share of the closes 1, 4, 24 and 168 bars after each bar of the test span lay inside the interval that was given there. */
static void measure_coverage(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t steps, lstmfc_error *err) {
    static const int32_t ahead[] = {1, 4, 24, 168};
    double inside[4] = {0, 0, 0, 0}, count[4] = {0, 0, 0, 0};
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    lstmfc_candles seen = *candles;                     /* the same arrays, cut where training ended */
    lstmfc_forecast *path = (lstmfc_forecast *)malloc((size_t)steps * sizeof *path);
    lstmfc_steps *fed;
    size_t t, k;
    for (seen.count = 0; seen.count < candles->count && candles->time[seen.count] <= info.seen_to; seen.count++) {}
    fed = lstmfc_steps_create(forecaster, &seen, steps, err);
    for (t = seen.count; path && fed && t < candles->count; t++) {
        if (lstmfc_steps_push(fed, candles, t, err) != LSTMFC_OK || lstmfc_steps_forecast(fed, path, err) != LSTMFC_OK) break;
        for (k = 0; k < 4 && ahead[k] <= steps && t + (size_t)ahead[k] < candles->count; k++) {
            const lstmfc_forecast *f = &path[ahead[k] - 1];
            double close = candles->close[t + (size_t)ahead[k]];
            if (!lstmfc_is_finite(f->lower) || !lstmfc_is_finite(f->upper)) continue;
            inside[k] += f->lower <= close && close <= f->upper;
            count[k]++;
        }
    }
    for (k = 0; k < 4 && ahead[k] <= steps; k++) {
        if (count[k] > 0) printf("%3d ahead     %.1f %% of %.0f outcomes inside, meant %.0f %%\n", (int)ahead[k], 100 * inside[k] / count[k], count[k], 100 * info.level);
        else printf("%3d ahead     no interval, or no outcome yet: it takes more bars\n", (int)ahead[k]);
    }
    lstmfc_steps_free(fed);
    free(path);
}

/* The forecasts of the newest bar, some of them. */
static void show_forecasts(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t steps, lstmfc_error *err) {
    lstmfc_forecast *path = (lstmfc_forecast *)malloc((size_t)steps * sizeof *path);
    int32_t k;
    if (path && lstmfc_forecaster_predict(forecaster, candles, steps, path, err) == LSTMFC_OK)
        for (k = 1; k <= steps; k++) {
            char when[32];
            if (k != 1 && k != 4 && k != 24 && k != 168) continue;
            lstmfc_format_time(when, path[k - 1].target_time);
            printf("bar of %s: close %.2f from %.2f", when, path[k - 1].price, path[k - 1].close);
            if (lstmfc_is_finite(path[k - 1].upper)) printf(", %.0f %% interval %.2f to %.2f\n", 100 * path[k - 1].level, path[k - 1].lower, path[k - 1].upper);
            else printf(", no interval: too few calibration bars have %d bars behind them\n", (int)k);
        }
    free(path);
}

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_csv_desc csv = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_candles *candles;
    lstmfc_forecaster *forecaster = NULL;
    const char *path = "candles.csv", *out = NULL;
    int32_t steps = 168;
    int i;

    desc.target = LSTMFC_TARGET_PRICE;
    desc.horizon = 1;
    desc.window = 20;
    desc.features = "log_return(close)";
    desc.model = "lstm 32 | dense 1";
    desc.val = 0.2;
    desc.test = 0.2;
    desc.training.epochs = 100;
    desc.training.patience = 10;
    for (i = 1; i < argc; i++) {
        int64_t number = 0;
        int is_number;
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (argv[i][0] != '-') { path = argv[i]; continue; }
        is_number = *value && lstmfc_parse_int(value, strlen(value), &number) == strlen(value) && number >= 0 && number <= 1000000;
        if (strcmp(argv[i], "--epochs") == 0 && is_number) desc.training.epochs = (int32_t)number;
        else if (strcmp(argv[i], "--last") == 0 && is_number) csv.last = (int32_t)number;
        else if (strcmp(argv[i], "--seed") == 0 && is_number) desc.training.seed = number;
        else if (strcmp(argv[i], "--steps") == 0 && is_number && number > 0) steps = (int32_t)number;
        else if (strcmp(argv[i], "--out") == 0) out = value;
        else { fprintf(stderr, "%s %s: no option of this program, or not a whole number\n", argv[i], value); return 2; }
        i++;
    }

    candles = lstmfc_candles_load_csv(path, &csv, &err);
    if (candles) forecaster = lstmfc_forecaster_fit(candles, &desc, &err);
    if (forecaster) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
        printf("%s%s, %d epochs, best %d\n", info.synthetic ? "SYNTHETIC candles; " : "", info.model_spec, (int)info.epochs, (int)info.best_epoch);
        measure_coverage(forecaster, candles, steps, &err);
        if (!err.code) show_forecasts(forecaster, candles, steps, &err);
        if (out && !err.code) lstmfc_forecaster_save(forecaster, out, &err);
    }
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
