/* rules.h - from a forecast to a signal by clauses, and what became of the bars on the way. */
#ifndef LSTMFC_TOOL_RULES_H
#define LSTMFC_TOOL_RULES_H

#include "evaluation.h"

#define RULES(X) X(RULES_AUTO, "auto") X(RULES_PLAIN, "plain") X(RULES_E, "e")
enum { RULES(LSTMFC__CONSTANT) };
enum { RULES_CLAUSES = 12, RULES_LONG = 0, RULES_SHORT = 1 };

/* The row of --rules in a command's table; beside it --threshold takes words, too (options.threshold). */
#define RULES_OPTION(X, preset) \
    X(CHOICE, rules, preset, RULES, "from forecast to signal: plain: the forecast alone; e: system E's clauses; auto: e for a model of " \
                                    "price on the features @e or @e_literal, else plain")

typedef struct rules_bar {
    int32_t signal;                 /* 1 long, 0 flat, -1 short */
    uint32_t passed[2];             /* by side, bit k: clause k holds */
    double threshold;               /* price units; direction: the probability that it takes */
    double confidence;              /* share of calibration residuals with which the move has the side of the signal (flat: of the
                                       forecast); direction: max(p, 1-p); NaN: not known */
} rules_bar;

typedef struct rules_side {
    int64_t alone[RULES_CLAUSES], left[RULES_CLAUSES];      /* bars on which the clause holds; it and all before it */
    int64_t others;                 /* bars on which all clauses but the forecast hold */
    int     ends;                   /* the clause that leaves none; -1: some are left */
    int64_t known, right;           /* signals whose outcome is known and did move; those that moved as they said */
    double  mean;                   /* mean log return of their horizon, in the direction of the signal; NaN = none */
} rules_side;

typedef struct rules_result {
    int rules, clauses;             /* RULES_PLAIN or RULES_E; how many clauses they have */
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
/* What of --rules and --threshold can be told before there is a model: of its target, whether `auto` means system E's rules for it, and
   whether its training has a validation part. -1 = all is well, else a usage error, said. */
int  rules_check(const options *o, int32_t rules, int32_t target, int auto_is_e, int has_val);
/* Signals of bars first .. first+count-1 from their forecasts [count]; outcomes [count] or NULL. What is learned from the training file
   (the quantile, the residuals) needs its bars among the candles. longest: of the model that `forecaster` is an answer of. Returns an exit
   code and has said why. */
int  rules_run(const options *o, int32_t rules, const lstmfc_signal_desc *signals, const lstmfc_forecaster *forecaster, int32_t longest,
               const lstmfc_candles *candles, size_t first, size_t count, const lstmfc_forecast *forecasts,
               const lstmfc_outcome *outcomes, rules_result *out);
void rules_free(rules_result *r);
/* Runs the rules over the span of an evaluation and puts their backtest in the place of its own. Nothing where the target names no side. */
int  rules_evaluate(const options *o, int32_t rules, const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs,
                    const lstmfc_forecaster *forecaster, int32_t longest, const lstmfc_candles *candles, evaluation *e,
                    rules_result *out);

void rules_describe(lstmfc_writer *w, const rules_result *r);
void rules_json(lstmfc_writer *w, const char *key, const rules_result *r);
void rules_html(lstmfc_writer *w, const rules_result *r);
/* time,signal,confidence,close,predicted,threshold,long_passed,short_passed: what backtest --signals takes. */
void rules_csv(lstmfc_writer *w, const rules_result *r, const lstmfc_forecast *forecasts);
/* Every indicator of the newest bar as members of a JSON object; null where the candles have no such column or too few bars. */
int  rules_indicators_json(const options *o, lstmfc_writer *w, const lstmfc_forecaster_info *info, const lstmfc_candles *candles);

#endif
