/* signal_retrain.h - a new model for a follower, trained in a process of its own while the bars go on: from the age of the old one to the moment
   the new one knows all bars and may speak. */
#ifndef LSTMFC_TOOL_SIGNAL_RETRAIN_H
#define LSTMFC_TOOL_SIGNAL_RETRAIN_H

#include "signal.h"

typedef struct retrain {
    const options *o;
    const signal_options *own;
    const lstmfc_signal_desc *signals;
    int64_t tried;                      /* when the last one ended, by the clock of the bars' time; 0: none did */
    int64_t child;                      /* its process; 0: no training is under way */
    int descriptor;                     /* where its answer comes from; -1: from nowhere */
    size_t bars;                        /* how many it was given */
    lstmfc_writer answer;               /* so far */
} retrain;

void retrain_init(retrain *t, const options *o, const signal_options *own, const lstmfc_signal_desc *signals);
/* Can this model be trained again, and the new one be put in its place? An exit code, said. */
int  retrain_check(const retrain *t, const lstmfc_forecaster *model);
/* 1: the model is too old at this time, no training is under way, and the last one was long enough ago. */
int  retrain_due(const retrain *t, const lstmfc_forecaster *model, int64_t now);
/* A training on these bars begins; the new model will be of this time. 0: it cannot, said. */
int  retrain_start(retrain *t, const lstmfc_forecaster *model, const live_bars *bars, int64_t now);
/* The next piece of the answer, waited for: 1; 0: it has ended. */
int  retrain_read(retrain *t);
/* Of one that has ended: the new model, which knows all of `bars`, in its file; NULL: it failed, which is said, and the old one stays. */
live *retrain_take(retrain *t, const lstmfc_forecaster *old, const live_bars *bars, int64_t now);
/* One that is under way ends. */
void retrain_stop(retrain *t);

#endif
