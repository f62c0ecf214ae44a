/* ledger.h - how often has somebody looked at this test span? A line of JSON for each look, beside the model. */
#ifndef LSTMFC_TOOL_LEDGER_H
#define LSTMFC_TOOL_LEDGER_H

#include "evaluation.h"
#include "portfolio.h"

/* The flag of every command that looks at a test span with a model. */
#define LEDGER_OPTION(X) \
    X(TEXT, ledger, "", OPTIONS_KEPT, "the file that keeps each look at the test bars, a JSON object a line; none: keep none. Not given: " \
                                         "ledger.jsonl of the model's folder, if it is there, else MODEL.ledger.jsonl")

typedef struct ledger {
    const char *file;               /* NULL: none is kept, and nothing below is set */
    int kept;                       /* 0: the look could not be written, which was said */
    int64_t looks, models;          /* distinct looks at this span, this one included; by how many models */
    int64_t trials;                 /* of searches behind these looks */
    int64_t others, damaged;        /* looks at other spans that the file holds; lines that are no looks */
    int64_t first, last;            /* when; 0: not known */
    double best_skill;              /* the highest skill over persistence of all looks */
    int by_looks;                   /* the Sharpe ratios of the looks say how far ratios spread; 0: this one's own error does */
    double luck, deflated;          /* annual Sharpe ratio that the best of looks + trials reaches by luck; P(this one's true ratio is above it) */
} ledger;

/* The ledger of `asked` (the flag) beside `model`, a file or a folder of models; noted among the command's files, so before files_check. NULL: none is kept. */
const char *ledger_path(options *o, const char *asked, const char *model);

/* One look: a forecaster measured, and what its trades earned (NULL: nothing was traded). trials: of the search that chose it, itself apart.
   Of several symbols traded from one purse the portfolio stands in place of candles and evaluation, and `models`, a hash that begins with 0
   and was given every model in turn, in place of the forecaster. */
typedef struct ledger_entry {
    const lstmfc_forecaster *forecaster;
    const char *model;              /* its file */
    const lstmfc_candles *candles;
    const evaluation *evaluation;
    const lstmfc_backtest *backtest;
    int64_t trials;
    const portfolio *portfolio;
    uint64_t models;
    int32_t target;                 /* of the portfolio's models */
} ledger_entry;
int  ledger_model(const options *o, const lstmfc_forecaster *forecaster, uint64_t *hash);      /* an exit code */

/* Reads the file (one that is not there is empty), adds this look unless it is in there, and sums up. Returns an exit code and has said
   why; what cannot be written is a warning. path NULL, or a look at bars of the training: *out without a file. */
int  ledger_look(const options *o, const char *path, const ledger_entry *entry, ledger *out);
void ledger_describe(lstmfc_writer *w, const ledger *l);
void ledger_json(lstmfc_writer *w, const ledger *l);        /* a member "ledger"; nothing where none is kept */
void ledger_html(lstmfc_writer *w, const ledger *l);

#endif
