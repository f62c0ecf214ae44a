/* Chapters 17 and 18 as an integrator meets them: what may be saved, what is a forecast, whose bars they are, how much memory. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

static walk w, days;
static lstmfc_forecast all[WALK_BARS];

static lstmfc_forecaster_desc small(int32_t target)
{
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizon = 1;
    desc.window = 6;
    desc.features = "log_return(close), ema = ema(3)/close-1, volume/sma(volume,4)";
    desc.model = target == LSTMFC_TARGET_DIRECTION ? "lstm 4 | dense 1 sigmoid" : "lstm 4 | dense 1";
    desc.training.epochs = 2;
    desc.training.batch = 16;
    desc.training.optimizer.lr = 0.01;
    return desc;
}

static lstmfc_forecaster *fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc)
{
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(candles, desc, &err);
    CHECK_OK(err.code, err);
    CHECK(forecaster != NULL);
    return forecaster;
}

/* ---- what is saved is checked first ---- */

/* Fits, saves, loads. The message of whoever refuses; "" when the file loads; "NOT LOADABLE" for the one fault there must not be. */
static const char *saved_and_loaded(const lstmfc_forecaster_desc *desc)
{
    static lstmfc_error err;
    lstmfc_writer writer;
    lstmfc_forecaster *loaded = NULL, *forecaster;
    lstmfc_result result;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(&w.candles, desc, &err);
    if (!forecaster) return err.message;
    lstmfc_writer_init(&writer, NULL);
    result = lstmfc_forecaster_save_memory(forecaster, &writer, &err);
    if (result == LSTMFC_OK && !(loaded = lstmfc_forecaster_load_memory(writer.text, writer.length, NULL, &err)))
        strcpy(err.message, "NOT LOADABLE");
    if (result != LSTMFC_OK) CHECK_INT(writer.length, 0);
    lstmfc_forecaster_free(loaded);
    lstmfc_forecaster_free(forecaster);
    lstmfc_writer_free(&writer);
    return err.message;
}

/* Numbers too large for a statistic: whatever the scaler, the feature is named before anything is trained. */
TEST(statistics_overflow)
{
    static const int32_t scalers[] = {LSTMFC_SCALER_STANDARD, LSTMFC_SCALER_MINMAX, LSTMFC_SCALER_ROBUST, LSTMFC_SCALER_LOG, LSTMFC_SCALER_NONE};
    size_t k;
    for (k = 0; k < sizeof scalers / sizeof scalers[0]; k++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
        walk_make(&w, 200, 3);
        desc.features = "close, big = volume";
        desc.scaler = scalers[k];
        w.volume[60] = w.volume[61] = w.volume[62] = 1.7e308;
        CHECK_HAS(saved_and_loaded(&desc), "feature 'big': its ");
    }
    {   /* without names: by number */
        double rows[6] = {1, 1.7e308, 2, 1.7e308, 3, -1.7e308}, center[2], scale[2];
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_STANDARD, rows, 3, 2, 2, center, scale, NULL, &err), LSTMFC_ERROR_DATA);
        CHECK_HAS(err.message, "column 1: its mean ");
        CHECK_INT(lstmfc_scaler_fit(LSTMFC_SCALER_NONE, rows, 3, 2, 2, center, scale, NULL, &err), LSTMFC_OK);
    }
}

/* A running variance that overflows and a last update that does: the training says so in that batch, and is back at good weights. */
TEST(weights_overflow)
{
    static const struct { const char *model, *features, *part; double lr; } cases[] = {
        {"lstm 4 | dense 1 sigmoid", "close, volume", "is not finite; the weights", 1000},
        {"batchnorm | lstm 4 | dense 1 sigmoid", "close*1e20, volume", "a number of the tensor '0.batchnorm.variance' is not finite", 0.01},
        {"batchnorm | lstm 4 | dense 1 sigmoid", "close*1e17, volume", "", 0.01}
    };
    size_t k;
    int32_t v;
    for (k = 0; k < sizeof cases / sizeof cases[0]; k++)
        for (v = 0; v < 2; v++) {
            lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
            const char *message;
            walk_make(&w, 200, 3);
            desc.features = cases[k].features;
            desc.model = cases[k].model;
            desc.scaler = LSTMFC_SCALER_NONE;
            desc.val = v ? 0.2 : LSTMFC_NONE;
            desc.training.epochs = 1;
            desc.training.optimizer.lr = cases[k].lr;
            desc.training.optimizer.clip_norm = LSTMFC_NONE;
            if (!k) { desc.training.optimizer.optimizer = 3; desc.training.batch = 1024; desc.training.optimizer.lr = 1000; desc.training.optimizer.momentum = 0; }
            message = saved_and_loaded(&desc);
            CHECK(strcmp(message, "NOT LOADABLE") != 0);
            if (k) CHECK_HAS(message, cases[k].part);
        }
    {   /* the last update of all, by a rate that no loss sees any more */
        lstmfc_error err;
        lstmfc_model_desc desc;
        lstmfc_training_desc training;
        lstmfc_model *model, *before;
        lstmfc_trainer *trainer;
        lstmfc_batch batch;
        lstmfc_real rows[40], targets[20];
        lstmfc_tensor now, then;
        size_t i;
        memset(&err, 0, sizeof err);
        memset(&desc, 0, sizeof desc);
        memset(&training, 0, sizeof training);
        memset(&batch, 0, sizeof batch);
        for (i = 0; i < 40; i++) rows[i] = (lstmfc_real)1e19;
        for (i = 0; i < 20; i++) targets[i] = (lstmfc_real)(i % 2);
        desc.spec = "dense 1"; desc.inputs = 2; desc.window = 1;
        model = lstmfc_model_create(&desc, &err);
        before = lstmfc_model_clone(model, &err);
        batch.rows = rows; batch.row_count = 20; batch.row_stride = 2; batch.count = 20; batch.window = 1; batch.targets = targets;
        training.epochs = 1;
        training.batch = 20;
        training.optimizer.optimizer = 3;       /* sgd */
        training.optimizer.lr = 1000;
        training.optimizer.clip_norm = LSTMFC_NONE;
        trainer = lstmfc_trainer_create(model, &batch, NULL, &training, &err);
        CHECK_OK(err.code, err);
        CHECK_INT(lstmfc_trainer_step(trainer, 0, &err), LSTMFC_ERROR_DIVERGED);
        CHECK_HAS(err.message, "epoch 1, batch 1 of 1: a number of the tensor '0.dense.kernel' is not finite; the weights are those before");
        lstmfc_model_tensor(model, 0, &now);
        lstmfc_model_tensor(before, 0, &then);
        CHECK(memcmp(now.data, then.data, now.count * sizeof *now.data) == 0);
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(before);
        lstmfc_model_free(model);
    }
}

/* Every number of a forecaster and of a checkpoint in turn: what is not finite is named, and not a byte is written. */
TEST(save_refuses)
{
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *fc;
    lstmfc_fit *job;
    lstmfc_writer writer;
    lstmfc_error err;
    double infinity = lstmfc_exp(1000);
    size_t k;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 3);
    fc = fit(&w.candles, &desc);
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    lstmfc_fit_step(job, 3, &err);
    CHECK_OK(err.code, err);
    if (!fc || !job) return;
    lstmfc_writer_init(&writer, NULL);
#define BREAKS(place, bad, call, part) do { double kept = (double)(place); (place) = bad; memset(&err, 0, sizeof err); \
    CHECK_INT(call, LSTMFC_ERROR_ARGUMENT); CHECK_HAS(err.message, "nothing is saved: "); CHECK_HAS(err.message, part); \
    CHECK_INT(writer.length, 0); (place) = kept; } while (0)
#define SAVE lstmfc_forecaster_save_memory(fc, &writer, &err)
#define KEEP lstmfc_fit_save_memory(job, &writer, &err)
    BREAKS(fc->target_center, infinity, SAVE, "'target_center'");
    BREAKS(fc->target_scale, 0, SAVE, "'target_scale'");
    BREAKS(fc->scaling[1], lstmfc_nan(), SAVE, "center of the feature 'ema'");
    BREAKS(fc->scaling[3], 0, SAVE, "scale of the feature 'log_return(close)'");
    BREAKS(fc->scaling[8], infinity, SAVE, "mean of the feature 'volume/sma(volume,4)'");
    BREAKS(fc->scaling[9], -1, SAVE, "deviation of the feature");
    BREAKS(((lstmfc_real *)(uintptr_t)fc->model->tensors[0].data)[5], (lstmfc_real)infinity, SAVE, "number 5 of the tensor '0.lstm.kernel' is infinite");
    BREAKS(((lstmfc_real *)(uintptr_t)fc->model->tensors[0].data)[5], (lstmfc_real)lstmfc_nan(), lstmfc_model_save_memory(fc->model, 0, &writer, &err), "is not a number");
    BREAKS(job->trainer->now.loss_sum, infinity, KEEP, "'loss_sum'");
    BREAKS(job->trainer->now.stopping.best, lstmfc_nan(), KEEP, "'stopping.best'");
    BREAKS(((lstmfc_real *)(uintptr_t)job->trainer->best->tensors[1].data)[0], (lstmfc_real)infinity, KEEP, "'0.lstm.recurrent' is infinite");
    BREAKS(lstmfc_optimizer_moments(job->trainer->optimizer, 2, 1)[3], (lstmfc_real)infinity, KEEP, "number 3 of the optimiser's square for the tensor '0.lstm.bias'");
    for (k = 0; k < 2; k++) {
        memset(&err, 0, sizeof err);
        job->trainer->now.lr = k ? 0.01 : lstmfc_nan();
        lstmfc_trainer_write(job->trainer, &writer, NULL);
        CHECK_INT(lstmfc_writer_result(&writer, &err), k ? LSTMFC_OK : LSTMFC_ERROR_ARGUMENT);
        lstmfc_writer_free(&writer);
        lstmfc_writer_init(&writer, NULL);
    }
    memset(&err, 0, sizeof err);
    CHECK_OK(SAVE, err);
    lstmfc_writer_free(&writer);
    lstmfc_fit_free(job);
    lstmfc_forecaster_free(fc);
}

/* ---- what is a forecast ---- */

/* A network whose answer no price can follow: no forecast, and the features are not blamed. */
TEST(forecasts_are_finite)
{
    static const double scales[] = {1e308, 1e300, -1e300, 1e5, -1e5};
    int32_t target;
    for (target = LSTMFC_TARGET_PRICE; target <= LSTMFC_TARGET_VOLATILITY; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *fc;
        size_t k, t, none = 0;
        walk_make(&w, 200, 7);
        fc = fit(&w.candles, &desc);
        if (!fc) continue;
        for (k = 0; k < sizeof scales / sizeof scales[0]; k++) {
            lstmfc_error err;
            double kept = fc->target_scale;
            fc->target_scale = scales[k];
            memset(&err, 0, sizeof err);
            CHECK_OK(lstmfc_forecaster_predict_all(fc, &w.candles, 0, 200, all, &err), err);
            for (t = 0; t < 200; t++) {
                CHECK(lstmfc_is_finite(all[t].value) || lstmfc_is_nan(all[t].value));
                CHECK((all[t].reason == LSTMFC_FORECAST_MADE) == lstmfc_is_finite(all[t].value));
                CHECK((all[t].reason == LSTMFC_FORECAST_WARMING) == ((int64_t)t < fc->stable + fc->window - 1));
                if (all[t].reason == LSTMFC_FORECAST_MADE) CHECK(target == LSTMFC_TARGET_VOLATILITY ? all[t].volatility > 0 : all[t].price > 0);
                none += all[t].reason == LSTMFC_FORECAST_OVERFLOW;
            }
            if (all[199].reason == LSTMFC_FORECAST_OVERFLOW) {
                CHECK_INT(lstmfc_forecaster_predict(fc, &w.candles, 1, all, &err), LSTMFC_ERROR_DATA);
                CHECK_HAS(err.message, "every feature in its window of 6 bars is finite");
            }
            fc->target_scale = kept;
        }
        CHECK(none > 100);
        w.close[150] = lstmfc_nan();
        CHECK_INT(lstmfc_forecaster_predict_all(fc, &w.candles, 0, 200, all, NULL), LSTMFC_OK);
        CHECK_INT(all[150].reason, LSTMFC_FORECAST_BAD_ROW);
        lstmfc_forecaster_free(fc);
    }
}

/* ---- whose bars ---- */

/* The same prices as bars of another length. */
static void respace(walk *to, const walk *from, int64_t start, int64_t interval, int64_t stated)
{
    size_t t;
    walk_copy(to, from);
    for (t = 0; t < from->candles.count; t++) to->time[t] = start + (int64_t)t * interval;
    to->candles.interval = stated;
}

TEST(other_bars_are_refused)
{
    static const struct { int64_t start, interval; const char *theirs, *more; } cases[] = {
        {(int64_t)1600000000 * 1000, 86400000, "bars of 1 d, but the model was trained on bars of 1 h", ""},
        {1600000000, 3600, "bars of 3600 ms, but the model was trained on bars of 1 h", "look like seconds"},
        {(int64_t)1600000000 * 1000, 2700000, "bars of 45 min", ""}, {(int64_t)1600000000 * 1000, 7200000, "bars of 2 h", ""}
    };
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *fc;
    lstmfc_error err;
    size_t k, t;
    walk_make(&w, 300, 3);
    fc = fit(&w.candles, &desc);
    if (!fc) return;
    for (k = 0; k < 2 * sizeof cases / sizeof cases[0]; k++) {
        lstmfc_stream *stream = lstmfc_stream_create(fc, NULL);
        lstmfc_result result = LSTMFC_OK;
        respace(&days, &w, cases[k / 2].start, cases[k / 2].interval, k % 2 ? cases[k / 2].interval : 0);
        memset(&err, 0, sizeof err);
        CHECK_INT(lstmfc_forecaster_predict(fc, &days.candles, 1, all, &err), LSTMFC_ERROR_DATA);
        CHECK_HAS(err.message, cases[k / 2].theirs);
        CHECK_HAS(err.message, cases[k / 2].more);
        CHECK_INT(lstmfc_forecaster_predict_all(fc, &days.candles, 0, 300, all, &err), LSTMFC_ERROR_DATA);
        CHECK_HAS(err.message, cases[k / 2].theirs);
        memset(&err, 0, sizeof err);
        for (t = 0; t < 300 && result == LSTMFC_OK; t++) result = lstmfc_stream_push(stream, &days.candles, t, all, &err);
        CHECK_INT(result, LSTMFC_ERROR_DATA);
        CHECK_INT(t, k % 2 ? 1 : 5);            /* at once where the series says what it is, else at the fifth bar */
        CHECK_HAS(err.message, cases[k / 2].theirs);
        for (; t < 20; t++) CHECK_INT(lstmfc_stream_push(stream, &days.candles, t, all, &err), LSTMFC_ERROR_DATA);
        lstmfc_stream_free(stream);
    }
    {   /* hours that become days are found eight bars later; hours with holes of any length are hours */
        lstmfc_stream *stream = lstmfc_stream_create(fc, NULL);
        lstmfc_result result = LSTMFC_OK;
        walk_copy(&days, &w);
        days.candles.interval = 0;
        for (t = 100; t < 300; t++) days.time[t] = days.time[t - 1] + 86400000;
        for (t = 0; t < 300 && result == LSTMFC_OK; t++) result = lstmfc_stream_push(stream, &days.candles, t, all, &err);
        CHECK_INT(t, 108);
        lstmfc_stream_free(stream);
        stream = lstmfc_stream_create(fc, NULL);
        memset(&err, 0, sizeof err);
        for (t = 1; t < 300; t++) days.time[t] = days.time[t - 1] + (t % 7 ? 3600000 : 18 * 3600000) + (t % 35 ? 0 : 48 * 3600000);
        for (t = 0; t < 300; t++) CHECK_OK(lstmfc_stream_push(stream, &days.candles, t, all, &err), err);
        CHECK_OK(lstmfc_forecaster_predict(fc, &days.candles, 1, all, &err), err);
        lstmfc_stream_free(stream);
    }
    lstmfc_forecaster_free(fc);
    {   /* months are 28 to 31 days long, and all are months */
        lstmfc_stream *stream;
        memset(&err, 0, sizeof err);
        for (t = 0; t < 300; t++) w.time[t] = lstmfc_time_from_civil((int32_t)(1990 + t / 12), (int32_t)(1 + t % 12), 1);
        w.candles.interval = (int64_t)31 * 86400000;
        fc = fit(&w.candles, &desc);
        if (!fc) return;
        stream = lstmfc_stream_create(fc, NULL);
        for (t = 0; t < 300; t++) CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, all, &err), err);
        CHECK_OK(lstmfc_forecaster_predict(fc, &w.candles, 1, all, &err), err);
        lstmfc_stream_free(stream);
        lstmfc_forecaster_free(fc);
    }
}

/* ---- how many rows ---- */

static int fits(lstmfc_forecaster_desc *desc, size_t count, lstmfc_error *err)
{
    lstmfc_fit *job;
    lstmfc_spans spans;
    memset(err, 0, sizeof *err);
    w.candles.count = count;
    job = lstmfc_fit_create(&w.candles, desc, err);
    spans = lstmfc_fit_spans(job);
    if (job) CHECK(spans.fit_end - spans.fit_first >= LSTMFC_FIT_LEAST);
    lstmfc_fit_free(job);
    return job != NULL;
}

/* The number that the message names is the least that works, the test share counted, and what it trains on is enough. */
TEST(rows_that_work)
{
    static const double tests[] = {LSTMFC_NONE, 0.2, 0.5}, vals[] = {LSTMFC_NONE, 0.2, 0.6};
    size_t k;
    walk_make(&w, WALK_BARS, 5);
    for (k = 0; k < 36; k++) {
        lstmfc_forecaster_desc desc = small(k % 2 ? LSTMFC_TARGET_PRICE : LSTMFC_TARGET_DIRECTION);
        lstmfc_error err;
        const char *named;
        size_t needed;
        desc.test = tests[k % 3];
        desc.val = vals[k / 3 % 3];
        desc.window = k / 9 % 2 ? 24 : 3;
        desc.horizon = k / 18 ? 5 : 1;
        if (!CHECK(!fits(&desc, 40, &err))) continue;
        CHECK_INT(err.code, LSTMFC_ERROR_DATA);
        CHECK_HAS(err.message, "40 rows are too few: ");
        named = strstr(err.message, "too few: ");
        needed = named ? (size_t)strtol(named + 9, NULL, 10) : 0;
        if (!CHECK(needed > 40 && needed < WALK_BARS)) continue;
        CHECK(!fits(&desc, needed - 1, &err));
        if (!CHECK(fits(&desc, needed, &err))) printf("    %s\n", err.message);
        CHECK(fits(&desc, needed + 1, &err) && fits(&desc, needed + 37, &err));
    }
    {   /* rows enough, samples not: a market that hardly moves */
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
        lstmfc_error err;
        size_t t;
        for (t = 21; t < 400; t++) if (t % 20) w.close[t] = w.close[t - 1];
        CHECK(!fits(&desc, 400, &err));
        CHECK_HAS(err.message, " usable fit samples, at least 30 are needed: ");
    }
}

int main(void)
{
    RUN(rows_that_work);
    RUN(statistics_overflow);
    RUN(weights_overflow);
    RUN(save_refuses);
    RUN(forecasts_are_finite);
    RUN(other_bars_are_refused);
    return test_end();
}
