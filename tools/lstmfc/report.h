/* report.h - one self-contained HTML file: no scripts, no fonts, no pictures from outside. */
#ifndef LSTMFC_TOOL_REPORT_H
#define LSTMFC_TOOL_REPORT_H

#include "companions.h"
#include "days.h"
#include "ledger.h"
#include "protocol.h"
#include "rules.h"
#include "sentiment.h"

/* One trained network of several that differ in their seed alone. */
typedef struct report_seed {
    int64_t seed;
    int32_t epochs, best_epoch;
    double accuracy, auc, skill, p, net_return;
    int chosen;                     /* the one of median skill: everything else in the report is its */
} report_seed;

typedef struct report {
    const char *title;              /* "System A: direction of the next hour" */
    const char *command;            /* as typed */
    const char *file;               /* the candles' file */
    const lstmfc_csv_report *csv;
    const evaluation *evaluation;   /* NULL in a backtest of given signals */
    const lstmfc_backtest *backtest;        /* NULL = the evaluation's */
    const char *signals;            /* the file of signals, when there is no model */
    const struct expressions *expressions;      /* rules of the user's own that are traded, or NULL */
    const struct grid *grid;        /* they are the best of so many, or NULL */
    const struct walk *walk;        /* they were chosen anew before every fold, or NULL */
    const struct portfolio *portfolio;  /* several symbols from one purse, evaluation NULL; or NULL */
    const char *model;              /* the file of the model that trades them, or NULL */
    int in_sample;                  /* on bars that it was trained on */
    const companions *companions;   /* what was trained beside it; NULL = nothing */
    const ledger *ledger;           /* looks at this test span, or NULL */
    const rules_result *rules;      /* what became of the forecasts; NULL = nothing to tell */
    int synthetic;
    int64_t interval;
    const protocol *protocol;       /* system c's order of work; NULL or not made = none */
    const sentiment *sentiment;     /* system d's; NULL or blank = none */
    const days *days;               /* system d's forecasts of the next days; NULL or blank = none */
    const fit_report *fit;          /* NULL when nothing was trained in this run */
    const report_seed *seeds;
    int seed_count;
    double accuracy[3], auc[3];     /* of the seeds: smallest, median, largest */
    int64_t created;
} report;

void report_write(lstmfc_writer *w, const report *r);
/* The command line as one text, quoted where a shell would need it. */
char *report_command(int argc, char **argv);

/* What evaluate and backtest share: bars, what trades them, and the command line for the report. */
typedef struct report_run {
    options o;
    tool_input input;
    lstmfc_signal_desc signals;
    lstmfc_backtest_desc costs;
    char *typed;
} report_run;
/* Declares the flags of `own` and the shared ones (`only` as options_add takes it), parses, and asks for those in `needed`.
   -1 = go on, else an exit code; report_end follows in any case and gives the code back. */
int report_begin(report_run *run, const options_command *command, void *own, const lstmfc_field *fields, size_t count,
                 const char *only, const char *needed, int argc, char **argv);
int report_end(report_run *run, int code);

#endif
