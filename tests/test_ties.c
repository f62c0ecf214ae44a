// also: native
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include <float.h>

/* Prices in decimals are no exact doubles, prices in whole ticks are: what compares prices has to find in 0.55, 0.60, 1.00, 1.05 the ties
   that it finds in 55, 60, 100, 105. Here every indicator on decimals meets a plain computation in whole numbers. */

enum { BARS = 600, RULE = 5 };
static int quick(void) { return getenv("LSTMFC_QUICK") != NULL; }

typedef struct market {
    int64_t time[BARS], o[BARS], h[BARS], l[BARS], c[BARS];             /* in ticks */
    double open[BARS], high[BARS], low[BARS], close[BARS], volume[BARS];
    lstmfc_candles candles;
    double ticks;                                                      /* how many are 1 */
} market;

/* The decimals nearest to the ticks: both numbers of the quotient are exact, so it rounds once, as reading "0.55" does. */
static void market_price(market *m, size_t count, double ticks) {
    size_t t;
    m->ticks = ticks;
    for (t = 0; t < count; t++) {
        m->open[t] = (double)m->o[t] / ticks; m->high[t] = (double)m->h[t] / ticks;
        m->low[t] = (double)m->l[t] / ticks; m->close[t] = (double)m->c[t] / ticks;
        m->time[t] = (int64_t)1700000000000 + (int64_t)t * 3600000;
    }
    memset(&m->candles, 0, sizeof m->candles);
    m->candles.count = count;
    m->candles.time = m->time;
    m->candles.open = m->open; m->candles.high = m->high; m->candles.low = m->low; m->candles.close = m->close;
    m->candles.volume = m->volume;
}

/* Steps of a tick or two, many bars that stand still, a flat leg. */
static void market_walk(market *m, int64_t start, double ticks, uint64_t seed) {
    lstmfc_rng rng;
    int64_t last = start;
    size_t t;
    lstmfc_rng_seed(&rng, seed);
    for (t = 0; t < BARS; t++) {
        int still = t >= 200 && t < 260;
        m->o[t] = last;
        m->c[t] = last + (still ? 0 : (int64_t)(lstmfc_rng_uniform(&rng) * 5) - 2);
        if (m->c[t] < start / 2) m->c[t] = start / 2;
        m->h[t] = (m->o[t] > m->c[t] ? m->o[t] : m->c[t]) + (still ? 0 : (int64_t)(lstmfc_rng_uniform(&rng) * 3));
        m->l[t] = (m->o[t] < m->c[t] ? m->o[t] : m->c[t]) - (still ? 0 : (int64_t)(lstmfc_rng_uniform(&rng) * 3));
        m->volume[t] = floor(lstmfc_rng_uniform(&rng) * 100);
        last = m->c[t];
    }
    market_price(m, BARS, ticks);
}

static double *column_of(const char *text, const lstmfc_candles *candles, int32_t profile) {
    lstmfc_features_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features *features;
    double *out = (double *)calloc(candles->count + 1, sizeof *out);
    memset(&desc, 0, sizeof desc);
    desc.start_dependent = 1;
    desc.profile = profile;
    features = lstmfc_features_compile(text, &desc, &err);
    if (!features) { test_check(0, text, 0, err.message); return out; }
    CHECK_OK(lstmfc_features_evaluate(features, candles, out, &err), err);
    lstmfc_features_free(features);
    return out;
}

/* ---- the examples ---- */

/* Every move up ties with one down: no direction, whatever the unit. */
TEST(no_direction) {
    static const char *const texts[] = {"plus_di(3)", "minus_di(3)", "dx(3)", "adx(3)", "plus_di(14)", "adx(14)"};
    static const double units[] = {1, 100, 1e4, 1e8};
    static market m;
    size_t i, k, t;
    int32_t profile;
    for (t = 0; t < 100; t++) { m.h[t] = t & 1 ? 105 : 100; m.l[t] = t & 1 ? 55 : 60; m.o[t] = m.c[t] = 80; }
    for (k = 0; k < sizeof units / sizeof units[0]; k++)
        for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
            for (profile = LSTMFC_PROFILE_TALIB; profile <= LSTMFC_PROFILE_TRADINGVIEW; profile++) {
                double *x;
                market_price(&m, 100, units[k]);
                x = column_of(texts[i], &m.candles, profile);
                for (t = 0; t < 30; t++) if (!CHECK(lstmfc_is_nan(x[t]) || x[t] == 0)) { printf("    %s: %g\n", texts[i], x[t]); break; }
                for (; t < 100; t++) if (!CHECK(x[t] == 0)) { printf("    %s in units of %g: %g\n", texts[i], 1 / units[k], x[t]); break; }
                free(x);
            }
}

TEST(flat_typical) {
    static const int64_t high[] = {15, 18, 16}, low[] = {1, 1, 1}, close[] = {14, 11, 13};
    static const char *const zeros[] = {"cci(3)", "zscore((high+low+close)/3,3)", "stddev((high+low+close)/3,3)", "slope((high+low+close)/3,3)",
                                        "corr((high+low+close)/3,close,3)", "bbands((high+low+close)/3,3,2).width", "mfi(2)",
                                        "diff((high+low+close)/3,2)", "pct_change((high+low+close)/3)", "roc((high+low+close)/3,1)",
                                        "log_return((high+low+close)/3)", "sign((high+low+close)/3-lag((high+low+close)/3))",
                                        "rsi((high+low+close)/3,2)", "realized_vol((high+low+close)/3,2)"};
    static market m;
    size_t i, t;
    double *x;
    for (t = 0; t < 3; t++) { m.h[t] = high[t]; m.l[t] = low[t]; m.o[t] = m.c[t] = close[t]; m.volume[t] = 5; }
    market_price(&m, 3, 100);
    for (i = 0; i < sizeof zeros / sizeof zeros[0]; i++) {
        x = column_of(zeros[i], &m.candles, 0);
        if (!CHECK(x[2] == 0)) printf("    %s: %g\n", zeros[i], x[2]);
        free(x);
    }
    x = column_of("rank((high+low+close)/3,3)", &m.candles, 0);
    CHECK(x[2] == 0.5);
    free(x);
    x = column_of("bbands((high+low+close)/3,3,2).percent", &m.candles, 0);
    CHECK(x[2] == 0.5);
    free(x);
    x = column_of("rsi((high+low+close)/3,2)", &m.candles, LSTMFC_PROFILE_TRADINGVIEW);
    CHECK(x[2] == 100);
    free(x);
}

/* A difference of equal prices is 0 in the language as well, and what is divided by it is undefined. */
TEST(differences) {
    static market m;
    double *x;
    m.o[0] = 30; m.h[0] = 40; m.l[0] = 10; m.c[0] = 20;                /* 0.3, 0.4, 0.1, 0.2 */
    market_price(&m, 1, 100);
    m.open[0] = 0.3; m.low[0] = 0.1; m.close[0] = 0.2;
    CHECK(m.low[0] + m.close[0] != m.open[0]);                         /* to a comparison of bits */
    x = column_of("low+close-open", &m.candles, 0); CHECK(x[0] == 0); free(x);
    x = column_of("-open+(low+close)", &m.candles, 0); CHECK(x[0] == 0); free(x);
    x = column_of("sign(low+close-open)", &m.candles, 0); CHECK(x[0] == 0); free(x);
    x = column_of("close/(low+close-open)", &m.candles, 0); CHECK(lstmfc_is_nan(x[0])); free(x);
    x = column_of("low+close", &m.candles, 0); CHECK(x[0] == 0.1 + 0.2); free(x);
}

/* Prices that grow by one factor have no volatility. */
TEST(constant_growth) {
    static const char *const zeros[] = {"realized_vol(20)", "realized_vol(300)", "yang_zhang(20)"};
    static market m;
    size_t i, t;
    for (t = 0; t < BARS; t++) m.o[t] = m.h[t] = m.l[t] = m.c[t] = 1;
    market_price(&m, BARS, 1);
    for (t = 0; t < BARS; t++) m.open[t] = m.high[t] = m.low[t] = m.close[t] = 100 * pow(1.01, (double)t);
    for (i = 0; i < 3; i++) {
        double *x = column_of(zeros[i], &m.candles, 0);
        for (t = 301; t < BARS; t++) if (!CHECK(x[t] == 0)) { printf("    %s: %g\n", zeros[i], x[t]); break; }
        free(x);
    }
}

/* A market that stands still for years: the RSI's sums fade to nothing, through numbers of few digits, and nothing appears on the way. */
TEST(faded) {
    enum { YEARS = 40000 };
    static double x[YEARS], raw[YEARS], k[YEARS], d[YEARS], level[YEARS];
    static const int32_t lengths[] = {2, 7, 14, 30};
    double ring[200];
    const double *in[1];
    double *out[3], *one[1];
    size_t i, t;
    in[0] = x;
    out[0] = raw; out[1] = k; out[2] = d;
    one[0] = level;
    for (t = 0; t < YEARS; t++) x[t] = t < 40 ? (double)(100 + t * 7 % 11) / 10 : x[39];
    for (i = 0; i < 4; i++) {
        lstmfc_stochrsi stoch;
        lstmfc_rsi rsi;
        CHECK_INT(lstmfc_stochrsi_init(&stoch, lengths[i], 14, 3, 3), LSTMFC_OK);
        CHECK_INT(lstmfc_rsi_init(&rsi, lengths[i]), LSTMFC_OK);
        lstmfc_stochrsi_run(&stoch, ring, in, YEARS, out);
        lstmfc_rsi_run(&rsi, NULL, in, YEARS, one);
        CHECK(level[YEARS - 1] == 0);
        for (t = 60; t < YEARS; t++) {
            int last = level[t] == 0 || (t > 14 && level[t - 14] != 0 && level[t] == 0);   /* the one step to "never moved" */
            if (!CHECK(last || fabs(level[t] - level[60]) < 1e-9)) { printf("    rsi(%d) at %d: %.17g\n", (int)lengths[i], (int)t, level[t]); break; }
            if (!CHECK(raw[t] == 0 || level[t - 13] != level[t])) { printf("    stochrsi(%d) at %d: %g\n", (int)lengths[i], (int)t, raw[t]); break; }
        }
    }
}

/* ---- whole numbers ---- */

typedef long double wide;
typedef struct oracle { const market *m; int32_t n, profile; wide out[BARS]; } oracle;

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t typical(const market *m, size_t t) { return m->h[t] + m->l[t] + m->c[t]; }      /* three times it */

/* Wilder's directional movement as the books have it; which: 0 +DI, 1 -DI, 2 DX, 3 ADX. */
static void whole_dmi(oracle *o, int which) {
    const market *m = o->m;
    wide plus = 0, minus = 0, range = 0, adx = 0, dx = 0, n = o->n;
    size_t t, seed = (size_t)(o->profile == LSTMFC_PROFILE_TALIB ? o->n - 1 : o->n), first = (size_t)o->n;
    for (t = 1; t < BARS; t++) {
        int64_t up = m->h[t] - m->h[t - 1], down = m->l[t - 1] - m->l[t];
        wide tr = (wide)(most(m->h[t], m->c[t - 1]) - least(m->l[t], m->c[t - 1])), p = up > down && up > 0 ? (wide)up : 0, q = down > up && down > 0 ? (wide)down : 0;
        int directed;
        plus = t <= seed ? plus + p : plus - plus / n + p;
        minus = t <= seed ? minus + q : minus - minus / n + q;
        range = t <= seed ? range + tr : range - range / n + tr;
        if (t < first) continue;
        directed = range > 0 && plus + minus > 0;
        if (directed) dx = 100 * fabsl(plus - minus) / (plus + minus);
        else if (o->profile != LSTMFC_PROFILE_TALIB) dx = 0;
        if (t < 2 * first) adx += directed ? dx / n : 0;
        else if (directed || o->profile != LSTMFC_PROFILE_TALIB) adx += (dx - adx) / n;
        if (which == 0) o->out[t] = range > 0 ? 100 * plus / range : 0;
        if (which == 1) o->out[t] = range > 0 ? 100 * minus / range : 0;
        if (which == 2) o->out[t] = dx;
        if (which == 3 && t >= 2 * first - 1) o->out[t] = adx;
    }
}
static void whole_plus_di(oracle *o) { whole_dmi(o, 0); }
static void whole_minus_di(oracle *o) { whole_dmi(o, 1); }
static void whole_dx(oracle *o) { whole_dmi(o, 2); }
static void whole_adx(oracle *o) { whole_dmi(o, 3); }

static void whole_cci(oracle *o) {
    size_t t, i, n = (size_t)o->n;
    for (t = n - 1; t < BARS; t++) {
        int64_t sum = 0, deviation = 0;
        for (i = 0; i < n; i++) sum += typical(o->m, t - i);
        for (i = 0; i < n; i++) deviation += llabs((int64_t)n * typical(o->m, t - i) - sum);
        o->out[t] = deviation ? (wide)((int64_t)n * typical(o->m, t) - sum) / (0.015L * (wide)deviation / (wide)n) : 0;
    }
}

static void whole_mfi(oracle *o) {
    size_t t, i, n = (size_t)o->n;
    for (t = n; t < BARS; t++) {
        wide up = 0, down = 0;
        for (i = t - n + 1; i <= t; i++) {
            int64_t change = typical(o->m, i) - typical(o->m, i - 1);
            wide flow = (wide)typical(o->m, i) * o->m->volume[i];
            if (change > 0) up += flow;
            if (change < 0) down += flow;
        }
        o->out[t] = up + down > 0 ? 100 * up / (up + down) : 0;
    }
}

static void whole_range(const oracle *o, size_t t, int64_t *low, int64_t *high) {
    size_t i;
    *low = o->m->l[t];
    *high = o->m->h[t];
    for (i = t + 1 - (size_t)o->n; i < t; i++) { *low = least(*low, o->m->l[i]); *high = most(*high, o->m->h[i]); }
}

static void whole_stoch(oracle *o) {
    int64_t low, high;
    size_t t;
    for (t = (size_t)o->n - 1; t < BARS; t++) {
        whole_range(o, t, &low, &high);
        o->out[t] = high > low ? 100 * (wide)(o->m->c[t] - low) / (wide)(high - low) : 0;
    }
}

static void whole_willr(oracle *o) {
    int64_t low, high;
    size_t t;
    for (t = (size_t)o->n - 1; t < BARS; t++) {
        whole_range(o, t, &low, &high);
        o->out[t] = high > low ? -100 * (wide)(high - o->m->c[t]) / (wide)(high - low) : 0;
    }
}

static void whole_obv(oracle *o) {
    wide sum = o->profile == LSTMFC_PROFILE_TRADINGVIEW ? 0 : o->m->volume[0];
    size_t t;
    for (t = 0; t < BARS; o->out[t++] = sum) {
        int64_t change = t ? o->m->c[t] - o->m->c[t - 1] : 0;
        if (t == 0) continue;
        sum += change > 0 ? o->m->volume[t] : change < 0 ? -o->m->volume[t] : o->profile == LSTMFC_PROFILE_TA ? o->m->volume[t] : 0;
    }
}

static void whole_signed_volume(oracle *o) {
    size_t t;
    for (t = 0; t < BARS; t++) {
        int64_t range = o->m->h[t] - o->m->l[t];
        o->out[t] = range ? o->m->volume[t] * (wide)(2 * o->m->c[t] - o->m->h[t] - o->m->l[t]) / (wide)range : 0;
    }
}

static void whole_tr(oracle *o) {
    size_t t;
    if (o->profile != LSTMFC_PROFILE_TALIB) o->out[0] = (wide)(o->m->h[0] - o->m->l[0]) / o->m->ticks;
    for (t = 1; t < BARS; t++) o->out[t] = (wide)(most(o->m->h[t], o->m->c[t - 1]) - least(o->m->l[t], o->m->c[t - 1])) / o->m->ticks;
}

/* Of the typical price: its changes, its rank, its windows. */
static void whole_change(oracle *o) {
    size_t t;
    for (t = 1; t < BARS; t++) o->out[t] = (typical(o->m, t) > typical(o->m, t - 1)) - (typical(o->m, t) < typical(o->m, t - 1));
}

static void whole_rank(oracle *o) {
    size_t t, i, n = (size_t)o->n;
    for (t = n - 1; t < BARS; t++)
        for (i = t - n + 1; i < t; i++)
            o->out[t] += (typical(o->m, i) < typical(o->m, t) ? 1.0L : typical(o->m, i) == typical(o->m, t) ? 0.5L : 0) / (wide)(n - 1);
}

static void whole_zscore(oracle *o) {
    size_t t, i, n = (size_t)o->n;
    for (t = n - 1; t < BARS; t++) {
        int64_t sum = 0;
        wide squares = 0;
        for (i = t - n + 1; i <= t; i++) sum += typical(o->m, i);
        for (i = t - n + 1; i <= t; i++) squares += (wide)((int64_t)n * typical(o->m, i) - sum) * (wide)((int64_t)n * typical(o->m, i) - sum);
        o->out[t] = squares > 0 ? (wide)((int64_t)n * typical(o->m, t) - sum) / sqrtl(squares / (wide)n) : 0;
    }
}

static void whole_slope(oracle *o) {                                   /* its sign */
    size_t t, i, n = (size_t)o->n;
    for (t = n - 1; t < BARS; t++) {
        int64_t sum = 0;
        for (i = 0; i < n; i++) sum += (2 * (int64_t)i - (int64_t)(n - 1)) * (typical(o->m, t + 1 - n + i) - typical(o->m, t));
        o->out[t] = (sum > 0) - (sum < 0);
    }
}

static wide whole_rsi_at(const oracle *o, size_t t, wide *gain, wide *loss) {
    wide change = (wide)(typical(o->m, t) - typical(o->m, t - 1)), n = o->n, up = change > 0 ? change : 0, down = change < 0 ? -change : 0;
    int early = o->profile == LSTMFC_PROFILE_TA, seeding = !early && t <= (size_t)o->n;
    *gain = seeding ? *gain + up : *gain - *gain / n + up;
    *loss = seeding ? *loss + down : *loss - *loss / n + down;
    return *gain + *loss > 0 ? 100 * *gain / (*gain + *loss) : o->profile == LSTMFC_PROFILE_TALIB ? 0 : 100;
}

static void whole_rsi(oracle *o) {
    wide gain = 0, loss = 0;
    size_t t;
    for (t = 1; t < BARS; t++) {
        wide value = whole_rsi_at(o, t, &gain, &loss);
        if (t >= (size_t)(o->n - (o->profile == LSTMFC_PROFILE_TA))) o->out[t] = value;
    }
}

/* raw, scaled to 0..100; no range of the RSI is 0, in profile TA nothing (left out). */
static void whole_stochrsi(oracle *o) {
    static oracle rsi;
    size_t t, i, first = (size_t)(2 * o->n - 1 - (o->profile == LSTMFC_PROFILE_TA));
    rsi = *o;
    whole_rsi(&rsi);
    for (t = first; t < BARS; t++) {
        wide low = rsi.out[t], high = low;
        for (i = t + 1 - (size_t)o->n; i < t; i++) { if (rsi.out[i] < low) low = rsi.out[i]; if (rsi.out[i] > high) high = rsi.out[i]; }
        o->out[t] = high - low > 1e-13L ? (o->profile == LSTMFC_PROFILE_TA ? 1 : 100) * (rsi.out[t] - low) / (high - low)
                                        : o->profile == LSTMFC_PROFILE_TA ? nanl("") : 0;
    }
}

/* The sign of a fast less a slow mean, both plain: they tie often. */
static void whole_means(oracle *o) {
    size_t t, i, n = (size_t)o->n;
    for (t = 2 * n - 1; t < BARS; t++) {
        int64_t difference = 0;
        for (i = 0; i < 2 * n; i++) difference += (i < n ? 1 : -1) * o->m->c[t - i];
        o->out[t] = (difference > 0) - (difference < 0);
    }
}

static const struct { const char *text; void (*whole)(oracle *o); size_t first, seeds; double size; } rules[] = {
    {"plus_di(5)", whole_plus_di, 1, 0, 100}, {"minus_di(5)", whole_minus_di, 1, 0, 100}, {"dx(5)", whole_dx, 1, 0, 100}, {"adx(5)", whole_adx, 2, 0, 100},
    {"cci(5)", whole_cci, 1, 0, 1000}, {"mfi(5)", whole_mfi, 1, 0, 100}, {"stoch(5,1,1).k", whole_stoch, 1, 0, 100}, {"willr(5)", whole_willr, 1, 0, 100},
    {"obv", whole_obv, 0, 0, 1}, {"signed_volume", whole_signed_volume, 0, 0, 100}, {"sign((high+low+close)/3-lag((high+low+close)/3))", whole_change, 1, 0, 0},
    {"sign(mom((high+low+close)/3,1))", whole_change, 1, 0, 0}, {"sign(log_return((high+low+close)/3))", whole_change, 1, 0, 0},
    {"sign(pct_change((high+low+close)/3))", whole_change, 1, 0, 0}, {"sign(roc((high+low+close)/3,1))", whole_change, 1, 0, 0},
    {"rank((high+low+close)/3,5)", whole_rank, 1, 0, 0}, {"zscore((high+low+close)/3,5)", whole_zscore, 1, 0, 10},
    {"sign(slope((high+low+close)/3,5))", whole_slope, 1, 0, 0}, {"rsi((high+low+close)/3,5)", whole_rsi, 1, 0, 100},
    {"stochrsi((high+low+close)/3,5,5,1,1).raw", whole_stochrsi, 2, 0, 1e4}, {"sign(sma(5)-lag(sma(5),5))", whole_means, 2, 0, 0}, {"tr", whole_tr, 0, 0, 1}
};

/* Every bar of random walks in ticks of 0.01, 0.0001 and 1e-8, with a third of the moves tied, in all profiles. */
TEST(whole_ticks) {
    static const struct { int64_t start; double ticks; } series[] = {{80, 100}, {10000, 100}, {123456, 1e4}, {6000000, 1e4}, {523, 1e8}, {310000, 1e8}, {INT64_C(6500000000), 1e8}};
    static market m;
    static oracle o;
    size_t k, i, t, seeds = quick() ? 1 : 5, seed;
    int32_t profile;
    for (k = 0; k < sizeof series / sizeof series[0]; k++) for (seed = 0; seed < seeds; seed++) {
        market_walk(&m, series[k].start, series[k].ticks, 100 * k + seed);
        for (i = 0; i < sizeof rules / sizeof rules[0]; i++)
            for (profile = LSTMFC_PROFILE_TALIB; profile <= LSTMFC_PROFILE_TRADINGVIEW; profile++) {
                double *x = column_of(rules[i].text, &m.candles, profile), digits = (double)series[k].start * DBL_EPSILON;
                size_t first = rules[i].first * RULE + (rules[i].first == 0);
                int recursive = strncmp(rules[i].text, "stochrsi", 8) == 0;
                memset(&o, 0, sizeof o);
                o.m = &m;
                o.n = RULE;
                o.profile = profile;
                rules[i].whole(&o);
                for (t = first; t < BARS; t++) {
                    /* What a tick keeps of the price's 16 digits; what remains is no rounding but another answer. */
                    double allowed = rules[i].size * (recursive ? 1e-7 : 1e-11) + rules[i].size * 20 * digits;
                    if (o.out[t] != o.out[t] ? !CHECK(lstmfc_is_nan(x[t])) : !CHECK(fabs(x[t] - (double)o.out[t]) <= allowed)) {
                        printf("    %s, profile %d, ticks of %g at %g, bar %d: %.17g, in whole ticks %.17g\n", rules[i].text, (int)profile,
                               1 / series[k].ticks, (double)series[k].start / series[k].ticks, (int)t, x[t], (double)o.out[t]);
                        break;
                    }
                }
                free(x);
            }
    }
}

int main(void) {
    RUN(no_direction); RUN(flat_typical); RUN(differences); RUN(constant_growth); RUN(faded); RUN(whole_ticks);
    return test_end();
}
