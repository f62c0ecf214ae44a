/* record.h - forecasts of 1 .. N bars ahead as records with the named horizons 1h 4h 1d 7d, what their intervals were worth, and the
   forecast of a symbol that has no model. */
#ifndef LSTMFC_TOOL_RECORD_H
#define LSTMFC_TOOL_RECORD_H

#include "evaluation.h"

enum { RECORD_SPOTS = 4, RECORD_MOST = 672 };     /* bars ahead: a week of quarters of an hour */

/* How the interval of one named horizon did on bars after training, each forecast made at a bar that was closed. */
typedef struct record_spot {
    const char *name;               /* "4h" */
    int32_t bars;                   /* 0: no whole number of the model's bars, or more than RECORD_MOST */
    int64_t count, without;         /* forecasts with an interval and an outcome; those without an interval */
    double coverage;                /* share of outcomes inside; NaN: none was measured */
    double error;                   /* its standard error: block bootstrap, at least that of count / bars independent tosses */
    int misses;                     /* further than two errors from the level */
} record_spot;
struct record_coverage {
    record_spot spots[RECORD_SPOTS];
    double level;
    int measured;                   /* 0: forecasts of this model cannot be fed back */
    int every;                      /* bars between two measured forecasts */
};
typedef struct record_coverage record_coverage;

/* Forecasts [steps] made at one bar, as prices. */
typedef struct record {
    const char *symbol, *method;    /* "network" or "drift" */
    const lstmfc_forecast *forecasts;
    const double *confidence;       /* [steps] NaN without an interval */
    int32_t steps;
    int64_t interval;
    int synthetic;
    const lstmfc_forecaster_info *info;     /* NULL: no model */
    const char *model;              /* its file; NULL: none */
    double skill, direction;        /* on bars after training; NaN: not measured */
    int64_t judged;                 /* how many */
    const record_coverage *coverage;        /* NULL: not measured */
} record;
/* Steps up to the furthest named horizon that has a number of bars; at least 1. */
int32_t record_week(int64_t interval);
void record_json(lstmfc_writer *w, const char *key, const record *r);

/* Measures on the bars after info.seen_to; a model that cannot be fed back is none's fault. Returns an exit code. */
int  record_cover(const options *o, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, record_coverage *out);
void record_cover_describe(lstmfc_writer *w, const record_coverage *c);
void record_cover_json(lstmfc_writer *w, const char *key, const record_coverage *c);
void record_cover_html(lstmfc_writer *w, const record_coverage *c);
/* The record of the last bar, with what was measured (NULL: nothing). Returns an exit code. */
int  record_write(const options *o, lstmfc_writer *w, const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, int32_t steps,
                  const char *model, const char *symbol, const record_coverage *coverage);
/* predict --record. Returns an exit code. */
int  record_predict(const options *o, tool_input *input, const char *model, int32_t steps, const char *symbol, const char *out);

/* drift.c: the price goes on as it has on average. Forecasts [steps] with intervals of the same conformal method on its own errors: at each
   of the newer half of the bars (at most 2,000 of them) the drift of the bars until then, held against what came. confidence [steps].
   Returns an exit code; DATA with the number of bars that are needed. */
int  drift_forecast(const options *o, const lstmfc_candles *candles, int32_t steps, double level, lstmfc_forecast *out, double *confidence);
/* predict where there is no model: in words, --json or as a record. */
int  drift_predict(const options *o, tool_input *input, const char *model, int32_t steps, int as_record, const char *symbol,
                   const char *out);

#endif
