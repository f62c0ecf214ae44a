/* Chapters 17 and 18 as an integrator meets them: what may be saved, what is a forecast, whose bars they are, how much memory. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

static walk w, days;
static lstmfc_forecast all[WALK_BARS];

static lstmfc_forecaster_desc small(int32_t target) {
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

static lstmfc_forecaster *fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc) {
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
static const char *saved_and_loaded(const lstmfc_forecaster_desc *desc) {
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
TEST(statistics_overflow) {
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
TEST(weights_overflow) {
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
TEST(save_refuses) {
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
TEST(forecasts_are_finite) {
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
static void respace(walk *to, const walk *from, int64_t start, int64_t interval, int64_t stated) {
    size_t t;
    walk_copy(to, from);
    for (t = 0; t < from->candles.count; t++) to->time[t] = start + (int64_t)t * interval;
    to->candles.interval = stated;
}

TEST(other_bars_are_refused) {
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

/* ---- the state of a stream ---- */

/* Every function of the feature language that remembers something. */
static const char everything[] = "log_return(close), lag(close,2)/close, diff(close,2), pct_change(close,2), mom(3), roc(3), sma(5), wma(5), stddev(5), "
    "zscore(5), min(5), max(5), rank(5), sum(5), slope(5), corr(close,volume,5), ema(5), wilder(5), rsi(5), stochrsi(5,5,3,3).d, macd(3,6,3).hist, "
    "bbands(5,2).percent, tr, atr(5), plus_di(5), minus_di(5), dx(5), adx(4), obv, vwap(5), vwap_session, vwap_anchored, volume_delta, "
    "signed_volume, volume_ratio(5), realized_vol(5), parkinson(5), garman_klass(5), yang_zhang(5), stoch(5,3,3).d, cci(5), mfi(5), willr(5), "
    "donchian(5).upper, keltner(5,4,2).upper, trend(close,3,6).state, trend(close,3,6).cross, threshold, fill(lag(close,4),1), hour_sin";

/* Saves and loads; the loaded stream replaces the other, and its memory is the other's byte for byte. */
static lstmfc_stream *moved(lstmfc_stream *stream, const lstmfc_forecaster *fc) {
    lstmfc_writer writer, again;
    lstmfc_error err;
    lstmfc_stream *loaded;
    int64_t then, now;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    lstmfc_writer_init(&again, NULL);
    CHECK_OK(lstmfc_stream_save_memory(stream, &writer, &err), err);
    loaded = lstmfc_stream_load_memory(fc, writer.text, writer.length, &err);
    CHECK_OK(err.code, err);
    if (CHECK(loaded != NULL)) {
        CHECK(lstmfc_stream_bars(loaded, &now) == lstmfc_stream_bars(stream, &then) && now == then);
        CHECK(memcmp(loaded->state->kernels, stream->state->kernels, stream->state->memory_bytes) == 0);
        CHECK(memcmp(loaded->rows, stream->rows, ((size_t)fc->window + 1) * (size_t)fc->columns * sizeof(lstmfc_real)) == 0);
        CHECK_OK(lstmfc_stream_save_memory(loaded, &again, &err), err);
        CHECK(again.length == writer.length && memcmp(again.text, writer.text, writer.length) == 0);
    }
    lstmfc_writer_free(&again);
    lstmfc_writer_free(&writer);
    lstmfc_stream_free(stream);
    return loaded;
}

TEST(stream_state) {
    int32_t profile;
    for (profile = 0; profile <= LSTMFC_PROFILE_TRADINGVIEW; profile++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
        lstmfc_forecaster *fc;
        lstmfc_stream *stream;
        lstmfc_forecast one, ahead;
        lstmfc_error err;
        size_t t;
        memset(&err, 0, sizeof err);
        walk_make(&w, 900, 21);
        desc.features = everything;
        desc.profile = profile;
        desc.start_dependent = 1;
        w.candles.count = 600;              /* the outcomes of the rest move the adaptive intervals */
        desc.horizon = 2;
        desc.level = 0.6;
        fc = fit(&w.candles, &desc);
        w.candles.count = 900;
        if (!fc) continue;
        CHECK_INT(fc->features->feature_count, 50);
        w.close[150] = lstmfc_nan();        /* holes and ends of the numbers stand in the rings for a while */
        w.high[170] = lstmfc_exp(1000);
        w.volume[180] = 0;
        CHECK_OK(lstmfc_forecaster_predict_all(fc, &w.candles, 0, 900, all, &err), err);
        stream = lstmfc_stream_create(fc, &err);
        for (t = 0; stream && t < 900; t++) {
            if (t < 3 || t % 41 == 0 || (t > 148 && t < 190) || t > 880) stream = moved(stream, fc);
            if (!stream) break;
            CHECK_OK(lstmfc_stream_peek(stream, &w.candles, t, &ahead, &err), err);
            CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &one, &err), err);
            CHECK(memcmp(&one, &all[t], sizeof one) == 0 && memcmp(&ahead, &one, sizeof one) == 0);
        }
        CHECK(one.reason == LSTMFC_FORECAST_MADE && lstmfc_stream_adaptive(stream).replayed > 90);
        lstmfc_stream_free(stream);
        lstmfc_forecaster_free(fc);
    }
}

/* Four kinds of files, four loaders: each takes its own, lstmfc_model_load a forecaster's too; every other is refused and named. */
TEST(kinds_of_files) {
    static const char *const says[4][4] = {         /* loader model, forecaster, fit, stream; file network, forecaster, checkpoint, stream */
        {NULL, NULL, "not a network, but the checkpoint of an unfinished training: go on with --resume FILE (in C: lstmfc_fit_load)",
         "not a network, but the saved state of a stream: lstmfc_stream_load reads it"},
        {"not a model, but a network alone", NULL, "not a model, but the checkpoint of an unfinished training: go on with --resume FILE",
         "not a model, but the saved state of a stream: lstmfc_stream_load reads it"},
        {"not a checkpoint, but a network alone", "not a checkpoint, but a finished model: lstmfc_forecaster_load", NULL,
         "not a checkpoint, but the saved state of a stream"},
        {"not the state of a stream, but a network alone", "not the state of a stream, but a finished model",
         "not the state of a stream, but the checkpoint of an unfinished training", NULL}
    };
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *fc, *loaded;
    lstmfc_fit *job;
    lstmfc_model *model;
    lstmfc_stream *stream;
    lstmfc_writer files[4];
    lstmfc_error err;
    int32_t loader, file, k;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 3);
    fc = fit(&w.candles, &desc);
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    if (!fc || !CHECK(job != NULL)) return;
    CHECK_OK(lstmfc_fit_step(job, 2, &err), err);
    stream = lstmfc_stream_create(fc, &err);
    for (k = 0; k < 40; k++) lstmfc_stream_push(stream, &w.candles, (size_t)k, NULL, NULL);
    for (k = 0; k < 4; k++) lstmfc_writer_init(&files[k], NULL);
    CHECK_OK(lstmfc_model_save_memory(lstmfc_forecaster_get_info(fc).model, 0, &files[0], &err), err);
    CHECK_OK(lstmfc_forecaster_save_memory(fc, &files[1], &err), err);
    CHECK_OK(lstmfc_fit_save_memory(job, &files[2], &err), err);
    CHECK_OK(lstmfc_stream_save_memory(stream, &files[3], &err), err);
    lstmfc_stream_free(stream);
    for (file = 0; file < 4; file++) {
        const char *text = files[file].text;
        size_t length = files[file].length;
        CHECK_INT(lstmfc_file_kind(text, length, NULL, &err), LSTMFC_FILE_NETWORK + file);
        CHECK_INT(lstmfc_file_kind(text, length - 1, NULL, &err), 0);
        CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
        for (loader = 0; loader < 4; loader++) {
            int took = 0;
            memset(&err, 0, sizeof err);
            if (loader == 0) { model = lstmfc_model_load_memory(text, length, NULL, &err); took = model != NULL; lstmfc_model_free(model); }
            if (loader == 1) { loaded = lstmfc_forecaster_load_memory(text, length, NULL, &err); took = loaded != NULL; lstmfc_forecaster_free(loaded); }
            if (loader == 2) took = lstmfc_fit_load_memory(job, text, length, &err) == LSTMFC_OK;
            if (loader == 3) { stream = lstmfc_stream_load_memory(fc, text, length, &err); took = stream != NULL; lstmfc_stream_free(stream); }
            CHECK_INT(took, says[loader][file] == NULL);
            CHECK_INT(err.code, took ? LSTMFC_OK : LSTMFC_ERROR_FORMAT);
            if (says[loader][file]) CHECK_HAS(err.message, says[loader][file]);
        }
    }
    CHECK_INT(lstmfc_file_kind("{}", 2, NULL, &err), 0);
    CHECK_HAS(err.message, "not a model file of lstmfc");
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_file_kind(NULL, 0, NULL, &err), 0);
    CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
    for (k = 0; k < 4; k++) lstmfc_writer_free(&files[k]);
    lstmfc_fit_free(job);
    lstmfc_forecaster_free(fc);
}

TEST(stream_state_refused) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *fc, *other;
    lstmfc_stream *stream, *loaded;
    lstmfc_writer writer, model;
    lstmfc_error err;
    size_t t, k;
    int64_t when = -1;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 3);
    fc = fit(&w.candles, &desc);
    desc.training.seed = 9;
    other = fit(&w.candles, &desc);
    if (!fc || !other) return;
    CHECK_INT(lstmfc_stream_bars(NULL, &when), 0);
    stream = lstmfc_stream_create(fc, &err);
    for (t = 0; t < 60; t++) lstmfc_stream_push(stream, &w.candles, t, NULL, &err);
    CHECK_INT(lstmfc_stream_bars(stream, &when), 60);
    CHECK_INT(when, w.time[59]);
    lstmfc_writer_init(&writer, NULL);
    lstmfc_writer_init(&model, NULL);
    CHECK_OK(lstmfc_stream_save_memory(stream, &writer, &err), err);
    CHECK_OK(lstmfc_forecaster_save_memory(fc, &model, &err), err);
    CHECK(lstmfc_stream_load_memory(other, writer.text, writer.length, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
    CHECK_HAS(err.message, "saved by a stream of another model");
    CHECK(lstmfc_stream_load_memory(fc, model.text, model.length, &err) == NULL);
    CHECK_HAS(err.message, "not the state of a stream");
    CHECK(lstmfc_forecaster_load_memory(writer.text, writer.length, NULL, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
    for (k = 0; k < writer.length; k += 1 + writer.length / 997) {      /* cut anywhere, and with any byte changed */
        CHECK(lstmfc_stream_load_memory(fc, writer.text, k, NULL) == NULL);
        writer.text[k] ^= 1;
        loaded = lstmfc_stream_load_memory(fc, writer.text, writer.length, NULL);
        CHECK(loaded == NULL);
        lstmfc_stream_free(loaded);
        writer.text[k] ^= 1;
    }
    loaded = lstmfc_stream_load_memory(fc, writer.text, writer.length, &err);
    if (CHECK(loaded != NULL)) {        /* the clock of the feed too: a bar that was there already is refused */
        CHECK_INT(lstmfc_stream_push(loaded, &w.candles, 59, NULL, NULL), LSTMFC_ERROR_DATA);
        CHECK_INT(lstmfc_stream_push(loaded, &w.candles, 60, NULL, NULL), LSTMFC_OK);
    }
    lstmfc_stream_free(loaded);
    memset(&err, 0, sizeof err);
    CHECK_OK(lstmfc_stream_save(stream, "stream.json", &err), err);
    loaded = lstmfc_stream_load(fc, "stream.json", &err);
    CHECK_OK(err.code, err);
    lstmfc_stream_free(loaded);
    remove("stream.json");
    CHECK(lstmfc_stream_load(fc, "stream.json", &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_OPEN);
    lstmfc_stream_free(stream);
    lstmfc_writer_free(&model);
    lstmfc_writer_free(&writer);
    lstmfc_forecaster_free(other);
    lstmfc_forecaster_free(fc);
}

static lstmfc_result work_state(const lstmfc_env *env, void *context) {
    const lstmfc_writer *model = (const lstmfc_writer *)context;
    lstmfc_error err;
    lstmfc_forecaster *fc;
    lstmfc_stream *stream, *loaded = NULL;
    lstmfc_writer writer;
    memset(&err, 0, sizeof err);
    fc = lstmfc_forecaster_load_memory(model->text, model->length, env, &err);
    stream = fc ? lstmfc_stream_create(fc, &err) : NULL;
    lstmfc_writer_init(&writer, env);
    if (stream && lstmfc_stream_save_memory(stream, &writer, &err) == LSTMFC_OK)
        loaded = lstmfc_stream_load_memory(fc, writer.text, writer.length, &err);
    lstmfc_writer_free(&writer);
    lstmfc_stream_free(loaded);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(fc);
    return loaded ? LSTMFC_OK : err.code;
}

TEST(memory_failures) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *fc;
    lstmfc_writer model;
    walk_make(&w, 200, 3);
    fc = fit(&w.candles, &desc);
    lstmfc_writer_init(&model, NULL);
    lstmfc_forecaster_save_memory(fc, &model, NULL);
    torture("stream state", work_state, &model);
    lstmfc_writer_free(&model);
    lstmfc_forecaster_free(fc);
}

/* ---- how much memory, and the defaults ---- */

/* In an arena of what _bytes says everything works; the fit's answer may be above what a short training takes, by the history. */
TEST(bytes) {
    int32_t target;
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_VOLATILITY; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *fc;
        lstmfc_stream *stream;
        lstmfc_writer model;
        lstmfc_arena arena;
        lstmfc_env env = lstmfc_env_default();
        lstmfc_error err;
        size_t bytes, least, t;
        char *buffer;
        memset(&err, 0, sizeof err);
        walk_make(&w, 200, 3);
        bytes = lstmfc_fit_bytes(&w.candles, &desc, &err);
        CHECK_OK(err.code, err);
        buffer = (char *)malloc(bytes + 64);
        for (t = 0; t < 64; t += 9) {       /* wherever the buffer begins */
            lstmfc_arena_init(&arena, buffer + t, bytes);
            env.allocator = lstmfc_arena_allocator(&arena);
            desc.env = &env;
            fc = lstmfc_forecaster_fit(&w.candles, &desc, &err);
            CHECK_OK(err.code, err);
            CHECK(arena.peak <= bytes && bytes - arena.peak < 256);
            if (t == 0) { lstmfc_writer_init(&model, NULL); CHECK_OK(lstmfc_forecaster_save_memory(fc, &model, &err), err); }
        }
        least = arena.peak;
        lstmfc_arena_init(&arena, buffer, least - 64);
        CHECK(lstmfc_forecaster_fit(&w.candles, &desc, &err) == NULL);
        CHECK_INT(err.code, LSTMFC_ERROR_MEMORY);
        free(buffer);
        memset(&err, 0, sizeof err);
        bytes = lstmfc_forecaster_bytes(model.text, model.length, NULL, &err);
        CHECK_OK(err.code, err);
        buffer = (char *)malloc(bytes);
        lstmfc_arena_init(&arena, buffer, bytes);
        fc = lstmfc_forecaster_load_memory(model.text, model.length, &env, &err);
        CHECK_OK(err.code, err);
        CHECK(arena.peak <= bytes && bytes - arena.peak < 128);
        if (!fc) continue;
        {   /* the stream in what is left, grown by what it says it takes */
            size_t more = lstmfc_stream_bytes(fc), before;
            char *larger = (char *)malloc(bytes + more);
            lstmfc_arena_init(&arena, larger, bytes + more);
            fc = lstmfc_forecaster_load_memory(model.text, model.length, &env, &err);
            before = arena.used;
            stream = fc ? lstmfc_stream_create(fc, &err) : NULL;
            CHECK_OK(err.code, err);
            CHECK(arena.used - before <= more && more - (arena.used - before) < 256);
            before = arena.peak;
            for (t = 0; stream && t < 100; t++) CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, all, &err), err);
            CHECK_INT(arena.peak, before);
            free(larger);
        }
        free(buffer);
        lstmfc_writer_free(&model);
    }
    {
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        CHECK_INT(lstmfc_forecaster_bytes("{}", 2, NULL, &err), 0);
        CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
        w.candles.count = 10;
        CHECK_INT(lstmfc_fit_bytes(&w.candles, NULL, &err), 0);
        CHECK_INT(err.code, LSTMFC_ERROR_DATA);
    }
}

/* A default is what a desc of zeros becomes: filled in by its table, and the same again when it is resolved once more. */
#define IS_DEFAULT(name) do { lstmfc_##name##_desc zero, given = lstmfc_##name##_desc_default(); size_t n, f; char a[64], b[64]; \
    const lstmfc_field *fields = lstmfc_##name##_desc_fields(&n); memset(&zero, 0, sizeof zero); \
    CHECK_INT(lstmfc_fields_resolve(&zero, fields, n, NULL), LSTMFC_OK); \
    for (f = 0; f < n; f++) { lstmfc_field_get(&zero, &fields[f], a, sizeof a); lstmfc_field_get(&given, &fields[f], b, sizeof b); CHECK_TEXT(a, b); } \
    } while (0)

TEST(defaults) {
    lstmfc_forecaster_desc zero, given = lstmfc_forecaster_desc_default();
    lstmfc_forecaster *a, *b;
    lstmfc_writer x, y;
    IS_DEFAULT(model); IS_DEFAULT(optimizer); IS_DEFAULT(csv); IS_DEFAULT(training); IS_DEFAULT(forecaster); IS_DEFAULT(signal); IS_DEFAULT(backtest);
    CHECK(lstmfc_training_desc_default().optimizer.lr == 0.001 && lstmfc_loss_desc_default().huber_delta == 1);
    CHECK(lstmfc_features_desc_default().columns == NULL);
    /* the defaults given and the defaults left out make the same file */
    memset(&zero, 0, sizeof zero);
    walk_make(&w, WALK_BARS, 3);
    zero.features = given.features = "log_return(close)";
    zero.model = given.model = "lstm 2 | dense 1 sigmoid";
    zero.training.epochs = given.training.epochs = 1;
    a = fit(&w.candles, &zero);
    b = fit(&w.candles, &given);
    lstmfc_writer_init(&x, NULL);
    lstmfc_writer_init(&y, NULL);
    lstmfc_forecaster_save_memory(a, &x, NULL);
    lstmfc_forecaster_save_memory(b, &y, NULL);
    CHECK(x.length > 0 && x.length == y.length && memcmp(x.text, y.text, x.length) == 0);
    lstmfc_writer_free(&x);
    lstmfc_writer_free(&y);
    lstmfc_forecaster_free(a);
    lstmfc_forecaster_free(b);
}

/* info.first_forecast is the bar, predict asks for one more than that many, and predict_all begins there. */
TEST(first_forecast) {
    static const char *const features[] = {"log_return(close)", "rsi(14)/100, ema(20)/close-1", "sma(9)/close, macd(3,6,4).hist"};
    size_t k;
    for (k = 0; k < 3; k++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
        lstmfc_forecaster *fc;
        lstmfc_error err;
        int64_t first;
        desc.features = features[k];
        desc.window = (int32_t)(1 + 7 * k);
        walk_make(&w, 900, 3);
        fc = fit(&w.candles, &desc);
        if (!fc) continue;
        first = lstmfc_forecaster_get_info(fc).first_forecast;
        CHECK_OK(lstmfc_forecaster_predict_all(fc, &w.candles, 0, 900, all, NULL), err);
        CHECK(all[first].reason == LSTMFC_FORECAST_MADE && (first == 0 || all[first - 1].reason == LSTMFC_FORECAST_WARMING));
        w.candles.count = (size_t)first;
        memset(&err, 0, sizeof err);
        CHECK_INT(lstmfc_forecaster_predict(fc, &w.candles, 1, all, &err), LSTMFC_ERROR_DATA);
        w.candles.count = (size_t)first + 1;
        CHECK_OK(lstmfc_forecaster_predict(fc, &w.candles, 1, all, &err), err);
        lstmfc_forecaster_free(fc);
    }
}

/* ---- how many rows ---- */

static int fits(lstmfc_forecaster_desc *desc, size_t count, lstmfc_error *err) {
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
TEST(rows_that_work) {
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

int main(void) {
    own_directory();
    RUN(rows_that_work);
    RUN(stream_state);
    RUN(kinds_of_files);
    RUN(stream_state_refused);
    RUN(memory_failures);
    RUN(bytes);
    RUN(defaults);
    RUN(first_forecast);
    RUN(statistics_overflow);
    RUN(weights_overflow);
    RUN(save_refuses);
    RUN(forecasts_are_finite);
    RUN(other_bars_are_refused);
    return test_end();
}
