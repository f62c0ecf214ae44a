/* A random walk of hourly candles over the test's own arrays, so that a test can change any number in it. After lstmfc.h, before use:
       static walk w; walk_make(&w, 300, seed);  ... &w.candles ... */
#ifndef LSTMFC_TEST_WALK_H
#define LSTMFC_TEST_WALK_H
#include <stdlib.h>
#include <string.h>

enum { WALK_BARS = 1500 };
typedef struct walk {
    lstmfc_candles candles;
    int64_t time[WALK_BARS];
    double open[WALK_BARS], high[WALK_BARS], low[WALK_BARS], close[WALK_BARS], volume[WALK_BARS];
} walk;

/* The arrays of a walk that was copied as a struct. */
static void walk_bind(walk *w) {
    w->candles.time = w->time;
    w->candles.open = w->open;
    w->candles.high = w->high;
    w->candles.low = w->low;
    w->candles.close = w->close;
    w->candles.volume = w->volume;
}

static void walk_make(walk *w, size_t count, uint64_t seed) {
    lstmfc_rng rng;
    double price = 100;
    size_t t;
    memset(w, 0, sizeof *w);
    walk_bind(w);
    w->candles.count = count;
    w->candles.interval = 3600000;
    lstmfc_rng_seed(&rng, seed);
    for (t = 0; t < count; t++) {
        double a = lstmfc_rng_uniform(&rng), b = lstmfc_rng_uniform(&rng);
        w->time[t] = (int64_t)1600000000 * 1000 + (int64_t)t * 3600000;
        w->open[t] = price;
        price *= lstmfc_exp(0.01 * lstmfc_rng_normal(&rng) + 0.003 * lstmfc_sin(0.4 * (double)t));
        w->close[t] = price;
        w->high[t] = (w->open[t] > price ? w->open[t] : price) * (1 + 0.003 * a);
        w->low[t] = (w->open[t] < price ? w->open[t] : price) * (1 - 0.003 * b);
        w->volume[t] = 50 + 100 * lstmfc_rng_uniform(&rng);
    }
}

static void walk_copy(walk *to, const walk *from) {
    *to = *from;
    walk_bind(to);
}
#endif
