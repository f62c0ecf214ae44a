/* verdict.c - what a forecast is held against, and the lines of the verdict: what the tool and the WebAssembly module share. */
#include "verdict.h"

const verdict_baseline *verdict_baselines(int32_t target, int *count) {
    static const verdict_baseline direction[] = {
        {LSTMFC_BASELINE_NAIVE,     "base rate", NULL, "the share of ups in the fit part, every time"},
        {LSTMFC_BASELINE_NAIVE,     "always up", NULL, "the accuracy of calling up every time; its loss is the base rate's"},
        {LSTMFC_BASELINE_LAST_MOVE, "repeat the last move", "last_move",
         "the accuracy of the rule; its loss is that of the share of ups after such a move in the fit part"},
        {LSTMFC_BASELINE_LAST_MOVE, "reverse the last move", NULL, "the opposite call, with the same probabilities"},
        {LSTMFC_BASELINE_LINEAR,    "logistic regression", "logistic", "on the last row of the same features"}};
    static const verdict_baseline returns[] = {
        {LSTMFC_BASELINE_NAIVE,     "no change", NULL, "the last close: a return of zero"},
        {LSTMFC_BASELINE_LINEAR,    "ridge regression", "ridge", "on the same window of the same features"}};
    static const verdict_baseline values[] = {
        {LSTMFC_BASELINE_NAIVE,     "no change", NULL, "the value at the bar of the forecast"},
        {LSTMFC_BASELINE_LINEAR,    "ridge regression", "ridge", "on the same window of the same features"}};
    static const verdict_baseline volatility[] = {
        {LSTMFC_BASELINE_NAIVE,     "last volatility", NULL, "realised volatility of the last horizon"},
        {LSTMFC_BASELINE_EWMA,      "EWMA 0.94", "ewma", "exponentially weighted squared returns"},
        {LSTMFC_BASELINE_HAR,       "HAR-RV", "har", "regression on the realised volatility of h, 5h and 22h bars, fitted on the fit part"},
        {LSTMFC_BASELINE_GARCH,     "GARCH(1,1)", "garch", "Gaussian likelihood on the fit part"},
        {LSTMFC_BASELINE_LINEAR,    "ridge regression", "ridge", "on the same window of the same features, of ln RV, times its own factor"}};
    if (target == LSTMFC_TARGET_DIRECTION) { *count = (int)(sizeof direction / sizeof direction[0]); return direction; }
    if (target == LSTMFC_TARGET_VOLATILITY) { *count = (int)(sizeof volatility / sizeof volatility[0]); return volatility; }
    *count = (int)(sizeof returns / sizeof returns[0]);         /* as many as of values */
    return target >= LSTMFC_TARGET_PRICE_LEVEL ? values : returns;
}

int verdict_linear(const lstmfc_forecaster_info *info, int count) {
    const lstmfc_baselines *b = info->baselines;
    int k = count - 1, har = 2;
    if (info->target != LSTMFC_TARGET_VOLATILITY || !b || lstmfc_is_nan(b->har_loss)) return k;
    return b->linear && b->linear_loss < b->har_loss ? k : har;
}

const char *verdict_loss_name(int32_t target) {
    static const char *const names[] = {"log loss", "squared log-return error", "squared log-return error", "QLIKE",
                                        "squared error", "squared error", "squared error"};
    return names[target];
}

double verdict_loss(int32_t target, double forecast, double truth) {
    if (target == LSTMFC_TARGET_DIRECTION) return lstmfc_log_loss(forecast, truth);
    if (target == LSTMFC_TARGET_VOLATILITY) return truth > 0 ? lstmfc_qlike(truth, forecast) : lstmfc_nan();
    return (forecast - truth) * (forecast - truth);     /* log returns, or values of an expression */
}

const char *verdict_name(int index) {
    static const char *const names[] = {"beats persistence", "beats a linear model", "beats the best baseline", "pays its costs"};
    return names[index];
}

const char *verdict_word(int verdict) {
    return verdict == VERDICT_YES ? "yes" : verdict == VERDICT_NO ? "no" : "not known";
}
