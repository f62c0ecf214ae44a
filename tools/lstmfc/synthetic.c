/* synthetic.c - a small market simulator. Only lstmfc's own random numbers and elementary functions, so that a seed gives the
   same bytes everywhere (build without floating-point contraction, as the Makefile does). */
#include "synthetic.h"

#include <math.h>
#include <string.h>

/* Three spells the market goes through. Spells last 1/leave bars on average. */
static const struct { double volatility, drift_per_day, leave; } spells[] = {
    { 0.65,  0.0006, 1.0 / 500 },       /* calm, rising a little */
    { 1.00,  0.0000, 1.0 / 300 },       /* ordinary */
    { 1.90, -0.0012, 1.0 / 120 }        /* storm */
};

static double cents(double price) { return floor(price * 100 + 0.5) / 100; }

/* Student's t with 5 degrees of freedom, scaled to variance 1: normal / sqrt(chi2(5) / 5) * sqrt(3/5). */
static double fat_tailed(lstmfc_rng *rng) {
    double z = lstmfc_rng_normal(rng), chi2 = 0;
    int i;
    for (i = 0; i < 5; i++) { double x = lstmfc_rng_normal(rng); chi2 += x * x; }
    return z / lstmfc_sqrt(chi2 / 3);
}

/* How busy the hour is: afternoons (UTC) are, nights and weekends are not. Around 1. */
static double season(int64_t time) {
    int64_t day = time / 86400000 - (time % 86400000 < 0), of_day = time - day * 86400000;
    int64_t weekday = ((day + 3) % 7 + 7) % 7;          /* 1970-01-01 was a Thursday; Monday = 0 */
    double turn = (double)of_day / 86400000.0 * 6.283185307179586;
    return (1 + 0.3 * lstmfc_sin(turn - 2.2)) * (weekday >= 5 ? 0.75 : 1.0);
}

lstmfc_candles *synthetic_candles(size_t bars, uint64_t seed, int64_t start_ms, int64_t interval_ms, lstmfc_error *err) {
    lstmfc_candles *c = lstmfc_candles_create(bars, NULL, err);
    lstmfc_rng rng;
    double days, close = 30000, variance = 1, shock = 0;
    size_t t, spell = 1;
    if (!c) return NULL;
    lstmfc_rng_seed(&rng, seed);
    days = (double)interval_ms / 86400000.0;
    for (t = 0; t < bars; t++) {
        double busy, sigma, r, open = close, x, up, down;
        c->time[t] = start_ms + (int64_t)t * interval_ms;
        if (lstmfc_rng_uniform(&rng) < spells[spell].leave) spell = (spell + 1 + lstmfc_rng_below(&rng, 2)) % 3;

        /* GARCH(1,1) around 1: yesterday's surprise is today's volatility (Bollerslev 1986) */
        variance = 0.02 + 0.08 * shock * shock * variance + 0.90 * variance;
        if (variance > 25) variance = 25;
        shock = fat_tailed(&rng);
        busy = season(c->time[t]);
        sigma = 0.03 * lstmfc_sqrt(days * variance) * spells[spell].volatility * busy;
        r = spells[spell].drift_per_day * days + sigma * shock;
        if (r > 0.5) r = 0.5;
        if (r < -0.5) r = -0.5;
        if (close < 100) r = fabs(r);                   /* far from zero and from infinity */
        if (close > 1e7) r = -fabs(r);
        close = cents(open * lstmfc_exp(r));

        /* Highest and lowest point of a Brownian path that starts at 0 and ends at x (reflection principle) */
        x = lstmfc_log(close / open);
        up = lstmfc_log(1 - lstmfc_rng_uniform(&rng));
        down = lstmfc_log(1 - lstmfc_rng_uniform(&rng));
        c->high[t] = cents(open * lstmfc_exp((x + lstmfc_sqrt(x * x - 2 * sigma * sigma * up)) / 2));
        c->low[t] = cents(open * lstmfc_exp((x - lstmfc_sqrt(x * x - 2 * sigma * sigma * down)) / 2));
        if (c->high[t] < open) c->high[t] = open;       /* a last bit lost in exp and log */
        if (c->high[t] < close) c->high[t] = close;
        if (c->low[t] > open) c->low[t] = open;
        if (c->low[t] > close) c->low[t] = close;
        c->open[t] = open;
        c->close[t] = close;

        /* Volume grows with the volatility of the hour and with the size of its move */
        x = 1000 * days * 24 * busy * (0.3 + 0.4 * lstmfc_sqrt(variance) * spells[spell].volatility * (1 + 0.5 * fabs(shock)));
        c->volume[t] = floor(x * lstmfc_exp(0.35 * lstmfc_rng_normal(&rng)) * 1000 + 0.5) / 1000;
    }
    c->interval = interval_ms;
    c->synthetic = 1;
    return c;
}
