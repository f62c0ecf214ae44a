/* diagnose.h - the charts of a report that tell what kind of errors a model makes, and what it rests on. */
#ifndef LSTMFC_TOOL_DIAGNOSE_H
#define LSTMFC_TOOL_DIAGNOSE_H

#include "chart.h"
#include "evaluation.h"

/* Every measured forecast with its outcome and interval; the last 100; forecast against outcome. */
void diagnose_forecasts(lstmfc_writer *w, const evaluation *e);
/* Residuals over time, their histogram, their quantiles against a normal's. Nothing for a direction. */
void diagnose_residuals(lstmfc_writer *w, const evaluation *e);
/* What a shuffle of each feature costs, with its error; correlations of features and target. Nothing where nothing was measured. */
void diagnose_importance(lstmfc_writer *w, const evaluation *e);
void diagnose_correlations(lstmfc_writer *w, const evaluation *e);
/* Where trades were entered, long and short, as points on the equity of chart c; x [bars] are its times. What the points lie in, to be
   freed after the drawing. */
double *diagnose_entries(chart *c, const lstmfc_backtest *b, const double *x);
/* Net return of each month beside buy and hold. */
void diagnose_months(lstmfc_writer *w, const lstmfc_backtest *b, int64_t interval, const char *name);
/* The same months as a table of years, and the trades (of many the last); symbols: names of a portfolio's series, NULL = none. */
void diagnose_trading_tables(lstmfc_writer *w, const lstmfc_backtest *b, int64_t interval, const char *const *symbols);

#endif
