/* volatility.h - the volatility baselines of chapter 16 as a whole: fitted over one stretch of a series, told at each bar of it. A
   forecaster fits them in one place and walks them in another (chapter 18); what is told of both is checked against them. */
#ifndef TEST_VOLATILITY_H
#define TEST_VOLATILITY_H

/* out[t]: the volatility of the NEXT h bars. */
static void future_realized(size_t n, const double *returns, size_t h, double *out) {
    size_t t;
    for (t = 0; t < n; t++) out[t] = h <= n - 1 - t ? lstmfc__root_mean_square(returns, t + 1, h) : lstmfc_nan();
}

static void ewma_volatility(size_t n, const double *returns, double *out) {
    size_t t;
    lstmfc__ewma_walk(n, returns, LSTMFC__EWMA_DECAY, lstmfc_nan(), out);
    for (t = 0; t < n; t++) out[t] = lstmfc_sqrt(out[t]);
}

/* coefficients [4] or NULL: intercept first. */
static lstmfc_result har_volatility(size_t n, const double *returns, size_t h, size_t fit_first, size_t fit_end, double *out,
                                    double *coefficients, const lstmfc_env *env, lstmfc_error *err) {
    lstmfc_env filled = lstmfc__env_fill(env);
    double har[5];
    lstmfc_result result = lstmfc__har_fit(n, returns, h, fit_first, fit_end, har, &filled, err);
    if (!result) result = lstmfc__har_walk(n, returns, h, har, out, &filled, err);
    if (!result && coefficients) memcpy(coefficients, har, 4 * sizeof *har);
    return result;
}

/* parameters [3] or NULL: omega, alpha, beta. */
static lstmfc_result garch_volatility(size_t n, const double *returns, size_t h, size_t fit_first, size_t fit_end, double *out,
                                      double *parameters, lstmfc_error *err) {
    double garch[3];
    lstmfc_result result = lstmfc__garch_fit(n, returns, fit_first, fit_end, garch, err);
    if (result) return result;
    lstmfc__garch_walk(n, returns, garch, lstmfc_nan(), out);
    lstmfc__garch_tell(n, h, garch, out);
    if (!parameters) return LSTMFC_OK;
    parameters[0] = garch[0] * (1 - garch[1] - garch[2]);
    parameters[1] = garch[1];
    parameters[2] = garch[2];
    return LSTMFC_OK;
}
#endif
