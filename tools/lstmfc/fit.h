/* fit.h - training with progress, Ctrl-C and checkpoints: what train and pipeline share. */
#ifndef LSTMFC_TOOL_FIT_H
#define LSTMFC_TOOL_FIT_H

#include "tool.h"

typedef struct fit_report {
    double seconds;                 /* of training alone */
    int64_t sequences;              /* windows trained on in this run, all epochs */
    int32_t epochs, best_epoch;
    int32_t resumed, threads;
} fit_report;

typedef struct fit_job {
    const char *label;              /* "training" or "seed 2 of 5" */
    const char *checkpoint;         /* the file written when Ctrl-C arrives; NULL = none, and nothing is said */
    const char *resume;             /* a checkpoint to go on from; NULL = none */
    const char *advice;             /* what --resume is to name then; NULL = the checkpoint */
    const char *moments;            /* a checkpoint whose moments go on; NULL = fresh ones */
    const char *keep;               /* where the finished training is saved, too; NULL = nowhere */
} fit_job;

/* Trains to the end and returns the forecaster, or NULL with *code set and the reason said. */
lstmfc_forecaster *tool_fit(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc,
                            const fit_job *job, fit_report *report, int *code);

/* Adds the flags of forecaster, training and optimiser to a command. */
void tool_fit_options(options *o, lstmfc_forecaster_desc *desc);
/* What was trained, in plain words. */
void tool_fit_describe(lstmfc_writer *w, const lstmfc_forecaster *forecaster, const fit_report *report);
/* For inspect: scaler, winsorising, intervals, and what came after or before the training. */
void tool_fit_origin(lstmfc_writer *w, const lstmfc_forecaster_info *info);
/* 1: no training of ours made it (tools/convert.py did), so its file does not know what it was trained on. */
int  tool_fit_elsewhere(const lstmfc_forecaster_info *info);
void tool_fit_json(lstmfc_writer *w, const char *key, const lstmfc_forecaster *forecaster, const fit_report *report);
/* The epoch of the smallest validation loss (loss, without a validation part), from 1; 0 without a history. That of the
   kept weights is info->best_epoch, another one under --patience none. */
int32_t tool_lowest_epoch(const lstmfc_forecaster_info *info);
/* pipeline.c. The desc of a system, 'a' to 'e', with its defaults. */
int pipeline_desc(int system, const lstmfc_candles *candles, lstmfc_forecaster_desc *desc);
const char *tool_target_name(int32_t target);
/* Intervals of a kind, LSTMFC_INTERVALS_..., in words: "adaptive CQR". */
const char *tool_intervals_name(const lstmfc_forecaster_info *info, int32_t kind);
int tool_target_trades(int32_t target);                 /* 1: its forecasts name a side */
/* What must be said beside every figure of a target: "" where there is nothing. */
const char *tool_target_note(char out[320], const lstmfc_forecaster_info *info);
/* "Direction of the next 1 h bar", after "<before>: " when before is not NULL. */
void tool_title(char *out, size_t size, const char *before, int32_t target, int32_t horizon, const char *interval);
/* Adds the flags of signals and costs; `only` is about the costs, as in options_add. --long-only is the backtester's and serves
   both. */
void tool_trading_options(options *o, lstmfc_signal_desc *signals, lstmfc_backtest_desc *costs, const char *only);

#endif
