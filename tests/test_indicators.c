// also: native
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include <float.h>

/* Every indicator, from three sides: TA-Lib's values (fixtures), brute force in long double, and properties that hold whatever
   the formula: batch = stream, values do not depend on later bars, NaN is forgotten, prices have no unit. */

enum { BARS = 400 };
static int quick(void) { return getenv("LSTMFC_QUICK") != NULL; }     /* under valgrind and in emulators fewer rounds */

typedef struct market {
    int64_t time[BARS];
    double open[BARS], high[BARS], low[BARS], close[BARS], volume[BARS];
    lstmfc_candles candles;
} market;

static void market_open(market *m, size_t count) {
    size_t t;
    memset(&m->candles, 0, sizeof m->candles);
    for (t = 0; t < count; t++) m->time[t] = (int64_t)1700000000000 + (int64_t)t * 3600000;
    m->candles.count = count;
    m->candles.time = m->time;
    m->candles.open = m->open; m->candles.high = m->high; m->candles.low = m->low;
    m->candles.close = m->close; m->candles.volume = m->volume;
}

/* A random walk at a price, with steps of `share` of it, rounded to nothing. */
static void market_walk(market *m, size_t count, double price, double share, uint64_t seed) {
    lstmfc_rng rng;
    size_t t;
    double last = price;
    lstmfc_rng_seed(&rng, seed);
    for (t = 0; t < count; t++) {
        m->open[t] = last * (1 + 0.1 * share * lstmfc_rng_normal(&rng));
        m->close[t] = last * (1 + share * lstmfc_rng_normal(&rng));
        m->high[t] = fmax(m->open[t], m->close[t]) * (1 + 0.5 * share * fabs(lstmfc_rng_normal(&rng)));
        m->low[t] = fmin(m->open[t], m->close[t]) * (1 - 0.5 * share * fabs(lstmfc_rng_normal(&rng)));
        m->volume[t] = 1000 * lstmfc_exp(0.7 * lstmfc_rng_normal(&rng));
        last = m->close[t];
    }
    market_open(m, count);
}

/* One feature over the candles; the caller frees. */
static double *column_of(const char *text, const lstmfc_candles *candles, int64_t *lookback) {
    lstmfc_features_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features *features;
    double *out = (double *)malloc((candles->count + 1) * sizeof *out);
    memset(&desc, 0, sizeof desc);
    desc.start_dependent = 1;
    features = lstmfc_features_compile(text, &desc, &err);
    if (!features) { test_check(0, text, 0, err.message); memset(out, 0, candles->count * sizeof *out); return out; }
    if (lookback) *lookback = lstmfc_features_lookback(features);
    CHECK_OK(lstmfc_features_evaluate(features, candles, out, &err), err);
    lstmfc_features_free(features);
    return out;
}

/* ---- TA-Lib ---- */

/* What TA-Lib's record is in our language. unit: 'p' price, 'v' volume, 0 percent: what an absolute allowance is measured in. */
static const struct { const char *record, *text; char unit; double relative; } ta[] = {
    {"sma20", "sma(20)", 'p', 1e-10}, {"ema20", "ema(20)", 'p', 1e-10}, {"wma10", "wma(10)", 'p', 1e-10},
    {"rsi14", "rsi(14)", 0, 1e-10}, {"stochrsi.fastk", "stochrsi(14,14,3,3).raw", 0, 1e-9},
    {"stochrsi.fastd", "stochrsi(14,14,3,3).k", 0, 1e-9},
    {"macd.line", "macd(12,26,9).line", 'p', 1e-10}, {"macd.signal", "macd(12,26,9).signal", 'p', 1e-10}, {"macd.hist", "macd(12,26,9).hist", 'p', 1e-10},
    {"bbands.upper", "bbands(20,2).upper", 'p', 1e-10}, {"bbands.middle", "bbands(20,2).middle", 'p', 1e-10}, {"bbands.lower", "bbands(20,2).lower", 'p', 1e-10},
    {"tr", "tr", 'p', 1e-10}, {"atr14", "atr(14)", 'p', 1e-10}, {"plus_di14", "plus_di(14)", 0, 1e-9}, {"minus_di14", "minus_di(14)", 0, 1e-9},
    {"dx14", "dx(14)", 0, 1e-9}, {"adx14", "adx(14)", 0, 1e-9}, {"obv", "obv", 'v', 1e-10}, {"mom10", "mom(10)", 'p', 1e-10}, {"roc10", "roc(10)", 0, 1e-10},
    {"stoch.k", "stoch(5,3,3).k", 0, 1e-10}, {"stoch.d", "stoch(5,3,3).d", 0, 1e-10}, {"cci14", "cci(14)", 0, 1e-9}, {"mfi14", "mfi(14)", 0, 1e-9},
    {"willr14", "willr(14)", 0, 1e-10}, {"correl20", "corr(close,volume,20)", '1', 1e-9}, {"slope14", "slope(14)", 'p', 1e-9}
};
static const struct { const char *record, *text; char unit; } ta_walk[] = {
    {"sma50", "sma(50)", 'p'}, {"ema50", "ema(50)", 'p'}, {"rsi2", "rsi(2)", 0}, {"rsi30", "rsi(30)", 0},
    {"stochrsi_21_10_5.fastk", "stochrsi(21,10,5,3).raw", 0}, {"stochrsi_21_10_5.fastd", "stochrsi(21,10,5,3).k", 0},
    {"macd_5_35_5.line", "macd(5,35,5)", 'p'}, {"macd_5_35_5.signal", "macd(5,35,5).signal", 'p'}, {"macd_5_35_5.hist", "macd(5,35,5).hist", 'p'},
    {"bbands_5_2.5.upper", "bbands(5,2.5).upper", 'p'}, {"bbands_5_2.5.middle", "bbands(5,2.5)", 'p'}, {"bbands_5_2.5.lower", "bbands(5,2.5).lower", 'p'},
    {"atr7", "atr(7)", 'p'}, {"adx7", "adx(7)", 0}
};
static const char *const kinds[] = {"walk", "trend", "flat", "gaps", "tiny", "huge", "stable", "zerovolume", "spikes"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const double *ta_record(const char *kind, const char *name, size_t *count) {
    char record[128];
    snprintf(record, sizeof record, "%s.%s", kind, name);
    return fixture("talib.txt", record, count);
}

static int ta_market(market *m, const char *kind) {
    static const char *const names[] = {"open", "high", "low", "close", "volume"};
    double *columns[5];
    size_t i, n = 0;
    columns[0] = m->open; columns[1] = m->high; columns[2] = m->low; columns[3] = m->close; columns[4] = m->volume;
    for (i = 0; i < 5; i++) {
        const double *x = ta_record(kind, names[i], &n);
        if (!x || n > BARS) return 0;
        memcpy(columns[i], x, n * sizeof *x);
    }
    market_open(m, n);
    return 1;
}

/* where TA-Lib begins before or after us, only the common bars count */
static void ta_compare(const market *m, const char *kind, const char *record, const char *text, char unit, double relative) {
    size_t n, t;
    const double *theirs = ta_record(kind, record, &n);
    double *ours = column_of(text, &m->candles, NULL), absolute = unit == 'p' ? m->close[0] * 1e-13 : unit == 'v' ? 1e-9 : unit == '1' ? 1e-10 : unit == 'c' ? 1e-6 : 1e-9;
    int bad = 0;
    if (!theirs) { free(ours); return; }
    for (t = 0; t < n; t++) {
        if (lstmfc_is_nan(theirs[t])) {                            /* only raw StochRSI and stoch.k begin earlier with us */
            if (strncmp(record, "stoch", 5) != 0 && !lstmfc_is_nan(ours[t])) bad = 1;
            continue;
        }
        if (!CHECK_CLOSE(ours[t], theirs[t], relative, absolute) && ++bad == 1) printf("    %s %s at bar %d\n", kind, text, (int)t);
        if (bad > 3) break;
    }
    if (bad) { char what[200]; snprintf(what, sizeof what, "%s of %s", text, kind); test_check(0, what, 0, "differs from TA-Lib"); }
    free(ours);
}

TEST(talib) {
    static market m;
    size_t k, i;
    for (k = 0; k < KINDS; k++) {
        if (!ta_market(&m, kinds[k])) return;
        for (i = 0; i < sizeof ta / sizeof ta[0]; i++) {           /* where differences of prices have lost their digits, nobody's have more */
            int lost = k == 5 || k == 6, cci = strcmp(ta[i].record, "cci14") == 0, moves = strstr("plus_di14 minus_di14 dx14 adx14", ta[i].record) != NULL;
            if (lost && (cci || moves)) ta_compare(&m, kinds[k], ta[i].record, ta[i].text, 'c', cci ? 1e-4 : 1e-6);
            else ta_compare(&m, kinds[k], ta[i].record, ta[i].text, ta[i].unit, ta[i].relative);
        }
        if (k == 0) for (i = 0; i < sizeof ta_walk / sizeof ta_walk[0]; i++)
            ta_compare(&m, "walk", ta_walk[i].record, ta_walk[i].text, ta_walk[i].unit, 1e-9);
    }
}

/* The deviation of 20 closes, and with it the bands, against exact arithmetic: also where TA-Lib is not accurate. */
TEST(exact) {
    static market m;
    size_t k, t, n;
    for (k = 0; k < KINDS; k++) {
        const double *mean, *sd;
        double *width, *sma, *stddev, *upper;
        if (!ta_market(&m, kinds[k])) return;
        mean = ta_record(kinds[k], "exact_sma20", &n);
        sd = ta_record(kinds[k], "exact_stddev20", &n);
        sma = column_of("sma(20)", &m.candles, NULL);
        stddev = column_of("stddev(20)", &m.candles, NULL);
        width = column_of("bbands(20,2).width", &m.candles, NULL);
        upper = column_of("bbands(20,2).upper", &m.candles, NULL);
        for (t = 19; mean && sd && t < n; t++) {
            CHECK_NEAR(sma[t], mean[t], strcmp(kinds[k], "spikes") ? 1e-15 : 4e-15);       /* measured from an oldest value of twenty times the mean */
            CHECK_NEAR(stddev[t], sd[t], 1e-13);
            CHECK_NEAR(width[t], 100 * 4 * sd[t] / mean[t], 1e-13);
            CHECK_NEAR(upper[t], mean[t] + 2 * sd[t], 1e-15);
        }
        free(sma); free(stddev); free(width); free(upper);
    }
}

/* ---- brute force ---- */

static long double brute_log(const double *x, size_t t, size_t n) { return log1pl(((long double)x[t] - x[t - n]) / x[t - n]); }

#define BL(a, b) log1pl(((long double)(a) - (b)) / (b))
static long double brute(const char *what, const market *m, size_t t, size_t n) {
    const double *c = m->close;
    long double mean = 0, squares = 0, sum = 0, best, x, y, xy = 0, yy = 0, middle = ((long double)n - 1) / 2;
    size_t i, s = t + 1 - n;
    if (strcmp(what, "vol") == 0) {
        for (i = s; i <= t; i++) mean += brute_log(c, i, 1) / n;
        for (i = s; i <= t; i++) squares += (brute_log(c, i, 1) - mean) * (brute_log(c, i, 1) - mean);
        return sqrtl(squares / (n - 1));
    }
#define D(i) ((long double)c[i] - c[s])
    for (i = s; i <= t; i++) mean += D(i) / n;                     /* of the distance from the oldest: also enough where long double is double */
    for (i = s; i <= t; i++) squares += (D(i) - mean) * (D(i) - mean);
    if (strcmp(what, "mean") == 0) return mean + c[s];
    if (strcmp(what, "sd") == 0) return sqrtl(squares / n);
    if (strcmp(what, "z") == 0) return (D(t) - mean) / sqrtl(squares / n);
    if (strcmp(what, "percent") == 0) return (D(t) - mean + 2 * sqrtl(squares / n)) / (4 * sqrtl(squares / n));
    if (strcmp(what, "wma") == 0) { for (i = s; i <= t; i++) sum += (long double)(i - s + 1) * c[i]; return sum / (n * (n + 1) / 2); }
    if (strcmp(what, "sum") == 0) return mean * n + (long double)c[s] * n;
    if (strcmp(what, "min") == 0 || strcmp(what, "max") == 0) {
        for (best = c[s], i = s; i <= t; i++) if (what[1] == 'i' ? c[i] < best : c[i] > best) best = c[i];
        return best;
    }
    if (strcmp(what, "rank") == 0) {
        for (i = s; i < t; i++) sum += c[i] < c[t] ? 1 : c[i] == c[t] ? 0.5 : 0;
        return sum / (n - 1);
    }
    if (strcmp(what, "slope") == 0) {
        for (i = s; i <= t; i++) { sum += ((long double)(i - s) - middle) * (D(i) - mean); yy += ((long double)(i - s) - middle) * ((long double)(i - s) - middle); }
        return sum / yy;
    }
    if (strcmp(what, "corr") == 0) {
        for (y = 0, i = s; i <= t; i++) y += (long double)m->volume[i] / n;
        for (i = s; i <= t; i++) { xy += (D(i) - mean) * (m->volume[i] - y); yy += (m->volume[i] - y) * (m->volume[i] - y); }
        return xy / sqrtl(squares * yy);
    }
    if (strcmp(what, "vwap") == 0) {
        for (x = y = 0, i = s; i <= t; i++) {
            x += ((long double)m->high[i] + m->low[i] + m->close[i]) / 3 * m->volume[i];
            y += m->volume[i];
        }
        return x / y;
    }
    if (strcmp(what, "parkinson") == 0) {
        for (i = s; i <= t; i++) sum += BL(m->high[i], m->low[i]) * BL(m->high[i], m->low[i]);
        return sqrtl(sum / n / (4 * logl(2)));
    }
    if (strcmp(what, "garman") == 0) {
        for (i = s; i <= t; i++) {
            x = BL(m->high[i], m->low[i]);
            y = BL(c[i], m->open[i]);
            sum += x * x / 2 - (2 * logl(2) - 1) * y * y;
        }
        return sum > 0 ? sqrtl(sum / n) : 0;
    }
    if (strcmp(what, "yang") == 0) {
        long double om = 0, cm = 0, ov = 0, cv = 0, rs = 0, k = 0.34L / (1.34L + ((long double)n + 1) / (n - 1));
        for (i = s; i <= t; i++) { om += BL(m->open[i], c[i - 1]) / n; cm += BL(c[i], m->open[i]) / n; }
        for (i = s; i <= t; i++) {
            long double h = m->high[i], l = m->low[i], o = m->open[i];
            ov += powl(BL(o, c[i - 1]) - om, 2) / (n - 1);
            cv += powl(BL(c[i], o) - cm, 2) / (n - 1);
            rs += (BL(h, c[i]) * BL(h, o) + BL(l, c[i]) * BL(l, o)) / n;
        }
        return sqrtl(ov + k * cv + (1 - k) * rs);
    }
    return 0;
}

TEST(brute_force) {
    /* zero: values may be near 0, so an absolute part is allowed, in units of 1 or of a step of the price ('s') */
    static const struct { const char *what, *text; size_t n, first; double allowed; char zero; } cases[] = {
        {"mean", "sma(20)", 20, 19, 1e-15, 0}, {"sd", "stddev(20)", 20, 19, 1e-12, 0}, {"wma", "wma(9)", 9, 8, 1e-15, 0}, {"sum", "sum(close,30)", 30, 29, 1e-14, 0},
        {"min", "min(7)", 7, 6, 0, 0}, {"max", "max(7)", 7, 6, 0, 0}, {"rank", "rank(30)", 30, 29, 1e-15, 0}, {"vol", "realized_vol(20)", 20, 20, 1e-12, 0},
        {"vol", "realized_vol(2)", 2, 2, 1e-11, 0}, {"slope", "slope(14)", 14, 13, 1e-12, 's'}, {"corr", "corr(close,volume,20)", 20, 19, 1e-12, '1'}, {"vwap", "vwap(14)", 14, 13, 1e-14, 0},
        {"z", "zscore(20)", 20, 19, 1e-12, '1'}, {"percent", "bbands(20,2).percent", 20, 19, 1e-12, '1'}, {"parkinson", "parkinson(20)", 20, 19, 1e-12, 0},
        {"garman", "garman_klass(20)", 20, 19, 1e-12, 0}, {"yang", "yang_zhang(20)", 20, 20, 1e-12, 0}
    };
    static const struct { double price, share; } series[] = {{30000, 0.01}, {1e-5, 0.01}, {1.0, 1e-6}, {1e7, 1e-9}, {1e7, 0.02}, {1e-300, 0.01}};
    static market m;
    size_t k, i, t;
    for (k = 0; k < sizeof series / sizeof series[0]; k++) {
        market_walk(&m, BARS, series[k].price, series[k].share, 7 + k);
        for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            int64_t lookback = -1;
            double *ours = column_of(cases[i].text, &m.candles, &lookback);
            CHECK_INT(lookback, cases[i].first);
            for (t = 0; t < BARS; t++) {
                if (t < cases[i].first) { CHECK(lstmfc_is_nan(ours[t])); continue; }
                if (series[k].price < 1e-200 && strcmp(cases[i].what, "sd") != 0 && strcmp(cases[i].what, "mean") != 0) continue;
                if (series[k].price < 1e-200 && cases[i].what[0] == 's') continue;     /* squares below the smallest double */
                if (!CHECK_CLOSE(ours[t], (double)brute(cases[i].what, &m, t, cases[i].n), cases[i].allowed,
                                 cases[i].allowed * (cases[i].zero == 's' ? series[k].price * series[k].share : cases[i].zero ? 1 : 0)))
                    { printf("    %s at price %g, bar %d\n", cases[i].text, series[k].price, (int)t); break; }
            }
            free(ours);
        }
    }
}

/* ---- properties ---- */

static const char *const everything[] = {
    "rsi(14)", "stochrsi(14,14,3,3).raw", "stochrsi(14,14,3,3).k", "stochrsi(14,14,3,3).d", "macd(12,26,9).line", "macd(12,26,9).signal",
    "macd(12,26,9).hist", "bbands(20,2).middle", "bbands(20,2).upper", "bbands(20,2).lower", "bbands(20,2).width", "bbands(20,2).percent", "tr",
    "atr(14)", "plus_di(14)", "minus_di(14)", "dx(14)", "adx(14)", "obv", "vwap(14)", "vwap_session", "vwap_anchored", "volume_delta", "signed_volume",
    "volume_ratio(20)", "realized_vol(20)", "parkinson(20)", "garman_klass(20)", "yang_zhang(20)", "mom(10)", "roc(10)", "stoch(5,3,3).k", "stoch(5,3,3).d",
    "cci(14)", "mfi(14)", "willr(14)", "donchian(20).upper", "donchian(20).middle", "donchian(20).lower", "keltner(20,10,2).upper",
    "keltner(20,10,2).middle", "keltner(20,10,2).lower", "trend(20,50).state", "trend(20,50).cross", "threshold", "sma(20)", "ema(20)", "wma(20)",
    "wilder(20)", "stddev(20)", "zscore(20)", "min(20)", "max(20)", "sum(20)", "rank(20)", "slope(20)", "corr(close,volume,20)", "lag(5)", "diff(5)",
    "pct_change(5)", "log_return(5)", "hour_sin", "hour_cos", "weekday_sin", "weekday_cos"
};
enum { EVERYTHING = sizeof everything / sizeof everything[0] };

/* "-" after the digits: the first valid bar of each */
TEST(first_bars) {
    static const int first[EVERYTHING] = {
        14, 27, 29, 31, 33, 33, 33, 19, 19, 19, 19, 19, 1, 14, 14, 14, 14, 27, 0, 13, 0, 0, 1, 0, 19, 20, 19, 19, 20, 10, 10, 6, 8,
        13, 14, 13, 19, 19, 19, 19, 19, 19, 49, 50, 20, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 5, 5, 5, 5, 0, 0, 0, 0
    };
    static market m;
    size_t i, t, count;
    market_walk(&m, BARS, 100, 0.01, 3);
    for (i = 0; i < EVERYTHING; i++) {
        int64_t lookback = -1;
        double *x = column_of(everything[i], &m.candles, &lookback);
        if (!CHECK_INT(lookback, first[i])) printf("    %s\n", everything[i]);
        for (t = 0; t < BARS; t++) if (!CHECK(lstmfc_is_nan(x[t]) == ((int64_t)t < lookback))) { printf("    %s at %d\n", everything[i], (int)t); break; }
        free(x);
        for (count = 0; count <= (size_t)first[i]; count += first[i] ? (size_t)first[i] : 1) {     /* too few bars: all NaN, no error */
            m.candles.count = count;
            x = column_of(everything[i], &m.candles, NULL);
            for (t = 0; t < count; t++) CHECK(lstmfc_is_nan(x[t]));
            free(x);
        }
        m.candles.count = BARS;
    }
}

/* A prefix gives the same bits; garbage after t changes nothing up to t. */
TEST(no_look_ahead) {
    static market m, spoilt;
    size_t i, t;
    market_walk(&m, BARS, 100, 0.01, 4);
    for (i = 0; i < EVERYTHING; i++) {
        double *whole = column_of(everything[i], &m.candles, NULL);
        for (t = 1; t < BARS; t = t * 2 + 1) {
            double *part, *other;
            size_t s;
            m.candles.count = t;
            part = column_of(everything[i], &m.candles, NULL);
            m.candles.count = BARS;
            CHECK(memcmp(part, whole, t * sizeof *part) == 0);
            memcpy(&spoilt, &m, sizeof m);
            for (s = t; s < BARS; s++) {
                spoilt.close[s] = spoilt.high[s] = s % 3 ? -1e300 : lstmfc_nan();
                spoilt.low[s] = spoilt.open[s] = 1e300;
                spoilt.volume[s] = -5;
            }
            market_open(&spoilt, BARS);
            other = column_of(everything[i], &spoilt.candles, NULL);
            if (!CHECK(memcmp(other, whole, t * sizeof *other) == 0)) printf("    %s looks past bar %d\n", everything[i], (int)t);
            free(part);
            free(other);
        }
        free(whole);
    }
}

/* One bar without data: NaN there; windows are the old bits again once it has left them, recursions converge, nothing is
   poisoned. */
TEST(nan_recovers) {
    static market m, hole;
    size_t i, t, bar = 150;
    double gap[2];
    int kind;
    gap[0] = lstmfc_nan();
    gap[1] = 1e300 * 1e10;                                         /* infinity */
    market_walk(&m, BARS, 100, 0.01, 5);
    for (kind = 0; kind < 2; kind++) for (i = 0; i < EVERYTHING; i++) {
        double *clean = column_of(everything[i], &m.candles, NULL), *x;
        const char *name = everything[i];
        memcpy(&hole, &m, sizeof m);
        hole.open[bar] = hole.high[bar] = hole.low[bar] = hole.close[bar] = hole.volume[bar] = gap[kind];
        market_open(&hole, BARS);
        x = column_of(name, &hole.candles, NULL);
        if (!strstr(name, "hour") && !strstr(name, "week") && !strstr(name, "lag") && !CHECK(lstmfc_is_nan(x[bar]))) printf("    %s\n", name);
        CHECK(memcmp(x, clean, bar * sizeof *x) == 0);
        for (t = bar + 40; t < BARS; t++) if (!CHECK(lstmfc_is_finite(x[t]))) { printf("    %s stays NaN at %d\n", name, (int)t); break; }
        if (strstr(name, "bbands") || strstr(name, "stddev") || strstr(name, "sma") || strstr(name, "rank") || strstr(name, "corr")
            || strstr(name, "vwap(") || strstr(name, "realized") || strstr(name, "parkinson") || strstr(name, "min(") || strstr(name, "stoch("))
            CHECK(memcmp(x + bar + 21, clean + bar + 21, (BARS - bar - 21) * sizeof *x) == 0);
        if (strstr(name, "rsi(14)") == name || strstr(name, "ema(") || strstr(name, "atr(14)")) {
            CHECK(!lstmfc_is_nan(x[bar + 1]));                     /* the state was held, so the next bar has a value */
            CHECK(fabs(x[BARS - 1] - clean[BARS - 1]) < 1e-3 * fabs(clean[BARS - 1]));
        }
        free(clean);
        free(x);
    }
}

/* Prices in another unit: oscillators keep their value, to rounding, from 1e-8 to 1e8. By a power of two: to the bit. */
TEST(no_unit) {
    static const char *const oscillators[] = {"rsi(14)", "stochrsi(14,14,3,3).k", "macd(12,26,9).hist/close", "bbands(20,2).width", "bbands(20,2).percent",
        "atr(14)/close", "plus_di(14)", "minus_di(14)", "dx(14)", "adx(14)", "realized_vol(20)", "yang_zhang(20)", "roc(10)", "stoch(5,3,3).k", "cci(14)", "mfi(14)",
        "willr(14)", "trend(20,50).cross", "zscore(20)", "rank(20)", "corr(close,volume,20)", "close/vwap(14)", "slope(20)/close", "signed_volume"};
    static const double scales[] = {1e-8, 1e-3, 1e8, 9.5367431640625e-07, 134217728.0};
    static market m, scaled;
    size_t i, k, t;
    market_walk(&m, BARS, 100, 0.01, 6);
    for (t = 100; t < 160; t++) m.open[t] = m.high[t] = m.low[t] = m.close[t] = m.close[99];    /* a flat leg */
    for (i = 0; i < sizeof oscillators / sizeof oscillators[0]; i++) {
        double *x = column_of(oscillators[i], &m.candles, NULL);
        for (k = 0; k < 5; k++) {
            double *y, s = scales[k];
            for (t = 0; t < BARS; t++) {
                scaled.open[t] = m.open[t] * s; scaled.high[t] = m.high[t] * s; scaled.low[t] = m.low[t] * s; scaled.close[t] = m.close[t] * s;
                scaled.volume[t] = m.volume[t];
            }
            market_open(&scaled, BARS);
            y = column_of(oscillators[i], &scaled.candles, NULL);
            for (t = 0; t < BARS; t++) {
                int ok = k >= 3 ? CHECK(memcmp(&x[t], &y[t], sizeof *x) == 0) : CHECK_CLOSE(x[t], y[t], 1e-8, 1e-8);
                if (!ok) { printf("    %s x %g at bar %d\n", oscillators[i], s, (int)t); break; }
            }
            free(y);
        }
        free(x);
    }
}

/* Nothing moves: every indicator has its neutral value, exactly. */
TEST(flat) {
    static const struct { const char *text; double value; } cases[] = {
        {"rsi(14)", 0}, {"stochrsi(14,14,3,3).raw", 0}, {"stochrsi(14,14,3,3).d", 0}, {"macd(12,26,9).hist", 0}, {"bbands(20,2).width", 0},
        {"bbands(20,2).percent", 0.5}, {"bbands(20,2).upper", 0.1}, {"stddev(20)", 0}, {"zscore(20)", 0}, {"realized_vol(20)", 0}, {"parkinson(20)", 0}, {"garman_klass(20)", 0},
        {"yang_zhang(20)", 0}, {"tr", 0}, {"atr(14)", 0}, {"plus_di(14)", 0}, {"dx(14)", 0}, {"adx(14)", 0}, {"obv", 0}, {"vwap(14)", 0.1}, {"vwap_session", 0.1},
        {"vwap_anchored", 0.1}, {"signed_volume", 0}, {"volume_ratio(20)", 1}, {"stoch(5,3,3).d", 0}, {"cci(14)", 0}, {"mfi(14)", 0}, {"willr(14)", 0},
        {"donchian(20).middle", 0.1}, {"keltner(20,10,2).upper", 0.1}, {"trend(20,50).state", 0}, {"trend(20,50).cross", 0}, {"threshold", 0}, {"rank(20)", 0.5},
        {"slope(20)", 0}, {"corr(close,volume,20)", 0}, {"sma(20)", 0.1}, {"ema(20)", 0.1}, {"wilder(7)", 0.1}, {"wma(20)", 0.1}
    };
    static market m;
    size_t i, t;
    for (t = 0; t < 120; t++) { m.open[t] = m.high[t] = m.low[t] = m.close[t] = 0.1; m.volume[t] = 0; }
    market_open(&m, 120);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t lookback = 0;
        double *x = column_of(cases[i].text, &m.candles, &lookback);
        /* (H+L+C)/3 of three times 0.1 is one rounding away from 0.1 */
        for (t = (size_t)lookback; t < 120; t++)
            if (!CHECK(strstr(cases[i].text, "vwap") ? fabs(x[t] - 0.1) < 1e-16 : x[t] == cases[i].value)) { printf("    %s is %.17g\n", cases[i].text, x[t]); break; }
        free(x);
    }
}

/* A flat leg after a life of large moves leaves no residue. */
TEST(flat_leg) {
    static market m;
    double *sd, *vol, *width, *percent, *k;
    size_t t;
    market_walk(&m, BARS, 1e7, 0.05, 8);
    for (t = 200; t < 300; t++) m.open[t] = m.high[t] = m.low[t] = m.close[t] = m.close[199];
    sd = column_of("stddev(20)", &m.candles, NULL);
    vol = column_of("realized_vol(20)", &m.candles, NULL);
    width = column_of("bbands(20,2).width", &m.candles, NULL);
    percent = column_of("bbands(20,2).percent", &m.candles, NULL);
    k = column_of("stochrsi(14,14,3,3).raw", &m.candles, NULL);
    for (t = 220; t < 300; t++) {
        CHECK(sd[t] == 0 && vol[t] == 0 && width[t] == 0 && percent[t] == 0.5);
        CHECK(k[t] == 0);
    }
    free(sd); free(vol); free(width); free(percent); free(k);
}

/* A newest value that is the mean of its window in whole ticks is so in decimals too: z-score and CCI have no sign. */
TEST(at_the_mean) {
    static const double tick[] = {1e8, 1e4, 100, 1};        /* ticks in a unit; a quotient is the nearest double */
    size_t k, t;
    int32_t i, n, sum, met = 0, value[8];
    lstmfc_rng rng;
    lstmfc_rng_seed(&rng, 7);
    for (k = 0; k < 4; k++) for (t = 0; t < 20000; t++) {
        double x[8], score, index;
        int32_t base = t % 2 ? 6 : 60001;
        n = 3 + (int32_t)(t % 6);
        for (i = 0, sum = 0; i < n; i++) {
            value[i] = base + (int32_t)(lstmfc_rng_uniform(&rng) * 6);
            sum += value[i];
            x[i] = value[i] / tick[k];
        }
        score = lstmfc_window_zscore(x, n);
        index = lstmfc_window_cci(x, n);
        i = value[n - 1] * n > sum ? 1 : value[n - 1] * n < sum ? -1 : 0;
        met += i == 0;
        if (!CHECK((score > 0) - (score < 0) == i && (index > 0) - (index < 0) == i)) return;
    }
    CHECK(met > 1000);
}

/* A fresh state and a run over one series each. */
#define SERIES(state, start, name, inputs, ring, outputs) \
    state machine; \
    const double *const in[] = inputs; \
    double *const to[] = outputs; \
    if (start != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT; \
    lstmfc_##name##_run(&machine, ring, in, count, to); \
    return LSTMFC_OK
#define LIST(...) { __VA_ARGS__ }
/* a statistic of n values over a series, window by window */
static lstmfc_result statistic_batch(double (*statistic)(const double *x, int32_t n), const double *x, size_t count, int32_t n, double *ring, double *out) {
    lstmfc_window window;
    size_t t;
    if (lstmfc_window_init(&window, n) != LSTMFC_OK) return LSTMFC_ERROR_ARGUMENT;
    for (t = 0; t < count; t++) {
        const double *last = lstmfc_window_push(&window, ring, x[t]);
        out[t] = last ? statistic(last, n) : lstmfc_nan();
    }
    return LSTMFC_OK;
}

static lstmfc_result ema_batch(const double *x, size_t count, int32_t n, double *out) {
    SERIES(lstmfc_ema, lstmfc_ema_init(&machine, n), ema, {x}, NULL, {out});
}
static lstmfc_result wilder_batch(const double *x, size_t count, int32_t n, double *out) {
    SERIES(lstmfc_ema, lstmfc_wilder_init(&machine, n), wilder, {x}, NULL, {out});
}
static lstmfc_result rsi_batch(const double *x, size_t count, int32_t n, double *out) {
    SERIES(lstmfc_rsi, lstmfc_rsi_init(&machine, n), rsi, {x}, NULL, {out});
}
static lstmfc_result macd_batch(const double *x, size_t count, int32_t fast, int32_t slow, int32_t signal, double *line, double *signal_line,
                                double *hist) {
    SERIES(lstmfc_macd, lstmfc_macd_init(&machine, fast, slow, signal), macd, {x}, NULL, LIST(line, signal_line, hist));
}
static lstmfc_result atr_batch(const double *high, const double *low, const double *close, size_t count, int32_t n, double *out) {
    SERIES(lstmfc_atr, lstmfc_atr_init(&machine, n), atr, LIST(high, low, close), NULL, {out});
}
static lstmfc_result adx_batch(const double *high, const double *low, const double *close, size_t count, int32_t n, double *plus_di,
                               double *minus_di, double *dx, double *adx) {
    SERIES(lstmfc_adx, lstmfc_adx_init(&machine, n), adx, LIST(high, low, close), NULL, LIST(plus_di, minus_di, dx, adx));
}
static lstmfc_result obv_batch(const double *close, const double *volume, size_t count, double *out) {
    SERIES(lstmfc_obv, (lstmfc_obv_init(&machine), LSTMFC_OK), obv, LIST(close, volume), NULL, {out});
}
static lstmfc_result realized_vol_batch(const double *x, size_t count, int32_t n, double *ring, double *out) {
    SERIES(lstmfc_realized_vol, lstmfc_realized_vol_init(&machine, n), realized_vol, {x}, ring, {out});
}

/* Moves of more than a double holds: the sums of the RSI are no numbers, and no flat market either (0 is "oversold"). */
TEST(rsi_overflow) {
    double x[80], out[80];
    lstmfc_rsi rsi;
    int t;
    for (t = 0; t < 80; t++) x[t] = t < 40 ? 100 + t % 7 : t % 2 ? 1.7e308 : -1.7e308;
    CHECK(rsi_batch(x, 80, 5, out) == LSTMFC_OK);
    CHECK(lstmfc_rsi_init(&rsi, 5) == LSTMFC_OK);
    for (t = 0; t < 80; t++) {
        double one = lstmfc_rsi_update(&rsi, x[t]);
        if (t >= 5 && t < 40) CHECK(out[t] > 0 && out[t] <= 100 && one == out[t]);
        if (t > 40) CHECK(lstmfc_is_nan(out[t]) && lstmfc_is_nan(one));
    }
}

/* No losses: RSI 100. Bounds of what is bounded, on wild data. */
TEST(bounds) {
    static const struct { const char *text; double low, high; } cases[] = {{"rsi(2)", 0, 100}, {"stochrsi(3,5,3,3).raw", 0, 100}, {"stochrsi(3,5,3,3).k", 0, 100},
        {"stochrsi(3,5,3,3).d", 0, 100}, {"adx(2)", 0, 100}, {"dx(2)", 0, 100}, {"plus_di(2)", 0, 100}, {"stoch(3,3,3).k", 0, 100}, {"mfi(3)", 0, 100}, {"willr(3)", -100, 0},
        {"rank(3)", 0, 1}, {"corr(close,open,3)", -1, 1}, {"stddev(3)", 0, 1e308}, {"realized_vol(2)", 0, 1e9}, {"trend(2,3).cross", -1, 1}};
    static market m;
    size_t i, t, seed;
    double *x;
    for (seed = 0; seed < 5; seed++) {
        market_walk(&m, BARS, 100, 0.2, seed);
        for (t = 0; t < BARS; t += 7) m.close[t] = m.high[t] = m.low[t];        /* ties and zero ranges */
        for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            x = column_of(cases[i].text, &m.candles, NULL);
            for (t = 0; t < BARS; t++) CHECK(lstmfc_is_nan(x[t]) || (x[t] >= cases[i].low && x[t] <= cases[i].high));
            free(x);
        }
    }
    for (t = 0; t < BARS; t++) m.close[t] = 100 + (double)t;
    x = column_of("rsi(14)", &m.candles, NULL);
    for (t = 14; t < BARS; t++) CHECK(x[t] == 100);
    free(x);
}

TEST(volume_figures) {
    static market m;
    double *x;
    size_t t;
    market_walk(&m, 60, 100, 0.01, 9);
    m.time[0] = (int64_t)1700006400000 - 3 * 3600000;              /* 2023-11-14 21:00: the day ends after three bars */
    for (t = 1; t < 60; t++) m.time[t] = m.time[0] + (int64_t)t * 3600000;
    m.volume[0] = m.volume[1] = m.volume[3] = m.volume[4] = 0;
    x = column_of("vwap_session", &m.candles, NULL);
    CHECK(x[0] == (m.high[0] + m.low[0] + m.close[0]) / 3);        /* no volume yet: the typical price of the anchor */
    CHECK(x[1] == x[0]);
    CHECK(lstmfc_signed_volume(2, 2, 2, 5) == 0 && lstmfc_signed_volume(3, 1, 3, 5) == 5 && lstmfc_signed_volume(3, 1, 1, 5) == -5);
    CHECK(lstmfc_is_nan(lstmfc_signed_volume(2, 2, lstmfc_nan(), 5)) && lstmfc_is_nan(lstmfc_signed_volume(2, 2, 2, HUGE_VAL)));
    CHECK_NEAR(x[2], (m.high[2] + m.low[2] + m.close[2]) / 3, 1e-15);
    CHECK(x[3] == (m.high[3] + m.low[3] + m.close[3]) / 3);        /* a new day */
    CHECK(x[4] == x[3]);
    CHECK_NEAR(x[5], (m.high[5] + m.low[5] + m.close[5]) / 3, 1e-15);
    free(x);
    x = column_of("vwap_anchored", &m.candles, NULL);
    CHECK(x[3] == x[2] && x[4] == x[2]);                           /* zero volume: carried */
    free(x);
    x = column_of("vwap(2)", &m.candles, NULL);
    CHECK_NEAR(x[1], (m.high[0] + m.low[0] + m.close[0] + m.high[1] + m.low[1] + m.close[1]) / 6, 1e-15);
    CHECK_NEAR(x[3], (m.high[2] + m.low[2] + m.close[2]) / 3, 1e-15);
    free(x);
    x = column_of("signed_volume", &m.candles, NULL);
    CHECK_NEAR(x[7], m.volume[7] * (2 * m.close[7] - m.high[7] - m.low[7]) / (m.high[7] - m.low[7]), 1e-12);
    free(x);
    x = column_of("volume_delta", &m.candles, NULL);
    CHECK(x[7] == m.volume[7] - m.volume[6]);
    free(x);
}

/* What is put together from others, and correlations of what is one thing. */
TEST(composites) {
    static const char *const pairs[][2] = {
        {"keltner(20,10,1.5).upper", "ema(20)+1.5*atr(10)"}, {"keltner(20,10,1.5).middle", "ema(20)"}, {"keltner(20,10,1.5).lower", "ema(20)-1.5*atr(10)"},
        {"threshold", "0.5*atr(14)+0.3*realized_vol(20)*close"}, {"donchian(9).middle", "(max(high,9)+min(low,9))/2"}, {"donchian(9).upper", "max(high,9)"},
        {"donchian(9).lower", "min(low,9)"}, {"vwap(1)", "(high+low+close)/3"}, {"volume_ratio(7)", "volume/sma(volume,7)"}, {"trend(20,50).state", "sign(ema(20)-ema(50))"},
        {"zscore(20)", "(close-sma(20))/stddev(20)"}, {"bbands(20,2).percent", "(close-bbands(20,2).lower)/(bbands(20,2).upper-bbands(20,2).lower)"},
        {"macd(12,26,9).hist", "macd(12,26,9).line-macd(12,26,9).signal"}, {"stochrsi(14,14,3,3).d", "sma(sma(stochrsi(14,14,3,3).raw,3),3)"}, {"wilder(14)", "ema(27)"}
    };
    static market m;
    size_t i, t;
    double *x, *y;
    market_walk(&m, BARS, 100, 0.01, 13);
    for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        int wilder = strncmp(pairs[i][0], "wilder", 6) == 0;       /* the same factor, another seed: near in the end */
        x = column_of(pairs[i][0], &m.candles, NULL);
        y = column_of(pairs[i][1], &m.candles, NULL);
        for (t = 0; t < BARS; t++) {
            if (wilder ? t > 300 && !CHECK_NEAR(x[t], y[t], 1e-6) : !CHECK_CLOSE(x[t], y[t], 1e-11, 1e-11)) { printf("    %s at %d\n", pairs[i][0], (int)t); break; }
        }
        free(x); free(y);
    }
    for (i = 2; i < 9; i++) {
        char text[64];
        snprintf(text, sizeof text, "corr(close,3*close-1,%d)", (int)i);
        x = column_of(text, &m.candles, NULL);
        for (t = i - 1; t < BARS; t++) CHECK(x[t] <= 1 && x[t] > 1 - 1e-9);
        free(x);
    }
}

TEST(trend_events) {
    static market m;
    double *state, *cross;
    size_t t;
    int events = 0;
    market_walk(&m, BARS, 100, 0.03, 10);
    state = column_of("trend(3,8).state", &m.candles, NULL);
    cross = column_of("trend(3,8).cross", &m.candles, NULL);
    for (t = 8; t < BARS; t++) {
        CHECK(state[t] == 1 || state[t] == -1);
        CHECK(cross[t] == (state[t] != state[t - 1] ? state[t] : 0));
        events += cross[t] != 0;
    }
    CHECK(events > 10);
    free(state); free(cross);
}

/* Cumulative sums do not drift: a million bars of 0.1 up and 0.1 down. */
TEST(obv_exact) {
    lstmfc_obv obv;
    double v = 0;
    int t;
    lstmfc_obv_init(&obv);
    lstmfc_obv_update(&obv, 100, 1e9);
    for (t = 0; t < 1000000; t++) v = lstmfc_obv_update(&obv, t % 2 ? 100 : 101, t % 2 ? 0.1 : 0.3);
    CHECK_NEAR(v, 1e9 + 500000 * (0.3 - 0.1), 1e-15);
}

/* ---- the kernels alone ---- */

/* Batch kernels, updates one by one, an update of copies (peek), and the language: the same bits. */
TEST(kernels) {
    static market m;
    static double ring[200], other[200], out[BARS], b[BARS], c[BARS], d[BARS];
    double *x, *y;
    size_t t;
    lstmfc_window window, copy;
    lstmfc_rsi rsi;
    market_walk(&m, BARS, 100, 0.01, 11);
#define SAME(text) do { double *same = column_of(text, &m.candles, NULL); CHECK(memcmp(same, out, sizeof out) == 0); free(same); } while (0)
#define SAME_AS(text, array) do { double *same = column_of(text, &m.candles, NULL); CHECK(memcmp(same, array, sizeof out) == 0); free(same); } while (0)
    CHECK(lstmfc_window_floats(20) == 40);
    CHECK_INT(statistic_batch(lstmfc_window_mean, m.close, BARS, 20, ring, out), LSTMFC_OK); SAME("sma(20)");
    CHECK_INT(statistic_batch(lstmfc_window_stddev, m.close, BARS, 20, ring, out), LSTMFC_OK); SAME("stddev(20)");
    CHECK_INT(statistic_batch(lstmfc_window_rank, m.close, BARS, 20, ring, out), LSTMFC_OK); SAME("rank(20)");
    CHECK_INT(statistic_batch(lstmfc_window_wma, m.close, BARS, 20, ring, out), LSTMFC_OK); SAME("wma(20)");
    CHECK_INT(ema_batch(m.close, BARS, 20, out), LSTMFC_OK); SAME("ema(20)");
    CHECK_INT(wilder_batch(m.close, BARS, 20, out), LSTMFC_OK); SAME("wilder(20)");
    CHECK_INT(rsi_batch(m.close, BARS, 14, out), LSTMFC_OK); SAME("rsi(14)");
    memcpy(out, m.close, sizeof out);
    CHECK_INT(rsi_batch(out, BARS, 14, out), LSTMFC_OK); SAME("rsi(14)");           /* in place */
    memcpy(out, m.close, sizeof out);
    CHECK_INT(statistic_batch(lstmfc_window_max, out, BARS, 20, ring, out), LSTMFC_OK); SAME("max(20)");
    CHECK_INT(macd_batch(m.close, BARS, 12, 26, 9, out, b, c), LSTMFC_OK); SAME("macd.line"); SAME_AS("macd.signal", b); SAME_AS("macd.hist", c);
    CHECK_INT(atr_batch(m.high, m.low, m.close, BARS, 14, out), LSTMFC_OK); SAME("atr");
    CHECK_INT(adx_batch(m.high, m.low, m.close, BARS, 14, out, b, c, d), LSTMFC_OK);
    SAME("plus_di(14)"); SAME_AS("minus_di(14)", b); SAME_AS("dx(14)", c); SAME_AS("adx(14)", d);
    obv_batch(m.close, m.volume, BARS, out); SAME("obv");
    CHECK_INT(realized_vol_batch(m.close, BARS, 20, ring, out), LSTMFC_OK); SAME("realized_vol(20)");

    x = column_of("sma(20)", &m.candles, NULL);
    y = column_of("rsi(14)", &m.candles, NULL);
    lstmfc_window_init(&window, 20);
    lstmfc_rsi_init(&rsi, 14);
    for (t = 0; t < BARS; t++) {
        const double *last;
        lstmfc_rsi peek = rsi;
        double value;
        copy = window;
        memcpy(other, ring, sizeof ring);
        lstmfc_window_push(&copy, other, 1e9);                     /* a forming bar looked at leaves no trace */
        lstmfc_rsi_update(&peek, 1e9);
        last = lstmfc_window_push(&window, ring, m.close[t]);
        value = last ? lstmfc_window_mean(last, 20) : lstmfc_nan();
        CHECK(memcmp(&value, &x[t], sizeof value) == 0);
        value = lstmfc_rsi_update(&rsi, m.close[t]);
        CHECK(memcmp(&value, &y[t], sizeof value) == 0);
    }
    free(x);
    free(y);
}

/* ---- all forms of all indicators ---- */

enum { LONG = 2500, LONGEST_RING = 4096 };

/* How each row is set up with windows of n, in this profile. What a row of the language refuses, n = 1 of an RSI, is not run. */
static int32_t profile = LSTMFC_PROFILE_TALIB;
static lstmfc_result start_of(int32_t indicator, void *state, int32_t n) {
    int32_t arguments[4];
    arguments[0] = arguments[1] = arguments[2] = arguments[3] = n;
    if (indicator == LSTMFC_INDICATOR_STOCHRSI) { arguments[2] = 3; arguments[3] = 5; }
    if (indicator == LSTMFC_INDICATOR_STOCH) arguments[1] = arguments[2] = 3;
    if (indicator == LSTMFC_INDICATOR_MACD || indicator == LSTMFC_INDICATOR_TREND) arguments[1] = 2 * n;
    if (indicator == LSTMFC_INDICATOR_MACD) arguments[2] = 9;
    return lstmfc_indicator_init(indicator, state, arguments, 2, profile);
}

/* The array of the k-th input of a row. */
static const double *input_of(const char *inputs, size_t k);
#define INPUTS(inputs) (sizeof #inputs - 1)

/* t o h l c v x y; a walk with a hole, an infinity, a flat leg, jumps, and bars without volume */
static double long_columns[8][LONG];
static const char long_letters[] = "tohlcvxy";

static const double *input_of(const char *inputs, size_t k) {
    return long_columns[strchr(long_letters, inputs[k]) - long_letters];
}

static void long_market(void) {
    lstmfc_rng rng;
    double last = 30000;
    size_t t, k;
    lstmfc_rng_seed(&rng, 21);
    for (t = 0; t < LONG; t++) {
        double open = last * (1 + 0.001 * lstmfc_rng_normal(&rng)), close = t % 700 == 300 ? last * 3 : last * (1 + 0.01 * lstmfc_rng_normal(&rng));
        if (t > 1500 && t < 1600) open = close = last;
        long_columns[0][t] = 1.7e12 + 3.6e6 * (double)t;
        long_columns[1][t] = open;
        long_columns[2][t] = fmax(open, close) * (t > 1500 && t < 1600 ? 1 : 1 + 0.003 * fabs(lstmfc_rng_normal(&rng)));
        long_columns[3][t] = fmin(open, close) * (t > 1500 && t < 1600 ? 1 : 1 - 0.003 * fabs(lstmfc_rng_normal(&rng)));
        long_columns[4][t] = long_columns[6][t] = close;
        if (t >= 1650 && t < 1850) {                                  /* ticks of 0.01 around 0.8, where ties are no ties of bits */
            long_columns[1][t] = (double)(78 + t * 7 % 5) / 100;
            long_columns[4][t] = long_columns[6][t] = (double)(79 + t * 5 % 3) / 100;
            long_columns[2][t] = (double)(t & 1 ? 105 : 100 + t / 9 % 2 * 5) / 100;
            long_columns[3][t] = (double)(t & 1 ? 55 : 60 - t / 11 % 2 * 5) / 100;
        }
        long_columns[5][t] = long_columns[7][t] = (t > 1000 && t < 1050) ? 0 : 1000 * lstmfc_exp(lstmfc_rng_normal(&rng));
        last = close;
    }
    for (k = 1; k < 8; k++) { long_columns[k][611] = lstmfc_nan(); long_columns[k][1999] = HUGE_VAL; long_columns[k][2000] = -HUGE_VAL; }
}

/* all at once = bar by bar = in pieces; a peek gives what the bar then gives and leaves no trace; a copy goes on as the original */
#define FORMS(ID, name, state, step, memory, inputs, outputs, ...) \
static void forms_of_##name(int32_t n) \
{ \
    static double whole[5][LONG], ring[LONGEST_RING], other_ring[LONGEST_RING], pieces[5][LONG], place[8][LONG]; \
    const double *in[5], *from[5]; \
    double *out[5], x[5], y[5], z[5], forming[5]; \
    lstmfc_##state s, before, copy; \
    size_t t, k, bars, bad = 0; \
    const size_t many = INPUTS(inputs); \
    for (k = 0; k < many; k++) in[k] = input_of(#inputs, k); \
    for (k = 0; k < 5; k++) out[k] = whole[k]; \
    memset(&s, 0, sizeof s); \
    if (start_of(LSTMFC_INDICATOR_##ID, &s, n) != LSTMFC_OK) return; \
    if (!CHECK(lstmfc_##name##_ring(&s) <= LONGEST_RING)) return; \
    lstmfc_##name##_run(&s, ring, in, LONG, out); \
    start_of(LSTMFC_INDICATOR_##ID, &s, n); \
    for (t = 0; t < LONG && !bad; t++) { \
        for (k = 0; k < many; k++) { x[k] = in[k][t]; forming[k] = in[k][(t * 7 + 3) % LONG]; from[k] = &in[k][t]; } \
        before = s; \
        lstmfc_##name##_peek(&s, ring, forming, z); \
        lstmfc_##name##_peek(&s, ring, x, z); \
        bad |= memcmp(&before, &s, sizeof s) != 0; \
        if (t == LONG / 2) { copy = s; memcpy(other_ring, ring, sizeof ring); } \
        if (t >= LONG / 2) { \
            for (k = 0; k < 5; k++) out[k] = &y[k]; \
            lstmfc_##name##_run(&copy, other_ring, from, 1, out); \
            for (k = 0; k < outputs; k++) bad |= memcmp(&y[k], &whole[k][t], sizeof y[k]) != 0; \
        } \
        for (k = 0; k < 5; k++) out[k] = &y[k]; \
        lstmfc_##name##_run(&s, ring, from, 1, out); \
        for (k = 0; k < outputs; k++) bad |= memcmp(&y[k], &whole[k][t], sizeof y[k]) != 0 || memcmp(&z[k], &y[k], sizeof y[k]) != 0; \
    } \
    if (!CHECK(!bad)) printf("    " #name "(%d) bar by bar differs at %d\n", (int)n, (int)t - 1); \
    start_of(LSTMFC_INDICATOR_##ID, &s, n); \
    for (t = 0; t < LONG; t += bars) { \
        bars = 1 + (t * 31 + 17) % 90; \
        if (t % 5 == 0) bars += 700; \
        if (bars > LONG - t) bars = LONG - t; \
        for (k = 0; k < many; k++) from[k] = in[k] + t; \
        for (k = 0; k < 5; k++) out[k] = pieces[k] + t; \
        lstmfc_##name##_run(&s, ring, from, bars, out); \
    } \
    for (k = 0; k < outputs; k++) if (!CHECK(memcmp(pieces[k], whole[k], sizeof whole[k]) == 0)) printf("    " #name "(%d) in pieces\n", (int)n); \
    for (k = 0; k < many; k++) { memcpy(place[k], in[k], sizeof place[k]); in[k] = place[k]; } \
    for (k = 0; k < 5; k++) out[k] = k < many ? place[k] : pieces[k];          /* over its own inputs */ \
    start_of(LSTMFC_INDICATOR_##ID, &s, n); \
    lstmfc_##name##_run(&s, ring, in, LONG, out); \
    for (k = 0; k < outputs; k++) if (!CHECK(memcmp(out[k], whole[k], sizeof whole[k]) == 0)) printf("    " #name "(%d) in place\n", (int)n); \
}
LSTMFC_INDICATORS(FORMS)

TEST(forms) {
    static const int32_t lengths[] = {1, 2, 3, 7, 14, 20, 33, 64, 100, 255, 300};
    size_t i;
    long_market();
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i += quick() ? 3 : 1) {
#define EACH(ID, name, ...) forms_of_##name(lengths[i]);
        for (profile = LSTMFC_PROFILE_TALIB; profile <= LSTMFC_PROFILE_TRADINGVIEW; profile++) { LSTMFC_INDICATORS(EACH) }
        profile = LSTMFC_PROFILE_TALIB;
#undef EACH
    }
}

/* The typed `_update` of every row gives what a run gives. */
#define AT_x     x[t]
#define AT_xy    x[t], v[t]
#define AT_v     v[t]
#define AT_hl    h[t], l[t]
#define AT_cv    x[t], v[t]
#define AT_hlc   h[t], l[t], x[t]
#define AT_ohlc  o[t], h[t], l[t], x[t]
#define AT_hlcv  h[t], l[t], x[t], v[t]
#define AT_thlcv (int64_t)long_columns[0][t], h[t], l[t], x[t], v[t]
#define WITH_RING ring,
#define WITH_BARE
#define UPDATE_1(name, memory, inputs) y[0] = lstmfc_##name##_update(&s, WITH_##memory AT_##inputs)
#define UPDATE_2(name, memory, inputs) lstmfc_##name##_update(&s, WITH_##memory AT_##inputs, y)
#define UPDATE_3 UPDATE_2
#define UPDATE_4 UPDATE_2
#define UPDATE_5 UPDATE_2
#define UPDATES(ID, name, state, step, memory, inputs, outputs, ...) \
static void updates_of_##name(void) \
{ \
    static double whole[5][LONG], ring[LONGEST_RING]; \
    const double *in[5], *const o = long_columns[1], *const h = long_columns[2], *const l = long_columns[3], *const x = long_columns[4], \
        *const v = long_columns[5]; \
    double *out[5], y[5]; \
    lstmfc_##state s; \
    size_t t, k, bad = 0; \
    for (k = 0; k < INPUTS(inputs); k++) in[k] = input_of(#inputs, k); \
    for (k = 0; k < 5; k++) out[k] = whole[k]; \
    start_of(LSTMFC_INDICATOR_##ID, &s, 14); \
    lstmfc_##name##_run(&s, ring, in, LONG, out); \
    start_of(LSTMFC_INDICATOR_##ID, &s, 14); \
    for (t = 0; t < LONG && !bad; t++) { \
        UPDATE_##outputs(name, memory, inputs); \
        for (k = 0; k < outputs; k++) bad |= memcmp(&y[k], &whole[k][t], sizeof y[k]) != 0; \
    } \
    if (!CHECK(!bad)) printf("    " #name "_update at %d\n", (int)t - 1); \
    (void)o; (void)h; (void)l; (void)x; (void)v; \
}
LSTMFC_INDICATORS(UPDATES)

TEST(updates) {
    long_market();
#define EACH(ID, name, ...) updates_of_##name();
    LSTMFC_INDICATORS(EACH)
#undef EACH
}

/* A run whose outputs nobody wants leaves the state of one that had them. */
#define UNWANTED(ID, name, state, step, memory, inputs, outputs, ...) \
static void unwanted_of_##name(void) \
{ \
    static double ring[LONGEST_RING], other_ring[LONGEST_RING], values[5][LONG]; \
    const double *in[5], *from[5]; \
    double *out[5], *none[5] = {NULL, NULL, NULL, NULL, NULL}, a[5], b[5]; \
    lstmfc_##state s, other; \
    size_t k; \
    for (k = 0; k < INPUTS(inputs); k++) { in[k] = input_of(#inputs, k); from[k] = in[k] + 2100; } \
    for (k = 0; k < 5; k++) out[k] = values[k]; \
    memset(&s, 0, sizeof s); \
    memset(&other, 0, sizeof other); \
    start_of(LSTMFC_INDICATOR_##ID, &s, 14); \
    start_of(LSTMFC_INDICATOR_##ID, &other, 14); \
    lstmfc_##name##_run(&s, ring, in, 2100, out); \
    lstmfc_##name##_run(&other, other_ring, in, 2100, none); \
    for (k = 0; k < 5; k++) out[k] = &a[k]; \
    lstmfc_##name##_run(&s, ring, from, 1, out); \
    for (k = 0; k < 5; k++) out[k] = &b[k]; \
    lstmfc_##name##_run(&other, other_ring, from, 1, out); \
    if (!CHECK(memcmp(a, b, outputs * sizeof a[0]) == 0)) printf("    " #name " with no output wanted\n"); \
}
LSTMFC_INDICATORS(UNWANTED)

TEST(unwanted) {
    long_market();
#define EACH(ID, name, ...) unwanted_of_##name();
    LSTMFC_INDICATORS(EACH)
#undef EACH
}

/* Every NaN that comes out is lstmfc_nan(), whatever bits one came in with; `tie` may be any number. */
TEST(block_edges) {
    static double volume[600], close[600], whole[600], ring[64];
    const double *in[2];
    double *out[1] = {whole}, one;
    lstmfc_window window;
    lstmfc_obv obv;
    uint64_t odd = UINT64_C(0xfff8000000000123);
    size_t t;
    static const double ties[] = {-1, 0, 0.5, 1};
    size_t k;
    for (t = 0; t < 600; t++) { volume[t] = (double)(t * 13 % 29); close[t] = (double)(t * 7 % 5); }
    for (t = 40; t < 600; t += 37) memcpy(&volume[t], &odd, sizeof odd);
    in[0] = volume;
    lstmfc_window_init(&window, 20);
    lstmfc_volume_ratio_run(&window, ring, in, 600, out);
    lstmfc_window_init(&window, 20);
    for (t = 0; t < 600; t++) {
        in[0] = &volume[t];
        out[0] = &one;
        lstmfc_volume_ratio_run(&window, ring, in, 1, out);
        if (!CHECK(memcmp(&one, &whole[t], sizeof one) == 0)) break;
    }
    for (t = 0; t < 600; t++) { volume[t] = (double)(t * 13 % 29); close[t] = (double)(t / 2 % 5); }
    for (k = 0; k < 4; k++) {
        lstmfc_obv_init(&obv);
        obv.tie = ties[k];
        in[0] = close;
        in[1] = volume;
        out[0] = whole;
        lstmfc_obv_run(&obv, NULL, in, 600, out);
        lstmfc_obv_init(&obv);
        obv.tie = ties[k];
        for (t = 0; t < 600; t++) {
            one = lstmfc_obv_update(&obv, close[t], volume[t]);
            if (!CHECK(memcmp(&one, &whole[t], sizeof one) == 0)) { printf("    tie %g\n", ties[k]); break; }
        }
    }
}

/* _lookback is the first bar with a value, of every output, in every profile; _stable is 0 exactly where nothing recurs. */
#define FIRSTS(ID, name, state, step, memory, inputs, outputs, ...) \
static void firsts_of_##name(int32_t n) \
{ \
    static double values[5][LONG], ring[LONGEST_RING]; \
    const double *in[5]; \
    double *out[5]; \
    lstmfc_##state s; \
    size_t k, t; \
    for (k = 0; k < INPUTS(inputs); k++) in[k] = input_of(#inputs, k); \
    for (k = 0; k < 5; k++) out[k] = values[k]; \
    if (start_of(LSTMFC_INDICATOR_##ID, &s, n) != LSTMFC_OK) return; \
    lstmfc_##name##_run(&s, ring, in, 600, out); \
    for (k = 0; k < outputs; k++) { \
        for (t = 0; t < 600 && lstmfc_is_nan(values[k][t]); t++) continue; \
        if (!CHECK_INT(lstmfc_##name##_lookback(&s, (int32_t)k), (int64_t)t)) printf("    " #name "(%d) output %d, profile %d\n", (int)n, (int)k, (int)profile); \
        if (t < 600 && !CHECK((lstmfc_##name##_stable(&s, (int32_t)k, 0) > 0) == recursive(#name))) printf("    " #name " stable\n"); \
    } \
}
static int recursive(const char *name) {
    static const char *const those[] = {"ema", "rsi", "stochrsi", "macd", "atr", "adx", "plus_di", "minus_di", "dx", "wilder", "trend", "keltner", "threshold"};
    size_t i;
    for (i = 0; i < sizeof those / sizeof those[0]; i++) if (strcmp(name, those[i]) == 0) return 1;
    return 0;
}
LSTMFC_INDICATORS(FIRSTS)

TEST(firsts) {
    static const int32_t lengths[] = {2, 3, 14, 20, 33, 100};
    size_t i;
    long_market();
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
#define EACH(ID, name, ...) firsts_of_##name(lengths[i]);
        for (profile = LSTMFC_PROFILE_TALIB; profile <= LSTMFC_PROFILE_TRADINGVIEW; profile++) { LSTMFC_INDICATORS(EACH) }
        profile = LSTMFC_PROFILE_TALIB;
#undef EACH
    }
}

/* A window's value has the same bits wherever the series starts. */
static int cumulative(const char *name) { return strcmp(name, "obv") == 0 || strcmp(name, "vwap_anchored") == 0 || strcmp(name, "vwap_session") == 0; }
#define START(ID, name, state, step, memory, inputs, outputs, ...) \
static void start_series_of_##name(int32_t n, size_t settled) \
{ \
    static double whole[5][LONG], late[5][LONG], ring[LONGEST_RING]; \
    const double *in[5]; \
    double *out[5]; \
    lstmfc_##state s; \
    size_t k, first; \
    if (recursive(#name) || cumulative(#name)) return; \
    for (first = 0; first < 60; first += 19) { \
        memset(&s, 0, sizeof s); \
        start_of(LSTMFC_INDICATOR_##ID, &s, n); \
        for (k = 0; k < INPUTS(inputs); k++) in[k] = input_of(#inputs, k) + first; \
        for (k = 0; k < 5; k++) out[k] = (first ? late[k] : whole[k]) + first; \
        lstmfc_##name##_run(&s, ring, in, LONG - first, out); \
        for (k = 0; first && k < outputs; k++) \
            if (!CHECK(memcmp(late[k] + first + settled, whole[k] + first + settled, (LONG - first - settled) * sizeof(double)) == 0)) \
                printf("    " #name "(%d) from bar %d\n", (int)n, (int)first); \
    } \
}
LSTMFC_INDICATORS(START)

TEST(start) {
    long_market();
#define EACH(ID, name, ...) start_series_of_##name(14, 20); start_series_of_##name(20, 26);
    LSTMFC_INDICATORS(EACH)
#undef EACH
}

/* Where the profiles differ from TA-Lib, by hand. */
TEST(profiles) {
    static const double close[] = {10, 11, 11, 10, 12}, volume[] = {5, 1, 2, 4, 8}, high[] = {12, 12, 13, 12, 13}, low[] = {9, 10, 10, 9, 11};
    static const double obv[3][5] = {{5, 6, 6, 2, 10}, {5, 6, 8, 4, 12}, {0, 1, 1, -3, 5}};
    static const double flat[3] = {0, 100, 100};
    lstmfc_obv o;
    lstmfc_rsi r;
    lstmfc_ema e;
    lstmfc_tr tr;
    lstmfc_bbands b;
    lstmfc_stochrsi k;
    lstmfc_vwap v;
    double ring[64], y[5];
    int32_t p;
    size_t t;
    for (p = 0; p < 3; p++) {
        double range;
        lstmfc_obv_init(&o);
        CHECK_INT(lstmfc_obv_profile(&o, p), LSTMFC_OK);
        for (t = 0; t < 5; t++) CHECK_NEAR(lstmfc_obv_update(&o, close[t], volume[t]), obv[p][t], 0);
        lstmfc_rsi_init(&r, 2);
        CHECK_INT(lstmfc_rsi_profile(&r, p), LSTMFC_OK);
        CHECK(lstmfc_is_nan(lstmfc_rsi_update(&r, 7)));
        CHECK(lstmfc_is_nan(lstmfc_rsi_update(&r, 7)) == (p != LSTMFC_PROFILE_TA));
        CHECK_NEAR(lstmfc_rsi_update(&r, 7), flat[p], 0);
        /* EMA 3: from the mean 32/3 at bar 2, or from the first value: 10, 10.5, 10.75, 10.375 */
        lstmfc_ema_init(&e, 3);
        CHECK_INT(lstmfc_ema_profile(&e, p), LSTMFC_OK);
        y[0] = lstmfc_ema_update(&e, close[0]);
        CHECK(p == LSTMFC_PROFILE_TRADINGVIEW ? y[0] == 10 : lstmfc_is_nan(y[0]));
        y[1] = lstmfc_ema_update(&e, close[1]);
        CHECK(p == LSTMFC_PROFILE_TRADINGVIEW ? y[1] == 10.5 : lstmfc_is_nan(y[1]));
        CHECK_NEAR(lstmfc_ema_update(&e, close[2]), p ? 10.75 : 32.0 / 3, 1e-15);
        CHECK_NEAR(lstmfc_ema_update(&e, close[3]), p ? 10.375 : 31.0 / 3, 1e-15);
        lstmfc_tr_init(&tr);
        CHECK_INT(lstmfc_tr_profile(&tr, p), LSTMFC_OK);
        range = lstmfc_tr_update(&tr, high[0], low[0], close[0]);
        CHECK(p ? range == 3 : lstmfc_is_nan(range));
        CHECK_NEAR(lstmfc_tr_update(&tr, 15, 14, 14), 5, 0);
        lstmfc_bbands_init(&b, 2, 2);
        CHECK_INT(lstmfc_bbands_profile(&b, p), LSTMFC_OK);
        y[0] = y[1] = 7;
        { const double *in[1] = {y}; double *out[5] = {NULL, NULL, NULL, NULL, y}; lstmfc_bbands_run(&b, ring, in, 2, out); }
        CHECK(p == LSTMFC_PROFILE_TA ? lstmfc_is_nan(y[1]) : y[1] == 0.5);
        lstmfc_vwap_init(&v, 1);
        CHECK_INT(lstmfc_vwap_profile(&v, p), LSTMFC_OK);
        y[0] = lstmfc_vwap_update(&v, ring, 3, 1, 2, 0);
        CHECK(p ? lstmfc_is_nan(y[0]) : y[0] == 2);
        lstmfc_stochrsi_init(&k, 2, 2, 1, 1);
        CHECK_INT(lstmfc_stochrsi_profile(&k, p), LSTMFC_OK);
        for (t = 0; t < 5; t++) lstmfc_stochrsi_update(&k, ring, close[t], y);
        CHECK_NEAR(y[0], p == LSTMFC_PROFILE_TA ? 1 : 100, 1e-15);
    }
    /* Directional movement of 2. Bars: up 1 of a range of 3, up 2 of 4, then none. TA-Lib: sums of one move fade by half and take the
       second: 1/2 + 2 of 3/2 + 4; the others are seeded with both: 3 of 7. Then a bar without direction. */
    for (p = 0; p < 3; p++) {
        static const double h[] = {10, 11, 13}, l[] = {8, 8, 9}, c[] = {9, 10, 12};
        lstmfc_adx d;
        double out[4];
        lstmfc_adx_init(&d, 2);
        CHECK_INT(lstmfc_adx_profile(&d, p), LSTMFC_OK);
        for (t = 0; t < 3; t++) lstmfc_adx_update(&d, h[t], l[t], c[t], out);
        CHECK_NEAR(out[0], 100 * (p ? 3.0 / 7 : 2.5 / 5.5), 1e-15);
        lstmfc_adx_init(&d, 2);
        lstmfc_adx_profile(&d, p);
        for (t = 0; t < 4; t++) lstmfc_adx_update(&d, 10, 9, 9.5, out);
        d.dx = 77;                                                             /* as if it had had a direction */
        lstmfc_adx_update(&d, 10, 9, 9.5, out);
        CHECK_NEAR(out[2], p ? 0 : 77, 0);
        lstmfc_stochrsi_init(&k, 2, 2, 1, 1);
        lstmfc_stochrsi_profile(&k, p);
        for (t = 0; t < 6; t++) lstmfc_stochrsi_update(&k, ring, 7, y);        /* no range */
        CHECK(p == LSTMFC_PROFILE_TA ? lstmfc_is_nan(y[0]) : y[0] == 0);
    }
    /* A series that stands still for longer than a block, then moves: no direction, no range, in a block and bar by bar. */
    for (p = 0; p < 3; p++) {
        static double still[3][900], whole[4][900];
        const double *in[3] = {still[0], still[1], still[2]};
        double *to[4] = {whole[0], whole[1], whole[2], whole[3]}, out[4];
        lstmfc_adx d;
        for (t = 0; t < 900; t++) {
            double move = t < 400 ? 0 : (double)(t * 7 % 11);
            still[0][t] = 101 + move; still[1][t] = (t < 400 ? 101 : 100) + move; still[2][t] = (t < 400 ? 101 : 100.5) + move;
        }
        lstmfc_adx_init(&d, 14);
        lstmfc_adx_profile(&d, p);
        lstmfc_adx_run(&d, NULL, in, 900, to);
        lstmfc_adx_init(&d, 14);
        lstmfc_adx_profile(&d, p);
        for (t = 0; t < 900; t++) {
            size_t j;
            lstmfc_adx_update(&d, still[0][t], still[1][t], still[2][t], out);
            for (j = 0; j < 4; j++) if (!CHECK(memcmp(&out[j], &whole[j][t], sizeof out[j]) == 0)) t = 899;
        }
        CHECK(whole[3][399] == 0 && whole[3][899] > 0);
    }
    CHECK_INT(lstmfc_obv_profile(&o, 3), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_ema_profile(&e, -1), LSTMFC_ERROR_ARGUMENT);
    {
        lstmfc_features_desc desc;
        lstmfc_error err = {0, 0, 0, 0, ""};
        memset(&desc, 0, sizeof desc);
        desc.profile = 9;
        CHECK(!lstmfc_features_compile("rsi", &desc, &err) && err.code == LSTMFC_ERROR_ARGUMENT && strstr(err.message, "profile 9"));
    }
}

/* What may be set after _init, and what a state offers besides. */
TEST(options) {
    static market m;
    lstmfc_realized_vol vol;
    lstmfc_rsi rsi;
    double ring[64], *out[1], y[BARS];
    const double *in[1];
    size_t t, i;
    int32_t estimate;
    market_walk(&m, BARS, 100, 0.01, 31);
    in[0] = m.close;
    out[0] = y;
    for (estimate = LSTMFC_VOL_SAMPLE; estimate <= LSTMFC_VOL_ROOT_SUM; estimate++) {
        lstmfc_realized_vol_init(&vol, 20);
        vol.estimate = estimate;
        lstmfc_realized_vol_run(&vol, ring, in, BARS, out);
        CHECK_NEAR(vol.change, log(m.close[BARS - 1] / m.close[BARS - 2]), 1e-12);
        for (t = 20; t < BARS; t += 13) {
            long double mean = 0, squares = 0, sum = 0;
            for (i = t - 19; i <= t; i++) mean += brute_log(m.close, i, 1) / 20;
            for (i = t - 19; i <= t; i++) { squares += powl(brute_log(m.close, i, 1) - mean, 2); sum += powl(brute_log(m.close, i, 1), 2); }
            CHECK_NEAR(y[t], (double)sqrtl(estimate == LSTMFC_VOL_SAMPLE ? squares / 19 : estimate == LSTMFC_VOL_POPULATION ? squares / 20 : sum), 1e-12);
        }
        lstmfc_realized_vol_init(&vol, 20);
        vol.estimate = estimate;
        for (t = 0; t < BARS; t++) {
            double one = lstmfc_realized_vol_update(&vol, ring, m.close[t]);
            CHECK(memcmp(&one, &y[t], sizeof one) == 0);
        }
    }
    CHECK_NEAR(lstmfc_annualised(0.01, 3600, 0), 0.01 * sqrt(8766.0), 1e-15);
    CHECK_NEAR(lstmfc_annualised(0.02, 86400, 252 * 24.0), 0.02 * sqrt(252.0), 1e-15);
    CHECK(lstmfc_is_nan(lstmfc_annualised(0.01, 0, 0)));
    lstmfc_rsi_init(&rsi, 2);
    rsi.flat = 50;
    for (t = 0; t < 3; t++) y[0] = lstmfc_rsi_update(&rsi, 5);
    CHECK(y[0] == 50);
}

/* Against long double, also after a million bars: no drift, at any price. */
TEST(million) {
    enum { MOST = 1000000 };
    static const struct { double price, share; } series[] = {{30000, 0.01}, {1e-5, 0.01}, {1.0, 1e-6}, {1e7, 1e-9}};
    const size_t count = quick() ? 50000 : MOST;
    double *x = (double *)malloc(count * sizeof *x), *middle = (double *)malloc(count * sizeof *x), *width = (double *)malloc(count * sizeof *x);
    double *sd = (double *)malloc(count * sizeof *x), *vol = (double *)malloc(count * sizeof *x), ring[64];
    size_t k, t, i;
    for (k = 0; k < 4; k++) {
        lstmfc_rng rng;
        lstmfc_bbands bands;
        const double *in[1];
        double *out[5];
        lstmfc_rng_seed(&rng, 77 + k);
        for (t = 0; t < count; t++) {      /* held near its price, with a jump of 1000 now and then: what a running sum would remember */
            double step = 1 + series[k].share * lstmfc_rng_normal(&rng);
            x[t] = (t && t % 5000 != 1 ? x[t - 1] + 0.01 * (series[k].price - x[t - 1]) : series[k].price) * step;
            if (t % 5000 == 0) x[t] = series[k].price * 1000;
        }
        in[0] = x;
        out[0] = middle; out[1] = out[2] = out[4] = NULL; out[3] = width;
        CHECK_INT(lstmfc_bbands_init(&bands, 20, 2), LSTMFC_OK);
        lstmfc_bbands_run(&bands, ring, in, count, out);
        CHECK_INT(statistic_batch(lstmfc_window_stddev, x, count, 20, ring, sd), LSTMFC_OK);
        CHECK_INT(realized_vol_batch(x, count, 20, ring, vol), LSTMFC_OK);
        for (t = 20; t < count; t += t < count - 6000 ? 997 : 1) {
            long double mean = 0, squares = 0, mean_r = 0, squares_r = 0, r;
            for (i = t - 19; i <= t; i++) { mean += ((long double)x[i] - x[t - 19]) / 20; mean_r += log1pl(((long double)x[i] - x[i - 1]) / x[i - 1]) / 20; }
            for (i = t - 19; i <= t; i++) {
                squares += powl((long double)x[i] - x[t - 19] - mean, 2);
                r = log1pl(((long double)x[i] - x[i - 1]) / x[i - 1]) - mean_r;
                squares_r += r * r;
            }
            mean += x[t - 19];
            if (!CHECK_NEAR(middle[t], (double)mean, 1e-14) || !CHECK_NEAR(sd[t], (double)sqrtl(squares / 20), 1e-13)
                || !CHECK_NEAR(width[t], (double)(400 * sqrtl(squares / 20) / mean), 1e-12) || !CHECK_NEAR(vol[t], (double)sqrtl(squares_r / 19), 1e-12))
                { printf("    price %g, bar %d\n", series[k].price, (int)t); break; }
        }
    }
    free(x); free(middle); free(width); free(sd); free(vol);
}

/* Recursions in long double, as the books write them, beside ours, for a million bars: to 1e-12 of the value, and of what it is the
   difference of where that is more (a MACD line that crosses zero). */
TEST(recursive_million) {
    enum { COUNT = 1000000, SERIES = 11 };
    volatile long double one = 1, tiny = LDBL_EPSILON;
    static const struct { double price, share; } series[] = {{30000, 0.01}, {1e-5, 0.01}, {1.0, 1e-6}, {1e7, 1e-9}};
    static const char *const names[SERIES] = {"ema", "wilder", "rsi", "atr", "plus_di", "minus_di", "adx", "macd", "signal", "hist", "obv"};
    double *hlcv[4], *ours[SERIES];
    size_t k, t, i;
    if (sizeof(long double) == sizeof(double) || one + tiny == one) SKIP("long double is no wider than double here");
    for (i = 0; i < 4; i++) hlcv[i] = (double *)malloc(COUNT * sizeof(double));
    for (i = 0; i < SERIES; i++) ours[i] = (double *)malloc(COUNT * sizeof(double));
    for (k = 0; k < 4; k++) {
        const double *h = hlcv[0], *l = hlcv[1], *c = hlcv[2], *v = hlcv[3];
        long double ema = 0, wilder = 0, gain = 0, loss = 0, atr = 0, plus = 0, minus = 0, range = 0, adx = 0, fast = 0, slow = 0, signal = 0, obv = 0;
        double worst[SERIES] = {0};
        lstmfc_rng rng;
        double price = series[k].price;
        lstmfc_rng_seed(&rng, 90 + k);
        for (t = 0; t < COUNT; t++) {
            double last = t ? c[t - 1] : price, next = (last + 0.01 * (price - last)) * (1 + series[k].share * lstmfc_rng_normal(&rng));
            hlcv[2][t] = next;
            hlcv[0][t] = (last > next ? last : next) * (1 + 0.3 * series[k].share * lstmfc_rng_uniform(&rng));
            hlcv[1][t] = (last < next ? last : next) * (1 - 0.3 * series[k].share * lstmfc_rng_uniform(&rng));
            hlcv[3][t] = 1000 * lstmfc_exp(0.7 * lstmfc_rng_normal(&rng));
        }
        CHECK_INT(ema_batch(c, COUNT, 20, ours[0]), LSTMFC_OK);
        CHECK_INT(wilder_batch(c, COUNT, 14, ours[1]), LSTMFC_OK);
        CHECK_INT(rsi_batch(c, COUNT, 14, ours[2]), LSTMFC_OK);
        CHECK_INT(atr_batch(h, l, c, COUNT, 14, ours[3]), LSTMFC_OK);
        CHECK_INT(adx_batch(h, l, c, COUNT, 14, ours[4], ours[5], NULL, ours[6]), LSTMFC_OK);
        CHECK_INT(macd_batch(c, COUNT, 12, 26, 9, ours[7], ours[8], ours[9]), LSTMFC_OK);
        obv_batch(c, v, COUNT, ours[10]);
        for (t = 0; t < COUNT; t++) {
            long double change = t ? (long double)c[t] - c[t - 1] : 0, up = t ? (long double)h[t] - h[t - 1] : 0, down = t ? (long double)l[t - 1] - l[t] : 0, tr, dx;
            const long double rounding = 4 * DBL_EPSILON * (long double)h[t];      /* moves within it are none, and tie */
            long double want[SERIES], scale[SERIES], line, x;
            size_t first[SERIES] = {19, 13, 14, 14, 14, 14, 27, 33, 33, 33, 0};
            tr = t ? (c[t - 1] > h[t] ? (long double)c[t - 1] : h[t]) - (c[t - 1] < l[t] ? (long double)c[t - 1] : l[t]) : 0;
            if (fabsl(change) <= rounding) change = 0;
            if (!(up > (down > 0 ? down : 0) + rounding)) up = 0;
            if (!(down > (t && h[t] > h[t - 1] ? (long double)h[t] - h[t - 1] : 0) + rounding)) down = 0;
            ema = t < 20 ? ema + (long double)c[t] / 20 : ema + (c[t] - ema) * 2 / 21;
            wilder = t < 14 ? wilder + (long double)c[t] / 14 : wilder + (c[t] - wilder) / 14;
            gain = t < 15 ? gain + (change > 0 ? change : 0) / 14 : gain + ((change > 0 ? change : 0) - gain) / 14;
            loss = t < 15 ? loss + (change < 0 ? -change : 0) / 14 : loss + ((change < 0 ? -change : 0) - loss) / 14;
            atr = t < 15 ? atr + tr / 14 : atr + (tr - atr) / 14;
            plus = t < 14 ? plus + up : plus - plus / 14 + up;
            minus = t < 14 ? minus + down : minus - minus / 14 + down;
            range = t < 14 ? range + tr : range - range / 14 + tr;
            dx = t >= 14 ? 100 * fabsl(plus - minus) / (plus + minus) : 0;
            adx = t < 14 ? 0 : t < 28 ? adx + dx / 14 : adx + (dx - adx) / 14;
            x = (long double)c[t] - price;                         /* the difference of two averages does not mind */
            slow = t < 26 ? slow + x / 26 : slow + (x - slow) * 2 / 27;
            fast = t < 14 ? 0 : t < 26 ? fast + x / 12 : fast + (x - fast) * 2 / 13;
            line = fast - slow;
            signal = t < 25 ? 0 : t < 34 ? signal + line / 9 : signal + (line - signal) * 2 / 10;
            obv += t == 0 || change > 0 ? (long double)v[t] : change < 0 ? -(long double)v[t] : 0;
            want[0] = ema; want[1] = wilder; want[2] = 100 * gain / (gain + loss); want[3] = atr; want[4] = 100 * plus / range; want[5] = 100 * minus / range;
            want[6] = adx; want[7] = line; want[8] = signal; want[9] = line - signal; want[10] = obv;
            for (i = 0; i < SERIES; i++) scale[i] = fabsl(want[i]);
            scale[7] = scale[8] = scale[9] = fabsl(fast - x) + fabsl(slow - x) + fabsl(signal);
            scale[10] += v[t];
            for (i = 0; i < SERIES; i++)
                if (t >= first[i] && fabsl(ours[i][t] - want[i]) > worst[i] * scale[i]) worst[i] = (double)(fabsl(ours[i][t] - want[i]) / scale[i]);
        }
        for (i = 0; i < SERIES; i++) if (!CHECK(worst[i] < 1e-12)) printf("    %s at price %g: %g\n", names[i], price, worst[i]);
    }
    for (i = 0; i < 4; i++) free(hlcv[i]);
    for (i = 0; i < SERIES; i++) free(ours[i]);
}

TEST(refused) {
    lstmfc_window window = {7, 7, 7, 7};
    lstmfc_rsi rsi;
    lstmfc_macd macd;
    lstmfc_adx dmi;
    lstmfc_ema ema;
    lstmfc_lag lag;
    lstmfc_trend trend;
    double x[3] = {1, 2, 3}, out[3] = {5, 5, 5}, ring[8];
    CHECK_INT(lstmfc_window_init(&window, 0), LSTMFC_ERROR_ARGUMENT);
    CHECK(window.n == 7 && window.at == 7);
    CHECK_INT(lstmfc_ema_init(&ema, 0), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_ema_init(&ema, -3), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_rsi_init(&rsi, 1), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_adx_init(&dmi, 1), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_lag_init(&lag, -1), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_macd_init(&macd, 26, 12, 9), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_trend_init(&trend, 26, 12), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(rsi_batch(x, 3, 0, out), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(statistic_batch(lstmfc_window_mean, x, 3, 0, ring, out), LSTMFC_ERROR_ARGUMENT);
    CHECK(out[0] == 5 && out[2] == 5);
    CHECK_INT(statistic_batch(lstmfc_window_mean, x, 3, 1, ring, out), LSTMFC_OK);      /* n = 1: a copy */
    CHECK(out[0] == 1 && out[2] == 3);
    CHECK_INT(lstmfc_macd_init(&macd, 12, INT32_MAX, INT32_MAX), LSTMFC_OK);   /* sums of bars in 64 bits */
    CHECK_INT(lstmfc_macd_lookback(&macd, 1), 2 * (int64_t)INT32_MAX - 2);
    CHECK_INT(ema_batch(x, 3, 1, out), LSTMFC_OK);
    CHECK(out[0] == 1 && out[2] == 3);
}

/* From the stable bar on, two series that differ only before it agree to eps: here after a jump of the first 30 bars. */
TEST(stable) {
    static const char *const recursive[] = {"ema(20)", "rsi(14)", "atr(14)", "adx(14)", "macd(12,26,9).hist", "ema(ema(10),10)", "keltner(20,10,2).upper"};
    static market m, other;
    size_t i, t;
    lstmfc_ema ema;
    lstmfc_rsi rsi;
    lstmfc_adx dmi;
    lstmfc_macd macd;
    lstmfc_ema_init(&ema, 50);
    lstmfc_rsi_init(&rsi, 14);
    lstmfc_adx_init(&dmi, 14);
    lstmfc_macd_init(&macd, 12, 26, 9);
    CHECK_INT(lstmfc_ema_stable(&ema, 0, 0), 231);
    CHECK_INT(lstmfc_rsi_stable(&rsi, 0, 0), 125);
    CHECK_INT(lstmfc_adx_stable(&dmi, 0, 0), 125);
    CHECK(lstmfc_adx_stable(&dmi, 3, 0) > 150 && lstmfc_adx_stable(&dmi, 3, 0) < 165);
    CHECK(lstmfc_macd_stable(&macd, 0, 0) > 120 && lstmfc_macd_stable(&macd, 0, 0) < 145);
    market_walk(&m, BARS, 100, 0.01, 12);
    memcpy(&other, &m, sizeof m);
    for (t = 0; t < 20; t++) { other.close[t] *= 1.5; other.high[t] *= 1.6; other.low[t] *= 1.4; }
    market_open(&other, BARS);
    for (i = 0; i < sizeof recursive / sizeof recursive[0]; i++) {
        lstmfc_features *f = lstmfc_features_compile(recursive[i], NULL, NULL);
        int64_t from = lstmfc_features_stable(f, 1e-6) + 20;
        double *a = column_of(recursive[i], &m.candles, NULL), *b = column_of(recursive[i], &other.candles, NULL);
        CHECK(from > lstmfc_features_lookback(f) && from < BARS);
        CHECK(lstmfc_features_stable(f, 1e-6) > lstmfc_features_stable(f, 1e-4) && lstmfc_features_stable(f, 0) == lstmfc_features_stable(f, 1e-4));
        for (t = (size_t)from; t < BARS; t++) CHECK_CLOSE(a[t], b[t], 1e-4, 1e-4);
        free(a); free(b);
        lstmfc_features_free(f);
    }
}

int main(void) {
    RUN(talib); RUN(exact); RUN(brute_force); RUN(first_bars); RUN(no_look_ahead); RUN(nan_recovers); RUN(no_unit); RUN(flat); RUN(flat_leg);
    RUN(rsi_overflow); RUN(at_the_mean);
    RUN(bounds); RUN(volume_figures); RUN(composites); RUN(trend_events); RUN(obv_exact); RUN(kernels); RUN(forms); RUN(updates); RUN(unwanted); RUN(block_edges); RUN(firsts); RUN(profiles); RUN(options); RUN(start); RUN(million); RUN(recursive_million); RUN(refused); RUN(stable);
    return test_end();
}
