/* folds.h - evaluate --folds K: the same training again and again, each time with more past, each time measured on what came next. */
#ifndef LSTMFC_TOOL_FOLDS_H
#define LSTMFC_TOOL_FOLDS_H

#include "evaluation.h"

enum { FOLDS_MOST = 200 };

/* The second half of the candles in `folds` equal parts; for each a model is trained as `model` was, on all bars before it, and measured on
   it. Says everything itself; an exit code. */
int folds_run(const options *o, lstmfc_forecaster *model, const lstmfc_candles *candles, int32_t folds, const lstmfc_signal_desc *signals,
              const lstmfc_backtest_desc *costs, const char *path);

#endif
