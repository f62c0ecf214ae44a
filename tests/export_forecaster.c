/* An exported forecaster against lstmfc_forecaster_predict_all, bit by bit, from the features on: `program model.json candles.csv`. The library
   computes features and forecasts, without kernels; scaling, window, network and units are the exported code's. NORMALISE, LAST: it has
   m_normalise, m_answers takes `last`; ANSWERS: it has m_answers. */
#include "../lstmfc.h"
#define M_IMPLEMENTATION
#include "m.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const lstmfc_error *err) { printf("%s\n", err->message); return 1; }

/* What is said of answer k at a bar, as a label */
static double label(const lstmfc_forecaster_info *info, const lstmfc_forecast *f) {
    switch (info->target) {
    case LSTMFC_TARGET_PRICE: case LSTMFC_TARGET_RETURN: return f->log_return;
    default: return f->value;
    }
}

int main(int argc, char **argv) {
    static m_state m;
    static float rows[M_WINDOW * M_INPUTS], window[M_WINDOW * M_INPUTS], outputs[M_OUTPUTS];
    static double answers[M_OUTPUTS];
    lstmfc_error err = {0};
    lstmfc_env env = lstmfc_env_default();
    lstmfc_forecaster *fc;
    lstmfc_candles *candles;
    lstmfc_forecaster_info info;
    double *matrix, *spread = NULL;
    size_t first, t, n, compared = 0;
    int32_t k, each, j;
    if (m_self_test(&m)) { printf("the self-test says %d\n", (int)m_self_test(&m)); return 1; }
    env.simd = LSTMFC_SIMD_SCALAR;
    if (argc < 3 || !(fc = lstmfc_forecaster_load(argv[1], &env, &err))) return fail(&err);
    if (!(candles = lstmfc_candles_load_csv(argv[2], NULL, &err))) return fail(&err);
    info = lstmfc_forecaster_get_info(fc);
    each = M_OUTPUTS / info.answers;
    n = candles->count;
    first = (size_t)info.first_forecast;
    matrix = (double *)malloc(n * M_INPUTS * sizeof *matrix);
    if (lstmfc_features_evaluate(info.features, candles, matrix, &err)) return fail(&err);
    for (k = 0; k < info.answers; k++) {
        const lstmfc_forecaster *one = lstmfc_forecaster_answer(fc, k);
        lstmfc_forecast *made = (lstmfc_forecast *)calloc(n, sizeof *made);
        if (lstmfc_forecaster_predict_all(one, candles, first, n - first, made, &err)) return fail(&err);
        if (each > 1) {
            spread = (double *)realloc(spread, n * (size_t)each * sizeof *spread);
            if (lstmfc_forecaster_spread(one, candles, first, n - first, spread, NULL, &err)) return fail(&err);
        }
        for (t = first; t < n; t++) {
            const lstmfc_forecast *f = &made[t - first];
            int32_t good = 1;
            double ours;
            for (j = 0; j < M_WINDOW; j++) good &= m_scale(matrix + (t - M_WINDOW + 1 + (size_t)j) * M_INPUTS, rows + j * M_INPUTS);
            memcpy(window, rows, sizeof window);
#ifdef NORMALISE
            good &= m_normalise(window, window);
#endif
            if (good != (f->reason == LSTMFC_FORECAST_MADE)) { printf("bar %lu: %d, but reason %d\n", (unsigned long)t, (int)good, (int)f->reason); return 1; }
            if (!good) continue;
            m_predict(&m, window, outputs);
            for (j = 0; j < M_OUTPUTS; j++) answers[j] = (double)outputs[j];
#if defined(LAST)
            {
                double last[64];
                for (j = 0; j < info.answers; j++) last[j] = lstmfc_forecaster_outcome(lstmfc_forecaster_answer(fc, j), candles, t).persistence;
                if (last[info.answers - 1] != last[info.answers - 1]) break;     /* the outcome is not there yet, nor what it says of the bar */
                m_answers(outputs, last, answers);
            }
#elif defined(ANSWERS)
            m_answers(outputs, answers);
#endif
            ours = answers[k * each + (info.quantile_count ? each / 2 : 0)];
            if (info.target == LSTMFC_TARGET_VOLATILITY) ours = lstmfc_forecaster_get_info(one).volatility_factor * lstmfc_exp(ours);
            if (ours != label(&info, f)) { printf("bar %lu, answer %d: %.17g, not %.17g\n", (unsigned long)t, (int)k, ours, label(&info, f)); return 1; }
            for (j = 0; j < each && each > 1; j++) {
                double must = info.gaussian ? (j ? spread[t - first] : ours) : spread[(t - first) * (size_t)each + (size_t)j];
                if (answers[k * each + j] != must) { printf("bar %lu, answer %d, number %d: %.17g, not %.17g\n", (unsigned long)t, (int)k, (int)j, answers[k * each + j], must); return 1; }
            }
            compared++;
        }
        free(made);
    }
    printf("%lu forecasts\n", (unsigned long)compared);
    free(spread);
    free(matrix);
    lstmfc_candles_free(candles);
    lstmfc_forecaster_free(fc);
    return compared ? 0 : 1;
}
