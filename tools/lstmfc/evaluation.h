/* evaluation.h - how good is a forecaster on bars it has not seen: figures, baselines, verdict. Shared by evaluate, backtest,
   pipeline and the report. */
#ifndef LSTMFC_TOOL_EVALUATION_H
#define LSTMFC_TOOL_EVALUATION_H

#include "fit.h"
#include "importance.h"
#include "residuals.h"
#include "verdict.h"

/* A forecast that needs no network. accuracy is NaN unless the target is direction. */
typedef struct evaluation_baseline {
    const char *name, *help;
    const char *column;             /* of the file of forecasts; NULL: the column persistence, or that of the baseline before it */
    int available, linear;          /* linear: the logistic or ridge regression */
    char missing[480];              /* why not, when it is not */
    double *forecast;               /* [evaluation.count], in units of lstmfc_forecast.value; NULL where there is none to be had */
    double *loss;                   /* [n], in order of time */
    double accuracy, secondary;     /* direction: share of right calls; volatility: mean squared error of ln RV */
    lstmfc_comparison comparison;   /* of the model against it, when available */
} evaluation_baseline;

/* The share inside over the last `window` forecasts that have an interval, at each of them; window 0: too few for one. */
typedef struct evaluation_rolling {
    size_t window;
    double lowest, median, highest;
    int64_t from, to;               /* bars of the first and last forecast of the (first) lowest one */
    double *share;                  /* [evaluation.n] of the window that ends there; NaN: none does */
} evaluation_rolling;

/* Intervals of one kind over the measured forecasts: score.count 0 = there are none. */
typedef struct evaluation_intervals {
    lstmfc_interval_score score;
    lstmfc_bootstrap error;         /* of score.coverage, block bootstrap */
    double low, high;               /* Clopper and Pearson's 95 % interval of it */
    evaluation_rolling rolling;
    lstmfc_interval_score naive;    /* of persistence's interval on the same forecasts; count 0: the file has none */
    double skill;                   /* 1 - Winkler score / that of persistence's; NaN without */
    double in_price;                /* target return: the Winkler score of the bounds as prices; else NaN */
} evaluation_intervals;
enum { EVALUATION_KINDS = LSTMFC_INTERVALS_LEARNED + 1 };

/* A member of an ensemble on the bars that the ensemble is measured on. */
typedef struct evaluation_member {
    const char *name;               /* its network, or the file of probabilities */
    double weight, loss, accuracy;  /* accuracy: direction, its calls at 0.5; else NaN */
    double skill;                   /* over persistence */
    lstmfc_comparison ensemble;     /* of the ensemble against it */
} evaluation_member;

/* Figures above what honest features were ever seen to reach: which ones (1 = rings), and what they were held against. NaN where
   nothing was measured. */
typedef struct evaluation_alarm {
    int accuracy, auc, r2, sharpe;
    double accuracy_bound, accuracy_se, auc_se;     /* se: block bootstrap */
    double r2_of_return, gross_sharpe, gross_sharpe_se;
} evaluation_alarm;

typedef struct evaluation {
    lstmfc_forecaster_info info;
    int in_sample;                  /* bars the model was trained on: no evidence */
    int vote;                       /* forecasts are shares of voices: judged by their right calls alone, loss NaN */
    size_t first, count;            /* rows of the candles whose forecasts are measured */
    size_t embargo;                 /* rows behind the last one seen that are not */
    int64_t from, to;               /* their first and last label times */
    int64_t interval;
    int synthetic;
    int64_t open, equal, gap, bad, without;     /* left out: label not closed, equal closes, gap, not finite, no forecast */
    size_t n;                       /* measured */
    int64_t *time;                  /* [n] time of the bar at whose close the forecast was made */
    double *forecast, *truth, *naive, *returns; /* [n] in units of lstmfc_forecast.value; ln(C[t+h]/C[t]) */
    double *loss;                   /* [n] loss of the model: log loss, squared log-return error, QLIKE */
    double secondary;               /* volatility: mean squared error of ln RV */
    const char *loss_name;
    lstmfc_forecast *all;           /* [count] every forecast of the span */
    double *attention;              /* [2][window] of the last one: times, weights of the bars; NULL = none */
    lstmfc_outcome *outcomes;       /* [count] */
    int skips;                      /* gaps are counted, and there are some: nobody knows when the next bar opens */
    lstmfc_direction direction;     /* direction only */
    lstmfc_bin bins[VERDICT_BINS];
    double calibration_error;       /* mean over the forecasts of |mean probability - share of ups| of their bin */
    lstmfc_bootstrap accuracy_error, auc_error;     /* horizon > 1: from a block bootstrap */
    lstmfc_errors errors, naive_errors;             /* price: price units; return: log return; volatility: per bar */
    double theil_u2;
    leftover residuals;                             /* what the errors have left */
    moves moves;
    importance importance;                          /* when asked for */
    correlations correlations;
    evaluation_intervals intervals[EVALUATION_KINDS];       /* by LSTMFC_INTERVALS_...; those of info.intervals stand in `all` */
    const struct record_coverage *fed;              /* the caller's: of forecasts fed back (record.h); NULL = none */
    lstmfc_adaptive adaptive;                       /* where the adaptive ones stood after the last bar */
    int64_t crossed;                                /* loss pinball: forecasts whose quantiles had to be sorted */
    evaluation_baseline baselines[VERDICT_BASELINES];
    int baseline_count, best;       /* baselines[0] is persistence; best: the available one with the smallest loss */
    int linear;                     /* index of the linear baseline: for volatility the better on validation of HAR and ridge */
    int verdict[4];                 /* beats persistence, a linear model, the best baseline; pays its costs */
    lstmfc_signal_desc signals;
    size_t traded, traded_count;    /* rows that are traded: of an ensemble with a file, those from its first forecast to its last */
    lstmfc_backtest *backtest;      /* over them, NULL when the target names no side */
    evaluation_member *members;     /* [member_count]; NULL: it is no ensemble */
    int member_count;
    lstmfc_origin origin;           /* are these the candles it was trained on? */
    const char *symbol;             /* of these candles, as the caller says; NULL = not said */
    evaluation_alarm alarm;
    struct evaluation *others;      /* [other_count] of several horizons: the further ones (horizons.h) */
    int other_count;
} evaluation;

/* Measures. Returns an exit code and has said why when it is not TOOL_OK (nothing left to measure: TOOL_DATA). */
int  evaluation_run(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample,
                    const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *out);
/* The same, but that the first `embargo` rows behind the last one that the model has seen are not measured. */
int  evaluation_run_after(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample, size_t embargo,
                          const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *out);
void evaluation_free(evaluation *e);
/* The span and its forecasts alone, nothing of them measured: first, count, all, traded, traded_count. An exit code. */
int  evaluation_forecasts(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample,
                          evaluation *out);

int  evaluation_has_shares(const evaluation *e);        /* is an error in percent of the outcome worth telling? */
/* One plain sentence behind each verdict. */
void evaluation_verdict_reason(const evaluation *e, int index, char *out, size_t size);
/* Direction: are there more right calls than luck explains? Labels that overlap (horizon > 1) are no independent tosses: there
   the block bootstrap interval decides in place of the binomial test. */
int  evaluation_beats_luck(const evaluation *e);
/* Mean block of every bootstrap here: the samples overlap over the horizon. */
double evaluation_block(const evaluation *e);

/* coverage.c: sets intervals and adaptive from a run with each kind. Returns an exit code. */
int  evaluation_cover(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e);
/* Coverage further than two of its errors from the level. */
int  evaluation_misses(const evaluation *e, const evaluation_intervals *intervals);
void evaluation_cover_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_cover_json(lstmfc_writer *w, const evaluation *e);
void evaluation_cover_html(lstmfc_writer *w, const evaluation *e);
void evaluation_cover_chart(lstmfc_writer *w, const evaluation *e, const double *x);    /* x [n]: times */
void evaluation_cover_free(evaluation *e);

/* residuals.c: sets residuals and moves. Returns an exit code. _scale: MASE, when it is known whose candles these are. */
int  evaluation_residuals(const options *o, evaluation *e);
int  evaluation_scale(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e);
/* Correlation, moves and Theil's U, each beside persistence: lines, a member, rows of the table of errors. */
void evaluation_moves_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_scale_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_moves_json(lstmfc_writer *w, const evaluation *e);
void evaluation_moves_html(lstmfc_writer *w, const evaluation *e);
void evaluation_residuals_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_residuals_json(lstmfc_writer *w, const evaluation *e);
void evaluation_residuals_html(lstmfc_writer *w, const evaluation *e);

/* importance.c: sets importance, with `repeats` shuffles of each feature; correlations of features and target over the fit rows. Exit
   codes. The rest is theirs in words and JSON: nothing where nothing was measured. */
int  evaluation_importance(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t repeats,
                           evaluation *e);
int  evaluation_correlations(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e);
void evaluation_importance_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_importance_json(lstmfc_writer *w, const evaluation *e);
void evaluation_correlations_json(lstmfc_writer *w, const evaluation *e);
void evaluation_insight_free(evaluation *e);

/* baselines.c: what needs no model, from the model file; then the first three verdicts, "not known" where one of the baselines that a
   line needs is missing, and why. */
int  evaluation_baselines(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e);
void evaluation_judge(evaluation *e);
void evaluation_missing(const evaluation *e, int index, char *out, size_t size);

/* members.c: sets members, of an ensemble. An exit code. */
int  evaluation_members(const options *o, const lstmfc_candles *candles, evaluation *e);
/* Appends which voices are too good by themselves, and what to do about each. */
void members_suspects(const evaluation *e, char *out, size_t size);
void evaluation_members_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_members_json(lstmfc_writer *w, const evaluation *e);
void evaluation_members_html(lstmfc_writer *w, const evaluation *e);

/* alarms.c: sets origin and alarm. `symbol` may be set between this and the telling. Returns an exit code, like evaluation_run. */
int  evaluation_watch(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles,
                      const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *e);
/* For a command that measures nothing: a blank evaluation, in which only whose candles these are is known. Returns an exit code. */
int  evaluation_candles(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, evaluation *e);
/* A line when it is strange, nothing else; and the member "candles" of a JSON object. */
void evaluation_warn(lstmfc_writer *w, const evaluation *e);
void evaluation_origin_json(lstmfc_writer *w, const evaluation *e);
int  evaluation_strange(const evaluation *e);           /* other candles, other symbol, or training bars under other dates */
int  evaluation_alarmed(const evaluation *e);
const char *evaluation_origin_word(const lstmfc_origin *origin);        /* matching, absent, other */
/* One line each; the alarm's is empty when nothing rings. */
void evaluation_origin(const evaluation *e, char *out, size_t size);
void evaluation_alarm_text(const evaluation *e, char *out, size_t size);
/* Both at the head of every telling: as lines, as two members of a JSON object. */
void evaluation_first(lstmfc_writer *w, const evaluation *e);
void evaluation_first_json(lstmfc_writer *w, const evaluation *e);

void evaluation_describe(lstmfc_writer *w, const evaluation *e);
void evaluation_json(lstmfc_writer *w, const char *key, const evaluation *e);
/* time,target_time,close,<forecast>,lower,upper,outcome,persistence,novelty,left_out, then a column for each further baseline: ewma,
   har, garch, ridge, last_move, logistic, and of several horizons the horizon (of several series both): their rows follow each other.
   Every skill and p of the report follows from the rows whose left_out is empty. */
void evaluation_forecasts_csv(lstmfc_writer *w, const evaluation *e);
/* A further cell of a row, in quotes where the name would break it. */
void evaluation_name_csv(lstmfc_writer *w, const char *name);
/* Trades and fills; symbols: the names of a portfolio's series, for a column at the end; NULL = none. */
void evaluation_trades_csv(lstmfc_writer *w, const lstmfc_backtest *backtest, const char *const *symbols);
void evaluation_fills_csv(lstmfc_writer *w, const lstmfc_backtest *backtest, const char *const *symbols);
/* "1,826 bars per year, counted over 52 whole weeks": the number behind every annual figure, and where it is from. */
const char *evaluation_annual(char out[96], const lstmfc_backtest *backtest);
/* The rules that are on beside fee, slippage and size: "" or "; ...". */
enum { EVALUATION_RULES = 1024 };
const char *evaluation_rules(char out[EVALUATION_RULES], const lstmfc_backtest *backtest);
/* Of a model with a --cut of its own, both thresholds: where its forecasts are called up, and where they are traded. ""
   otherwise. signals NULL: nothing is traded here. */
const char *evaluation_thresholds(char out[256], const lstmfc_forecaster_info *info, const lstmfc_signal_desc *signals,
                                  int long_only);
/* scales.c: scaler and limits of winsorising held against those of the fit rows: what is of later rows too is named, a line or a member of
   the array "scaler" each, and counted. whose: of evaluation_candles. Returns an exit code. */
int  scales_check(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, const evaluation *whose,
                  lstmfc_writer *w, int *named);
/* backtest.c: the position wanted at each bar out of a file of signals, of one symbol of it or (NULL)
   of the only one; targets [candles->count], NaN where the file says nothing. */
int  signals_read(const options *o, const char *path, const char *symbol, const lstmfc_candles *candles, double *targets);
/* Every figure of a table X(name, unit, help) as a JSON object. */
void evaluation_figures_json(lstmfc_writer *w, const char *key, const void *figures, const lstmfc_field *fields, size_t count);

#endif
