/* days.h - the volatility of the next 1 .. N days from one network: which horizons it has, and its newest forecasts. */
#ifndef LSTMFC_TOOL_DAYS_H
#define LSTMFC_TOOL_DAYS_H

#include "evaluation.h"

enum { DAYS_MOST = 60 };

typedef struct days {
    int32_t count, bars;                /* forecasts; bars of a day. count 0: nothing was asked for */
    int64_t interval;
    int gaps;                           /* the file skips bars: when the forecast ends is known only if no further one is missing */
    char horizons[8 * DAYS_MOST], model[600];   /* what the desc points to */
    lstmfc_forecast forecasts[DAYS_MOST];
} days;

/* 1 .. count days of these candles as the horizons of the desc, and a head of so many outputs. Returns an exit code. */
int  days_prepare(const options *o, int32_t count, const lstmfc_candles *candles, lstmfc_forecaster_desc *desc, days *out);
/* The forecasts made at the last bar, with their intervals. Returns an exit code. */
int  days_run(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int gaps, days *out);
/* Each beside the same forecast of the best baseline and what the horizon was worth in e: lines, an object, a part of a report with a
   chart. Nothing where nothing was asked for. */
void days_describe(lstmfc_writer *w, const days *d, const evaluation *e);
void days_json(lstmfc_writer *w, const char *key, const days *d, const evaluation *e);
void days_html(lstmfc_writer *w, const days *d, const evaluation *e);

#endif
