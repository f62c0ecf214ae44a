/* keep.h - models that are reused while they are young, and kept in several versions. */
#ifndef LSTMFC_TOOL_KEEP_H
#define LSTMFC_TOOL_KEEP_H

#include "fit.h"

/* Rows of a command's table. */
#define KEEP_AGE_OPTION(X) \
    X(REAL, max_age_hours, "0", "0..1e7", "train only if there is no model file or it was created longer ago than so many hours (by --now, " \
                                          "else the clock: with a SOURCE_DATE_EPOCH that is past, give --now); 0: no such limit")
#define KEEP_OPTION(X) \
    X(INT,  keep, "0", "0..1000", "keep the newest so many models beside it as NAME-<time of creation>.json (-2 ... in the same second); " \
                    "0: only it")

typedef struct keep_model {
    lstmfc_forecaster *old;         /* what the file held; NULL = there is no file */
    int fresh;                      /* it is young enough: nothing is to be trained */
    char horizons[8192];            /* of an old model of several: their list, 1,024 at most */
    char why[160];                  /* "created 2025-01-01 00:00 UTC, 3.0 hours ago" or "there was no model file" */
} keep_model;
/* Looks at the file. -1 to go on, else an exit code (a file that is there and no model is refused, not replaced). now 0: the clock. */
int  keep_look(const options *o, const char *path, double max_age_hours, int64_t now, keep_model *model);
/* Puts what the old model was made with into every member of the desc whose flag was not given, but created and test. Texts are the old
   model's: it must outlive the desc. Returns an exit code. */
int  keep_inherit(const options *o, keep_model *model, lstmfc_forecaster_desc *desc);
/* Are these the candles that the old model was trained on, or a later part of them? Else TOOL_MODEL: a training would put another market's
   model in its place. symbol NULL: not said; flag: that names the file. */
int  keep_candles(const options *o, const keep_model *model, const char *path, const lstmfc_candles *candles, const char *symbol,
                  const char *flag);
/* Of a model that is reused: does every flag that was given agree with it? Else TOOL_MODEL, which names the first that does not. */
int  keep_options(const options *o, const keep_model *model, const char *path, const lstmfc_candles *candles, lstmfc_forecaster_desc *typed);
/* What stands before `why` where a new model takes its place: "the old one was ", or "" where there was none. */
const char *keep_before(const keep_model *model);
/* After a training that failed: names the old model, which is as it was. */
void keep_fallback(const keep_model *model, const char *path);

/* Saves the model; with keep > 0 as NAME-<time>.json first (-2, -3 ... after the time where it is taken), then as itself, and only then are the oldest ones removed, down to `keep`. What
   the file held before and no NAME-<time>.json does, is kept as one, too. Returns an exit code. */
int  keep_save(const options *o, const lstmfc_forecaster *forecaster, const char *path, int keep);
/* The last step of a keep_save that was killed before it: no more than the newest `keep` stay. Returns an exit code. */
int  keep_rotate(const options *o, const char *path, int keep);
/* The file gets the contents of the newest kept model that is older than what it holds; that, and what is newer, is renamed
   NAME-<time>.rejected.json and never comes back. Says so on stdout; returns an exit code. */
int  keep_roll_back(const options *o, const char *path);

#endif
