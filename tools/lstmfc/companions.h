/* companions.h - what a pipeline trains beside its network: the same fine-tuned, others to go with it, and their ensemble. */
#ifndef LSTMFC_TOOL_COMPANIONS_H
#define LSTMFC_TOOL_COMPANIONS_H

#include "evaluation.h"
#include "members.h"

/* Networks for a system in place of its own, by --variant. */
#define VARIANTS(X) X(VARIANT_OWN, "own") X(VARIANT_BASIC, "basic") X(VARIANT_ADVANCED, "advanced") \
    X(VARIANT_ENSEMBLE, "ensemble") X(VARIANT_GRU, "gru")
enum { VARIANTS(LSTMFC__CONSTANT) };

typedef struct companion {
    const char *key, *name, *file;      /* "fine_tuned", in words, its file in the folder */
    lstmfc_forecaster *forecaster;      /* NULL: not wanted */
    evaluation evaluation;
    lstmfc_comparison single;           /* against the single network on the same bars; NaN where it is not measured on them */
} companion;

enum { COMPANION_TUNED, COMPANION_MLP, COMPANION_OTHER, COMPANION_ENSEMBLE, COMPANIONS };
typedef struct companions {
    companion list[COMPANIONS];
    members_file with;                  /* joined to the candles while this is held */
} companions;

typedef struct companions_job {
    options *o;
    int system;                         /* 'a' .. 'e' */
    int variant, fine_tune, ensemble;
    const char *with;                   /* a file of probabilities; NULL or "" = none */
    const lstmfc_forecaster_desc *desc; /* of the single network */
    lstmfc_forecaster *single;
    const evaluation *measured;         /* of the single network */
    lstmfc_candles *candles;
    const lstmfc_signal_desc *signals;
    const lstmfc_backtest_desc *costs;
    const char *checkpoint, *advice;    /* where an interrupted training goes; what --resume is to name */
} companions_job;

/* The network of --variant for a system, or the system's own; NULL and a message where it has no such variant. */
const char *companions_network(const options *o, int system, int variant, const char *own);
/* -1, or TOOL_USAGE: what is asked for is of another system. */
int  companions_check(const companions_job *job);
/* Trains and measures all that is wanted; an exit code. companions_free follows in any case. */
int  companions_run(const companions_job *job, companions *out);
void companions_free(companions *c);
/* Side by side with the single network. */
void companions_describe(lstmfc_writer *w, const evaluation *single, const companions *c);
void companions_json(lstmfc_writer *w, const companions *c);
void companions_html(lstmfc_writer *w, const evaluation *single, const companions *c);

#endif
