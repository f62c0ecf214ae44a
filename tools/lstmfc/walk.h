/* walk.h - backtest --walk-forward: which of the rules with choices is traded is decided anew before every fold, on the bars before it. */
#ifndef LSTMFC_TOOL_WALK_H
#define LSTMFC_TOOL_WALK_H

#include "grid.h"

#define WALK_MODES(X) X(WALK_NONE, "none") X(WALK_ROLLING, "rolling") X(WALK_EXPANDING, "expanding")
#define WALK_CHOICES(X) X(WALK_SHARPE, "sharpe") X(WALK_NET_RETURN, "net_return") X(WALK_CALMAR, "calmar")
enum { WALK_MODES(LSTMFC__CONSTANT) };
enum { WALK_CHOICES(LSTMFC__CONSTANT) };

/* Rows of a command's table. */
#define WALK_OPTIONS(X) \
    X(CHOICE, walk_forward, "none", WALK_MODES, "with choices in braces: before each of --folds parts of the bars the combination that did best is " \
                            "chosen anew and traded on it; rolling: best on the --train-bars before the fold, expanding: on all before it") \
    X(INT,  folds, "5", "1..200", "with --walk-forward: in so many parts of equal length the traded bars are cut") \
    X(LONG, train_bars, "0", "0..1000000000", "with --walk-forward: bars before the first fold, of rolling choices before each; 0: the first half") \
    X(LONG, purge, "0", "0..1000000000", "with --walk-forward: the last so many bars before a fold choose nothing") \
    X(LONG, embargo, "0", "0..1000000000", "with --walk-forward: on the first so many bars of a fold nothing is held") \
    X(CHOICE, choose, "sharpe", WALK_CHOICES, "with --walk-forward: the figure that the chosen one is best in") \
    X(TEXT, walk_out, "", OPTIONS_OUT, "with --walk-forward: write a line a fold, with what was chosen and both its figures, CSV")
typedef struct walk_desc { WALK_OPTIONS(LSTMFC__MEMBER) } walk_desc;

/* Rows are those of the bars that the rules are traded on, from 0. */
typedef struct walk_fold {
    size_t train_from, train_to, from, to;      /* chosen on train_from .. train_to-1, traded on from .. to-1 */
    int64_t chosen;
    lstmfc_sweep_row inside, outside;           /* of the chosen one: where it was chosen, where it was traded */
} walk_fold;

typedef struct walk {
    walk_desc desc;
    const grid *g;
    walk_fold *folds;               /* [desc.folds] */
    size_t start;                   /* the account begins at this bar, the one before the first fold */
    int64_t train_bars;             /* resolved */
    const lstmfc_candles *part;
} walk;

/* Chooses in each fold and writes what is then wanted to targets [part->count]; NaN before w->start. bars, part and costs as of grid_run. An
   exit code, said. */
int  walk_run(const options *o, walk *w, const grid *g, const expressions_bars *bars, const lstmfc_candles *part, const lstmfc_backtest_desc *costs,
              double *targets);
/* What the folds were worth in the backtest b of bars w->start and on. */
void walk_measure(walk *w, const lstmfc_backtest *b);
void walk_free(walk *w);
void walk_describe(lstmfc_writer *writer, const walk *w);
void walk_json(lstmfc_writer *writer, const walk *w);
void walk_csv(lstmfc_writer *writer, const walk *w);

#endif
