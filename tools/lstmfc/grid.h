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

/* A combination: where it stands in the grid says which values it has (grid_value). */
typedef struct grid_row { double net, sharpe, ratio, drawdown, trades; } grid_row;      /* ratio: Sharpe per bar, 0 where nothing varies */

typedef struct grid {
    const char *text[EXPRESSIONS];  /* the templates */
    grid_parameter parameters[GRID_PARAMETERS];
    int parameter_count;
    int64_t count, best;            /* combinations; the one with the highest Sharpe ratio */
    grid_row *rows;                 /* [count] */
    char *expanded[EXPRESSIONS];    /* of the best: what is traded in the end */
    double luck, deflated;          /* annual Sharpe ratio that the best of so many reaches by luck; probability to be above it */
    double annual;
    int known;                      /* overfitting was computed */
    lstmfc_overfitting overfitting;
} grid;

/* Are there braces in the texts? Then *g holds the choices. An exit code, said; -1: none, or all is well. */
int  grid_parse(const options *o, const char *const text[EXPRESSIONS], grid *g);
/* Trades every combination over bars first .. first+count-1 (`part` is them) and sets all that is not a template. */
int  grid_run(const options *o, grid *g, const lstmfc_candles *candles, const lstmfc_forecast *forecasts, size_t forecast_first,
              size_t forecast_count, size_t first, const lstmfc_candles *part, const lstmfc_backtest_desc *costs);
void grid_free(grid *g);
void grid_describe(lstmfc_writer *w, const grid *g);
void grid_json(lstmfc_writer *w, const grid *g);
void grid_csv(lstmfc_writer *w, const grid *g);

#endif
