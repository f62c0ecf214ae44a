/* fitted.h - a forecaster fitted, saved and loaded again, each checked. After lstmfc.h and test.h. */
#ifndef LSTMFC_TEST_FITTED_H
#define LSTMFC_TEST_FITTED_H
#include <string.h>

static lstmfc_forecaster *fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(candles, desc, &err);
    CHECK_OK(err.code, err);
    CHECK(forecaster != NULL);
    return forecaster;
}

static lstmfc_writer saved(const lstmfc_forecaster *forecaster) {
    lstmfc_writer writer;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
    return writer;
}

static lstmfc_forecaster *reloaded(const lstmfc_writer *file) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_load_memory(file->text, file->length, NULL, &err);
    CHECK_OK(err.code, err);
    return forecaster;
}

static int same_text(const lstmfc_writer *a, const lstmfc_writer *b) {
    return a->length > 0 && a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}
#endif
