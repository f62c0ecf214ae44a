/* residual_tests.h - is anything left in a series of errors? Pure functions. */
#ifndef LSTMFC_TOOL_RESIDUAL_TESTS_H
#define LSTMFC_TOOL_RESIDUAL_TESTS_H

#include "../../lstmfc.h"

enum { RESIDUALS_LAGS = 20 };

/* Each takes residuals x [n] in order of time and gives a statistic that is chi-square where nothing is left in them, with its
   upper tail in *p. Both are NaN where x is too short, does not vary or holds a value that is not finite.
   Ljung-Box: are the autocorrelations 1 .. lags (below n) zero? Jarque-Bera: is x normal? ARCH-LM: do the last `lags` squares
   (1 .. RESIDUALS_LAGS, 2 lags + 2 <= n) say how large the next is? */
double residuals_ljung_box(size_t n, const double *x, int lags, double *p);
double residuals_jarque_bera(size_t n, const double *x, double *p);
double residuals_arch_lm(size_t n, const double *x, int lags, double *p);

#endif
