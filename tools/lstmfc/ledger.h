/* ledger.h - evaluate --ledger F.jsonl: how often has somebody looked at this test span? */
#ifndef LSTMFC_TOOL_LEDGER_H
#define LSTMFC_TOOL_LEDGER_H

#include "evaluation.h"

typedef struct ledger {
    int64_t looks, models;          /* at this span, this one included; by how many models */
    int64_t others;                 /* looks at other spans that the file holds */
    double best_skill;              /* the highest skill over persistence of all looks */
    double luck, deflated;          /* annual Sharpe ratio that the best of as many reaches by luck; P(this one's true ratio is above it) */
} ledger;

/* Reads the file (one that is not there is empty), adds this look and writes it. Returns an exit code and has said why. */
int  ledger_look(const options *o, const char *path, const char *model, const lstmfc_candles *candles, const evaluation *e, ledger *out);
void ledger_describe(lstmfc_writer *w, const ledger *l);
void ledger_json(lstmfc_writer *w, const ledger *l);

#endif
