/* members.h - ensembles: what of several models, and of a file of probabilities, becomes one. Shared by ensemble and pipeline, and
   by whoever shows or asks one. */
#ifndef LSTMFC_TOOL_MEMBERS_H
#define LSTMFC_TOOL_MEMBERS_H

#include "tool.h"

enum { MEMBERS_MOST = 64 };             /* models and a file */

/* A file of probabilities, header time,probability, as a column of the candles while this is held. */
typedef struct members_file {
    lstmfc_candles *candles;
    lstmfc_column *before;              /* their columns without it */
    double *values;                     /* [candles->count], NaN where the file has no row */
    int64_t sum;                        /* 32 bits of FNV-1a over the file */
} members_file;

/* Reads `path` and gives it to the candles under that name. wanted: the sum that an ensemble knows it by; -1 = any. An exit code. */
int  members_join(const options *o, const char *path, int64_t wanted, lstmfc_candles *candles, members_file *file);
/* The file of an ensemble, if it has one. */
int  members_file_of(const options *o, const lstmfc_forecaster *forecaster, lstmfc_candles *candles, members_file *file);
void members_part(members_file *file);  /* nothing where nothing was joined */
/* The candles as they were before a file was joined: whose fingerprints are told. */
lstmfc_candles members_before(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles);

/* What was measured on the way; of voice i, in order. */
typedef struct members_measure {
    int64_t first, split, end;          /* bars: weights are of first .. split - horizon, scores of split .. end; split = end: none */
    int64_t weighed, scored;            /* of them, those that all could be asked and judged on */
    double loss[MEMBERS_MOST];          /* mean squared error of the label, of ln RV and the median for volatility; NaN: nothing to measure */
    double right[MEMBERS_MOST];         /* of direction, share of right calls; else NaN */
    int order[MEMBERS_MOST];            /* which of the given voices it is */
} members_measure;

/* An ensemble of them, its weights and scores measured on bars that no member was fitted on: none after the last seen_to is read.
   members[0] becomes the one whose linear model was best on validation. file: NULL, or one that is joined. NULL: *code is set. */
lstmfc_forecaster *members_make(const options *o, lstmfc_forecaster **members, int count, const char *file, int64_t file_sum,
                                int32_t how, int64_t created, const lstmfc_candles *candles, members_measure *measured,
                                int *code);

const char *members_how(int32_t how);
int  members_vote(const lstmfc_forecaster_info *info);  /* its forecasts are shares of voices, no probabilities */
/* "2 of 3 voices say" */
const char *members_votes(char out[48], const lstmfc_forecaster_info *info, double share);
/* votes_up and voices of a forecast, and probability_up null, as members of a JSON object. */
void members_votes_json(lstmfc_writer *w, const lstmfc_forecaster_info *info, double share);
/* What it is made of, in lines (names NULL: as it is stored; else the voices' names in the order given to members_make), and as the members "ensemble" of a JSON object. */
void members_describe(lstmfc_writer *w, const lstmfc_forecaster_info *info, const char *const *names, const int *order);
void members_json(lstmfc_writer *w, const lstmfc_forecaster_info *info);
/* -1, or TOOL_USAGE with the reason: it is asked what an ensemble has not. */
int  members_refuse(const options *o, const lstmfc_forecaster *forecaster, const char *path, const char *why);
/* -1, or TOOL_USAGE: its file of probabilities ends where the future begins. */
int  members_live(const options *o, const lstmfc_forecaster *forecaster, const char *path);

#endif
