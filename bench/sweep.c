/* sweep.c - 1,000 rule sets over 100,000 bars: rsi(n) below a level, left above 50. Processor time of one thread, medians of rounds: what the
   expressions take, the positions made of them, and lstmfc_backtest_sweep, which trades them.
       cc -O3 -I. bench/sweep.c -o build/bench/sweep -lm && build/bench/sweep */
#define _POSIX_C_SOURCE 200809L
#define LSTMFC_IMPLEMENTATION
#define LSTMFC_STATIC
#include "lstmfc.h"
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 5, BARS = 100000, LENGTHS = 10, LEVELS = 100, SETS = LENGTHS * LEVELS, GROUP = 50 };

static double open_[BARS], high[BARS], low[BARS], close_[BARS], matrix[(size_t)BARS * GROUP], nothing[BARS];
static int64_t times[BARS];
static unsigned char said[SETS + 1][BARS];              /* the last: the exit */
static lstmfc_candles candles;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ask(int first, int count) {
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_features *features;
    char text[GROUP * 40];
    int i, n = 0, t, from;
    for (i = first; i < first + count; i++)
        n += i == SETS ? sprintf(text + n, "rsi(14) > 50") : sprintf(text + n, "%srsi(%d) < %g", i > first ? ", " : "", 5 + i / LEVELS, 15 + 0.25 * (i % LEVELS));
    desc.rules = 1;
    features = lstmfc_features_compile(text, &desc, &err);
    if (!features || lstmfc_features_evaluate(features, &candles, matrix, &err) != LSTMFC_OK) { puts(err.message); return 0; }
    lstmfc_features_free(features);
    for (from = 0; from < BARS; from += 64)             /* in tiles, as rows become columns */
        for (i = 0; i < count; i++)
            for (t = from; t < from + 64 && t < BARS; t++) said[first + i][t] = matrix[(size_t)t * (size_t)count + (size_t)i] > 0;
    return 1;
}

static void targets_of(void *context, size_t index, double *targets) {
    const unsigned char *enter = said[index], *leave = said[SETS];
    double held = 0;
    int t;
    (void)context;
    for (t = 0; t < BARS; t++) targets[t] = held = leave[t] ? 0 : enter[t] ? 1 : held;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void) {
    static lstmfc_sweep_row rows[SETS];
    static lstmfc_moments moments[SETS * 16];
    double taken[3][ROUNDS], price = 100, trades = 0;
    lstmfc_error err = {0, 0, 0, 0, {0}};
    lstmfc_rng rng;
    int t, r, k, i;
    lstmfc_rng_seed(&rng, 1);
    for (t = 0; t < BARS; t++) {
        times[t] = 1600000000000 + (int64_t)t * 3600000;
        open_[t] = price;
        close_[t] = price *= lstmfc_exp(0.005 * lstmfc_rng_normal(&rng));
        high[t] = (open_[t] > price ? open_[t] : price) * (1 + 0.002 * lstmfc_rng_uniform(&rng));
        low[t] = (open_[t] < price ? open_[t] : price) * (1 - 0.002 * lstmfc_rng_uniform(&rng));
    }
    candles.count = BARS; candles.time = times; candles.interval = 3600000;
    candles.open = open_; candles.high = high; candles.low = low; candles.close = close_; candles.volume = nothing;
    for (r = 0; r < ROUNDS; r++) {
        double start = now();
        for (i = 0; i < SETS; i += GROUP) if (!ask(i, GROUP)) return 1;
        if (!ask(SETS, 1)) return 1;
        taken[0][r] = now() - start;
        start = now();
        for (i = 0; i < SETS; i++) targets_of(NULL, (size_t)i, matrix);
        taken[1][r] = now() - start;
        start = now();
        if (lstmfc_backtest_sweep(&candles, SETS, targets_of, NULL, NULL, rows, 16, moments, &err) != LSTMFC_OK) { puts(err.message); return 1; }
        taken[2][r] = now() - start - taken[1][r];
    }
    for (i = 0; i < SETS; i++) trades += rows[i].trades / SETS;
    for (k = 0; k < 3; k++) qsort(taken[k], ROUNDS, sizeof taken[k][0], by_size);
    printf("%d rule sets x %d bars, %.0f trades each, one thread, processor time, median of %d rounds:\n", SETS, BARS, trades, ROUNDS);
    printf("  %d expressions          %.3f s\n  positions of the rules     %.3f s\n  the sweep                  %.3f s, %.1f ns a bar\n", SETS + 1, taken[0][ROUNDS / 2],
           taken[1][ROUNDS / 2], taken[2][ROUNDS / 2], taken[2][ROUNDS / 2] * 1e9 / SETS / BARS);
    return 0;
}
