/* portfolio.h - several symbols traded from one purse: what backtest does where --csv means more than one. */
#ifndef LSTMFC_TOOL_PORTFOLIO_H
#define LSTMFC_TOOL_PORTFOLIO_H

#include "tool.h"

typedef struct portfolio_symbol {
    const char *name, *csv;
    tool_input input;               /* how its file was read */
    lstmfc_candles *candles;        /* all its bars */
    lstmfc_candles *part;           /* those that are traded; may be the same */
    double *targets;                /* [part->count] */
    char strange[600];              /* of its candles, what must be said of the model that trades them; "" */
    /* what it came to */
    int64_t trades, won;
    double profit, fees, slippage, funding, notional;   /* money; notional: all that was bought and sold */
    double exposure, worst, hold;   /* share of its bars at whose close it was held; of its trades, NaN: none; bought and held by itself */
} portfolio_symbol;

typedef struct portfolio {
    portfolio_symbol *symbols;      /* [count], in order of names */
    const char **names;             /* [count] */
    int count;
    int64_t interval;
    int synthetic;
    double notional;                /* of all */
    double hold_equal;              /* weights = volatility: what all held at equal weights return; else NaN */
} portfolio;

/* The candles of every symbol that --csv means. An exit code, said. */
int  portfolio_load(options *o, const tool_input *input, portfolio *p);
/* Trades parts and targets, which stand; fills in the rest. An exit code: their times do not go together. */
int  portfolio_run(options *o, portfolio *p, const lstmfc_backtest_desc *costs, lstmfc_backtest **out);
void portfolio_free(portfolio *p);

void portfolio_describe(lstmfc_writer *w, const portfolio *p, const lstmfc_backtest *b);
void portfolio_json(lstmfc_writer *w, const portfolio *p, const lstmfc_backtest *b);
/* The table of symbols; and how each file was read. */
void portfolio_html(lstmfc_writer *w, const portfolio *p, const lstmfc_backtest *b);
void portfolio_files_html(lstmfc_writer *w, const portfolio *p);
/* The further columns of the equity at each close: the money, and what each symbol's position is worth. _head: their names. */
typedef struct portfolio_books { const portfolio *p; const lstmfc_backtest *b; double *units; size_t *seen, fill; } portfolio_books;
void portfolio_books_head(lstmfc_writer *w, const portfolio *p);
int  portfolio_books_open(portfolio_books *books, const portfolio *p, const lstmfc_backtest *b);
/* Row t; rows in order. values [1 + count]. */
void portfolio_books_row(portfolio_books *books, size_t t, double *values);
void portfolio_books_close(portfolio_books *books);

#endif
