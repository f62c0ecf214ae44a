/* grid.h - rules with choices in braces: every combination is traded, and what the best of them owes to luck is told. */
#ifndef LSTMFC_TOOL_GRID_H
#define LSTMFC_TOOL_GRID_H

#include "expressions.h"

enum { GRID_PARAMETERS = 12, GRID_MOST = 100000, GRID_BLOCKS = 16 };

typedef struct grid_parameter {
    char name[32];                  /* of {name:..}, or "" */
    char **values;
    int count;
} grid_parameter;

/* A combination is a number: where it stands in the grid says which values it has; the last parameter changes fastest. */
typedef struct grid {
    const char *text[EXPRESSIONS];  /* the templates */
    grid_parameter parameters[GRID_PARAMETERS];
    int parameter_count;
    int first[EXPRESSIONS];         /* the first parameter that a text introduces */
    unsigned mentions[EXPRESSIONS]; /* bit i: parameter i stands in it */
    int64_t count, best;            /* combinations; the one with the highest Sharpe ratio */
    lstmfc_sweep_row *rows;         /* [count] */
    char *expanded[EXPRESSIONS];    /* of the best: what is traded in the end */
    double luck, deflated;          /* annual Sharpe ratio that the best of so many reaches by luck; probability to be above it */
    double annual;
    int known;                      /* overfitting was computed */
    lstmfc_overfitting overfitting;
} grid;

/* Are there braces in the texts? Then *g holds the choices. An exit code, said; -1: none, or all is well. */
int  grid_parse(const options *o, const char *const text[EXPRESSIONS], grid *g);
/* Trades every combination over the bars (`part` is them), on --threads, and sets all that is not a template. */
int  grid_run(const options *o, grid *g, const expressions_bars *bars, const lstmfc_candles *part, const lstmfc_backtest_desc *costs);
void grid_free(grid *g);
void grid_describe(lstmfc_writer *w, const grid *g);
void grid_json(lstmfc_writer *w, const grid *g);
void grid_csv(lstmfc_writer *w, const grid *g);

/* The texts of a combination, to be freed. */
int  grid_expand(const options *o, const grid *g, int64_t combination, char *out[EXPRESSIONS]);
const char *grid_value(const grid *g, int64_t combination, int parameter);
/* "n 14, 30"; the names of the columns of values, each with a comma behind it; an array of the values. */
void grid_choices(lstmfc_writer *w, const grid *g, int64_t combination);
void grid_columns(lstmfc_writer *w, const grid *g);
void grid_chosen_json(lstmfc_writer *w, const grid *g, const char *key, int64_t combination);

/* What the rules of a grid want, combinations from .. to-1 at a time: as many as there is memory for what their expressions say. An expression
   is asked once, in however many combinations it stands. Zero it, set g and bars; grid_next until from == to. */
typedef struct grid_wants {
    const grid *g;
    expressions_bars bars;
    int64_t from, to;
    int asked;
    int32_t *slot[EXPRESSIONS];     /* of each of its texts: where in said; -1: not asked */
    expressions_said *said;
    size_t count;
    unsigned char *nothing;         /* what no expression says */
    unsigned char next[3][256];     /* the side held (0, 1, 2: short) after a bar, of the one before it and two bits for each expression */
} grid_wants;
int  grid_next(const options *o, grid_wants *wants);
void grid_end(grid_wants *wants);
/* lstmfc_sweep_targets of combination from + index at the closes of rows first .. first+count-1, which lie within wants->bars; a position that
   was entered before them is held there too. */
typedef struct grid_span { const grid_wants *wants; size_t first, count; } grid_span;
void grid_targets(void *span, size_t index, double *targets);

#endif
