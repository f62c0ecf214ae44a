// also: native
/* Winsorising (chapter 18): limits of the fit rows alone, kept in the file, the same in batch and stream; what lies beyond counts as the
   limit, and still as novel. */
#define LSTMFC_IMPLEMENTATION
#include <float.h>
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"
#include "fitted.h"

static walk w, v;
enum { BARS = 400, FEATURES = 4 };
static const char spec[] = "log_return(close), volume/sma(volume,4), sign(diff(close)), hour_sin";

static lstmfc_forecaster_desc small(double winsor) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = LSTMFC_TARGET_PRICE;
    desc.window = 5;
    desc.test = 0.25;
    desc.features = spec;
    desc.model = "lstm 3 | dense 1";
    desc.winsor = winsor;
    desc.training.epochs = 2;
    desc.training.batch = 16;
    return desc;
}

/* A walk with wild bars in the fit part: their returns are ten times those of the others. */
static void wild(uint64_t seed) {
    size_t t;
    walk_make(&w, BARS, seed);
    for (t = 40; t < BARS; t += 37) {
        w.close[t] *= t % 2 ? 1.1 : 0.9;
        w.high[t] *= 1.2;
        w.low[t] *= 0.8;
        w.volume[t] *= t % 3 ? 30 : 0.001;
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *x, size_t n) {
    qsort(x, n, sizeof *x, ascending);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* The fit rows as learning.md section 2 cuts them: from the first row of the first window to the last row of the last fit window. */
TEST(limits) {
    lstmfc_forecaster_desc desc = small(2);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    lstmfc_features *features;
    static double matrix[BARS * FEATURES], column[BARS];
    lstmfc_spans spans;
    int64_t first, beyond = 0, t;
    int j;
    wild(3);
    forecaster = fit(&w.candles, &desc);
    info = lstmfc_forecaster_get_info(forecaster);
    if (!CHECK(info.limits != NULL)) return;
    CHECK(lstmfc_spans_make(info.rows, info.stable, info.window, 1, 0.2, 0, 1, &spans, NULL) == LSTMFC_OK);
    first = spans.fit_first - info.window + 1;
    features = lstmfc_features_compile(spec, NULL, NULL);
    lstmfc_features_evaluate(features, &w.candles, matrix, NULL);
    for (j = 0; j < FEATURES; j++) {
        double lower = info.limits[j], upper = info.limits[FEATURES + j], median, mad;
        size_t n = 0, k;
        for (t = first; t < spans.fit_end; t++) column[n++] = matrix[t * FEATURES + j];
        median = median_of(column, n);
        for (k = 0; k < n; k++) column[k] = column[k] > median ? column[k] - median : median - column[k];
        mad = median_of(column, n);
        if (mad > 0) {
            CHECK_NEAR(lower, median - 2 * 1.4826 * mad, 1e-12);
            CHECK_NEAR(upper, median + 2 * 1.4826 * mad, 1e-12);
        } else CHECK(lower <= -DBL_MAX && upper >= DBL_MAX);
        for (t = first; t < spans.fit_end; t++) beyond += matrix[t * FEATURES + j] < lower || matrix[t * FEATURES + j] > upper;
    }
    CHECK_INT(info.winsorised, beyond);
    CHECK(beyond > 10);
    lstmfc_features_free(features);
    lstmfc_forecaster_free(forecaster);
}

/* Garbage, and wilder bars, in the test span: no byte of the file changes. */
TEST(test_span) {
    lstmfc_forecaster_desc desc = small(3);
    lstmfc_forecaster *a, *b;
    lstmfc_writer one, two;
    size_t t;
    wild(4);
    walk_copy(&v, &w);
    for (t = BARS * 3 / 4; t < BARS; t++) { v.close[t] *= 1 + 0.5 * (double)(t % 7); v.high[t] *= 9; v.volume[t] *= 1e6 * (double)(t % 5); }
    a = fit(&w.candles, &desc);
    b = fit(&v.candles, &desc);
    one = saved(a);
    two = saved(b);
    CHECK(same_text(&one, &two));
    lstmfc_writer_free(&one);
    lstmfc_writer_free(&two);
    lstmfc_forecaster_free(a);
    lstmfc_forecaster_free(b);
}

/* save -> load -> save, then batch = stream = batch of the loaded one, bit for bit; a wild bar is forecast as one at its limit, and is
   as novel as without limits. */
TEST(stream) {
    lstmfc_forecaster_desc desc = small(2), plain = small(LSTMFC_NONE);
    lstmfc_forecaster *forecaster, *loaded, *without;
    lstmfc_writer file, again;
    static lstmfc_forecast batch[BARS], other[BARS], off[BARS];
    lstmfc_forecast pushed, peeked;
    lstmfc_stream *stream;
    lstmfc_error err;
    size_t t, differing = 0;
    memset(&err, 0, sizeof err);
    wild(5);
    forecaster = fit(&w.candles, &desc);
    without = fit(&w.candles, &plain);
    file = saved(forecaster);
    CHECK(strstr(file.text, "\"winsor\": 2,") != NULL && strstr(file.text, "\"lower\": [") != NULL);
    loaded = lstmfc_forecaster_load_memory(file.text, file.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (!CHECK(loaded != NULL)) return;
    again = saved(loaded);
    CHECK(same_text(&file, &again));
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, BARS, batch, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_all(loaded, &w.candles, 0, BARS, other, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_all(without, &w.candles, 0, BARS, off, &err), err);
    stream = lstmfc_stream_create(loaded, &err);
    for (t = 0; stream && t < BARS; t++) {
        CHECK_OK(lstmfc_stream_peek(stream, &w.candles, t, &peeked, &err), err);
        CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &pushed, &err), err);
        CHECK(memcmp(&pushed, &batch[t], sizeof pushed) == 0 && memcmp(&peeked, &pushed, sizeof pushed) == 0);
        CHECK(memcmp(&other[t], &batch[t], sizeof pushed) == 0);
        differing += lstmfc_is_finite(off[t].value) && (off[t].value < batch[t].value || off[t].value > batch[t].value);
        if (batch[t].reason == LSTMFC_FORECAST_MADE && t > 350) CHECK(batch[t].novelty >= off[t].novelty);   /* deviations of held rows */
    }
    CHECK(differing > 100);
    /* wilder still in the last bar: beyond the limits nothing changes but the novelty */
    walk_copy(&v, &w);
    v.volume[BARS - 1] *= 1e5;
    w.volume[BARS - 1] *= 1e4;
    CHECK_OK(lstmfc_forecaster_predict(forecaster, &w.candles, 1, &pushed, &err), err);
    CHECK_OK(lstmfc_forecaster_predict(forecaster, &v.candles, 1, &peeked, &err), err);
    CHECK(lstmfc_is_finite(pushed.value) && pushed.value >= peeked.value && pushed.value <= peeked.value);
    CHECK(pushed.novelty > 8);
    lstmfc_stream_free(stream);
    lstmfc_writer_free(&file);
    lstmfc_writer_free(&again);
    lstmfc_forecaster_free(without);
    lstmfc_forecaster_free(loaded);
    lstmfc_forecaster_free(forecaster);
}

/* A row that is not finite stays unusable: no limit makes a number of it. A training that goes on keeps the limits. */
TEST(broken_rows) {
    lstmfc_forecaster_desc desc = small(2), tune = small(LSTMFC_NONE);
    lstmfc_forecaster *forecaster, *tuned;
    lstmfc_forecaster_info a, b;
    lstmfc_forecast forecast;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    wild(6);
    forecaster = fit(&w.candles, &desc);
    tune.from = forecaster;
    tune.features = NULL;
    tune.model = NULL;
    tuned = fit(&w.candles, &tune);
    a = lstmfc_forecaster_get_info(forecaster);
    b = lstmfc_forecaster_get_info(tuned);
    CHECK(b.limits && memcmp(a.limits, b.limits, 2 * FEATURES * sizeof *a.limits) == 0);
    w.volume[BARS - 2] = lstmfc_nan();
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, BARS - 1, 1, &forecast, &err), err);
    CHECK(lstmfc_is_nan(forecast.value) && forecast.reason == LSTMFC_FORECAST_BAD_ROW);
    lstmfc_forecaster_free(tuned);
    lstmfc_forecaster_free(forecaster);
}

/* A file whose limits cross is refused. */
TEST(damaged) {
    lstmfc_forecaster_desc desc = small(2);
    lstmfc_forecaster *forecaster;
    lstmfc_writer file;
    lstmfc_error err;
    char *upper;
    memset(&err, 0, sizeof err);
    wild(7);
    forecaster = fit(&w.candles, &desc);
    file = saved(forecaster);
    upper = strstr(file.text, "\"lower\": [");
    if (CHECK(upper != NULL)) {
        static char copy[200000], *end;
        uint32_t crc;
        size_t before = (size_t)(upper - file.text) + 10, length;
        memcpy(copy, file.text, before);
        memcpy(copy + before, "1e300,", 6);
        end = strchr(upper, ',') + 1;
        strcpy(copy + before + 6, end);
        end = strstr(copy, ",\"checksum\"");
        length = (size_t)(end - copy);
        crc = crc32_of(copy, length);
        snprintf(end, 40, ",\"checksum\":\"%08x\"}", (unsigned)crc);
        CHECK(lstmfc_forecaster_load_memory(copy, strlen(copy), NULL, &err) == NULL);
        CHECK(strstr(err.message, "'lower' must be numbers up to 'upper'") != NULL);
    }
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
}

int main(void) {
    RUN(limits);
    RUN(test_span);
    RUN(stream);
    RUN(broken_rows);
    RUN(damaged);
    return test_end();
}
