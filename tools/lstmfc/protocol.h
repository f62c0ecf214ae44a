/* protocol.h - system C's published figures, made the way they were made. */
#ifndef LSTMFC_TOOL_PROTOCOL_H
#define LSTMFC_TOOL_PROTOCOL_H

#include "tool.h"

/* What that order of work gives. It forecasts nothing: see protocol.c. */
typedef struct protocol {
    int made;                       /* 1: asked for and done; the rest is of it */
    int64_t rows, train_samples, test_samples;
    int32_t epochs;                 /* as many as the loss on the test samples let it run */
    lstmfc_errors errors, persistence;      /* in units of the price, on the test samples */
} protocol;

/* Fills *out; returns an exit code. desc: features, model, window and training of the honest run. */
int protocol_run(const options *o, const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, protocol *out);
/* Nothing when it was not made. */
void protocol_describe(lstmfc_writer *w, const protocol *p);
void protocol_html(lstmfc_writer *w, const protocol *p);
void protocol_json(lstmfc_writer *w, const char *key, const protocol *p);

#endif
