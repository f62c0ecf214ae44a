/* residuals.h - what an evaluation keeps of the errors of its forecasts. */
#ifndef LSTMFC_TOOL_RESIDUALS_H
#define LSTMFC_TOOL_RESIDUALS_H

#include "residual_tests.h"

/* One test, told. */
typedef struct residuals_test {
    const char *name, *key;             /* "Ljung-Box", "ljung_box" */
    const char *small;                  /* what a small p means, one sentence */
    int32_t lags;                       /* 0: it has none */
    double statistic, p;
} residuals_test;

enum { RESIDUALS_TESTS = 3 };
typedef struct leftover {
    double *values;                     /* [n] of every measured forecast; NULL = not formed */
    const char *what;                   /* their unit: "ln(outcome / forecast)" */
    size_t step, count;                 /* tested is every step-th one, which do not overlap: count of them */
    residuals_test tests[RESIDUALS_TESTS];
} leftover;

/* Do forecasts move as outcomes do? Shares of right moves; NaN where there is none, or of a direction. */
typedef struct moves {
    double pairs, bar_to_bar, bar_to_bar_naive; /* both move the same way from one measured bar to the next; persistence too */
    double count, from_last, commoner;          /* from the last known value; what the commoner side alone would have */
    double theil_u;                             /* RMSE over that of persistence */
    /* Of a price or return: is the side right more often than the commoner side would be (exact binomial, one-sided), and are sides called
       and taken related at all (Pesaran-Timmermann)? Of forecasts that do not overlap: side_count of them. */
    double side_count, binomial_p, timmermann_p;
    double mase, mase_naive;                    /* MAE over the mean move of one bar in training, and that of persistence; NaN: not known */
    double relative_mae;                        /* MAE over that of persistence on these very bars: what MASE is often taken for */
} moves;

#endif
