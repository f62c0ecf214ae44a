/* folds.h - evaluate --folds K: the same training again and again, each time with more past, each time measured on what came next. */
#ifndef LSTMFC_TOOL_FOLDS_H
#define LSTMFC_TOOL_FOLDS_H

#include "evaluation.h"

enum { FOLDS_MOST = 200 };

#define FOLDS_MODES(X) X(FOLDS_EXPANDING, "expanding") X(FOLDS_ROLLING, "rolling")
enum { FOLDS_MODES(LSTMFC__CONSTANT) };

/* Rows of a command's table. */
#define FOLDS_OPTIONS(X) \
    X(INT,  folds, "0", "0..200", "walk forward: the second half of the candles in so many parts, each measured by a model trained as this one on " \
                                  "the bars before it; 0: this model alone") \
    X(CHOICE, walk_forward, "expanding", FOLDS_MODES, "with --folds: trained on all bars before a fold, or on the --train-bars before it") \
    X(LONG, train_bars, "0", "0..1000000000", "with --folds: bars before the first fold, of rolling trainings before each; 0: the first half") \
    X(LONG, embargo, "0", "0..1000000000", "with --folds: the first so many bars of a fold are not measured: none whose window holds bars of the " \
                                           "training, where it is as long as window and features look back")
typedef struct folds_desc { FOLDS_OPTIONS(LSTMFC__MEMBER) } folds_desc;

/* The candles behind the first train_bars in equal parts; for each a model is trained as `model` was on the bars before it, as many at a time as
   there are --threads, and measured on it. Says everything itself; an exit code. */
int folds_run(const options *o, lstmfc_forecaster *model, const lstmfc_candles *candles, const folds_desc *folds, const lstmfc_signal_desc *signals,
              const lstmfc_backtest_desc *costs, const char *path);

#endif
