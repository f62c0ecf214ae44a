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
} moves;

#endif
