/* residual_tests.c - Ljung-Box, Jarque-Bera and ARCH-LM as pure functions.

   Ljung & Box, Biometrika 65 (1978). Jarque & Bera, Economics Letters 6 (1980). Engle, Econometrica 50 (1982). */
#include "residual_tests.h"

/* 1: there is something to test in x [n], whose moments are set. */
static int testable(size_t n, const double *x, lstmfc_moments *moments, double *p) {
    size_t i;
    double largest = 0, size;
    moments->count = 0; moments->mean = moments->m2 = 0;
    *p = lstmfc_nan();
    for (i = 0; i < n; i++) {
        if (!lstmfc_is_finite(x[i])) return 0;
        lstmfc_moments_add(moments, x[i]);
        size = x[i] < 0 ? -x[i] : x[i];
        if (size > largest) largest = size;
    }
    /* a deviation of rounding is none */
    return n > 2 && lstmfc_sqrt(moments->m2 / (double)n) > 16 * 2.220446049250313e-16 * largest;
}

/* n (n+2) sum_k r_k^2 / (n-k), chi-square with `lags` degrees of freedom. */
double residuals_ljung_box(size_t n, const double *x, int lags, double *p) {
    lstmfc_moments moments;
    double sum = 0, count = (double)n;
    int k;
    if (!testable(n, x, &moments, p) || lags < 1 || (size_t)lags >= n) return lstmfc_nan();
    for (k = 1; k <= lags; k++) {
        double r = 0;
        size_t t;
        for (t = (size_t)k; t < n; t++) r += (x[t] - moments.mean) * (x[t - (size_t)k] - moments.mean);
        r /= moments.m2;
        sum += count * (count + 2) * r * r / (count - k);
    }
    *p = lstmfc_chi_square_tail(sum, lags);
    return sum;
}

/* n/6 (skewness^2 + (kurtosis - 3)^2 / 4), chi-square with 2. */
double residuals_jarque_bera(size_t n, const double *x, double *p) {
    lstmfc_moments moments;
    double m2, m3 = 0, m4 = 0, statistic;
    size_t i;
    if (!testable(n, x, &moments, p)) return lstmfc_nan();
    m2 = moments.m2 / (double)n;
    for (i = 0; i < n; i++) {
        double z = (x[i] - moments.mean) / lstmfc_sqrt(m2);
        m3 += z * z * z / (double)n;
        m4 += z * z * z * z / (double)n;
    }
    statistic = (double)n / 6 * (m3 * m3 + 0.25 * (m4 - 3) * (m4 - 3));
    *p = lstmfc_chi_square_tail(statistic, 2);
    return statistic;
}

/* a [side][side], lower triangle, -> L with a = L L'; 0 when a column is a combination of those before it. */
static int factor(size_t side, double *a) {
    size_t i, j, k;
    for (i = 0; i < side; i++) for (j = 0; j <= i; j++) {
        double sum = a[i * side + j];
        for (k = 0; k < j; k++) sum -= a[i * side + k] * a[j * side + k];
        if (i != j) a[i * side + j] = sum / a[j * side + j];
        else if (!(sum > 0)) return 0;
        else a[i * side + i] = lstmfc_sqrt(sum);
    }
    return 1;
}

/* (n-q) R^2 of z_t on 1 and z_{t-q} .. z_{t-1}, z the squares, chi-square with q. With L L' the products of these columns and of z_t
   behind them, the last row of L holds what each has of z_t that those before it had not: R^2 = sum_{1..q} l_k^2 / (z z' - l_0^2).
   z = x^2 / mean - 1 has the same R^2, does not underflow and loses no digits. */
double residuals_arch_lm(size_t n, const double *x, int lags, double *p) {
    double a[(RESIDUALS_LAGS + 2) * (RESIDUALS_LAGS + 2)], *last, scale, all, explained = 0;
    lstmfc_moments moments;
    size_t q = (size_t)lags, side = q + 2, i, k, t;
    if (!testable(n, x, &moments, p) || lags < 1 || lags > RESIDUALS_LAGS || n < 2 * q + 2) return lstmfc_nan();
    scale = lstmfc_sqrt(moments.m2 / (double)n + moments.mean * moments.mean);
    for (i = 0; i < side; i++) for (k = 0; k <= i; k++) {
        a[i * side + k] = 0;
        for (t = q; t < n; t++) {
            double y = i ? x[t + i - side + 1] / scale : 0, z = k ? x[t + k - side + 1] / scale : 0;
            a[i * side + k] += (i ? y * y - 1 : 1) * (k ? z * z - 1 : 1);
        }
    }
    last = a + (side - 1) * side;
    all = last[side - 1];
    if (!factor(side, a)) return lstmfc_nan();
    for (k = 1; k <= q; k++) explained += last[k] * last[k];
    explained *= (double)(n - q) / (all - last[0] * last[0]);
    *p = lstmfc_chi_square_tail(explained, lags);
    return explained;
}
