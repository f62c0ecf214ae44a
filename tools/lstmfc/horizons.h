/* horizons.h - several horizons of one network: which is meant, and all of them beside each other. */
#ifndef LSTMFC_TOOL_HORIZONS_H
#define LSTMFC_TOOL_HORIZONS_H

#include "evaluation.h"

/* "1,4,24", "1..24": those of the forecaster, in a few words. */
const char *tool_horizons(char out[96], const lstmfc_forecaster *forecaster);
/* The answer of --use-horizon (0: the first; of several series that of the first), which belongs to the forecaster; NULL: there is none, *code is set and it is said. */
const lstmfc_forecaster *tool_use_horizon(const options *o, const lstmfc_forecaster *forecaster, int32_t horizon, int *code);

/* Called by evaluation_run: e->others, one evaluation for each further horizon; n is 0 in one that has no outcome yet. Returns an exit
   code. */
int  horizons_run(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int in_sample,
                  const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, evaluation *e);
/* 1: of several series, whose names stand beside the horizons. */
int  horizons_series(const evaluation *e);
/* A table by horizon: as lines, as member "by_horizon" (those but the first with their whole evaluation), as part of a report with a
   chart. Nothing where there is one horizon. */
void horizons_describe(lstmfc_writer *w, const evaluation *e);
void horizons_json(lstmfc_writer *w, const evaluation *e);
void horizons_html(lstmfc_writer *w, const evaluation *e);

#endif
