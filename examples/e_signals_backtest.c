/* e_signals_backtest.c - system E: a forecast price becomes a signal only where nine rules agree; the signals are traded with costs.
       cc -O3 -I.. e_signals_backtest.c -o e_signals_backtest -lm
       ./e_signals_backtest btcusdt_1h.csv --epochs 2 --last 9000
   Options: --epochs N, --last N (newest N bars only), --seed N, --model TEXT (a smaller network)
   The rules are so strict that few bars pass them all, or none: the funnel shows after which rule how many are left. */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

/* What the rules read of each bar, all of it known at its close. */
enum { RSI, MACD, OBV, VWAP, EMA20, EMA50, ADX, CALM, VOLUME, ATR, VOLATILITY, COLUMNS };
static const char *const rule_features =
    "rsi(14), macd(12,26,9).hist, obv - sma(obv,20), close - vwap(14), close - ema(20), ema(20) - ema(50), adx(14), "
    "1.5*sma(realized_vol(20),50) - realized_vol(20), volume - sma(volume,20), atr(14), realized_vol(20)";
#define RULES 9
static const char *const rule_names[RULES] = {
    "RSI not stretched", "MACD and its signal", "OBV and its mean", "price and VWAP", "price, EMA 20, EMA 50", "ADX above 25",
    "volatility not excessive", "volume and its mean", "forecast beyond the threshold"
};

/* The position wanted at the close of one bar: 1, 0 or -1. x [COLUMNS]; move is forecast - price. passed [2][RULES] counts the bars left
   after each rule, longs and shorts apart. */
static double decide(const double *x, double move, double price, int64_t *passed) {
    double threshold = 0.5 * x[ATR] + 0.3 * x[VOLATILITY] * price, position = 0;
    int32_t side, k;
    for (side = 1; side >= -1; side -= 2) {
        int32_t ok[RULES];
        ok[0] = side > 0 ? x[RSI] < 65 : x[RSI] > 35;
        ok[1] = side * x[MACD] > 0;
        ok[2] = side * x[OBV] > 0;
        ok[3] = side * x[VWAP] > 0;
        ok[4] = side * x[EMA20] > 0 && side * x[EMA50] > 0;
        ok[5] = x[ADX] > 25;
        ok[6] = x[CALM] >= 0;
        ok[7] = side * x[VOLUME] > 0;
        ok[8] = side * move > threshold;
        for (k = 0; k < RULES && ok[k]; k++) passed[(side < 0 ? RULES : 0) + k]++;
        if (k == RULES) position = side;
    }
    return position;
}

/* Signals of the bars after training, the funnel, and what trading them would have earned. */
static void trade(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, lstmfc_error *err) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    int64_t passed[2 * RULES] = {0};
    size_t first = 0, count, t, k;
    lstmfc_features *features = lstmfc_features_compile(rule_features, NULL, err);
    lstmfc_candles *unseen = NULL;
    lstmfc_forecast *forecasts = NULL;
    lstmfc_backtest *result = NULL;
    double *x = NULL, *positions = NULL;
    while (first < candles->count && candles->time[first] <= info.seen_to) first++;
    count = candles->count - first;
    if (features) unseen = lstmfc_candles_slice(candles, first, count, err);
    x = (double *)malloc((candles->count * COLUMNS + 1) * sizeof *x);
    positions = (double *)malloc((count + 1) * sizeof *positions);
    forecasts = (lstmfc_forecast *)malloc((count + 1) * sizeof *forecasts);
    if (unseen && x && positions && forecasts && lstmfc_features_evaluate(features, candles, x, err) == LSTMFC_OK
        && lstmfc_forecaster_predict_all(forecaster, candles, first, count, forecasts, err) == LSTMFC_OK) {
        for (t = 0; t < count; t++)
            positions[t] = decide(x + (first + t) * COLUMNS, forecasts[t].price - forecasts[t].close, forecasts[t].close, passed);
        printf("%d bars after training; left after each rule, longs and shorts:\n", (int)count);
        for (k = 0; k < RULES; k++) printf("  %-30s %6d %6d\n", rule_names[k], (int)passed[k], (int)passed[RULES + k]);
        result = lstmfc_backtest_run(unseen, positions, count, NULL, err);
    }
    if (result)
        printf("%d trades, net %+.2f %%, before costs %+.2f %%, buy and hold %+.2f %%; deepest fall %.2f %%; pays its costs: %s\n",
               (int)result->metrics.trades, 100 * result->metrics.total_return, 100 * result->metrics.gross_return,
               100 * result->hold_metrics.total_return, 100 * result->metrics.max_drawdown, result->pays_costs ? "yes" : "no");
    lstmfc_backtest_free(result);
    free(forecasts);
    free(positions);
    free(x);
    lstmfc_candles_free(unseen);
    lstmfc_features_free(features);
}

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_csv_desc csv = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_candles *candles;
    lstmfc_forecaster *forecaster = NULL;
    const char *path = "candles.csv";
    int i;
    desc.target = LSTMFC_TARGET_PRICE;
    desc.window = 60;
    desc.features = "@e";
    desc.scaler = LSTMFC_SCALER_ROBUST;
    desc.model = "batchnorm | lstm 256 l2=1e-4 recurrent_dropout=0.2 | dropout 0.3 | batchnorm | lstm 128 l2=1e-4 recurrent_dropout=0.2 | "
                 "dropout 0.3 | batchnorm | lstm 64 l2=1e-4 recurrent_dropout=0.1 | dropout 0.2 | batchnorm | dense 64 swish l2=1e-4 | "
                 "dropout 0.2 | dense 32 swish l2=1e-4 | dense 1";
    desc.test = 0.2;
    desc.training.loss = LSTMFC_LOSS_HUBER;
    desc.training.epochs = 100;
    desc.training.patience = 15;
    desc.training.plateau = 5;
    desc.training.optimizer.lr = 5e-4;
    desc.training.optimizer.clip_norm = LSTMFC_NONE;
    desc.training.optimizer.clip_value = 0.5;
    for (i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (argv[i][0] != '-') { path = argv[i]; continue; }
        if (strcmp(argv[i], "--epochs") == 0 && atoi(value) > 0) desc.training.epochs = atoi(value);
        else if (strcmp(argv[i], "--last") == 0 && atoi(value) > 0) csv.last = atoi(value);
        else if (strcmp(argv[i], "--seed") == 0 && atoi(value) >= 0) desc.training.seed = atoi(value);
        else if (strcmp(argv[i], "--model") == 0) desc.model = value;
        else { fprintf(stderr, "%s %s: no option of this program, or not a number it takes\n", argv[i], value); return 2; }
        i++;
    }
    candles = lstmfc_candles_load_csv(path, &csv, &err);
    if (candles) forecaster = lstmfc_forecaster_fit(candles, &desc, &err);
    if (forecaster) trade(forecaster, candles, &err);
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
