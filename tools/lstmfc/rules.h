/* rules.h - from a forecast to a signal by clauses, and what became of the bars on the way. */
#ifndef LSTMFC_TOOL_RULES_H
#define LSTMFC_TOOL_RULES_H

#include "evaluation.h"

#define RULES(X) X(RULES_AUTO, "auto") X(RULES_PLAIN, "plain") X(RULES_E, "e")
enum { RULES(LSTMFC__CONSTANT) };
enum { RULES_CLAUSES = 12, RULES_LONG = 0, RULES_SHORT = 1 };

/* System E's clauses in order, a row each: names, help, bits (bit k is row k), funnel and JSON follow. X(name, what it asks of a long and of a
   short, and as expressions of the feature language: up to two of a long, up to two of a short, each > 0 (>= 0 where or_equal) for the
   clause to hold). The forecast's has none; the others read candles alone. The short mirrors the long, but for the volume: it wants less
   than the mean. */
#define RULES_CLAUSES_E(X) \
    X(forecast, "predicted > price + threshold", "predicted < price - threshold", NULL, NULL, NULL, NULL, 0) \
    X(rsi, "RSI(14) < 65", "RSI(14) > 35", "65 - rsi(14)", NULL, "rsi(14) - 35", NULL, 0) \
    X(macd, "MACD > its signal", "MACD < its signal", "macd(12,26,9).hist", NULL, "-macd(12,26,9).hist", NULL, 0) \
    X(obv, "OBV > its 20-bar mean", "OBV < its 20-bar mean", "obv - sma(obv,20)", NULL, "sma(obv,20) - obv", NULL, 0) \
    X(vwap, "price > VWAP(14)", "price < VWAP(14)", "close - vwap(14)", NULL, "vwap(14) - close", NULL, 0) \
    X(trend, "price > EMA20 > EMA50", "price < EMA20 < EMA50", "close - ema(20)", "ema(20) - ema(50)", "ema(20) - close", \
      "ema(50) - ema(20)", 0) \
    X(adx, "ADX(14) > 25", "ADX(14) > 25", "adx(14) - 25", NULL, "adx(14) - 25", NULL, 0) \
    X(volatility, "volatility <= 1.5 of its 50-bar mean", "volatility <= 1.5 of its 50-bar mean", \
      "1.5*sma(realized_vol(20),50) - realized_vol(20)", NULL, "1.5*sma(realized_vol(20),50) - realized_vol(20)", NULL, 1) \
    X(volume, "volume > its 20-bar mean", "volume < its 20-bar mean", "volume - sma(volume,20)", NULL, "sma(volume,20) - volume", NULL, 0)
/* " forecast rsi ..."; a line of each for a command's help */
#define RULES_NAME(name, a_long, a_short, l1, l2, s1, s2, or_equal) " " #name
#define RULES_LINE(name, a_long, a_short, l1, l2, s1, s2, or_equal) "  " #name ": " a_long "; short: " a_short "\n"

/* The rows of --rules and --clauses in a command's table; beside them --threshold takes words, too (options.threshold). */
#define RULES_OPTION(X, preset) \
    X(CHOICE, rules, preset, RULES, "from forecast to signal: plain: the forecast alone; e: system E's clauses; auto: e for a model of " \
                                    "price on the features @e or @e_literal, else plain") \
    X(TEXT, clauses, "all", "", "system E's clauses that must hold: a list, rsi,macd; or all but some, -volume,-vwap; of" \
                                RULES_CLAUSES_E(RULES_NAME))
typedef struct rules_asked { int32_t rules; const char *clauses; } rules_asked;        /* what those two say */

typedef struct rules_bar {
    int32_t signal;                 /* 1 long, 0 flat, -1 short */
    uint32_t passed[2];             /* by side, bit k: clause k holds */
    double threshold;               /* price units; direction: the probability that it takes */
    double confidence;              /* share of calibration residuals with which the move has the side of the signal (flat: of the
                                       forecast); direction: max(p, 1-p); NaN: not known */
} rules_bar;

typedef struct rules_side {
    int64_t alone[RULES_CLAUSES], left[RULES_CLAUSES];      /* bars on which the clause holds; all asked up to it */
    int64_t others;                 /* bars on which all clauses asked but the forecast hold */
    int     ends;                   /* the clause that leaves none; -1: some are left */
    int64_t known, right;           /* signals whose outcome is known and did move; those that moved as they said */
    double  mean;                   /* mean log return of their horizon, in the direction of the signal; NaN = none */
} rules_side;

typedef struct rules_result {
    int rules, clauses;             /* RULES_PLAIN or RULES_E; how many clauses they have, */
    uint32_t asked;                 /* and bit k: clause k is one that must hold; the others are off, and told all the same */
    char threshold[80];             /* the rule of it, in words */
    double quantile;                /* the log return that --threshold quantile:Q found; else NaN */
    const char *residuals;          /* where the confidence is from */
    size_t count;
    rules_bar *bars;                /* [count] */
    rules_side side[2];
    int64_t forecasts, longs, shorts, flats;        /* bars with a forecast; by signal */
    int64_t known, right;           /* forecasts of a side whose outcome is known and did move; those that named its side */
    double median_threshold;        /* in volatilities of a bar (RV20 times the price); NaN unless there is a price */
} rules_result;

/* The clauses in order: a name, and in words what it asks of a side. */
const char *rules_clause(int rules, int clause, int side);
const char *rules_clause_name(int rules, int clause);
/* The rules that `auto` means for a model. */
int  rules_auto(const options *o, const lstmfc_forecaster *forecaster);
/* The longest horizon of a model of several: the parts of its training are cut by it. */
int32_t rules_longest(const lstmfc_forecaster *model);
/* What of --rules, --clauses and --threshold can be told before there is a model: of its target, whether `auto` means system E's rules for it, and
   whether its training has a validation part. -1 = all is well, else a usage error, said. */
int  rules_check(const options *o, rules_asked asked, int32_t target, int auto_is_e, int has_val);
/* Signals of bars first .. first+count-1 from their forecasts [count]; outcomes [count] or NULL. What is learned from the training file
   (the quantile, the residuals) needs its bars among the candles. longest: of the model that `forecaster` is an answer of. Returns an exit
   code and has said why. */
int  rules_run(const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_forecaster *forecaster, int32_t longest,
               const lstmfc_candles *candles, size_t first, size_t count, const lstmfc_forecast *forecasts,
               const lstmfc_outcome *outcomes, rules_result *out);
void rules_free(rules_result *r);
/* ", without volume, vwap" where clauses are off, else "". */
const char *rules_off(char out[120], const rules_result *r);
/* Runs the rules over the span of an evaluation and puts their backtest in the place of its own. Nothing where the target names no side. */
int  rules_evaluate(const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs,
                    const lstmfc_forecaster *forecaster, int32_t longest, const lstmfc_candles *candles, evaluation *e,
                    rules_result *out);

void rules_describe(lstmfc_writer *w, const rules_result *r);
void rules_json(lstmfc_writer *w, const char *key, const rules_result *r);
void rules_html(lstmfc_writer *w, const rules_result *r);
/* time,signal,confidence,close,predicted,threshold,long_passed,short_passed: what backtest --signals takes. */
void rules_csv(lstmfc_writer *w, const rules_result *r, const lstmfc_forecast *forecasts);
/* Every indicator of the newest bar as members of a JSON object; null where the candles have no such column or too few bars. */
int  rules_indicators_json(const options *o, lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_candles *candles);

/* The same bar by bar, to the same bits: what rules_run and rules_indicators_json say of the last bar of the series so far. */
typedef struct rules_live rules_live;
/* NULL: *code, said. */
rules_live *rules_live_create(const options *o, rules_asked asked, const lstmfc_signal_desc *signals, const lstmfc_forecaster *forecaster,
                              int32_t longest, int *code);
void rules_live_free(rules_live *live);
/* What decides, in the same words for the same flags: "rules e, threshold atr, ...". */
void rules_live_asked(const rules_live *live, char *out, size_t size);
/* Row `index` of the candles is the next closed bar. An exit code: a column is absent. */
int  rules_live_push(rules_live *live, const lstmfc_candles *candles, size_t index);
/* What candles say that hold the bars of the training (quantile, residuals): all bars so far, once the model's last one is among them or
   after it; any bars before, for what is said without them. An exit code: no quantile without them. */
int  rules_live_learn(rules_live *live, const lstmfc_candles *candles);
/* The bar that was pushed last, with its forecast: rules_run of a series of one bar. To be freed. */
int  rules_live_tell(const rules_live *live, const lstmfc_forecast *forecast, rules_result *out);
void rules_live_indicators_json(const rules_live *live, lstmfc_writer *w);
/* All it remembers as numbers, some not finite: how many, written where numbers is not NULL. _restore into one that was created alike: 0 where
   they are none of its. */
size_t rules_live_numbers(const rules_live *live, double *numbers);
int    rules_live_restore(rules_live *live, const double *numbers, size_t count);

#endif
