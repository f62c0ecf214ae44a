/* streaming.c - live use, bar by bar: train on the past, then push each bar as it closes and peek at the one still forming.
       cc -O2 -I.. streaming.c -o streaming -lm && ./streaming candles.csv
   The forecasts are the same bits as lstmfc_forecaster_predict_all gives for the whole file, and push and peek allocate nothing. */
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_forecaster_desc desc = lstmfc_forecaster_desc_default();
    lstmfc_candles *candles = NULL, *past = NULL;
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_stream *stream = NULL;
    lstmfc_forecast now, forming;
    size_t index, first_live;
    char time[32];

    desc.target = LSTMFC_TARGET_RETURN;
    desc.window = 16;
    desc.features = "log_return(close), rsi(14)/100, bbands(20,2).percent, realized_vol(20)";
    desc.model = "lstm 16 | dense 1";
    desc.training.epochs = 3;

    candles = lstmfc_candles_load_csv(argc > 1 ? argv[1] : "candles.csv", NULL, &err);
    if (candles) past = lstmfc_candles_slice(candles, 0, candles->count * 9 / 10, &err);
    if (past) forecaster = lstmfc_forecaster_fit(past, &desc, &err);
    if (forecaster) stream = lstmfc_stream_create(forecaster, &err);
    if (stream) {
        first_live = past->count;
        for (index = 0; index < candles->count && !err.code; index++) {
            /* A real program would take the forming bar from its exchange every second; here it is the closed bar itself. */
            if (index >= first_live) lstmfc_stream_peek(stream, candles, index, &forming, &err);
            if (err.code || lstmfc_stream_push(stream, candles, index, &now, &err) != LSTMFC_OK) break;
            if (index < first_live || index + 5 < candles->count || lstmfc_is_nan(now.value)) continue;
            lstmfc_format_time(time, now.time);
            printf("%s close %.2f: next bar %+.4f %% (90 %% interval %+.4f .. %+.4f)\n", time, now.close, 100 * now.value, 100 * now.lower, 100 * now.upper);
        }
    }
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(past);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
