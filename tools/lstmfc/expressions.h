/* expressions.h - entries and exits as expressions of the feature language: --long "rsi(14) < 30 and close > ema(200)". */
#ifndef LSTMFC_TOOL_EXPRESSIONS_H
#define LSTMFC_TOOL_EXPRESSIONS_H

#include "tool.h"
#include <stddef.h>

enum { EXPRESSIONS_LONG, EXPRESSIONS_SHORT, EXPRESSIONS_EXIT_LONG, EXPRESSIONS_EXIT_SHORT, EXPRESSIONS };

/* The rows of a command's table, for the member `const char *expression[EXPRESSIONS]` of its options (long and short are no names in C).
   A model's forecasts have names in them: see expressions_bars. */
#define EXPRESSIONS_FIELD(options, k, name, help) \
    {LSTMFC_TEXT, offsetof(options, expression) + (k) * sizeof(const char *), name, "", "", help}
#define EXPRESSIONS_FIELDS(options) \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_LONG, "long", "enter long where this holds: an expression of the feature language with < <= > >= == != " \
        "and or not, as in rsi(14) < 30 and close > ema(200); with --model also forecast, probability_up, lower, upper"), \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_SHORT, "short", "enter short where this holds; where both hold nothing is asked"), \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_EXIT_LONG, "exit_long", "leave a long where this holds; without it where --long holds no more"), \
    EXPRESSIONS_FIELD(options, EXPRESSIONS_EXIT_SHORT, "exit_short", "leave a short where this holds; without it where --short holds no more")

/* What expressions are asked about: the candles, with the forecasts of a model over rows forecast_first .. + forecast_count-1 (NULL: there is
   none; `forecast` is the value, NaN where nothing was forecast, `probability_up` of a direction, `lower` and `upper` the interval), and at the
   closes of which rows a position is wanted: first .. first+count-1. */
typedef struct expressions_bars {
    const lstmfc_candles *candles;
    const lstmfc_forecast *forecasts;
    size_t forecast_first, forecast_count;
    size_t first, count;
} expressions_bars;

typedef struct expressions {
    const char *text[EXPRESSIONS];  /* NULL or "": there is none */
    int64_t held[EXPRESSIONS], unknown[EXPRESSIONS], bars;      /* bars on which it held; on which nobody knows; of all */
    int64_t both;                   /* on which both entries held */
} expressions;

int  expressions_any(const char *const text[EXPRESSIONS]);
/* Positions wanted at the closes of the bars [count], and what the describing functions tell. An exit code, said. */
int  expressions_targets(const options *o, expressions *x, const expressions_bars *bars, double *targets);
void expressions_describe(lstmfc_writer *w, const expressions *x);
void expressions_json(lstmfc_writer *w, const expressions *x);

/* One of many: which flag it is of (EXPRESSIONS_LONG ...), its text, and what it says at the close of each row up to first+count-1. */
enum { EXPRESSIONS_NO, EXPRESSIONS_YES, EXPRESSIONS_UNKNOWN };
typedef struct expressions_said { int flag; const char *text; unsigned char *said; } expressions_said;
/* Asks all of them, on --threads; what they have in common is computed once for a group of them. An exit code, said. */
int  expressions_say(const options *o, const expressions_bars *bars, const expressions_said *list, size_t count);
/* The side held after a bar: -1, 0, 1, of the side before it and of what is said there; `asked`: bit k for an expression that there is. */
int  expressions_side(int side, int asked, const int said[EXPRESSIONS]);

#endif
