/* signal.h - the newest signal of a model and everything behind it: told once, of a file, or bar after bar (signal_follow.c). */
#ifndef LSTMFC_TOOL_SIGNAL_H
#define LSTMFC_TOOL_SIGNAL_H

#include "keep.h"
#include "live.h"

#define SIGNAL_CLOCKS(X) X(SIGNAL_CLOCK_WALL, "wall") X(SIGNAL_CLOCK_BARS, "bars")
enum { SIGNAL_CLOCKS(LSTMFC__CONSTANT) };
#define SIGNAL_RETRAINS(X) X(SIGNAL_RETRAIN_BESIDE, "beside") X(SIGNAL_RETRAIN_WAIT, "wait")
enum { SIGNAL_RETRAINS(LSTMFC__CONSTANT) };
#define SIGNAL_OPTIONS(X) \
    X(TEXT, model,  "",  OPTIONS_IN, "the model file") \
    X(TEXT, symbol, "",  "", "name of the series in this file (the key `ticker`); one that differs from the model's is told first") \
    X(TEXT, out,    "-", OPTIONS_OUT, "where the signal goes; - is stdout") \
    RULES_OPTION(X, "auto") \
    X(INT,  use_horizon, "0", "0..100000", "of a --model of several horizons: the one that decides; 0: the first") \
    KEEP_AGE_OPTION(X) \
    KEEP_OPTION(X) \
    X(INT,  retrain_epochs, "0", "0..1000000", "epochs of such a training; 0: as the model file says, or system E") \
    X(CHOICE, retrain, "beside", SIGNAL_RETRAINS, "with --follow and --max-age-hours: beside: the old model tells the bars meanwhile; wait: they wait for " \
                                                  "the training, so that the same bars give the same lines") \
    X(INT,  follow, "0", "0..1", "read candles from stdin as they come and print a JSON line for each bar when it closes; --csv: the bars before them") \
    X(INT,  strict, "0", "0..1", "with --follow: stop at the first line that is late, repeated or broken") \
    X(CHOICE, clock, "wall", SIGNAL_CLOCKS, "with --follow: what time it is: wall: --now, else the clock; bars: that of the bars, each of which is " \
                                            "closed when it comes") \
    X(TEXT, state,  "",  OPTIONS_OUT, "with --follow: keep here where it stands, after each bar, and go on from there the next time")
typedef struct signal_options { SIGNAL_OPTIONS(LSTMFC__MEMBER) } signal_options;

typedef struct newest {                 /* all there is to tell of one bar */
    const signal_options *own;
    const lstmfc_candles *candles;      /* up to it; of --follow it alone */
    lstmfc_forecaster_info info;
    lstmfc_forecast forecast;
    rules_result rules;
    evaluation whose;
    keep_model present;
    int trained;                        /* 1: in this run, -1: that failed */
    int64_t now;                        /* of --now, else the clock */
} newest;

/* The JSON object and a line feed; the indicators are those of `live`, NULL: of the candles. An exit code. */
int signal_json(const options *o, lstmfc_writer *w, const newest *n, const rules_live *live);
/* TOOL_OK, or TOOL_USAGE and why a forecast of this target is no signal. */
int signal_names_side(const options *o, const char *path, int32_t target);
/* May a training for --max-age-hours replace the model with one of these candles? An exit code, said: the candles are of another market, or the
   flags ask for rules that the new one could not follow. */
int signal_may_train(const options *o, const signal_options *own, const lstmfc_candles *candles, const keep_model *present);
/* The new model of --max-age-hours, trained on these candles as the old one says, else as system E. NULL: *code, said. */
lstmfc_forecaster *signal_train(const options *o, const signal_options *own, const lstmfc_candles *candles, keep_model *present, int64_t created,
                                int *code);
/* signal_follow.c: --follow. */
int signal_follow(const options *o, tool_input *input, const signal_options *own, const lstmfc_signal_desc *signals);

#endif
