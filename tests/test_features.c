// also: native
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

/* The feature language, scalers and spans. (What the indicators compute is test_indicators.c.) */

enum { BARS = 500 };

static int64_t bar_time[BARS];
static double bar_open[BARS], bar_high[BARS], bar_low[BARS], bar_close[BARS], bar_volume[BARS], bar_mood[BARS];
static unsigned char mood_missing[BARS];
static lstmfc_column bar_columns[6];
static lstmfc_candles bars;

static void make_bars(uint64_t seed) {
    static const char *const names[] = {"open", "high", "low", "Close", "volume", "mood \"x\""};
    double *arrays[6];
    lstmfc_rng rng;
    size_t t, i;
    double last = 100;
    lstmfc_rng_seed(&rng, seed);
    for (t = 0; t < BARS; t++) {
        bar_time[t] = (int64_t)1704067200000 + (int64_t)t * 3600000;           /* from Monday 2024-01-01 00:00 on */
        bar_open[t] = last;
        bar_close[t] = last * (1 + 0.01 * lstmfc_rng_normal(&rng));
        bar_high[t] = fmax(bar_open[t], bar_close[t]) * (1 + 0.003 * lstmfc_rng_uniform(&rng));
        bar_low[t] = fmin(bar_open[t], bar_close[t]) * (1 - 0.003 * lstmfc_rng_uniform(&rng));
        bar_volume[t] = t % 50 == 7 ? 0 : 1000 * lstmfc_rng_uniform(&rng);
        bar_mood[t] = lstmfc_rng_normal(&rng);
        mood_missing[t] = t % 11 == 3;
        last = bar_close[t];
    }
    arrays[0] = bar_open; arrays[1] = bar_high; arrays[2] = bar_low; arrays[3] = bar_close; arrays[4] = bar_volume; arrays[5] = bar_mood;
    memset(&bars, 0, sizeof bars);
    memset(bar_columns, 0, sizeof bar_columns);
    for (i = 0; i < 6; i++) { bar_columns[i].name = names[i]; bar_columns[i].values = arrays[i]; }
    bar_columns[5].missing = mood_missing;
    bars.count = BARS;
    bars.time = bar_time;
    bars.open = bar_open; bars.high = bar_high; bars.low = bar_low; bars.close = bar_close; bars.volume = bar_volume;
    bars.columns = bar_columns;
    bars.column_count = 6;
}

static lstmfc_features *compile(const char *text, const lstmfc_candles *columns, int start_dependent) {
    lstmfc_features_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features *features;
    memset(&desc, 0, sizeof desc);
    desc.columns = columns;
    desc.start_dependent = start_dependent;
    features = lstmfc_features_compile(text, &desc, &err);
    if (!features) test_check(0, text, 0, err.message);
    return features;
}

/* [count][features]; the caller frees both. */
static double *evaluate(const lstmfc_features *features, const lstmfc_candles *candles) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    double *matrix = (double *)malloc((candles->count * (size_t)lstmfc_features_count(features) + 1) * sizeof *matrix);
    CHECK_OK(lstmfc_features_evaluate(features, candles, matrix, &err), err);
    return matrix;
}

/* The value of a one-feature text at bar t. */
static double value(const char *text, size_t t) {
    lstmfc_features *features = compile(text, &bars, 1);
    double *matrix, x;
    if (!features) return 0;
    matrix = evaluate(features, &bars);
    x = matrix[t];
    free(matrix);
    lstmfc_features_free(features);
    return x;
}

/* ---- the language ---- */

TEST(canonical) {
    static const char *const texts[][2] = {
        {"rsi", "rsi(14)"}, {"rsi( close , 14 )", "rsi(14)"}, {"rsi(open,14)", "rsi(open,14)"}, {" rsi (14) / 100\n", "rsi(14)/100"},
        {"log_return", "log_return(close)"}, {"log_return(close,1)", "log_return(close)"}, {"log_return(3)", "log_return(close,3)"},
        {"lag(2)", "lag(close,2)"}, {"lag(open,0)", "lag(open,0)"}, {"mom", "mom(10)"}, {"bbands.percent", "bbands(20,2).percent"}, {"bbands(20,2)", "bbands(20,2).middle"},
        {"bbands(20,2.5).upper", "bbands(20,2.5).upper"}, {"macd(12,26,9) . hist", "macd(12,26,9).hist"}, {"stochrsi.k", "stochrsi(14,14,3,3).k"}, {"obv", "obv"}, {"obv()", "obv"},
        {"a = close", "a = close"}, {"rsi = rsi(14)", "rsi = rsi(14)"}, {"\"a b\"=close", "\"a b\" = close"}, {"\"and\" = close", "\"and\" = close"}, {"\"q\"\"q\"=close", "\"q\"\"q\" = close"},
        {"close-(open-high)", "close-(open-high)"}, {"(close-open)-high", "close-open-high"}, {"close*(open/high)", "close*(open/high)"}, {"close/(open*high)", "close/(open*high)"},
        {"(close*open)/high", "close*open/high"}, {"close+(open*high)", "close+open*high"}, {"(close+open)*high", "(close+open)*high"}, {"-(close+open)", "-(close+open)"},
        {"-close*2", "-close*2"}, {"-(close*2)", "-(close*2)"}, {"--close", "--close"}, {"close--open", "close--open"}, {"2*-close", "2*-close"}, {"1.50e1", "15"}, {"0.1", "0.1"},
        {"1e-7", "1e-7"}, {"sma((5),3)", "sma((5),3)"}, {"sma((-5),3)", "sma((-5),3)"}, {"sma(5+1,3)", "sma(5+1,3)"}, {"abs(5)", "abs(5)"}, {"fill(close,-3)", "fill(close,-3)"},
        {"clip(close,-0.5,1e3)", "clip(close,-0.5,1000)"}, {"col(x_1)", "col(x_1)"}, {"col( \"a,b)\" )", "col(\"a,b)\")"}, {"missing(col(x))", "missing(col(x))"},
        {"keltner", "keltner(20,10,2).upper"}, {"corr(close,open,20)", "corr(close,open,20)"}, {"sma(sma(3),4)", "sma(sma(3),4)"}, {"sma(20.0)", "sma(20)"},
        {"adx", "adx(14)"}, {"dx(3)/adx(3)", "dx(3)/adx(3)"}, {"minus_di-plus_di", "minus_di(14)-plus_di(14)"}, {"a=close,b=a_b_c", NULL}, {"all_columns=close", "all_columns = close"}, {"all_columns", "open, high, low, close, volume"}, {"time", "time"},
        {"close,open ,\thigh", "close, open, high"}
    };
    size_t i;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        lstmfc_features *once, *twice;
        lstmfc_features_desc desc;
        lstmfc_error err = {0, 0, 0, 0, ""};
        memset(&desc, 0, sizeof desc);
        desc.start_dependent = 1;
        once = lstmfc_features_compile(texts[i][0], &desc, &err);
        if (!texts[i][1]) { CHECK(!once); continue; }
        if (!once) { test_check(0, texts[i][0], 0, err.message); continue; }
        CHECK_TEXT(lstmfc_features_spec(once), texts[i][1]);
        twice = compile(lstmfc_features_spec(once), NULL, 1);
        if (twice) CHECK_TEXT(lstmfc_features_spec(twice), lstmfc_features_spec(once));
        lstmfc_features_free(once);
        lstmfc_features_free(twice);
    }
}

TEST(names) {
    lstmfc_features *f = compile("rsi(14)/100, x = close, bbands.percent, \"a b\" = open", NULL, 0);
    CHECK_INT(lstmfc_features_count(f), 4);
    CHECK_TEXT(lstmfc_features_name(f, 0), "rsi(14)/100");
    CHECK_TEXT(lstmfc_features_name(f, 1), "x");
    CHECK_TEXT(lstmfc_features_name(f, 2), "bbands(20,2).percent");
    CHECK_TEXT(lstmfc_features_name(f, 3), "a b");
    CHECK(lstmfc_features_name(f, 4) == NULL && lstmfc_features_name(f, -1) == NULL);
    CHECK_INT(lstmfc_features_lookback(f), 19);
    CHECK_INT(lstmfc_features_lookback_of(f, 0), 14);
    CHECK_INT(lstmfc_features_lookback_of(f, 1), 0);
    lstmfc_features_free(f);
    lstmfc_features_free(NULL);
}

/* Every error names its column, in characters counted from 1, and helps. */
TEST(errors) {
    /* the text, a caret under the place that the error names, what the message says, and what else */
    static const struct { const char *text, *caret, *part, *other; } cases[] = {
        {"",
         "^", "empty", NULL},
        {"  \n",
         "^", "empty", NULL},
        {"foo(3)",
         "^", "unknown name \"foo\"", NULL},
        {"rsj(14)",
         "^", "did you mean \"rsi\"?", NULL},
        {"close, clos",
         "       ^", "did you mean \"close\"?", NULL},
        {"close + vlume",
         "        ^", "did you mean \"volume\"?", NULL},
        {"lag(-1)",
         "    ^", "would read the future", "lag"},
        {"lag(close,-1)",
         "          ^", "would read the future", NULL},
        {"diff(close, -3)",
         "            ^", "would read the future", NULL},
        {"sma(close,-1)",
         "          ^", "would read the future", NULL},
        {"sma(close,0)",
         "          ^", "at least 1", "sma"},
        {"rsi(1)",
         "    ^", "at least 2", "rsi"},
        {"adx(1)",
         "    ^", "at least 2", NULL},
        {"rank(close,1)",
         "           ^", "at least 2", NULL},
        {"realized_vol(1)",
         "             ^", "at least 2", NULL},
        {"stochrsi(1,14,3,3)",
         "         ^", "at least 2", "rsi_n"},
        {"sma(close,2.5)",
         "          ^", "whole number", NULL},
        {"sma(close,open)",
         "          ^", "plain number", "argument n of sma"},
        {"sma(close,2*3)",
         "          ^", "plain number", NULL},
        {"sma(close,1e9)",
         "          ^", "larger than", "1048576"},
        {"sma(close)",
         "         ^", "sma needs n: sma(x,n)", NULL},
        {"sma",
         "^", "sma needs n", NULL},
        {"sma()",
         "    ^", "sma needs n", NULL},
        {"log",
         "^", "log needs x", NULL},
        {"corr(close,20)",
         "             ^", "corr needs n", NULL},
        {"clip(close,1)",
         "            ^", "clip needs hi", NULL},
        {"rsi(close,14,3)",
         "             ^", "too many arguments", "rsi(x,n)"},
        {"rsi(14,close)",
         "       ^", "a series comes first", "rsi(x,n)"},
        {"macd(12,26,9,close)",
         "             ^", "a series comes first", "macd(x,fast,slow,signal)"},
        {"lag(3,volume)",
         "      ^", "a series comes first", "lag(x,n)"},
        {"rsi(14,3)",
         "       ^", "too many arguments", "rsi(x,n)"},
        {"stochrsi(14,close)",
         "            ^", "plain number", "a series comes first: stochrsi(x,"},
        {"clip(0,1,close)",
         "         ^", "plain number", "a series comes first: clip(x,lo,hi)"},
        {"atr(14,close)",
         "       ^", "too many arguments", "atr(n) reads its columns by itself"},
        {"obv(3)",
         "    ^", "obv takes no arguments", NULL},
        {"atr(close,14)",
         "    ^", "plain number", NULL},
        {"macd(12,26,9).his",
         "              ^", "no output \"his\"", "line,signal,hist"},
        {"macd(12,26,9).",
         "              ^", "missing after the dot", NULL},
        {"macd(12,26,9).,close",
         "              ^", "missing after the dot", NULL},
        {"rsi(14).k",
         "        ^", "one output", NULL},
        {"macd(26,12,9)",
         "     ^", "must not exceed", "macd"},
        {"trend(50,20)",
         "      ^", "must not exceed", NULL},
        {"clip(close,2,1)",
         "^", "lower limit", NULL},
        {"rsi(14",
         "      ^", "')' is missing", "column 4"},
        {"(close+open",
         "           ^", "')' is missing", "column 1"},
        {"rsi(14))",
         "       ^", "')' without its '('", NULL},
        {"close)",
         "     ^", "without", NULL},
        {"()",
         " ^", "\")\" where an expression", NULL},
        {"rsi(14),",
         "       ^", "after the last comma", NULL},
        {",close",
         "^", "\",\" where an expression", NULL},
        {"close,,open",
         "      ^", "where an expression", NULL},
        {"sma(close,,3)",
         "          ^", "plain number", NULL},
        {"log(close,)",
         "          ^", "too many", NULL},
        {"close open",
         "      ^", "\"open\" where an operator", NULL},
        {"close +",
         "       ^", "text ends where an expression", NULL},
        {"* close",
         "^", "where an expression", NULL},
        {"close $ 2",
         "      ^", "\"$\"", NULL},
        {"close \xC3\x97 2",
         "      ^", "\"\xC3\x97\" where", NULL},
        {"\x01",
         "^", "\"?\"", NULL},
        {"5x",
         " ^", "end of a number", NULL},
        {"1.2.3",
         "   ^", "end of a number", NULL},
        {"1e999",
         "^", "too large", NULL},
        {"a=close,a=open",
         "        ^", "two features are called \"a\"", NULL},
        {"close, close",
         "       ^", "two features are called \"close\"", NULL},
        {"rsi(14),x=open, rsi( close,14)",
         "                ^", "two features are called \"rsi(14)\"", NULL},
        {"close < 3",
         "      ^", "signal rules", NULL},
        {"close == open",
         "      ^", "signal rules", NULL},
        {"close and open",
         "      ^", "reserved", NULL},
        {"not close",
         "^", "reserved", NULL},
        {"or = close",
         "^", "cannot name a feature", NULL},
        {"@z",
         "^", "unknown preset @z", "@e_literal"},
        {"@d_sentimen",
         "^", "did you mean @d_sentiment?", NULL},
        {"@a+1",
         "  ^", "\"+\"", NULL},
        {"1+@a",
         "  ^", "several features", NULL},
        {"@",
         "^", "unknown preset", NULL},
        {"sma(all_columns,3)",
         "    ^", "several features", NULL},
        {"obv",
         "^", "depends on where the series starts", "--start-dependent allow"},
        {"rsi(14), x = vwap_anchored",
         "         ^", "depends on where", NULL},
        {"@a, @a",
         "    ^", "two features", NULL},
        {"@e_literal",
         "^", "depends on where", NULL},
        {"close, 2*obv",
         "       ^", "depends on where", NULL},
        {"col",
         "   ^", "col(name)", NULL},
        {"col(",
         "    ^", "')' is missing", NULL},
        {"col()",
         "    ^", "one column name", NULL},
        {"col(a b)",
         "    ^", "one column name", NULL},
        {"col(\"a)",
         "    ^", "quote is not closed", NULL},
        {"col(\"\")",
         "    ^", "name is empty", NULL},
        {"\"x\"",
         "^", "where an expression", NULL},
        {"missing(3)",
         "^", "missing takes a column", NULL},
        {"missing(time)",
         "^", "missing takes a column", NULL},
        {"@c",
         "^", "@c needs the columns", NULL},
        {"~a = close",
         "^", "\"~\"", NULL},
        {"RSI(14)",
         "^", "did you mean \"rsi\"?", NULL},
        {"macd.hst",
         "     ^", "did you mean \"hist\"?", NULL},
        {"bbands.uper",
         "       ^", "did you mean \"upper\"?", NULL},
        {"\"\xC3\xA9\xE2\x82\xAC\" = rsj",
         "\"\xC3\xA9\xE2\x82\xAC\"   ^", "did you mean \"rsi\"?", NULL},
        {"col(\"\xC3\xA9\")+(close",
         "    \"\xC3\xA9\"        ^", "')' is missing", "column 10"}
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_features *f = lstmfc_features_compile(cases[i].text, NULL, &err);
        if (CHECK(f == NULL) && CHECK_INT(err.code, LSTMFC_ERROR_SPEC)) CHECK_AT(cases[i].text, cases[i].caret, err);
        CHECK_HAS(err.message, cases[i].part);
        if (cases[i].other) CHECK_HAS(err.message, cases[i].other);
        CHECK(lstmfc_features_compile(cases[i].text, NULL, NULL) == NULL);     /* quiet */
        lstmfc_features_free(f);
    }
    {   /* with the file's columns known */
        lstmfc_features_desc desc;
        lstmfc_error err = {0, 0, 0, 0, ""};
        make_bars(1);
        memset(&desc, 0, sizeof desc);
        desc.columns = &bars;
        CHECK(!lstmfc_features_compile("x = col(vollume)", &desc, &err));
        CHECK_INT(err.column, 9);
        CHECK_HAS(err.message, "did you mean \"volume\"?");
        CHECK(!lstmfc_features_compile("1 + Close", &desc, &err));
        CHECK_INT(err.column, 5);
        CHECK_HAS(err.message, "write col(Close)");
    }
    {   /* NULL text: an error that is there stays */
        lstmfc_error err = {0, 0, 0, 0, ""};
        CHECK(!lstmfc_features_compile(NULL, NULL, &err));
        CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
        err.code = LSTMFC_ERROR_OPEN;
        CHECK(!lstmfc_features_compile(NULL, NULL, &err));
        CHECK_INT(err.code, LSTMFC_ERROR_OPEN);
    }
}

/* Depth, number of nodes, windows: bounded, with an error. */
TEST(limits) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features_desc desc;
    lstmfc_env env = lstmfc_env_default();
    size_t i, n;
    char *text = (char *)malloc(400000);
    lstmfc_features *f;
    memset(&desc, 0, sizeof desc);
    desc.env = &env;
    for (n = 63; n <= 64; n++) {
        memset(text, '(', n); strcpy(text + n, "close"); memset(text + n + 5, ')', n); text[2 * n + 5] = 0;
        f = lstmfc_features_compile(text, &desc, &err);
        CHECK((f != NULL) == (n == 63));
        lstmfc_features_free(f);
    }
    CHECK_INT(err.column, 65);
    CHECK_HAS(err.message, "nested deeper than the 64 levels");
    memset(text, '-', 100000); strcpy(text + 100000, "close");
    CHECK(!lstmfc_features_compile(text, &desc, &err));
    CHECK_INT(err.column, 65);
    for (n = 0, i = 0; i < 2000; i++) { strcpy(text + n, i ? "+close" : "close"); n += strlen(text + n); }
    CHECK(!lstmfc_features_compile(text, &desc, &err));
    CHECK_HAS(err.message, "operations deep");
    for (n = 0, i = 0; i < 9000; i++) n += (size_t)sprintf(text + n, "%sclose+%d", i ? "," : "", (int)i);
    CHECK(!lstmfc_features_compile(text, &desc, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_SPEC);
    env.limits.elements = 1000;
    CHECK(!lstmfc_features_compile("sma(close,400),sma(close,401)", &desc, &err));
    CHECK_INT(err.column, 16);
    env.limits.dimension = 100;
    CHECK(!lstmfc_features_compile("sma(close,101)", &desc, &err));
    CHECK_HAS(err.message, "100 bars allowed");
    free(text);
}

/* ---- what the functions give ---- */

TEST(arithmetic) {
    size_t t = 100;
    make_bars(2);
    CHECK(value("close+2*open", t) == bar_close[t] + 2 * bar_open[t]);
    CHECK(value("close-open-high", t) == bar_close[t] - bar_open[t] - bar_high[t]);
    CHECK(value("close-(open-high)", t) == bar_close[t] - (bar_open[t] - bar_high[t]));
    for (t = 0; t < 100; t++) CHECK(value("close/open*high", t) == bar_close[t] / bar_open[t] * bar_high[t]);
    CHECK(value("-close", t) == -bar_close[t]);
    CHECK(lstmfc_is_nan(value("close/(open-open)", t)));
    CHECK(lstmfc_is_nan(value("(open-open)/(open-open)", t)));
    CHECK(lstmfc_is_nan(value("close*1e308", t)));
    CHECK(value("log(close)", t) == lstmfc_log(bar_close[t]));
    CHECK(lstmfc_is_nan(value("log(-close)", t)) && lstmfc_is_nan(value("log(0)", t)));
    CHECK(value("log0(-close)", t) == 0 && value("log0(0)", t) == 0 && value("log0(close)", t) == lstmfc_log(bar_close[t]));
    CHECK(value("sqrt(4)", t) == 2 && lstmfc_is_nan(value("sqrt(-close)", t)));
    CHECK(value("exp(1)", t) == lstmfc_exp(1) && lstmfc_is_nan(value("exp(1000)", t)));
    CHECK(value("abs(-close)", t) == bar_close[t]);
    CHECK(value("sign(-close)", t) == -1 && value("sign(0)", t) == 0 && value("sign(close)", t) == 1);
    CHECK(value("clip(close,0,1)", t) == 1 && value("clip(-close,-2,1)", t) == -2 && value("clip(0.5,0,1)", t) == 0.5);
    CHECK(value("lag(3)", t) == bar_close[t - 3] && value("lag(0)", t) == bar_close[t] && value("lag(open)", t) == bar_open[t - 1]);
    CHECK(value("diff(close,5)", t) == bar_close[t] - bar_close[t - 5]);
    CHECK_NEAR(value("pct_change(close,5)", t), bar_close[t] / bar_close[t - 5] - 1, 1e-12);
    CHECK_NEAR(value("log_return(close,5)", t), log(bar_close[t] / bar_close[t - 5]), 1e-12);
    CHECK_NEAR(value("roc(5)", t), 100 * (bar_close[t] / bar_close[t - 5] - 1), 1e-12);
    CHECK(value("mom(5)", t) == bar_close[t] - bar_close[t - 5]);
    CHECK(lstmfc_is_nan(value("pct_change(volume)", 8)) && lstmfc_is_nan(value("log_return(volume)", 7)));  /* the volume of bar 7 is 0 */
    CHECK(value("time", t) == (double)bar_time[t]);
    CHECK(value("col(OPEN)", t) == bar_open[t]);
    CHECK(value("col(Close)", t) == bar_close[t] && value("col(\"mood \"\"x\"\"\")", t) == bar_mood[t]);
}

/* fill leaves the warm-up alone; missing is about the file's cell. */
TEST(fill_and_missing) {
    lstmfc_features *f;
    double *x;
    size_t t;
    make_bars(3);
    bar_close[200] = lstmfc_nan();
    f = compile("fill(sma(close,10),-7), fill(close/(volume*0),3), missing(col(\"mood \"\"x\"\"\")), missing(close)", &bars, 0);
    x = evaluate(f, &bars);
    CHECK_INT(lstmfc_features_lookback(f), 9);
    for (t = 0; t < BARS; t++) {
        const double *row = x + 4 * t;
        CHECK(lstmfc_is_nan(row[0]) == (t < 9));
        CHECK((row[0] == -7) == (t >= 200 && t < 210));
        CHECK(row[1] == 3);
        CHECK(row[2] == (t % 11 == 3));
        CHECK(row[3] == (t == 200));
    }
    free(x);
    lstmfc_features_free(f);
}

TEST(calendar) {
    static const struct { int32_t y, m, d; double hour, weekday; } days[] = {
        {2024, 1, 1, 0, 0}, {2024, 1, 1, 6, 0}, {1970, 1, 1, 0, 3}, {1969, 12, 31, 18, 2}, {2025, 12, 7, 23.75, 6}, {2000, 2, 29, 12, 1}
    };
    const double circle = 6.283185307179586477;
    size_t i;
    make_bars(4);
    for (i = 0; i < sizeof days / sizeof days[0]; i++) {
        bar_time[0] = lstmfc_time_from_civil(days[i].y, days[i].m, days[i].d) + (int64_t)(days[i].hour * 3600000);
        CHECK_CLOSE(value("hour_sin", 0), sin(circle * days[i].hour / 24), 1e-15, 1e-15);
        CHECK_CLOSE(value("hour_cos", 0), cos(circle * days[i].hour / 24), 1e-15, 1e-15);
        CHECK_CLOSE(value("weekday_sin", 0), sin(circle * days[i].weekday / 7), 1e-15, 1e-15);
        CHECK_CLOSE(value("weekday_cos", 0), cos(circle * days[i].weekday / 7), 1e-15, 1e-15);
    }
    {                                                   /* times out of their range are refused, in a batch and one by one */
        static const int64_t wild[] = {INT64_MIN, LSTMFC_TIME_FIRST - 1, LSTMFC_TIME_LAST + 1, INT64_MAX};
        lstmfc_features *f = compile("hour_sin, hour_cos, weekday_sin, weekday_cos, vwap_session", NULL, 0);
        lstmfc_features_state *state = lstmfc_features_state_create(f, NULL);
        double row[5], *matrix = (double *)calloc(bars.count * 5, sizeof *matrix);
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        for (i = 0; i < 4; i++) {
            bar_time[1] = wild[i];
            CHECK_INT(lstmfc_features_evaluate(f, &bars, matrix, &err), LSTMFC_ERROR_DATA);
            CHECK_HAS(err.message, "is outside the years 1 to 9999");
            CHECK_INT(lstmfc_features_push(state, &bars, 1, row, &err), LSTMFC_ERROR_DATA);
            CHECK_INT(lstmfc_features_peek(state, &bars, 1, row, &err), LSTMFC_ERROR_DATA);
        }
        bar_time[1] = LSTMFC_TIME_LAST;
        CHECK_OK(lstmfc_features_push(state, &bars, 1, row, &err), err);
        lstmfc_features_state_free(state);
        lstmfc_features_free(f);
        free(matrix);
    }
}

/* The rule for cumulative parts: what does not depend on the start may be used freely, and truly does not depend on it. */
TEST(start_dependence) {
    static const char *const allowed[] = {"diff(obv,24)", "obv-sma(obv,20)", "zscore(obv,20)", "slope(obv,5)", "obv-lag(obv,3)", "mom(obv,3)", "sma(obv,20)", "fill(diff(obv,20)/sum(volume,20),0)",
                                          "obv-ema(obv,20)", "2*sma(obv,5)", "max(obv,5)"};
    static const char *const refused[] = {"obv", "2*obv", "obv+obv", "ema(obv,20)", "rsi(obv,14)", "log(obv)", "lag(obv,3)", "close-obv", "obv-vwap_anchored", "close/vwap_anchored", "-obv",
                                          "fill(obv,0)", "obv/sma(obv,20)", "obv-zscore(obv,5)"};
    size_t i, t;
    make_bars(5);
    for (i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        lstmfc_features *f = compile(allowed[i], NULL, 0);
        if (f && i < 6) {                                          /* the series begun 100 bars later gives the same */
            lstmfc_candles late = bars;
            double *whole = evaluate(f, &bars), *part;
            late.columns = NULL; late.column_count = 0;
            late.time += 100; late.open += 100; late.high += 100; late.low += 100; late.close += 100; late.volume += 100; late.count -= 100;
            part = evaluate(f, &late);
            for (t = 40; t < late.count; t++) CHECK_CLOSE(part[t], whole[t + 100], 1e-9, 1e-9);
            free(whole); free(part);
        }
        lstmfc_features_free(f);
    }
    for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        lstmfc_features *f;
        lstmfc_error err = {0, 0, 0, 0, ""};
        if (!CHECK(lstmfc_features_compile(refused[i], NULL, &err) == NULL)) printf("    %s\n", refused[i]);
        CHECK_HAS(err.message, "where the series starts");
        f = compile(refused[i], NULL, 1);
        CHECK(f != NULL);
        lstmfc_features_free(f);
    }
}

/* ---- every row of the table, by itself: nothing below knows a function by name unless it is an exception ---- */

enum { ROWS = 480 };
typedef struct series { lstmfc_candles candles; int64_t time[ROWS]; double column[5][ROWS]; } series;
static const char *const kinds[] = {"walk", "trend", "flat", "gaps", "price 1e-5", "price 1e7", "stablecoin", "spikes", "no volume"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void series_bind(series *s, size_t first, size_t count) {
    memset(&s->candles, 0, sizeof s->candles);
    s->candles.count = count;
    s->candles.time = s->time + first;
    s->candles.open = s->column[0] + first; s->candles.high = s->column[1] + first; s->candles.low = s->column[2] + first;
    s->candles.close = s->column[3] + first; s->candles.volume = s->column[4] + first;
}

static void series_make(series *s, int kind) {
    lstmfc_rng rng;
    size_t t;
    double last = kind == 4 ? 1e-5 : kind == 5 ? 1e7 : kind == 6 ? 1 : 100, spread = kind == 6 ? 1e-7 : kind == 5 ? 1e-9 : 0.01;
    lstmfc_rng_seed(&rng, 77 + (uint64_t)kind);
    for (t = 0; t < ROWS; t++) {
        double move = spread * lstmfc_rng_normal(&rng), next = last * (1 + move), a = lstmfc_rng_uniform(&rng), b = lstmfc_rng_uniform(&rng);
        if (kind == 1) next = last * 1.001;
        if (kind == 2) next = t % 100 < 60 ? last : last * (1 + move);
        if (kind == 3 && t % 50 == 49) next = last * (t % 100 == 49 ? 1.4 : 0.7);
        if (kind == 7 && t % 60 == 30) next = last * 20;
        if (kind == 7 && t % 60 == 31) next = last / 20;
        s->time[t] = (int64_t)1704067200000 + ((int64_t)t + (kind == 3 ? (int64_t)(t / 50) * 24 : 0)) * 3600000;   /* from Monday 2024-01-01 on */
        s->column[0][t] = last;
        s->column[3][t] = next;
        s->column[1][t] = fmax(last, next) * (kind == 2 && t % 100 < 60 ? 1 : 1 + 0.3 * spread * a);
        s->column[2][t] = fmin(last, next) * (kind == 2 && t % 100 < 60 ? 1 : 1 - 0.3 * spread * b);
        s->column[4][t] = kind == 8 ? (t % 100 < 50 ? 0 : 5) : 1000 * lstmfc_rng_uniform(&rng);
        last = next;
    }
    series_bind(s, 0, ROWS);
}

/* A call of the function: variant 0 as far as possible with defaults, variant 1 with other arguments. */
static void call_of(char *out, size_t room, const lstmfc_function_info *info, int variant, const char *output, size_t output_length) {
    static const char *const numbers[] = {"3", "5", "4", "2"};
    const char *preset = info->defaults, *type;
    size_t used = (size_t)snprintf(out, room, "%s", info->name), n = 0;
    int series_count = 0;
    for (type = info->types; *type; type++) {
        size_t length = strcspn(preset, ",");
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)length, preset);
        if (*type == 'x') strcpy(word, series_count++ ? "open" : "close");
        else if (*type == 'r' && (variant || !length)) strcpy(word, type[1] == 'r' ? "1" : type[-1] == 'r' ? "1e9" : "1.5");     /* clip: lo, hi */
        else if (variant || !length) strcpy(word, numbers[n++]);
        used += (size_t)snprintf(out + used, room - used, "%s%s", type == info->types ? "(" : ",", word);
        preset += length + (preset[length] != 0);
    }
    snprintf(out + used, room - used, "%s%s%.*s", *info->types ? ")" : "", output_length ? "." : "", (int)output_length, output);
}

static int is(const char *name, const char *list) { const char *at = strstr(list, name); return at && at[strlen(name)] == ' ' && (at == list || at[-1] == ' '); }

static double *part_of(const lstmfc_features *f, series *s, size_t first, size_t count) {
    series_bind(s, first, count);
    return evaluate(f, &s->candles);
}

/* Bars t >= from of two evaluations, b shifted by `shift` bars; apart by at most relative, or that much of the column's size. */
static int near_from(const double *a, const double *b, size_t from, size_t shift, size_t count, double relative) {
    size_t t;
    double size = 0;
    for (t = from; t < count; t++) if (lstmfc_is_finite(a[t]) && fabs(a[t]) > size) size = fabs(a[t]);
    for (t = from; t < count; t++)
        if (lstmfc_is_nan(a[t]) != lstmfc_is_nan(b[t - shift]) || fabs(a[t] - b[t - shift]) > relative * size) return (int)t;
    return -1;
}

static void row_of_the_table(const lstmfc_function_info *info, const char *text, int kind) {
    static series s, other;
    lstmfc_features *f = compile(text, NULL, 1);
    lstmfc_features_state *state;
    double *whole, *part, row, peek, low = 0, high = 0;
    const char *range = strrchr(info->help, ',');
    int64_t lookback, stable;
    size_t t, first, i, taken, cuts[5];
    int bad = -1, exact, cumulative = is(info->name, "obv vwap_anchored "), bounded = 0;
    if (!f) return;
    lookback = lstmfc_features_lookback(f);
    stable = lstmfc_features_stable(f, 1e-9);
    series_make(&s, kind);
    whole = evaluate(f, &s.candles);

    /* valid from its lookback on, not before, and without gaps: every edge has a value */
    for (first = 0; first < ROWS && lstmfc_is_nan(whole[first]); first++) continue;
    if (!is(info->name, "exp ") || (kind != 5 && kind != 7)) {
        if (!CHECK_INT(first, lookback)) printf("    %s on %s\n", text, kinds[kind]);
        for (t = first; t < ROWS; t++) if (!CHECK(lstmfc_is_finite(whole[t]))) { printf("    %s on %s: bar %d\n", text, kinds[kind], (int)t); break; }
    }
    /* within the range that the help gives */
    if (range && (taken = lstmfc_parse_double(range + 2 + (range[2] == '-'), strlen(range + 2), &low)) > 0) {
        const char *rest = range + 2 + (range[2] == '-') + taken;
        bounded = rest[0] == '.' && rest[1] == '.' && lstmfc_parse_double(rest + 2, strlen(rest + 2), &high) == strlen(rest + 2);
        if (range[2] == '-') low = -low;
        for (t = first; bounded && t < ROWS; t++) if (!CHECK(whole[t] >= low && whole[t] <= high)) { printf("    %s on %s: %g\n", text, kinds[kind], whole[t]); break; }
    }
    /* prefixes */
    cuts[0] = 1; cuts[1] = (size_t)lookback; cuts[2] = (size_t)lookback + 1; cuts[3] = 257; cuts[4] = 400;
    for (i = 0; i < 5; i++) {
        part = part_of(f, &s, 0, cuts[i]);
        if (!CHECK(memcmp(part, whole, cuts[i] * sizeof *part) == 0)) printf("    %s on %s: prefix of %d\n", text, kinds[kind], (int)cuts[i]);
        free(part);
    }
    /* bar by bar, each looked at before it is closed */
    series_bind(&s, 0, ROWS);
    state = lstmfc_features_state_create(f, NULL);
    for (t = 0; t < ROWS && bad < 0; t++) {
        lstmfc_candles forming = s.candles;
        double wild = s.column[3][t] * 1.5;
        forming.close = &wild - t;                                 /* a bar that will look otherwise */
        lstmfc_features_peek(state, &forming, t, &peek, NULL);
        lstmfc_features_peek(state, &s.candles, t, &peek, NULL);
        lstmfc_features_push(state, &s.candles, t, &row, NULL);
        if (memcmp(&row, whole + t, sizeof row) || memcmp(&peek, whole + t, sizeof row)) bad = (int)t;
    }
    if (!CHECK(bad < 0)) printf("    %s on %s: stream or peek differs at bar %d\n", text, kinds[kind], bad);
    lstmfc_features_state_free(state);
    /* begun two days later: a window knows nothing of it, a recursion forgets it, by the stable lookback at the latest */
    if (!cumulative && kind != 3) {
        part = part_of(f, &s, 48, ROWS - 48);
        bad = stable + 48 < ROWS ? near_from(whole, part, (size_t)stable + 48, 48, ROWS, stable > lookback ? 1e-6 : 1e-10) : -1;
        if (!CHECK(bad < 0)) printf("    %s on %s: depends on the start at bar %d\n", text, kinds[kind], bad);
        free(part);
    }
    /* a hole: gone for as long as the window holds it, then as if nothing had been; a recursion holds its state and goes on */
    other = s;
    for (i = 0; i < 5; i++) other.column[i][200] = lstmfc_nan();
    part = part_of(f, &other, 0, ROWS);
    if (!is(info->name, "lag fill missing hour_sin hour_cos weekday_sin weekday_cos ")) if (!CHECK(lstmfc_is_nan(part[200]))) printf("    %s on %s\n", text, kinds[kind]);
    for (t = 0, bad = -1; t < ROWS && bad < 0; t++)
        if (t < 200 ? memcmp(&part[t], &whole[t], sizeof *part) != 0 : (int64_t)t > 200 + 2 * lookback + 1 && lstmfc_is_finite(whole[t]) && !lstmfc_is_finite(part[t])) bad = (int)t;
    if (bad < 0 && stable == lookback && !cumulative && !is(info->name, "vwap_session ")) bad = near_from(whole, part, (size_t)(201 + lookback), 0, ROWS, 1e-10);
    if (!CHECK(bad < 0)) printf("    %s on %s: not itself again at bar %d after a hole at 200\n", text, kinds[kind], bad);
    free(part);
    /* prices times a power of two: the same bits, or the same times that power; times 1e8 and 1e-8: nearly */
    for (exact = 0; exact < 4 && !is(info->name, "log log0 sqrt exp clip "); exact++) {
        static const double factors[] = {134217728, 1.0 / 134217728, 1e8, 1e-8};
        double factor = factors[exact];
        int same = -1, scaled = -1;
        other = s;
        for (i = 0; i < 4; i++) for (t = 0; t < ROWS; t++) other.column[i][t] *= factor;
        part = part_of(f, &other, 0, ROWS);
        for (t = first; t < ROWS; t++) {
            double size = exact < 2 ? 0 : 1e-6;
            if (fabs(part[t] - whole[t]) > size * (1 + fabs(whole[t]))) same = (int)t;
            if (fabs(part[t] / factor - whole[t]) > size * fabs(s.column[3][t])) scaled = (int)t;
        }
        if (kind != 5 && kind != 6 && !is(info->name, "fill "))    /* there 1e8 changes the moves themselves, by rounding */
            if (!CHECK(same < 0 || (scaled < 0 && !bounded))) printf("    %s on %s, prices times %g: bar %d and %d\n", text, kinds[kind], factor, same, scaled);
        free(part);
    }
    free(whole);
    lstmfc_features_free(f);
}

/* The table's text of a lookback ("2n-1", "max(n-1,atr_n)") for the arguments of a call. formula = term { ("+" | "-") term } ;
   term = number | [ number ] argument | "max(" formula "," formula ")" ; *at moves behind it. */
static int64_t bars_of(const lstmfc_function_info *info, const char *text, const char **at) {
    int64_t total = 0, sign = 1;
    for (;;) {
        int64_t term = 0;
        size_t length, index = 0, k;
        const char *name, *item, *argument = strchr(text, '(');
        for (; **at >= '0' && **at <= '9'; ++*at) term = 10 * term + (**at - '0');
        name = *at;
        length = strcspn(name, "+-,()|");
        *at += length;
        if (length && **at == '(') {
            int64_t other;
            ++*at;
            term = bars_of(info, text, at);
            ++*at;
            other = bars_of(info, text, at);
            ++*at;
            if (other > term) term = other;
        } else if (length) {
            for (item = info->arguments; strncmp(item, name, length) != 0 || (item[length] && item[length] != ','); index++) item = strchr(item, ',') + 1;
            for (k = 0, argument++; k < index; k++) argument = strchr(argument, ',') + 1;
            term = (term ? term : 1) * atol(argument);
        }
        total += sign * term;
        if (**at != '+' && **at != '-') return total;
        sign = *(*at)++ == '+' ? 1 : -1;
    }
}

TEST(table) {
    size_t i, k, count, calls = 0;
    const lstmfc_function_info *table = lstmfc_functions(&count);
    CHECK(count >= 60);
    for (i = 0; i < count; i++) {
        const char *output = table[i].outputs, *formula = table[i].lookback;
        CHECK(*table[i].help && *table[i].name && *table[i].lookback);
        CHECK_INT(strlen(table[i].types), *table[i].arguments ? lstmfc__list_count(table[i].arguments) : 0);
        for (k = i + 1; k < count; k++) CHECK(strcmp(table[i].name, table[k].name) != 0);
        do {                                                       /* every output, in two spellings of the arguments, on every kind */
            size_t length = strcspn(output, ",");
            int variant, kind;
            for (variant = 0; variant < 2; variant++) {
                char text[200];
                const char *at = formula;
                lstmfc_features *f;
                call_of(text, sizeof text, &table[i], variant, output, length);
                f = compile(text, NULL, 1);
                if (!CHECK_INT(lstmfc_features_lookback(f), bars_of(&table[i], text, &at))) printf("    %s: %s\n", text, formula);
                lstmfc_features_free(f);
                for (kind = 0; kind < KINDS; kind++) { row_of_the_table(&table[i], text, kind); calls++; }
            }
            output += length + (output[length] != 0);
            if (strchr(formula, '|')) formula = strchr(formula, '|') + 1;      /* one for all outputs, or one each */
        } while (*output);
    }
    CHECK(calls > 1300);
}

/* Equal sub-expressions are one node. */
TEST(shared) {
    lstmfc_features *one = compile("macd(12,26,9).line", NULL, 0), *three = compile("macd.line, macd.signal, h = macd(close,12,26,9).hist", NULL, 0);
    lstmfc_features *sums = compile("a = (close+open)*2, b = (close+open)*2, c = close+open", NULL, 0);
    CHECK_INT(one->node_count, three->node_count);
    CHECK_INT(sums->node_count, 5);
    lstmfc_features_free(one); lstmfc_features_free(three); lstmfc_features_free(sums);
    {   /* and that node is stepped once a bar, however many ask for it: its machine counts the bars it was given */
        lstmfc_features *f = compile("macd.line, a = macd.hist/close, b = sma(macd.signal,3), c = macd(12,26,9).hist, adx, plus_di-minus_di, dx(14)/100, fill(rsi,0)*2, fill(rsi(14),0)", NULL, 0);
        lstmfc_features_state *state = lstmfc_features_state_create(f, NULL);
        double row[9];
        size_t i, t;
        int macds = 0, directions = 0, fills = 0;
        make_bars(12);
        for (t = 0; t < 100; t++) {
            CHECK_INT(lstmfc_features_peek(state, &bars, t, row, NULL), LSTMFC_OK);
            CHECK_INT(lstmfc_features_push(state, &bars, t, row, NULL), LSTMFC_OK);
        }
        for (i = 0; i < f->node_count; i++) {
            const lstmfc__node *node = &f->nodes[i];
            macds += node->op == LSTMFC__OP_MACD;
            if (node->op == LSTMFC__OP_FILL) { fills++; CHECK_INT(state->kernels[node->kernel].row, 100); }
            if (node->op == LSTMFC__OP_PLUS_DI) directions++;
            CHECK(node->op != LSTMFC__OP_ADX && node->op != LSTMFC__OP_DX && node->op != LSTMFC__OP_MINUS_DI);
        }
        CHECK_INT(macds, 1);
        CHECK_INT(fills, 1);
        CHECK_INT(directions, 1);                                  /* +DI, -DI, DX and ADX are one machine */
        lstmfc_features_state_free(state);
        lstmfc_features_free(f);
    }
}

TEST(questions) {
    lstmfc_features *f = compile("rsi(14), hour_sin, ema(20)/close, high, volume", NULL, 0);
    int32_t first = -1;
    CHECK(!lstmfc__features_only_close(f, &first));
    CHECK_INT(first, 3);
    lstmfc_features_free(f);
    f = compile("rsi(14), hour_sin, macd.hist/close, realized_vol(20), time", NULL, 0);
    CHECK(lstmfc__features_only_close(f, NULL) && lstmfc__features_only_close(f, &first));
    lstmfc_features_free(f);
    f = compile("atr(14)", NULL, 0);
    CHECK(!lstmfc__features_only_close(f, &first));
    CHECK_INT(first, 0);
    lstmfc_features_free(f);
    f = compile("col(close)", NULL, 0);
    CHECK(!lstmfc__features_only_close(f, NULL));
    lstmfc_features_free(f);
}

/* A state bound to one list of columns after another: by name, of two with one name the first. */
TEST(columns_move) {
    static double one[2] = {1, 1}, two[2] = {2, 2}, three[2] = {3, 3};
    static const double *const values[] = {one, two, three};
    static const struct { const char *names; double x, y; } lists[] = {{"xyz", 1, 2}, {"xyz", 1, 2}, {"yxz", 2, 1}, {"zxy", 2, 3}, {"xxy", 1, 3}, {"yxx", 2, 1}, {"zyx", 3, 2}, {"xyx", 1, 2}};
    lstmfc_column columns[sizeof lists / sizeof lists[0]][3];
    lstmfc_features *f = compile("col(x), col(y)", NULL, 0);
    lstmfc_features_state *state = lstmfc_features_state_create(f, NULL);
    char names[sizeof lists / sizeof lists[0]][3][2];
    int64_t times[2] = {0, 1};
    double row[2];
    size_t i, k;
    for (i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        lstmfc_candles candles;
        memset(&candles, 0, sizeof candles);
        memset(columns[i], 0, sizeof columns[i]);
        for (k = 0; k < 3; k++) {
            names[i][k][0] = lists[i].names[k]; names[i][k][1] = 0;
            columns[i][k].name = names[i][k];
            columns[i][k].values = (double *)malloc(sizeof one);
            memcpy(columns[i][k].values, values[k], sizeof one);
        }
        candles.columns = columns[i]; candles.column_count = 3; candles.time = times; candles.count = 2;
        for (k = 0; k < 2; k++) {
            CHECK_INT(lstmfc_features_push(state, &candles, k, row, NULL), LSTMFC_OK);
            if (!CHECK(row[0] == lists[i].x && row[1] == lists[i].y)) printf("    %s: %g %g\n", lists[i].names, row[0], row[1]);
        }
        for (k = 0; k < 3; k++) free(columns[i][k].values);
    }
    lstmfc_features_state_free(state);
    lstmfc_features_free(f);
}

TEST(absent_columns) {
    lstmfc_candles few;
    lstmfc_error err = {0, 0, 0, 0, ""};
    double row[8], matrix[8 * BARS];
    lstmfc_features *f = compile("rsi(14), flow = diff(obv,3), col(mood)", NULL, 0);
    lstmfc_features_state *state = lstmfc_features_state_create(f, NULL);
    make_bars(7);
    few = bars;
    few.volume = NULL;
    CHECK_INT(lstmfc_features_evaluate(f, &few, matrix, &err), LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "\"volume\"");
    CHECK_HAS(err.message, "\"flow\"");
    few.volume = bar_volume;
    CHECK_INT(lstmfc_features_push(state, &few, 0, row, &err), LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "\"mood\"");
    { int i; for (i = 0; i < 6; i++) if (bar_columns[i].name[0] == 'm') bar_columns[i].name = "moood"; }
    CHECK_INT(lstmfc_features_push(state, &few, 0, row, &err), LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "did you mean \"moood\"?");
    few.time = NULL;
    CHECK_INT(lstmfc_features_push(state, &few, 0, row, &err), LSTMFC_ERROR_DATA);
    few.time = bar_time;
    CHECK_INT(lstmfc_features_push(state, &few, BARS, row, &err), LSTMFC_ERROR_ARGUMENT);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_features_evaluate(NULL, &few, matrix, &err), LSTMFC_ERROR_ARGUMENT);
    lstmfc_features_state_free(state);
    lstmfc_features_state_free(NULL);
    lstmfc_features_free(f);
}

/* ---- batch, stream, future ---- */

static const char *const plans[] = {"@a", "@d", "@e", "@e_literal", "@d_sentiment_proxy",
    "sma(rsi(14),5), ema(ema(10),10), zscore(obv,20), fill(stochrsi.d,50), keltner.lower, yang_zhang(10), mfi, cci, stoch.d, willr, donchian.middle, threshold, vwap_session, corr(close,volume,9)"};

TEST(batch_equals_stream) {
    size_t p, t;
    make_bars(8);
    bar_close[130] = lstmfc_nan();
    for (p = 0; p < sizeof plans / sizeof plans[0]; p++) {
        lstmfc_features *f = compile(plans[p], NULL, 1);
        size_t n = (size_t)lstmfc_features_count(f);
        double *batch = evaluate(f, &bars), row[64], peek[64];
        lstmfc_features_state *state = lstmfc_features_state_create(f, NULL), *copy = lstmfc_features_state_create(f, NULL);
        int round;
        for (round = 0; round < 2; round++) {
            for (t = 0; t < BARS; t++) {
                lstmfc_candles live, forming;                      /* a live feed: one bar, and nothing else */
                double wild = 1e6;
                memset(&live, 0, sizeof live);
                live.count = 1;
                live.time = bar_time + t;
                live.open = bar_open + t; live.high = bar_high + t; live.low = bar_low + t; live.close = bar_close + t; live.volume = bar_volume + t;
                forming = live;
                forming.close = forming.high = &wild;
                CHECK_INT(lstmfc__features_state_copy(copy, state), LSTMFC_OK);
                CHECK_INT(lstmfc_features_push(copy, &forming, 0, peek, NULL), LSTMFC_OK);
                if (t % 60 == 50) {                                /* a copy goes on as the original would */
                    size_t s;
                    CHECK_INT(lstmfc__features_state_copy(copy, state), LSTMFC_OK);
                    for (s = t; s < t + 60 && s < BARS; s++) {
                        CHECK_INT(lstmfc_features_push(copy, &bars, s, peek, NULL), LSTMFC_OK);
                        CHECK(memcmp(peek, batch + s * n, n * sizeof *peek) == 0);
                    }
                }
                CHECK_INT(lstmfc_features_push(state, &live, 0, row, NULL), LSTMFC_OK);
                if (!CHECK(memcmp(row, batch + t * n, n * sizeof *row) == 0)) { printf("    %s at bar %d\n", plans[p], (int)t); break; }
            }
            lstmfc_features_state_reset(state);
        }
        lstmfc_features_state_free(state);
        lstmfc_features_state_free(copy);
        free(batch);
        lstmfc_features_free(f);
    }
    {   /* states of different plans do not mix */
        lstmfc_features *f = compile("close", NULL, 0), *g = compile("close", NULL, 0);
        lstmfc_features_state *a = lstmfc_features_state_create(f, NULL), *b = lstmfc_features_state_create(g, NULL);
        CHECK_INT(lstmfc__features_state_copy(a, b), LSTMFC_ERROR_ARGUMENT);
        lstmfc_features_state_free(a); lstmfc_features_state_free(b);
        lstmfc_features_free(f); lstmfc_features_free(g);
    }
}

/* As numbers into another state of the same plan, compiled anew: it goes on as the first would; what no bars lead to is refused. */
TEST(kept_as_numbers) {
    size_t p, t, s, k;
    make_bars(8);
    bar_close[130] = lstmfc_nan();
    for (p = 0; p < sizeof plans / sizeof plans[0]; p++) {
        lstmfc_features *f = compile(plans[p], NULL, 1), *g = compile(plans[p], NULL, 1);
        size_t n = (size_t)lstmfc_features_count(f), bad = 0;
        double *batch = evaluate(f, &bars), row[64];
        lstmfc_features_state *state = lstmfc_features_state_create(f, NULL), *other = lstmfc_features_state_create(g, NULL);
        size_t count = lstmfc_features_state_numbers(state, NULL);
        double *numbers = (double *)malloc((count + 1) * sizeof *numbers), *again = (double *)malloc((count + 1) * sizeof *again);
        lstmfc_error err = {0};
        CHECK(count > 0);
        for (t = 0; t < BARS; t++) {
            if (t % 60 == 37 || t == 0) {
                numbers[count] = 12345;
                CHECK(lstmfc_features_state_numbers(state, numbers) == count && numbers[count] == 12345);
                CHECK_INT(lstmfc_features_state_restore(other, numbers, count, &err), LSTMFC_OK);
                CHECK(lstmfc_features_state_numbers(other, again) == count && !memcmp(numbers, again, count * sizeof *numbers));
                for (s = t; s < BARS; s++) {
                    CHECK_INT(lstmfc_features_push(other, &bars, s, row, NULL), LSTMFC_OK);
                    if (!CHECK(memcmp(row, batch + s * n, n * sizeof *row) == 0)) { printf("    %s from bar %d at %d\n", plans[p], (int)t, (int)s); break; }
                }
            }
            lstmfc_features_push(state, &bars, t, row, NULL);
        }
        for (k = 0; k < count; k++) {                       /* a place in a ring, a count: no fraction, nothing beyond 2^53 */
            memcpy(again, numbers, count * sizeof *again);
            again[k] = k % 2 ? 1e300 : -0.25;
            memset(&err, 0, sizeof err);
            if (lstmfc_features_state_restore(other, again, count, &err) == LSTMFC_OK) continue;
            bad++;
            CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
            lstmfc_features_push(other, &bars, 0, row, NULL);
            CHECK(memcmp(row, batch, n * sizeof *row) == 0);        /* it is before its first bar */
        }
        CHECK(bad > 0);
        CHECK_INT(lstmfc_features_state_restore(other, numbers, count - 1, &err), LSTMFC_ERROR_ARGUMENT);
        lstmfc_features_state_free(state); lstmfc_features_state_free(other);
        lstmfc_features_free(f); lstmfc_features_free(g);
        free(batch); free(numbers); free(again);
    }
    CHECK(lstmfc_features_state_numbers(NULL, NULL) == 0);
}

/* Whatever stands in rows after t: garbage, NaN or nothing. */
TEST(no_look_ahead) {
    size_t p, t, s;
    int kind;
    for (p = 0; p < sizeof plans / sizeof plans[0]; p++) {
        lstmfc_features *f = compile(plans[p], NULL, 1);
        size_t n = (size_t)lstmfc_features_count(f);
        double *whole, *part;
        make_bars(9);
        whole = evaluate(f, &bars);
        for (t = 60; t < BARS; t += 97) for (kind = 0; kind < 3; kind++) {
            make_bars(9);
            if (kind == 2) bars.count = t + 1;
            for (s = t + 1; s < BARS; s++) {
                double x = kind ? lstmfc_nan() : s % 2 ? -1e12 : 1e300;
                bar_open[s] = bar_high[s] = bar_low[s] = bar_close[s] = bar_volume[s] = x;
                bar_time[s] += 777;
            }
            part = evaluate(f, &bars);
            if (!CHECK(memcmp(part, whole, (t + 1) * n * sizeof *part) == 0)) printf("    %s reads past bar %d\n", plans[p], (int)t);
            free(part);
        }
        free(whole);
        lstmfc_features_free(f);
    }
}

/* ---- presets on real files ---- */

static void preset_on(const char *file, const char *columns, int max_fill, const char *preset, int count, int first) {
    const char *path = data_path(file);
    lstmfc_csv_desc csv;
    lstmfc_features_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_candles *candles;
    lstmfc_features *f, *again;
    double *x;
    size_t t, j, n, gaps = 0, found = (size_t)-1;
    if (!path) SKIP("market data not found");
    memset(&csv, 0, sizeof csv);
    csv.columns = columns;
    csv.max_fill = max_fill;
    candles = lstmfc_candles_load_csv(path, &csv, &err);
    if (!candles) { test_check(0, path, 0, err.message); return; }
    memset(&desc, 0, sizeof desc);
    desc.columns = candles;
    desc.start_dependent = strcmp(preset, "@e_literal") == 0;
    f = lstmfc_features_compile(preset, &desc, &err);
    if (!f) { test_check(0, preset, 0, err.message); lstmfc_candles_free(candles); return; }
    n = (size_t)lstmfc_features_count(f);
    CHECK_INT(n, count);
    CHECK_INT(lstmfc_features_lookback(f), first);
    x = evaluate(f, candles);
    for (t = 0; t < candles->count; t++) {
        int whole = 1;
        for (j = 0; j < n; j++) {
            if (!lstmfc_is_finite(x[t * n + j])) whole = 0;
            if ((int64_t)t < lstmfc_features_lookback_of(f, (int32_t)j)) CHECK(lstmfc_is_nan(x[t * n + j]));
        }
        if (whole && found == (size_t)-1) found = t;
        gaps += !whole && found != (size_t)-1;
    }
    if (!CHECK_INT(found, first) || !CHECK_INT(gaps, 0)) printf("    %s on %s\n", preset, file);
    {   /* bar by bar, with a look at some before they are closed; and the first half alone */
        lstmfc_features_state *state = lstmfc_features_state_create(f, NULL);
        double *row = (double *)malloc(n * sizeof *row);
        size_t whole = candles->count;
        for (t = 0; t < whole; t++) {
            if (t % 16 == 3) CHECK(lstmfc_features_peek(state, candles, t, row, NULL) == LSTMFC_OK && memcmp(row, x + t * n, n * sizeof *row) == 0);
            CHECK_INT(lstmfc_features_push(state, candles, t, row, NULL), LSTMFC_OK);
            if (!CHECK(memcmp(row, x + t * n, n * sizeof *row) == 0)) { printf("    %s on %s at bar %d\n", preset, file, (int)t); break; }
        }
        lstmfc_features_state_free(state);
        free(row);
        candles->count = whole / 2;
        row = evaluate(f, candles);
        CHECK(memcmp(row, x, whole / 2 * n * sizeof *row) == 0);
        candles->count = whole;
        free(row);
    }
    again = compile(lstmfc_features_spec(f), candles, 1);          /* the expanded text says the same */
    CHECK_TEXT(lstmfc_features_spec(again), lstmfc_features_spec(f));
    for (j = 0; j < n; j++) CHECK_TEXT(lstmfc_features_name(again, (int32_t)j), lstmfc_features_name(f, (int32_t)j));
    lstmfc_features_free(again);
    again = compile(lstmfc_features_spec(f), NULL, 1);             /* ... also before the file is there, as when a model is loaded */
    CHECK_TEXT(lstmfc_features_spec(again), lstmfc_features_spec(f));
    lstmfc_features_free(again);
    free(x);
    lstmfc_features_free(f);
    lstmfc_candles_free(candles);
}

TEST(presets) {
    preset_on("btcusdt_1h.csv", NULL, 0, "@a", 30, 168);
    preset_on("btcusdt_1h.csv", NULL, 0, "@e", 14, 49);
    preset_on("btcusdt_1h.csv", NULL, 0, "@e_literal", 21, 50);
    preset_on("btcusdt_1h.csv", NULL, 0, "@d", 18, 60);
    preset_on("btcusdt_1h.csv", NULL, 0, "@d, @d_sentiment_proxy", 22, 60);
    preset_on("yahoo_BTC-USD.csv", NULL, 0, "@d", 18, 60);
    preset_on("coinbase_btcusd_1h.csv", NULL, 0, "@a", 30, 168);
    preset_on("bitcoin_dataset.csv", "close=btc_market_price", 1000, "@c", 108, 89);
    preset_on("bitcoin_dataset.csv", "close=btc_market_price", 1000, "@c_log", 196, 89);
    preset_on("bitcoin_dataset.csv", "close=btc_market_price", 1000, "@c, @c_log", 196, 89);
    preset_on("bitcoin_dataset.csv", "close=btc_market_price", 1000, "@c_ratio", 39, 89);
    preset_on("bitcoin_dataset.csv", "close=btc_market_price", 1000, "all_columns", 23, 0);
    preset_on("yahoo_BTC-USD.csv", NULL, 0, "all_columns", 6, 0);
}

/* @d_sentiment reads two columns that a file must bring along. */
TEST(sentiment) {
    static double news[BARS];
    lstmfc_features_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features *f;
    double *x;
    size_t t;
    make_bars(13);
    memset(&desc, 0, sizeof desc);
    desc.columns = &bars;
    CHECK(!lstmfc_features_compile("@d, @d_sentiment", &desc, &err));
    CHECK_INT(err.column, 5);
    CHECK_HAS(err.message, "\"sentiment\"");
    for (t = 0; t < BARS; t++) news[t] = (double)(t % 9);
    bar_columns[5].name = "sentiment";
    bar_columns[4].name = "news_volume";
    bar_columns[4].values = news;
    f = compile("@d, @d_sentiment", &bars, 0);
    CHECK_INT(lstmfc_features_count(f), 22);
    CHECK_INT(lstmfc_features_lookback(f), 60);
    x = evaluate(f, &bars);
    CHECK(x[100 * 22 + 18] == bar_mood[100] && x[100 * 22 + 21] == news[100]);
    CHECK_NEAR(x[100 * 22 + 19], (bar_mood[100] + bar_mood[99] + bar_mood[98]) / 3, 1e-12);
    free(x);
    lstmfc_features_free(f);
}

/* A file's own columns, by role where they have one. */
TEST(all_columns) {
    lstmfc_features *f;
    make_bars(10);
    f = compile("all_columns", &bars, 0);
    CHECK_TEXT(lstmfc_features_spec(f), "open, high, low, Close = close, volume, \"mood \"\"x\"\"\" = col(\"mood \"\"x\"\"\")");
    lstmfc_features_free(f);
    bars.columns = NULL;
    bars.column_count = 0;
    bars.volume = NULL;
    f = compile("all_columns", &bars, 0);
    CHECK_TEXT(lstmfc_features_spec(f), "open, high, low, close");
    lstmfc_features_free(f);
    {                                                              /* a header's name that the language could not read back */
        static const char *const names[] = {"", "a\tb", NULL};
        static char longest[257];
        lstmfc_column column;
        lstmfc_features_desc desc;
        lstmfc_error err = {0, 0, 0, 0, ""};
        int i;
        memset(&column, 0, sizeof column);
        memset(&desc, 0, sizeof desc);
        memset(longest, 'x', 256);
        column.values = bar_mood;
        bars.columns = &column;
        bars.column_count = 1;
        desc.columns = &bars;
        for (i = 0; i < 3; i++) {
            column.name = names[i] ? names[i] : longest;
            CHECK(!lstmfc_features_compile("all_columns", &desc, &err));
            CHECK_INT(err.code, LSTMFC_ERROR_SPEC);
            CHECK_HAS(err.message, "1 to 255 bytes");
        }
        longest[255] = 0;
        f = compile("all_columns", &bars, 0);
        CHECK(f != NULL);
        if (f) lstmfc_features_free(compile(lstmfc_features_spec(f), &bars, 0));
        lstmfc_features_free(f);
    }
    make_bars(10);
    bars.close = NULL;                                             /* a channel of high and low needs no close */
    f = compile("donchian(3)", NULL, 0);
    {
        static double matrix[BARS];
        CHECK_INT(lstmfc_features_evaluate(f, &bars, matrix, NULL), LSTMFC_OK);
        CHECK_NEAR(matrix[2], fmax(fmax(bar_high[0], bar_high[1]), bar_high[2]), 0);
    }
    lstmfc_features_free(f);
}

/* ---- memory ---- */

static lstmfc_result whole_job(const lstmfc_env *env, void *context) {
    const char *text = (const char *)context;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features_desc desc;
    lstmfc_features *f;
    lstmfc_features_state *state;
    static double matrix[64 * BARS];
    lstmfc_result result;
    memset(&desc, 0, sizeof desc);
    desc.env = env;
    desc.columns = &bars;
    desc.start_dependent = 1;
    f = lstmfc_features_compile(text, &desc, &err);
    if (!f) return err.code;
    result = lstmfc_features_evaluate(f, &bars, matrix, &err);
    if (result != LSTMFC_OK) { lstmfc_features_free(f); return result; }
    state = lstmfc_features_state_create(f, &err);
    if (!state) result = err.code;
    else result = lstmfc_features_push(state, &bars, 0, matrix, &err);
    lstmfc_features_state_free(state);
    if (result == LSTMFC_OK) {
        double center[64], scale[64];
        result = lstmfc_scaler_fit(LSTMFC_SCALER_ROBUST, matrix + 64 * 100, 100, 1, 1, center, scale, env, &err);
    }
    lstmfc_features_free(f);
    return result;
}

TEST(memory) {
    static char all[] = "all_columns", d[] = "@d, x = col(\"mood \"\"x\"\"\"), y = sma(col(open),3)", bad[] = "close, rsi(14), foo";
    test_allocator counter;
    lstmfc_env env;
    make_bars(11);
    CHECK(torture("features", whole_job, all) > 5);
    CHECK(torture("features @d", whole_job, d) > 10);
    env = test_env(&counter);
    CHECK_INT(whole_job(&env, bad), LSTMFC_ERROR_SPEC);            /* a refused text leaves nothing behind */
    CHECK_INT(counter.live, 0);
    {   /* a push allocates nothing */
        lstmfc_features_desc desc;
        lstmfc_features *f;
        lstmfc_features_state *state;
        double row[64];
        size_t t;
        long long before;
        env = test_env(&counter);
        memset(&desc, 0, sizeof desc);
        desc.env = &env;
        f = lstmfc_features_compile("@a", &desc, NULL);
        state = lstmfc_features_state_create(f, NULL);
        before = counter.allocations;
        for (t = 0; t < 100; t++) CHECK_INT(lstmfc_features_push(state, &bars, t, row, NULL), LSTMFC_OK);
        CHECK_INT(counter.allocations, before);
        lstmfc_features_state_free(state);
        lstmfc_features_free(f);
        CHECK_INT(counter.live, 0);
    }
}

/* ---- scalers ---- */

TEST(scalers) {
    static double rows[101 * 3];
    double center[3], scale[3], sum = 0, squares = 0, near_mean = 0;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_rng rng;
    size_t i;
    int32_t kind;
    lstmfc_rng_seed(&rng, 1);
    for (i = 0; i < 101; i++) {                                    /* columns: 0..100 shuffled, constant, around 1e7 by cents */
        rows[3 * i] = (double)((i * 37) % 101);
        rows[3 * i + 1] = 5;
        rows[3 * i + 2] = 1e7 + 0.01 * (double)(i % 7);
    }
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, rows, 101, 3, 3, center, scale, NULL, &err), err);
    for (i = 0; i < 101; i++) { sum += (double)i / 101; near_mean += (rows[3 * i + 2] - 1e7) / 101; }
    for (i = 0; i < 101; i++) squares += ((double)i - sum) * ((double)i - sum) / 101;
    CHECK_NEAR(center[0], sum, 1e-14);
    CHECK_NEAR(scale[0], sqrt(squares), 1e-14);
    CHECK(center[1] == 5 && scale[1] == 1);                        /* spread 0 */
    squares = 0;
    for (i = 0; i < 101; i++) squares += (rows[3 * i + 2] - 1e7 - near_mean) * (rows[3 * i + 2] - 1e7 - near_mean) / 101;
    CHECK_NEAR(scale[2], sqrt(squares), 1e-9);
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_MINMAX, rows, 101, 3, 3, center, scale, NULL, &err), err);
    CHECK(center[0] == 0 && scale[0] == 100 && center[1] == 5 && scale[1] == 1);
    CHECK(lstmfc_scale(LSTMFC_SCALER_MINMAX, 25, center[0], scale[0]) == 0.25);
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_ROBUST, rows, 101, 3, 3, center, scale, NULL, &err), err);
    CHECK(center[0] == 50 && scale[0] == 50);
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_ROBUST, rows, 4, 1, 3, center, scale, NULL, &err), err);      /* 0 37 74 10: linear between neighbours */
    CHECK_NEAR(center[0], 23.5, 1e-15);
    CHECK_NEAR(scale[0], (37 + 0.25 * 37) - (0 + 0.75 * 10), 1e-15);
    for (i = 0; i < 101; i++) rows[3 * i] = lstmfc_exp((double)i / 50);
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_LOG, rows, 101, 1, 3, center, scale, NULL, &err), err);
    CHECK_NEAR(center[0], 1.0, 1e-14);
    CHECK_NEAR(scale[0], sqrt((101.0 * 101 - 1) / 12) / 50, 1e-13);
    CHECK(lstmfc_is_nan(lstmfc_scale(LSTMFC_SCALER_LOG, -1, 0, 1)));
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_WINDOW, rows, 101, 1, 3, center, scale, NULL, &err), err);
    CHECK(center[0] == 0 && scale[0] == 1);
    for (kind = LSTMFC_SCALER_STANDARD; kind <= LSTMFC_SCALER_NONE; kind++) CHECK_NEAR(lstmfc_unscale(kind, lstmfc_scale(kind, 3.7, 1.2, 0.8), 1.2, 0.8), 3.7, 1e-14);
    for (i = 0; i < 101; i++) rows[3 * i] = i % 2 ? lstmfc_nan() : (double)i;     /* a row with a NaN is left out of every column */
    for (i = 0; i < 101; i++) rows[3 * i + 1] = i % 2 ? 1e9 : 1;
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_MINMAX, rows, 101, 2, 3, center, scale, NULL, &err), err);
    CHECK(center[0] == 0 && scale[0] == 100 && center[1] == 1 && scale[1] == 1);
    for (i = 0; i < 101; i++) rows[3 * i + 1] = lstmfc_nan();
    CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, rows, 101, 3, 3, center, scale, NULL, &err), LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "no row of 101 is complete: column 1 has no value in any");
    for (i = 0; i < 101; i++) rows[3 * i + i % 3] = lstmfc_nan(), rows[3 * i + (i + 1) % 3] = 1;
    CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, rows, 101, 3, 3, center, scale, NULL, &err), LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "no row of 101 is complete: a scaler has nothing");
    for (i = 0; i < 101; i++) rows[3 * i] = lstmfc_nan();
    CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, rows, 101, 1, 3, center, scale, NULL, &err), LSTMFC_ERROR_DATA);
    rows[0] = -1;
    CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_LOG, rows, 101, 1, 3, center, scale, NULL, &err), LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "row 0, column 0");
    CHECK_INT(lstmfc_scaler_fit(99, rows, 101, 1, 3, center, scale, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, rows, 101, 4, 3, center, scale, NULL, &err), LSTMFC_ERROR_ARGUMENT);
}

/* Values that are constant but for the rounding of what they were formed from get the spread 1 of a constant, whatever the kind and the
   unit; one tick in a million of them is a spread. */
TEST(scaler_of_rounding) {
    enum { ROWS = 400 };
    static double rows[ROWS], ticks[ROWS], wild[ROWS];
    static const double units[] = {1, 1e-8, 1e8, 3e-300};
    double center, scale;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_rng rng;
    size_t i, k, differ;
    int32_t kind;
    lstmfc_rng_seed(&rng, 4);
    for (k = 0; k < 4; k++) {
        for (i = 0, differ = 0; i < ROWS; i++) {
            double close = 30000 * (1 + 0.1 * lstmfc_rng_normal(&rng)), rate = 0.0513 * units[k];
            volatile double product = rate * close;
            rows[i] = product / close;
            differ += rows[i] != rate;
            ticks[i] = rate * (1 + 1e-12 * (double)(i % 2));
            wild[i] = i == 7 ? 1e9 * units[k] : rate * (1 + 1e-9 * (double)(i % 5));       /* robust: the rest keeps its range */
        }
        CHECK(differ > 5);                                             /* it is not constant to a comparison of bits */
        for (kind = LSTMFC_SCALER_STANDARD; kind <= LSTMFC_SCALER_LOG; kind++) {
            CHECK_OK(lstmfc_scaler_fit(kind, rows, ROWS, 1, 1, &center, &scale, NULL, &err), err);
            if (!CHECK(scale == 1)) printf("    scaler %d, unit %g: spread %g\n", (int)kind, units[k], scale);
            CHECK_OK(lstmfc_scaler_fit(kind, ticks, ROWS, 1, 1, &center, &scale, NULL, &err), err);
            if (k < 3 && !CHECK(scale > 0 && scale < 1e-3)) printf("    scaler %d, unit %g: ticks have spread %g\n", (int)kind, units[k], scale);
        }
        CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_ROBUST, wild, ROWS, 1, 1, &center, &scale, NULL, &err), err);
        if (k < 3) CHECK_NEAR(scale, 0.0513 * units[k] * 2e-9, 1e-4);
    }
    for (i = 0; i < ROWS; i++) rows[i] = i & 1 ? 1 : 1 + 2.220446049250313e-16;            /* ln x of it is as small as its rounding */
    CHECK_OK(lstmfc_scaler_fit(LSTMFC_SCALER_LOG, rows, ROWS, 1, 1, &center, &scale, NULL, &err), err);
    CHECK(scale == 1);
}

/* In steady growth every return is one number but for rounding: by its own size nobody could tell, by that of its terms one can. On a walk
   the same columns have a spread. */
TEST(scaler_of_steady_growth) {
    enum { ROWS = 300, COLUMNS = 9 };
    static int64_t time[ROWS];
    static double close[ROWS], matrix[ROWS * COLUMNS];
    double center[COLUMNS], scale[COLUMNS];
    lstmfc_candles candles;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_rng rng;
    lstmfc_features *features = lstmfc_features_compile("log_return(close), 100*pct_change(close,3), roc(close,2)/7, close/sma(5)-1, sma(abs(log_return(close)),5), "
                                                        "1-close/lag(close), 20+log(close/lag(close)), sum(log_return(close),4)-3, close", NULL, &err);
    size_t t;
    int32_t kind, walk, j, noisy = 0;
    if (!CHECK(features != NULL)) return;
    lstmfc_rng_seed(&rng, 9);
    for (walk = 0; walk < 2; walk++) for (kind = LSTMFC_SCALER_STANDARD; kind <= LSTMFC_SCALER_ROBUST; kind++) {
        for (t = 0; t < ROWS; t++) {
            time[t] = (int64_t)t * 3600000;
            close[t] = 100 * lstmfc_exp(0.01 * (double)t + (walk ? 1e-9 * lstmfc_rng_normal(&rng) : 0));
        }
        memset(&candles, 0, sizeof candles);
        candles.count = ROWS; candles.time = time; candles.close = close;
        CHECK_OK(lstmfc_features_evaluate(features, &candles, matrix, &err), err);
        for (t = 10; t < ROWS; t++) noisy += matrix[t * COLUMNS] != matrix[10 * COLUMNS];
        CHECK_OK(lstmfc__scaler_fit(kind, matrix + 10 * COLUMNS, ROWS - 10, COLUMNS, COLUMNS, features, center, scale, NULL, &err), err);
        for (j = 0; j < COLUMNS - 1; j++)
            if (!CHECK((scale[j] == 1) == !walk)) printf("    %s, scaler %d: %g\n", lstmfc_features_name(features, j), (int)kind, scale[j]);
        CHECK(scale[COLUMNS - 1] > 100);
    }
    CHECK(noisy > 100);
    lstmfc_features_free(features);
}

/* All windows of a text together are bounded, and the bound is a limit of the caller's. */
TEST(windows_together) {
    char text[8000];
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_env env;
    lstmfc_features_desc desc;
    lstmfc_features *features;
    size_t i, n = 0;
    memset(&env, 0, sizeof env);
    memset(&desc, 0, sizeof desc);
    for (i = 0; i < 60; i++) n += (size_t)sprintf(text + n, "%sa%d = stochrsi(%d,1000000,1000000,1000000).d", i ? ", " : "", (int)i, (int)i + 2);
    CHECK(!lstmfc_features_compile(text, NULL, &err));
    CHECK_INT(err.code, LSTMFC_ERROR_SPEC);
    CHECK_HAS(err.message, "the windows hold 18000000 numbers together, two a bar; 16777216 are allowed");
    CHECK(err.column > 90 && err.column < 200);                            /* the third of them */
    features = lstmfc_features_compile("sma(1000000), max(1000000), stochrsi(14,1000000,1000000,1000000)", NULL, &err);
    CHECK(features != NULL);
    lstmfc_features_free(features);
    env.limits.dimension = 100;
    desc.env = &env;
    CHECK(!lstmfc_features_compile("sma(100), max(100), min(100), sum(100), wma(100), rank(100), stddev(100), slope(100), zscore(100)", &desc, &err));
    CHECK_HAS(err.message, "1800 numbers together, two a bar; 1600 are allowed");
    env.limits.elements = 500;
    CHECK(!lstmfc_features_compile("sma(100), max(100), min(100)", &desc, &err));
    CHECK_HAS(err.message, "600 numbers together, two a bar; 500 are allowed");
    features = lstmfc_features_compile("sma(100), max(100)", &desc, &err);
    CHECK(features != NULL);
    lstmfc_features_free(features);
}

/* The calendar from year 1 to year 9999, and its arithmetic at the ends of 64 bits: angles, nothing undefined. */
TEST(ends_of_time) {
    static int64_t times[] = {INT64_C(-62135596800000), -86400001, -86400000, -1, 0, 1, 86399999, INT64_C(253402300799999)};
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    enum { TIMES = sizeof times / sizeof times[0], EPOCH = 4 };
    static double price[TIMES], matrix[TIMES * 7];
    lstmfc_candles candles;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features_desc desc;
    lstmfc_features *features;
    lstmfc_vwap_anchored vwap;
    double in[5] = {0, 5, 5, 5, 5}, out;
    size_t i, k;
    for (i = 0; i < TIMES; i++) price[i] = 5;
    memset(&candles, 0, sizeof candles);
    memset(&desc, 0, sizeof desc);
    desc.start_dependent = 1;
    candles.count = TIMES;
    candles.time = times;
    candles.open = candles.high = candles.low = candles.close = candles.volume = price;
    features = lstmfc_features_compile("hour_sin, hour_cos, weekday_sin, weekday_cos, vwap_session, vwap_anchored, time", &desc, &err);
    if (!CHECK(features != NULL)) return;
    CHECK_OK(lstmfc_features_evaluate(features, &candles, matrix, &err), err);
    for (i = 0; i < TIMES; i++) {
        for (k = 0; k < 4; k++) CHECK(matrix[7 * i + k] >= -1 && matrix[7 * i + k] <= 1);
        CHECK_NEAR(matrix[7 * i] * matrix[7 * i] + matrix[7 * i + 1] * matrix[7 * i + 1], 1, 1e-14);
        CHECK_NEAR(matrix[7 * i + 2] * matrix[7 * i + 2] + matrix[7 * i + 3] * matrix[7 * i + 3], 1, 1e-14);
        CHECK(matrix[7 * i + 4] == 5 && matrix[7 * i + 5] == 5 && matrix[7 * i + 6] == (double)times[i]);
    }
    CHECK(matrix[7 * EPOCH] == 0 && matrix[7 * EPOCH + 1] == 1);               /* 1970: midnight, */
    CHECK_NEAR(matrix[7 * EPOCH + 2], sin(6.283185307179586 * 3 / 7), 1e-14);  /* a Thursday; */
    CHECK_NEAR(matrix[7 * 3], sin(6.283185307179586 * 86399 / 86400), 1e-10);  /* the bar before it: */
    CHECK_NEAR(matrix[7 * 3 + 2], sin(6.283185307179586 * 2 / 7), 1e-14);      /* Wednesday, 23:59:59; */
    CHECK(matrix[2] == 0 && matrix[3] == 1);                                   /* year 1 began with a Monday */
    lstmfc_features_free(features);
    lstmfc_vwap_anchored_init(&vwap, 1);
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        for (k = 0; k < 2; k++) CHECK(lstmfc__calendar_angle(ends[i], (int32_t)k) >= 0 && lstmfc__calendar_angle(ends[i], (int32_t)k) < 6.2831853072);
        CHECK(lstmfc_vwap_anchored_update(&vwap, ends[i], 5, 5, 5, 5) == 5);
        in[0] = (double)ends[i];                                               /* 2^63 has no 64 bits: the machine takes the end of them */
        lstmfc_vwap_anchored_peek(&vwap, NULL, in, &out);
        CHECK(out == 5);
    }
    in[0] = lstmfc_nan();
    lstmfc_vwap_anchored_peek(&vwap, NULL, in, &out);
    CHECK(out == 5);
}

/* ---- spans ---- */

/* the spans, sample by sample, for many sizes: each part is what the text says, and no row that a part uses, as
   input or label where the text demands it, is a label row of a later part. */
TEST(spans) {
    lstmfc_rng rng;
    int tried, made = 0;
    lstmfc_rng_seed(&rng, 3);
    for (tried = 0; tried < 3000; tried++) {
        int64_t n = (int64_t)lstmfc_rng_below(&rng, 400), first_row = (int64_t)lstmfc_rng_below(&rng, 30), t, m = 0, v, test_start;
        int32_t window = 1 + (int32_t)lstmfc_rng_below(&rng, 20), h = 1 + (int32_t)lstmfc_rng_below(&rng, 8), calibrate = (int32_t)lstmfc_rng_below(&rng, 2);
        static const double shares[] = {0, 0.1, 0.2, 0.25, 0.5};
        double val = shares[lstmfc_rng_below(&rng, 5)], test = shares[lstmfc_rng_below(&rng, 5)];
        lstmfc_spans s;
        lstmfc_error err = {0, 0, 0, 0, ""};
        if (lstmfc_spans_make(n, first_row, window, h, val, test, calibrate, &s, &err) != LSTMFC_OK) {
            int64_t needed = 0;
            const char *number = strstr(err.message, "about ");
            CHECK_INT(err.code, LSTMFC_ERROR_DATA);
            if (CHECK(number != NULL)) lstmfc_parse_int(number + 6, strlen(number + 6), &needed);
            CHECK(needed > n);
            CHECK_INT(lstmfc_spans_make(needed, first_row, window, h, val, test, calibrate, &s, NULL), LSTMFC_OK);
            continue;
        }
        made++;
        test_start = (int64_t)floor((1 - test) * (double)n);
        CHECK_INT(s.rows, n);
        CHECK_INT(s.test_start, test_start);
        for (t = 0; t < n; t++) if (t - window + 1 >= first_row && t + h < test_start) m++;
        v = (int64_t)floor(val * (double)m);
        CHECK_INT(s.fit_first, first_row + window - 1);
        CHECK_INT(s.fit_end, s.fit_first + m - v - (val > 0 ? window + h : 0));
        CHECK_INT(s.val_first, s.fit_first + m - v);
        CHECK_INT(s.cal_end, s.fit_first + m);
        if (val > 0 && calibrate) {
            CHECK_INT(s.cal_end - s.cal_first, v / 2);
            CHECK_INT(s.val_end, s.cal_first - h);
        } else {
            CHECK_INT(s.val_end, s.fit_first + m);
            CHECK_INT(s.cal_first, s.cal_end);
        }
        CHECK(s.fit_end > s.fit_first);
        if (test > 0) {
            CHECK(s.test_end > s.test_first);
            CHECK_INT(s.test_end, n - h);
            CHECK(s.test_first >= s.fit_first && s.test_first + 1 >= test_start);          /* all labels in the test span */
            CHECK(s.test_first == s.fit_first || s.test_first == test_start - 1);          /* and no such sample left out */
        } else CHECK_INT(s.test_first, s.test_end);
        for (t = s.fit_first; t < s.cal_end; t++) CHECK(t + h < test_start && t - window + 1 >= first_row);
        if (val > 0) CHECK(s.fit_end - 1 + h < s.val_first - window + 1);  /* fit labels lie before every input of the validation */
        if (val > 0 && calibrate) CHECK(s.val_end - 1 + h < s.cal_first + 1);      /* validation labels lie before those of the calibration */
    }
    CHECK(made > 1000);
    {
        lstmfc_spans s;
        lstmfc_error err = {0, 0, 0, 0, ""};
        CHECK_INT(lstmfc_spans_make(34348, 168, 24, 1, 0.2, 0.2, 0, &s, &err), LSTMFC_OK);
        CHECK_INT(s.test_start, 27478);
        CHECK_INT(s.test_end - s.test_first, 6870);                /* the last 20 %, 6,870 hours */
        CHECK_INT(lstmfc_spans_make(INT64_MAX, 0, 5, 1, 0.2, 0.2, 0, &s, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_spans_make(100, INT64_MAX, 5, 1, 0.2, 0.2, 0, &s, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_spans_make(100, 0, 5, INT32_MAX, 0.2, 0.2, 1, &s, &err), LSTMFC_ERROR_DATA);
        CHECK_INT(lstmfc_spans_make(100, 0, 0, 1, 0.2, 0.2, 0, &s, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_spans_make(100, 0, 5, 1, 1.0, 0.2, 0, &s, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_spans_make(100, 0, 5, 1, lstmfc_nan(), 0.2, 0, &s, &err), LSTMFC_ERROR_ARGUMENT);
    }
}

/* Rules: 1, 0 or NaN, not known. Bars of col a: 1 2 NaN 4; of close: 3 4 2 9. */
TEST(rules) {
    static const struct { const char *text, *canonical; double value[4]; } cases[] = {
        {"close>2 and not close >= 9", "close > 2 and not close >= 9", {1, 1, 0, 0}},
        {"a < 2", "col(a) < 2", {1, 0, NAN, 0}},
        {"a >= 2 or close < 3", "col(a) >= 2 or close < 3", {0, 1, 1, 1}},
        {"a == 4 and close > 100", "col(a) == 4 and close > 100", {0, 0, 0, 0}},
        {"not a", "not col(a)", {0, 0, NAN, 0}},
        {"(close < 3) + 1 != 2", "(close < 3)+1 != 2", {1, 1, 0, 1}},
        {"close <= 4 and (close > 3 or a < 2)", "close <= 4 and (close > 3 or col(a) < 2)", {1, 1, NAN, 0}},
        {"(1 < 2) == (close > 3)", "(1 < 2) == (close > 3)", {0, 1, 0, 1}},
        {"not (close > 3 and a > 1)", "not (close > 3 and col(a) > 1)", {1, 0, 1, 0}},
        {"clip(close>3,0,1)", "clip(close > 3,0,1)", {0, 1, 0, 1}},
        {"close-lag(close) < 0 or 0", "close-lag(close) < 0 or 0", {NAN, 0, 1, 0}}
    };
    static const char *const wrong[][2] = {{"close < 3 < 4", "two are compared at a time"}, {"close = 3", "'=' where"}, {"close >", "the text ends"},
        {"and close", "reserved"}, {"close not", "reserved"}, {"andy", "unknown name"}};
    double close[4] = {3, 4, 2, 9}, a[4] = {1, 2, NAN, 4}, value[4];
    int64_t time[4] = {0, 60000, 120000, 180000};
    lstmfc_column columns[1];
    lstmfc_candles candles;
    lstmfc_features_desc desc = lstmfc_features_desc_default();
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_features *rule, *again;
    size_t k, t;
    memset(&candles, 0, sizeof candles);
    memset(columns, 0, sizeof columns);
    columns[0].name = "a"; columns[0].values = a;
    candles.count = 4; candles.time = time; candles.close = close; candles.columns = columns; candles.column_count = 1;
    desc.columns = &candles; desc.rules = 1;
    for (k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        rule = lstmfc_features_compile(cases[k].text, &desc, &err);
        CHECK_TEXT(rule ? "" : err.message, "");
        if (!rule) continue;
        CHECK_TEXT(lstmfc_features_spec(rule), cases[k].canonical);
        again = lstmfc_features_compile(lstmfc_features_spec(rule), &desc, &err);
        if (CHECK(again != NULL)) CHECK_TEXT(lstmfc_features_spec(again), cases[k].canonical);
        CHECK_OK(lstmfc_features_evaluate(rule, &candles, value, &err), err);
        for (t = 0; t < 4; t++)
            if (!CHECK(lstmfc_is_nan(cases[k].value[t]) ? lstmfc_is_nan(value[t]) : value[t] == cases[k].value[t]))
                printf("    %s, bar %d: %g\n", cases[k].text, (int)t, value[t]);
        lstmfc_features_free(again);
        lstmfc_features_free(rule);
    }
    for (k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        rule = lstmfc_features_compile(wrong[k][0], &desc, &err);
        CHECK(rule == NULL && err.code == LSTMFC_ERROR_SPEC);
        CHECK_HAS(err.message, wrong[k][1]);
        lstmfc_features_free(rule);
    }
    desc.rules = 0;
    CHECK(lstmfc_features_compile("close > 3", &desc, &err) == NULL);
    CHECK_HAS(err.message, "comparisons belong to signal rules");
}

int main(void) {
    RUN(canonical); RUN(names); RUN(errors); RUN(limits); RUN(arithmetic); RUN(fill_and_missing); RUN(calendar); RUN(start_dependence); RUN(table);
    RUN(shared); RUN(questions); RUN(columns_move); RUN(absent_columns); RUN(batch_equals_stream); RUN(kept_as_numbers); RUN(no_look_ahead); RUN(presets); RUN(sentiment); RUN(all_columns); RUN(memory);
    RUN(scalers); RUN(spans); RUN(scaler_of_rounding); RUN(scaler_of_steady_growth); RUN(windows_together); RUN(ends_of_time);
    RUN(rules);
    return test_end();
}
