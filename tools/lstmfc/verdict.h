/* verdict.h - what a forecast is held against, and the lines of the verdict. Needs lstmfc.h alone. */
#ifndef LSTMFC_TOOL_VERDICT_H
#define LSTMFC_TOOL_VERDICT_H

#include "../../lstmfc.h"

/* One of a target's baselines. Two may share the library's: they differ in the calls they make, not in the probabilities. */
typedef struct verdict_baseline {
    int32_t which;
    const char *name, *column, *help;       /* column: of the file of forecasts, or NULL */
} verdict_baseline;

enum { VERDICT_NO, VERDICT_YES, VERDICT_UNKNOWN };
enum { VERDICT_BASELINES = 6, VERDICT_BINS = 10 };      /* the most; of the reliability */

const verdict_baseline *verdict_baselines(int32_t target, int *count);
/* Which of `count` is the linear model: for volatility the better on validation of ridge and HAR, as the file says. */
int verdict_linear(const lstmfc_forecaster_info *info, int count);
const char *verdict_loss_name(int32_t target);
double verdict_loss(int32_t target, double forecast, double truth);     /* of one sample; log returns for price and return */
const char *verdict_name(int index);                    /* "beats persistence", ... */
const char *verdict_word(int verdict);                  /* "no", "yes", "not known" */

#endif
