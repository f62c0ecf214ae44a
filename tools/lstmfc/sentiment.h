/* sentiment.h - system d with news sentiment as further features, and the same model without them beside it. */
#ifndef LSTMFC_TOOL_SENTIMENT_H
#define LSTMFC_TOOL_SENTIMENT_H

#include "evaluation.h"

typedef struct sentiment {
    int proxy;                          /* made of price and volume: synthetic, no new information */
    const char *features;               /* the text with them; NULL: no sentiment was asked for */
    char text[1000], column[120];
    lstmfc_forecaster *without;         /* the same network, seed and training on the features without; NULL: not trained */
    evaluation other;                   /* its evaluation */
    lstmfc_comparison comparison;       /* of the model with them against it */
} sentiment;

/* asked: "none", "proxy" or "column:NAME"; `base`: the features beside which they stand. An exit code. */
int  sentiment_prepare(const options *o, const char *asked, const char *base, const lstmfc_candles *candles, sentiment *s);
/* Trains and measures the model without. `e` is of the model with them. An exit code. */
int  sentiment_without(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, const char *base,
                       const lstmfc_signal_desc *signals, const lstmfc_backtest_desc *costs, const evaluation *e, sentiment *s);
void sentiment_free(sentiment *s);
/* Nothing where none was asked for. */
void sentiment_describe(lstmfc_writer *w, const sentiment *s, const evaluation *e);
void sentiment_json(lstmfc_writer *w, const char *key, const sentiment *s, const evaluation *e);
void sentiment_html(lstmfc_writer *w, const sentiment *s, const evaluation *e);

#endif
