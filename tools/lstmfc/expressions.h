/* expressions.h - entries and exits as expressions of the feature language: --long "rsi(14) < 30 and close > ema(200)". */
#ifndef LSTMFC_TOOL_EXPRESSIONS_H
#define LSTMFC_TOOL_EXPRESSIONS_H

#include "tool.h"
#include <stddef.h>

enum { EXPRESSIONS_LONG, EXPRESSIONS_SHORT, EXPRESSIONS_EXIT_LONG, EXPRESSIONS_EXIT_SHORT, EXPRESSIONS };

/* The rows of a command's table, for the member `const char *expression[EXPRESSIONS]` of its options (long and short are no names in C).
   A model's forecasts have names in them: see expressions_targets. */
#define EXPRESSIONS_FIELD(options, k, name, help) \
    {LSTMFC_TEXT, offsetof(options, expression) + (k) * sizeof(const char *), name, "", "", help}
#define EXPRESSIONS_FIELDS(options) \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_LONG, "long", "enter long where this holds: an expression of the feature language with < <= > >= == != " \
        "and or not, as in rsi(14) < 30 and close > ema(200); with --model also forecast, probability_up, lower, upper"), \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_SHORT, "short", "enter short where this holds; where both hold nothing is asked"), \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_EXIT_LONG, "exit_long", "leave a long where this holds; without it where --long holds no more"), \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_EXIT_SHORT, "exit_short", "leave a short where this holds; without it where --short holds no more")

typedef struct expressions {
    const char *text[EXPRESSIONS];  /* NULL or "": there is none */
    int64_t held[EXPRESSIONS], unknown[EXPRESSIONS], bars;      /* bars on which it held; on which nobody knows; of all */
    int64_t both;                   /* on which both entries held */
    lstmfc_features *compiled[EXPRESSIONS];
} expressions;

int  expressions_any(const expressions *x);
/* Positions wanted at the closes of bars first .. first+count-1. forecasts [candles->count] are those of a model, or NULL: `forecast` is
   the value (NaN where there is none), `probability_up` of a direction, `lower` and `upper` the interval. An exit file code, said. */
int  expressions_targets(const options *o, expressions *x, const lstmfc_candles *candles, const lstmfc_forecast *forecasts, size_t forecast_first,
                         size_t forecast_count, size_t first, size_t count, double *targets);
void expressions_free(expressions *x);
void expressions_describe(lstmfc_writer *w, const expressions *x);
void expressions_json(lstmfc_writer *w, const expressions *x);

#endif
