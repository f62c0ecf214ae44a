#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>

int main(int argc, char **argv) {
    lstmfc_error err = {0};
    lstmfc_candles *candles = lstmfc_candles_load_csv(argc > 1 ? argv[1] : "candles.csv", NULL, &err);
    lstmfc_forecaster *fc = NULL;
    lstmfc_forecast next;

    if (candles) fc = lstmfc_forecaster_fit(candles, &(lstmfc_forecaster_desc){
        .target   = LSTMFC_TARGET_DIRECTION, .horizon = 1, .window = 24,
        .features = "log_return(close), rsi(14)/100, macd(12,26,9).hist/close, bbands(20,2).percent, "
                    "atr(14)/close, adx(14)/100, volume/sma(volume,20), realized_vol(20)",
        .model    = "lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1 sigmoid",
    }, &err);
    if (fc && lstmfc_forecaster_predict(fc, candles, 1, &next, &err) == LSTMFC_OK)
        printf("P(up in the next bar) = %.3f\n", next.probability_up);
    if (fc) lstmfc_forecaster_save(fc, "model.json", &err);
    if (err.code) fprintf(stderr, "%s\n", err.message);
    lstmfc_forecaster_free(fc);
    lstmfc_candles_free(candles);
    return err.code != LSTMFC_OK;
}
