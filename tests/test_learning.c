// also: native
/* Chapters 17 and 18: learning that goes on. Online updates of a finished model, held against a trainer driven by hand. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

enum { SEEN = 300, BARS = 360 };
static walk w, v;
static lstmfc_forecast issued[WALK_BARS], again[WALK_BARS];

static const char *const specs[] = {"lstm 4 | batchnorm | dropout 0.2 | dense 1 sigmoid", "lstm 4 l2=0.01 | dense 1",
                                    "gru 4 | dense 1", "lstm 3 | batchnorm | dense 1", "lstm 4 | dense 1", "lstm 3 | dense 1",
                                    "lstm 3 dropout=0.2 | dense 1"};

static lstmfc_forecaster_desc small(int32_t target) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizon = 1 + target % 3;
    desc.volatility_bars = 9;
    if (target == LSTMFC_TARGET_EXPRESSION) desc.expression = "sma(close,4)-100";
    desc.window = 6;
    desc.features = "log_return(close), close/sma(5)-1, volume/sma(volume,4)";
    desc.model = specs[target];
    desc.training.epochs = 2;
    desc.training.batch = 16;
    desc.training.seed = 5 + target;
    desc.training.optimizer.lr = 0.01;
    desc.training.optimizer.clip_norm = 0.5;
    if (target) desc.training.loss = LSTMFC_LOSS_HUBER;
    return desc;
}

/* Fitted on the first SEEN bars of w. */
static lstmfc_forecaster *fit(const lstmfc_forecaster_desc *desc) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    lstmfc_candles seen = w.candles;
    memset(&err, 0, sizeof err);
    seen.count = SEEN;
    forecaster = lstmfc_forecaster_fit(&seen, desc, &err);
    CHECK_OK(err.code, err);
    return forecaster;
}

static lstmfc_forecaster *update(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles, size_t *first) {
    lstmfc_error err;
    lstmfc_forecaster *updated;
    memset(&err, 0, sizeof err);
    updated = lstmfc_forecaster_update(forecaster, candles, 0, 0, first, issued, &err);
    CHECK_OK(err.code, err);
    return updated;
}

static lstmfc_writer saved(const lstmfc_forecaster *forecaster) {
    lstmfc_writer writer;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
    return writer;
}

static int same_text(const lstmfc_writer *a, const lstmfc_writer *b) {
    return a->length > 0 && a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* The label of sample t, from the closes alone. */
static double label_of(int32_t target, size_t t, size_t h) {
    double sum = 0;
    size_t k;
    if (target == LSTMFC_TARGET_DIRECTION) return w.close[t + h] > w.close[t];
    if (target != LSTMFC_TARGET_VOLATILITY) return lstmfc_log(w.close[t + h] / w.close[t]);
    for (k = t + 1; k <= t + h; k++) sum += lstmfc_log(w.close[k] / w.close[k - 1]) * lstmfc_log(w.close[k] / w.close[k - 1]);
    return lstmfc_log(lstmfc_sqrt(sum / (double)h));
}

/* A trainer of its own, a step for each outcome that closes and then a forecast, bar by bar: the same answers. */
TEST(update_is_a_loop_of_trainer_steps) {
    static double rows[BARS * 3];
    static lstmfc_real scaled[BARS * 3], labels[BARS];
    static int64_t starts[BARS];
    int32_t target, i;
    size_t t, n, k, first;
    walk_make(&w, BARS, 3);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_VOLATILITY; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *old = fit(&desc), *updated = update(old, &w.candles, &first);
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(old), now = lstmfc_forecaster_get_info(updated);
        size_t h = (size_t)desc.horizon, last = SEEN - 1;
        lstmfc_training_desc training = desc.training;
        lstmfc_model *model = lstmfc_model_clone(info.model, NULL);
        lstmfc_scratch *scratch = lstmfc_scratch_create(model, 1, NULL);
        lstmfc_trainer *trainer;
        lstmfc_batch batch;
        lstmfc_writer file = saved(old);
        lstmfc_json *json = lstmfc_json_parse(file.text, file.length, NULL, NULL);
        lstmfc_json_node task = lstmfc_json_get(json, 0, "task");
        double center = 0, scale = 1;
        CHECK_INT(first, last);
        lstmfc_json_number(json, lstmfc_json_get(json, task, "target_center"), &center);
        lstmfc_json_number(json, lstmfc_json_get(json, task, "target_scale"), &scale);
        CHECK(lstmfc_features_evaluate(info.features, &w.candles, rows, NULL) == LSTMFC_OK);
        for (k = 0; k < BARS * 3; k++)
            scaled[k] = (lstmfc_real)lstmfc_scale(LSTMFC_SCALER_STANDARD, rows[k], info.scaling[k % 3], info.scaling[3 + k % 3]);
        for (t = last, n = 0; t + h < BARS; t++, n++) {
            starts[n] = (int64_t)t - 5;
            labels[n] = (lstmfc_real)(target ? (label_of(target, t, h) - center) / scale : label_of(target, t, h));
        }
        memset(&batch, 0, sizeof batch);
        batch.rows = scaled; batch.row_count = BARS; batch.row_stride = 3; batch.window = 6;
        batch.first_row = starts; batch.targets = labels; batch.count = n;
        training.epochs = training.batch = 1;
        training.shuffle = LSTMFC_SHUFFLE_NONE;
        training.patience = LSTMFC_NONE;
        training.optimizer.lr /= 10;
        for (i = 0; i < lstmfc_model_layers(model); i++)            /* norms run on the statistics that they have */
            if (strstr(desc.model, "batchnorm")) lstmfc_model_freeze(model, "1.batchnorm", 1);
        trainer = lstmfc_trainer_create(model, &batch, NULL, &training, NULL);
        CHECK(trainer != NULL);
        for (t = last, n = 0; t < BARS && trainer; t++) {
            lstmfc_real answer;
            lstmfc_batch one = batch;
            int64_t start = (int64_t)t - 5;
            double y;
            if (t >= last + h) { CHECK(lstmfc_trainer_step(trainer, 1, NULL) >= 0); n++; }
            one.first_row = &start; one.count = 1;
            CHECK(lstmfc_model_predict(model, scratch, &one, &answer, NULL) == LSTMFC_OK);
            y = center + scale * (double)answer;
            CHECK(target == LSTMFC_TARGET_DIRECTION ? issued[t - last].value == (double)answer
                  : target == LSTMFC_TARGET_VOLATILITY ? issued[t - last].value == info.volatility_factor * lstmfc_exp(y)
                  : issued[t - last].log_return == y);
        }
        CHECK_INT(now.updates, n);
        CHECK_INT(now.fit_to, w.time[BARS - 1]);
        for (i = 0; i < lstmfc_model_tensors(model); i++) {
            lstmfc_tensor ours, theirs;
            lstmfc_model_tensor(model, i, &ours);
            lstmfc_model_tensor(now.model, i, &theirs);
            CHECK(memcmp(ours.data, theirs.data, ours.count * sizeof *ours.data) == 0);
            CHECK(!theirs.frozen);
        }
        lstmfc_json_free(json);
        lstmfc_writer_free(&file);
        lstmfc_trainer_free(trainer);
        lstmfc_scratch_free(scratch);
        lstmfc_model_free(model);
        lstmfc_forecaster_free(updated);
        lstmfc_forecaster_free(old);
    }
}

/* Whatever comes after bar k: what was issued up to k keeps every bit; the old model and the first forecasts are its own. */
TEST(update_sees_no_future) {
    int32_t target;
    size_t first, t, k = BARS - 20, changed;
    walk_make(&w, BARS, 4);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *old = fit(&desc), *updated;
        lstmfc_writer before = saved(old), after;
        lstmfc_forecaster_free(update(old, &w.candles, &first));
        memcpy(again, issued, sizeof issued);
        walk_copy(&v, &w);
        for (t = k + 1; t < BARS; t++) v.close[t] = v.high[t] = v.low[t] = v.open[t] = 200 + (double)(t % 7);
        updated = update(old, &v.candles, &first);
        CHECK(memcmp(again, issued, (k + 1 - first) * sizeof *issued) == 0);
        CHECK(memcmp(again, issued, (BARS - first) * sizeof *issued) != 0);
        after = saved(old);
        CHECK(same_text(&before, &after));
        CHECK(lstmfc_forecaster_predict_all(old, &w.candles, first, BARS - first, issued, NULL) == LSTMFC_OK);
        /* before the first outcome has closed they are the old model's, then they are not */
        CHECK(memcmp(again, issued, (size_t)desc.horizon * sizeof *issued) == 0);
        for (t = first + (size_t)desc.horizon, changed = 0; t < BARS; t++)
            changed += again[t - first].value != issued[t - first].value;
        CHECK(changed > 50);
        lstmfc_writer_free(&before);
        lstmfc_writer_free(&after);
        lstmfc_forecaster_free(updated);
        lstmfc_forecaster_free(old);
    }
}

/* What the new file says: it loads to itself, knows these candles, begins after their last bar, and its baselines and
   adaptive intervals go on as the old one's would. */
TEST(update_and_its_file) {
    int32_t target, which;
    size_t first, t;
    walk_make(&w, BARS + 40, 5);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_candles known = w.candles;
        lstmfc_forecaster *old = fit(&desc), *updated, *loaded;
        lstmfc_forecaster_info info;
        lstmfc_writer a, b;
        lstmfc_origin origin;
        lstmfc_adaptive state;
        lstmfc_outcome outcome;
        double theirs[BARS + 40], ours[BARS + 40], alpha = 1 - 0.9;
        known.count = BARS;
        updated = update(old, &known, &first);
        info = lstmfc_forecaster_get_info(updated);
        CHECK_INT(info.seen_to, w.time[BARS - 1]);
        CHECK_INT(info.from, w.time[0]);
        CHECK_INT(info.rows, BARS);
        CHECK_INT(info.updates, BARS - SEEN + 1 - desc.horizon);
        a = saved(updated);
        loaded = lstmfc_forecaster_load_memory(a.text, a.length, NULL, NULL);
        b = saved(loaded);
        CHECK(same_text(&a, &b));
        CHECK(lstmfc_forecaster_origin(loaded, &w.candles, &origin, NULL) == LSTMFC_OK);
        CHECK_INT(origin.candles, LSTMFC_CANDLES_MATCHING);
        CHECK_INT(origin.shared, BARS);
        CHECK(origin.compared > 50 && !origin.differing && !origin.elsewhere);
        for (which = LSTMFC_BASELINE_NAIVE; which <= LSTMFC_BASELINE_LINEAR; which++) {
            lstmfc_result there = lstmfc_forecaster_baseline(old, &w.candles, which, BARS, 40, theirs, NULL);
            CHECK_INT(lstmfc_forecaster_baseline(updated, &w.candles, which, BARS, 40, ours, NULL), there);
            for (t = 0; t < 40 && !there; t++) CHECK_NEAR(ours[t], theirs[t], 1e-12);
        }
        if (target != LSTMFC_TARGET_DIRECTION) {
            for (t = first; t + (size_t)desc.horizon < BARS; t++) {
                outcome = lstmfc_forecaster_outcome(old, &known, t);
                if (outcome.reason == LSTMFC_OUTCOME_KNOWN)
                    alpha += 0.01 * ((outcome.value >= issued[t - first].lower && outcome.value <= issued[t - first].upper) - 0.9);
            }
            CHECK(lstmfc_forecaster_predict_intervals(loaded, &known, LSTMFC_INTERVALS_ACI, BARS - 1, 1, again, &state, NULL) == LSTMFC_OK);
            CHECK_NEAR(state.alpha, alpha, 1e-9);
            CHECK_INT(state.replayed, 0);
        }
        /* bar by bar as all at once: the stream of an updated model */
        {
            lstmfc_stream *stream = lstmfc_stream_create(loaded, NULL);
            CHECK(lstmfc_forecaster_predict_all(updated, &w.candles, 0, w.candles.count, again, NULL) == LSTMFC_OK);
            for (t = 0; t < w.candles.count; t++) {
                CHECK(lstmfc_stream_push(stream, &w.candles, t, issued, NULL) == LSTMFC_OK);
                CHECK(memcmp(issued, &again[t], sizeof *issued) == 0);
            }
            lstmfc_stream_free(stream);
        }
        lstmfc_writer_free(&a);
        lstmfc_writer_free(&b);
        lstmfc_forecaster_free(loaded);
        lstmfc_forecaster_free(updated);
        lstmfc_forecaster_free(old);
    }
}

/* The last bars are enough; the file then speaks of those, and a second update goes on from the first. */
TEST(update_of_the_last_bars) {
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *old, *whole, *part, *second;
    lstmfc_candles tail;
    lstmfc_forecaster_info info;
    lstmfc_origin origin;
    lstmfc_writer a, b;
    size_t first;
    walk_make(&w, BARS, 6);
    desc = small(LSTMFC_TARGET_PRICE);
    old = fit(&desc);
    whole = update(old, &w.candles, &first);
    memcpy(again, issued, sizeof issued);
    tail = w.candles;
    tail.count = BARS - (SEEN - 100);
    tail.time += SEEN - 100; tail.open += SEEN - 100; tail.high += SEEN - 100; tail.low += SEEN - 100;
    tail.close += SEEN - 100; tail.volume += SEEN - 100;
    part = update(old, &tail, &first);
    CHECK_INT(first, 99);
    CHECK(memcmp(again, issued, (BARS - SEEN + 1) * sizeof *issued) == 0);
    info = lstmfc_forecaster_get_info(part);
    CHECK_INT(info.rows, tail.count);
    CHECK_INT(info.from, tail.time[0]);
    CHECK(lstmfc_forecaster_origin(part, &w.candles, &origin, NULL) == LSTMFC_OK);
    CHECK_INT(origin.candles, LSTMFC_CANDLES_MATCHING);
    a = saved(part);
    second = lstmfc_forecaster_load_memory(a.text, a.length, NULL, NULL);
    CHECK(second != NULL);
    lstmfc_forecaster_free(second);
    lstmfc_writer_free(&a);
    a = saved(whole);
    b = saved(part);
    CHECK(!same_text(&a, &b));
    lstmfc_writer_free(&a);
    lstmfc_writer_free(&b);
    tail = w.candles;
    tail.count = SEEN + 30;
    second = update(old, &tail, &first);
    lstmfc_forecaster_free(part);
    part = update(second, &w.candles, &first);
    CHECK_INT(first, SEEN + 29);
    CHECK_INT(lstmfc_forecaster_get_info(part).updates, lstmfc_forecaster_get_info(whole).updates - desc.horizon + 1);
    lstmfc_forecaster_free(second);
    lstmfc_forecaster_free(whole);
    lstmfc_forecaster_free(part);
    lstmfc_forecaster_free(old);
}

static void refused(const lstmfc_forecaster *old, const lstmfc_candles *candles, double lr, int32_t code, const char *says) {
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    CHECK(lstmfc_forecaster_update(old, candles, lr, 0, NULL, issued, &err) == NULL);
    CHECK_INT(err.code, code);
    CHECK_HAS(err.message, says);
}

TEST(update_refuses) {
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *old;
    lstmfc_candles other;
    size_t t;
    walk_make(&w, BARS, 7);
    desc = small(LSTMFC_TARGET_RETURN);
    old = fit(&desc);
    other = w.candles;
    other.count = SEEN;
    refused(old, &other, 0, LSTMFC_ERROR_DATA, "nothing to learn from");
    other.count = SEEN - 1;
    refused(old, &other, 0, LSTMFC_ERROR_DATA, "is not among the candles");
    refused(old, &w.candles, -1, LSTMFC_ERROR_ARGUMENT, "lr");
    refused(old, &w.candles, 2000, LSTMFC_ERROR_ARGUMENT, "lr");
    walk_copy(&v, &w);
    for (t = 0; t < BARS; t++) v.close[t] *= 1.001;
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "other candles");
    for (t = 0; t < BARS; t++) v.time[t] = v.time[0] + (int64_t)t * 86400000;
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "bars of");
    lstmfc_forecaster_free(old);
}

/* ---- scaler=window ---- */

/* What the network is shown, and what it answers, by hand: each window over its last row. The forecasts of a batch, of a
   stream and of a loaded file are the same bits; the price's unit does not matter, the past is enough. */
TEST(scaler_window) {
    static double rows[BARS * 2];
    static lstmfc_real own[6 * 2];
    int32_t target, outer;
    size_t t, k;
    walk_make(&w, BARS, 8);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *forecaster, *loaded;
        lstmfc_forecaster_info info;
        lstmfc_stream *stream;
        lstmfc_scratch *scratch;
        lstmfc_writer a, b;
        lstmfc_forecast one;
        double baseline[2];
        desc.scaler = LSTMFC_SCALER_WINDOW;
        desc.features = "close, sma(volume,3)";
        if (target) desc.training.loss = LSTMFC_LOSS_MSE;
        forecaster = fit(&desc);
        info = lstmfc_forecaster_get_info(forecaster);
        CHECK(info.baselines && info.baselines->linear && info.baselines->linear->window == 6);
        CHECK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_LINEAR, BARS - 2, 2, baseline, NULL) == LSTMFC_OK);
        CHECK(lstmfc_is_finite(baseline[1]));
        CHECK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, BARS, again, NULL) == LSTMFC_OK);
        CHECK(lstmfc_features_evaluate(info.features, &w.candles, rows, NULL) == LSTMFC_OK);
        scratch = lstmfc_scratch_create(info.model, 1, NULL);
        for (t = 20, outer = 0; t < BARS; t += 7) {
            lstmfc_batch batch;
            lstmfc_real answer;
            double y, worst = 0;
            memset(&batch, 0, sizeof batch);
            for (k = 0; k < 12; k++) {
                own[k] = (lstmfc_real)rows[(t - 5) * 2 + k] / (lstmfc_real)rows[t * 2 + k % 2];
                y = fabs((double)own[k] - info.scaling[4 + k % 2]) / info.scaling[6 + k % 2];
                if (k < 10 && y > worst) worst = y;
            }
            batch.rows = own; batch.row_count = batch.window = 6; batch.row_stride = 2; batch.count = 1;
            CHECK(lstmfc_model_predict(info.model, scratch, &batch, &answer, NULL) == LSTMFC_OK);
            if (target == LSTMFC_TARGET_DIRECTION) CHECK(again[t].value == (double)answer);
            CHECK(again[t].reason == LSTMFC_FORECAST_MADE);
            CHECK(again[t].novelty == worst);
            outer += worst < 8;
        }
        CHECK(outer > 40);                              /* a novelty that means something: most windows are like those of the fit */
        lstmfc_scratch_free(scratch);
        a = saved(forecaster);
        loaded = lstmfc_forecaster_load_memory(a.text, a.length, NULL, NULL);
        CHECK(loaded != NULL);
        b = saved(loaded);
        CHECK(same_text(&a, &b));
        stream = lstmfc_stream_create(loaded, NULL);
        for (t = 0; t < BARS; t++) {
            if (t + 1 < BARS && t % 50 == 0) CHECK(lstmfc_stream_peek(stream, &w.candles, t, &one, NULL) == LSTMFC_OK);
            CHECK(lstmfc_stream_push(stream, &w.candles, t, &one, NULL) == LSTMFC_OK);
            CHECK(memcmp(&one, &again[t], sizeof one) == 0);
        }
        lstmfc_stream_free(stream);
        /* what comes after bar BARS - 31 changes nothing before it */
        walk_copy(&v, &w);
        for (t = BARS - 30; t < BARS; t++) { v.close[t] = v.high[t] = v.low[t] = v.open[t] = 900; v.volume[t] = 1; }
        CHECK(lstmfc_forecaster_predict_all(loaded, &v.candles, 0, BARS, issued, NULL) == LSTMFC_OK);
        CHECK(memcmp(issued, again, (BARS - 30) * sizeof *issued) == 0);
        /* no volume in the last three bars: nothing to divide by, so no forecast, and it says why */
        walk_copy(&v, &w);
        for (t = BARS - 3; t < BARS; t++) v.volume[t] = 0;
        CHECK(lstmfc_forecaster_predict_all(loaded, &v.candles, 0, BARS, issued, NULL) == LSTMFC_OK);
        CHECK_INT(issued[BARS - 1].reason, LSTMFC_FORECAST_BAD_ROW);
        CHECK_INT(issued[BARS - 2].reason, LSTMFC_FORECAST_MADE);
        CHECK(lstmfc_is_nan(issued[BARS - 1].value));
        {
            lstmfc_error err;
            memset(&err, 0, sizeof err);
            CHECK_INT(lstmfc_forecaster_predict(loaded, &v.candles, 1, &one, &err), LSTMFC_ERROR_DATA);
            CHECK_HAS(err.message, "its last value is 0");
        }
        lstmfc_writer_free(&a);
        lstmfc_writer_free(&b);
        lstmfc_forecaster_free(loaded);
        lstmfc_forecaster_free(forecaster);
    }
}

/* The last price is the unit: ten times the price, the same returns. And it can learn: on a wave, better than nothing. */
TEST(scaler_window_has_no_unit) {
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *forecaster;
    size_t t;
    walk_make(&w, BARS, 9);
    for (t = 0; t < BARS; t++) w.close[t] = 100 * lstmfc_exp(0.02 * lstmfc_sin(0.5 * (double)t));
    desc = small(LSTMFC_TARGET_RETURN);
    desc.horizon = 1;
    desc.scaler = LSTMFC_SCALER_WINDOW;
    desc.features = "close";
    desc.model = "dense 8 tanh | flatten | dense 1";
    desc.training.epochs = 60;
    desc.training.loss = LSTMFC_LOSS_MSE;
    desc.training.optimizer.lr = 0.02;
    forecaster = fit(&desc);
    CHECK(lstmfc_forecaster_get_info(forecaster).history[lstmfc_forecaster_get_info(forecaster).best_epoch - 1].val_loss < 0.5);
    CHECK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, BARS, again, NULL) == LSTMFC_OK);
    walk_copy(&v, &w);
    for (t = 0; t < BARS; t++) v.close[t] *= 1024;      /* a power of two: every ratio keeps its bits */
    CHECK(lstmfc_forecaster_predict_all(forecaster, &v.candles, 0, BARS, issued, NULL) == LSTMFC_OK);
    for (t = 50; t < BARS; t++) CHECK(issued[t].value == again[t].value && issued[t].novelty == again[t].novelty);
    lstmfc_forecaster_free(forecaster);
}

int main(void) {
    RUN(update_is_a_loop_of_trainer_steps);
    RUN(update_sees_no_future);
    RUN(update_and_its_file);
    RUN(update_of_the_last_bars);
    RUN(update_refuses);
    RUN(scaler_window);
    RUN(scaler_window_has_no_unit);
    return test_end();
}
