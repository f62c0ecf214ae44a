// also: double native
/* Chapters 17 and 18: learning that goes on. Online updates of a finished model, held against a trainer driven by hand. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"
#include "network.h"

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
        for (t = last + 1 - h, n = 0; t + h < BARS; t++, n++) {
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
        training.seed = (int64_t)(lstmfc_hash((uint64_t)training.seed, 0) >> 1);
        for (i = 0; i < lstmfc_model_layers(model); i++)            /* norms run on the statistics that they have */
            if (strstr(desc.model, "batchnorm")) lstmfc_model_freeze(model, "1.batchnorm", 1);
        trainer = lstmfc_trainer_create(model, &batch, NULL, &training, NULL);
        CHECK(trainer != NULL);
        for (t = last, n = 0; t < BARS && trainer; t++) {
            lstmfc_real answer;
            lstmfc_batch one = batch;
            int64_t start = (int64_t)t - 5;
            volatile double y;
            if (t > last) { CHECK(lstmfc_trainer_step(trainer, 1, NULL) >= 0); n++; }
            one.first_row = &start; one.count = 1;
            CHECK(lstmfc_model_predict(model, scratch, &one, &answer, NULL) == LSTMFC_OK);
            y = scale * (double)answer;                         /* no fused multiply and add, whatever the build */
            y += center;
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
        /* before the first outcome has closed it is the old model's, then they are not */
        CHECK(memcmp(again, issued, sizeof *issued) == 0);
        for (t = first + 1, changed = 0; t < BARS; t++)
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
        CHECK_INT(info.updates, BARS - SEEN);
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

/* The last bars are enough; the file speaks of all that was learnt from, and a second update goes on from the first. */
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
    CHECK_INT(info.rows, BARS);
    CHECK_INT(info.from, w.time[0]);
    CHECK(lstmfc_forecaster_origin(part, &w.candles, &origin, NULL) == LSTMFC_OK);
    CHECK_INT(origin.candles, LSTMFC_CANDLES_MATCHING);
    CHECK_INT(origin.shared, BARS);
    CHECK(origin.compared > 50);
    CHECK(lstmfc_forecaster_origin(part, &tail, &origin, NULL) == LSTMFC_OK);
    CHECK_INT(origin.candles, LSTMFC_CANDLES_MATCHING);
    CHECK(origin.compared > 20);
    walk_copy(&v, &w);                          /* a bar that only the training was shown */
    v.close[SEEN - 150] *= 1.0001;
    CHECK(lstmfc_forecaster_origin(part, &v.candles, &origin, NULL) == LSTMFC_OK);
    CHECK_INT(origin.candles, LSTMFC_CANDLES_OTHER);
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
    CHECK_INT(lstmfc_forecaster_get_info(part).updates, lstmfc_forecaster_get_info(whole).updates);
    lstmfc_forecaster_free(second);
    lstmfc_forecaster_free(whole);
    lstmfc_forecaster_free(part);
    lstmfc_forecaster_free(old);
}

/* The bars from SEEN on in calls of `cut`, of the last `shown` bars each, every model through its file. */
static lstmfc_forecaster *update_in_cuts(const lstmfc_forecaster *old, size_t cut, size_t shown) {
    lstmfc_forecaster *now = NULL, *next;
    size_t end, first;
    for (end = SEEN + cut; end < BARS + cut; end += cut) {
        lstmfc_candles part = w.candles;
        lstmfc_writer file;
        size_t count = end < BARS ? end : BARS, skip = count > shown ? count - shown : 0;
        part.count = count - skip;
        part.time += skip; part.open += skip; part.high += skip; part.low += skip; part.close += skip; part.volume += skip;
        next = update(now ? now : old, &part, &first);
        lstmfc_forecaster_free(now);
        if (!next) return NULL;
        file = saved(next);
        now = lstmfc_forecaster_load_memory(file.text, file.length, NULL, NULL);
        lstmfc_writer_free(&file);
        lstmfc_forecaster_free(next);
        if (!CHECK(now != NULL)) return NULL;
    }
    return now;
}

/* Any cut of the new bars into calls learns the same samples. By sgd, which keeps no moments, it ends in the same bytes:
   weights, adaptive intervals, baselines. Whoever shows the last bars alone learns as much. */
TEST(update_in_any_cut) {
    static const size_t cuts[] = {1, 7, BARS - SEEN};
    int32_t target, sgd;
    size_t k;
    walk_make(&w, BARS, 11);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++)
        for (sgd = 0; sgd < 2; sgd++) {
            lstmfc_forecaster_desc desc = small(target);
            lstmfc_forecaster *old, *whole = NULL;
            lstmfc_writer a, b;
            desc.horizon = 1 + (target + 2) % 5;
            if (sgd) desc.model = target ? "lstm 3 | batchnorm | dense 1" : "lstm 3 | batchnorm | dense 1 sigmoid";
            if (sgd) desc.training.optimizer.optimizer = LSTMFC_OPTIMIZER_SGD;
            desc.level = 0.6;
            old = fit(&desc);
            for (k = sizeof cuts / sizeof *cuts; k-- > 0; ) {
                lstmfc_forecaster *now = update_in_cuts(old, cuts[k], BARS), *part = update_in_cuts(old, cuts[k], 120);
                if (!now || !part) continue;
                CHECK_INT(now->updates, BARS - SEEN);
                CHECK_INT(part->updates, BARS - SEEN);
                CHECK_INT(part->rows, BARS);
                if (!whole) whole = now;
                if (sgd && now != whole) {
                    CHECK(target == LSTMFC_TARGET_DIRECTION || now->alpha != 1 - 0.6);
                    a = saved(whole);
                    b = saved(now);
                    CHECK(same_text(&a, &b));
                    lstmfc_writer_free(&a);
                    lstmfc_writer_free(&b);
                }
                if (sgd && target != LSTMFC_TARGET_DIRECTION) CHECK_NEAR(part->alpha, whole->alpha, 1e-9);
                if (now != whole) lstmfc_forecaster_free(now);
                lstmfc_forecaster_free(part);
            }
            lstmfc_forecaster_free(whole);
            lstmfc_forecaster_free(old);
        }
}

/* A mask of its own in every call: bar by bar, no weight behind a dropout is left out for good. */
TEST(update_drops_other_units_in_every_call) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *old, *now;
    lstmfc_tensor a, b;
    size_t k, kept = 0;
    walk_make(&w, BARS, 12);
    desc.model = "lstm 8 | dropout 0.5 | dense 1";
    old = fit(&desc);
    now = update_in_cuts(old, 1, BARS);
    if (!now) return;
    lstmfc_model_tensor(old->model, 3, &a);
    lstmfc_model_tensor(now->model, 3, &b);
    CHECK_INT(a.count, 8);
    for (k = 0; k < a.count; k++) kept += a.data[k] == b.data[k];
    CHECK_INT(kept, 0);
    lstmfc_forecaster_free(now);
    lstmfc_forecaster_free(old);
}

/* What was frozen in the training stays frozen, batch norm with it; a winsorised model fine-tuned keeps limits and count. */
TEST(update_of_a_fine_tuned_model) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *old, *tuned, *updated;
    lstmfc_tensor a, b;
    int32_t i, moved = 0;
    size_t first;
    walk_make(&w, BARS, 13);
    desc.model = "lstm 3 | batchnorm | dense 1";
    desc.winsor = 1;
    old = fit(&desc);
    desc.from = old;
    desc.freeze = "lstm";
    tuned = fit(&desc);
    CHECK(old->winsorised > 0);
    CHECK_INT(tuned->winsorised, old->winsorised);
    CHECK(memcmp(tuned->limits, old->limits, 6 * sizeof(double)) == 0);
    updated = update(tuned, &w.candles, &first);
    for (i = 0; updated && i < lstmfc_model_tensors(tuned->model); i++) {
        int32_t same;
        lstmfc_model_tensor(tuned->model, i, &a);
        lstmfc_model_tensor(updated->model, i, &b);
        same = memcmp(a.data, b.data, a.count * sizeof *a.data) == 0;
        moved += !same;
        CHECK(same || strstr(a.name, "dense"));
        CHECK(!b.frozen);
    }
    CHECK_INT(moved, 2);
    CHECK(updated && updated->winsorised == tuned->winsorised);
    lstmfc_forecaster_free(updated);
    lstmfc_forecaster_free(tuned);
    lstmfc_forecaster_free(old);
}

/* A new bar that teaches nothing is seen all the same: a bot goes on. */
TEST(update_without_a_sample) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *old, *same, *next;
    lstmfc_candles part;
    size_t first;
    walk_make(&w, BARS, 14);
    w.close[SEEN] = w.close[SEEN - 1];
    old = fit(&desc);
    part = w.candles;
    part.count = SEEN + 1;
    same = update(old, &part, &first);
    if (!same) return;
    CHECK_INT(same->updates, 0);
    CHECK_INT(same->seen_to, w.time[SEEN]);
    CHECK_INT(same->fit_to, old->fit_to);
    CHECK_INT(same->rows, SEEN + 1);
    part.count = SEEN + 2;
    next = update(same, &part, &first);
    CHECK_INT(first, SEEN);
    CHECK(next && next->updates == 1);
    lstmfc_forecaster_free(next);
    lstmfc_forecaster_free(same);
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
    /* what a fit refuses */
    walk_copy(&v, &w);
    v.time[340] = w.time[341];
    v.time[341] = w.time[340];
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "before that of the bar before");
    v.time[341] = v.time[340];
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "that of the bar before");
    walk_copy(&v, &w);
    v.close[340] = -5;
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "not above zero");
    v.candles.any_prices = 1;
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "not above zero");
    walk_copy(&v, &w);
    v.close[BARS - 1] = lstmfc_nan();
    refused(old, &v.candles, 0, LSTMFC_ERROR_DATA, "not a number");
    /* too few bars to learn from */
    other = w.candles;
    other.count -= 290;
    other.time += 290; other.open += 290; other.high += 290; other.low += 290; other.close += 290; other.volume += 290;
    refused(old, &other, 0, LSTMFC_ERROR_DATA, "takes 11 bars before");
    /* its options */
    {
        static char broken[] = "{\"epochs\":\"x\"}", number[] = "{\"epochs\":7}", frozen[] = "{\"freeze\":\"lstm\"}";
        char *own = old->options;
        old->options = broken;
        refused(old, &w.candles, 0, LSTMFC_ERROR_FORMAT, "'x' is not");
        old->options = number;
        refused(old, &w.candles, 0, LSTMFC_ERROR_FORMAT, "epochs");
        old->options = frozen;
        refused(old, &w.candles, 0, LSTMFC_ERROR_FORMAT, "no layer");
        old->options = own;
    }
    lstmfc_forecaster_free(old);
    desc.model = "batchnorm | lstm 3 | dense 1";
    old = fit(&desc);
    desc.from = old;
    desc.freeze = "lstm, dense";
    {
        lstmfc_forecaster *tuned = fit(&desc);
        refused(tuned, &w.candles, 0, LSTMFC_ERROR_ARGUMENT, "left to learn");
        lstmfc_forecaster_free(tuned);
    }
    lstmfc_forecaster_free(old);
    desc = small(LSTMFC_TARGET_EXPRESSION);
    desc.expression = "close, sma(close,4)";
    desc.model = "lstm 3 | dense 2";
    old = fit(&desc);
    refused(old, &w.candles, 0, LSTMFC_ERROR_UNSUPPORTED, "2 answers");
    lstmfc_forecaster_free(old);
}

/* The file of an updated model with one place changed, under a checksum that fits. */
static void load_refuses(const lstmfc_writer *file, const char *key, const char *value, const char *says) {
    static char text[200000];
    const char *at = strstr(file->text, key), *end = strrchr(file->text, ',');
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    size_t length;
    memset(&err, 0, sizeof err);
    if (!CHECK(at && file->length < sizeof text - 1000)) return;
    length = (size_t)sprintf(text, "%.*s%s%.*s", (int)(at - file->text), file->text, value, (int)(end - at) - (int)strlen(key), at + strlen(key));
    sprintf(text + length, ",\"checksum\":\"%08x\"}\n", (unsigned)crc32_of(text, length));
    forecaster = lstmfc_forecaster_load_memory(text, strlen(text), NULL, &err);
    CHECK(forecaster == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
    CHECK_HAS(err.message, says);
    lstmfc_forecaster_free(forecaster);
}

TEST(update_and_hostile_files) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *old, *now;
    lstmfc_writer file;
    walk_make(&w, BARS, 15);
    desc.level = 0.6;
    old = fit(&desc);
    now = update_in_cuts(old, 30, 100);
    if (!now) return;
    CHECK_INT(now->shown_from, w.time[BARS - 100]);
    CHECK(now->issued != NULL && now->issued[0] == (double)w.time[BARS - desc.horizon]);
    file = saved(now);
    load_refuses(&file, "\"issued\": [", "\"issued\": [1,", "issued");
    load_refuses(&file, "\"shown_from\": ", "\"shown_from\": -", "shown_from");
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(now);
    lstmfc_forecaster_free(old);
}

/* A number that no file could bring back is refused before anything is written. */
TEST(save_refuses_baselines) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_VOLATILITY);
    lstmfc_forecaster *old;
    double *places[3], was;
    const char *const says[] = {"'close'", "'returns'", "'garch'"};
    int i;
    walk_make(&w, BARS, 7);
    old = fit(&desc);
    CHECK(old->baselines->return_count > 3 && !lstmfc_is_nan(old->baselines->garch[0]));
    places[0] = &old->baselines->close; places[1] = &old->baselines->returns[3]; places[2] = &old->baselines->garch_state;
    for (i = 0; i < 3; i++) {
        lstmfc_writer file;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        lstmfc_writer_init(&file, NULL);
        was = *places[i];
        *places[i] = lstmfc_nan();
        CHECK_INT(lstmfc_forecaster_save_memory(old, &file, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_HAS(err.message, says[i]);
        CHECK_INT(file.length, 0);
        *places[i] = was;
        lstmfc_writer_free(&file);
    }
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

/* ---- a target at every step ---- */

/* PyTorch's loss and gradients of a layer whose every step has a target. */
static void sequence_against_torch(const char *file, const char *name, const char *spec) {
    size_t n, T, B, O, t, b;
    const double *dims = fixture(file, joined(name, "dims"), &n), *must = fixture(file, joined(name, "loss"), &n);
    lstmfc_real *x = reals(file, joined(name, "x"), &n), *y = reals(file, joined(name, "y"), &n), *targets, *out, *back;
    lstmfc_loss_desc loss = lstmfc_loss_desc_default();
    lstmfc_gradients *gradients;
    lstmfc_scratch *scratch;
    network net;
    double value = 0;
    int32_t i;
    if (!dims || !x || !y || !must || !network_make(&net, spec, (size_t)dims[0], (size_t)dims[1], (size_t)dims[2])) return;
    T = net.batch.window; B = net.batch.count; O = net.outputs;
    network_weights(&net, file, joined(name, "w"), 0);
    network_x(&net, x);
    targets = (lstmfc_real *)calloc(3 * T * B * O, sizeof *targets);
    out = targets + T * B * O;
    back = out + T * B * O;
    for (t = 0; t < T; t++) for (b = 0; b < B; b++) memcpy(targets + (b * T + t) * O, y + (t * B + b) * O, O * sizeof *y);
    net.batch.targets = targets;
    net.batch.sequence = 1;
    gradients = lstmfc_gradients_create(net.model, B, NULL);
    CHECK_INT(lstmfc_gradients_compute(gradients, net.model, &net.batch, &loss, NULL, 0, &value, NULL, NULL, NULL), LSTMFC_OK);
    CHECK_NEAR(value, must[0], NEAR);
    for (i = 0; i < lstmfc_model_tensors(net.model); i++) {
        lstmfc_tensor tensor;
        char record[128];
        lstmfc_model_tensor(net.model, i, &tensor);
        snprintf(record, sizeof record, "%s.g.%s", name, tensor.name);
        compare_within(file, record, lstmfc_gradients_tensor(gradients, i), tensor.count, 2 * NEAR);
    }
    scratch = lstmfc_scratch_create(net.model, 3, NULL);
    CHECK_INT(lstmfc_model_predict(net.model, scratch, &net.batch, out, NULL), LSTMFC_OK);
    for (t = 0; t < T; t++) for (b = 0; b < B; b++) memcpy(back + (t * B + b) * O, out + (b * T + t) * O, O * sizeof *y);
    compare(file, joined(name, "out"), back, T * B * O);
    lstmfc_scratch_free(scratch);
    lstmfc_gradients_free(gradients);
    free(targets);
    network_free(&net);
}

TEST(sequence_as_torch) {
    sequence_against_torch("torch_later.txt", "gru_seq", "gru 5 seq");
    sequence_against_torch("torch_later.txt", "bilstm_seq", "bilstm 5 seq");
    sequence_against_torch("torch.txt", "lstm_seq", "lstm 5 seq");
}

enum { ROWS = 120, STEPS = 5, TRAIN = 70, VALID = 30 };
typedef struct steps { lstmfc_real rows[ROWS * 2], targets[ROWS * STEPS], weights[ROWS]; int64_t late[ROWS]; lstmfc_batch train, validation; } steps;

/* The target of a step is the sum of the first column so far: a recurrent layer can count. */
static void steps_make(steps *s) {
    lstmfc_rng rng;
    size_t i, t;
    memset(s, 0, sizeof *s);
    lstmfc_rng_seed(&rng, 7);
    for (i = 0; i < ROWS * 2; i++) s->rows[i] = (lstmfc_real)(0.5 * lstmfc_rng_normal(&rng));
    for (i = 0; i + STEPS < ROWS; i++) {
        for (t = 0; t < STEPS; t++) s->targets[i * STEPS + t] = s->rows[(i + t) * 2] + (t ? s->targets[i * STEPS + t - 1] : 0);
        s->weights[i] = (lstmfc_real)(1 + i % 3);
        s->late[i] = (int64_t)(TRAIN + i);
    }
    s->train.rows = s->rows; s->train.row_count = ROWS; s->train.row_stride = 2; s->train.window = STEPS;
    s->train.count = TRAIN; s->train.targets = s->targets; s->train.weights = s->weights; s->train.sequence = 1;
    s->validation = s->train;
    s->validation.first_row = s->late; s->validation.count = VALID; s->validation.targets = s->targets + TRAIN * STEPS;
}

static lstmfc_model *steps_model(const char *spec, const lstmfc_env *env) {
    lstmfc_model_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.spec = spec; desc.inputs = 2; desc.window = STEPS; desc.seed = 3; desc.env = env;
    return lstmfc_model_create(&desc, NULL);
}

TEST(sequence_by_differences) {
    static const char *const nets[] = {"lstm 3 seq | dense 1", "gru 3 seq", "bilstm 2 seq | dense 2 tanh | layernorm", "lstm 3 seq | batchnorm | lstm 2 seq"};
    static steps s;
    size_t k;
    steps_make(&s);
    for (k = 0; k < sizeof nets / sizeof nets[0]; k++) {
        lstmfc_model *model = steps_model(nets[k], NULL);
        lstmfc_loss_desc loss = lstmfc_loss_desc_default();
        lstmfc_gradcheck_result result;
        lstmfc_error err;
        lstmfc_batch batch = s.train;
        memset(&err, 0, sizeof err);
        batch.count = (size_t)(8 / lstmfc_model_outputs(model));
        loss.loss = k % 2 ? LSTMFC_LOSS_HUBER : LSTMFC_LOSS_MSE;
        CHECK_OK(lstmfc_gradcheck(model, &batch, &loss, NULL, 0, 0, &result, &err), err);
        if (!CHECK(result.passed)) printf("    %s: %g in %s\n", nets[k], result.worst, result.worst_tensor);
        lstmfc_model_free(model);
    }
}

/* Moments that are kept: a second trainer over the same samples, begun with the weights and moments of the first, takes the steps that the
   first goes on to take; with fresh moments, with a rule of its own or of another network it does not. */
TEST(moments_kept) {
    static steps s;
    int32_t variant, i;
    lstmfc_error err;
    steps_make(&s);
    memset(&err, 0, sizeof err);
    for (variant = 0; variant < 4; variant++) {             /* kept, fresh, another rule, another network */
        lstmfc_training_desc desc = lstmfc_training_desc_default();
        lstmfc_model *first = steps_model("lstm 4 seq | dense 1", NULL), *second;
        lstmfc_trainer *trainer, *tuning;
        lstmfc_writer text, before, after;
        lstmfc_json *json;
        lstmfc_writer_init(&text, NULL);
        lstmfc_writer_init(&before, NULL);
        lstmfc_writer_init(&after, NULL);
        desc.epochs = 4; desc.batch = 16; desc.patience = LSTMFC_NONE; desc.shuffle = LSTMFC_SHUFFLE_NONE;
        trainer = lstmfc_trainer_create(first, &s.train, NULL, &desc, &err);
        CHECK_INT(lstmfc_trainer_step(trainer, 0, &err), LSTMFC_OK);
        CHECK_INT(lstmfc_trainer_step(trainer, 0, &err), LSTMFC_OK);
        lstmfc_trainer_write(trainer, &text, NULL);
        json = lstmfc_json_parse(text.text, text.length, NULL, &err);
        second = variant == 3 ? steps_model("gru 4 seq | dense 1", NULL) : lstmfc_model_clone(first, NULL);
        if (variant == 2) desc.optimizer.optimizer = LSTMFC_OPTIMIZER_RMSPROP;
        desc.epochs = 2;
        tuning = lstmfc_trainer_create(second, &s.train, NULL, &desc, &err);
        CHECK(json && trainer && tuning);
        lstmfc_trainer_write(tuning, &before, NULL);
        if (variant != 1) {
            CHECK_INT(lstmfc_trainer_read_moments(tuning, json, 0, &err), variant ? LSTMFC_ERROR_ARGUMENT : LSTMFC_OK);
            if (variant == 2) CHECK_HAS(err.message, "it was made with optimizer = adam, this training has rmsprop");
            if (variant == 3) CHECK_HAS(err.message, "it is of another network than \"gru 4 seq | dense 1\"");
        }
        lstmfc_trainer_write(tuning, &after, NULL);
        CHECK(same_text(&before, &after) == (variant > 0)); /* refused: nothing has changed */
        while (lstmfc_trainer_step(trainer, 0, NULL) == LSTMFC_OK) {}
        while (lstmfc_trainer_step(tuning, 0, NULL) == LSTMFC_OK) {}
        for (i = 0; variant < 2 && i < lstmfc_model_tensors(first); i++) {
            lstmfc_tensor a, b;
            lstmfc_model_tensor(first, i, &a);
            lstmfc_model_tensor(second, i, &b);
            CHECK((memcmp(a.data, b.data, a.count * sizeof *a.data) == 0) == (variant == 0));
        }
        lstmfc_json_free(json);
        lstmfc_writer_free(&text);
        lstmfc_writer_free(&before);
        lstmfc_writer_free(&after);
        lstmfc_trainer_free(trainer);
        lstmfc_trainer_free(tuning);
        lstmfc_model_free(first);
        lstmfc_model_free(second);
    }
}

/* The loss of an epoch is the mean over samples of the mean over steps; any threads and levels of one class, and a checkpoint in the
   middle, give the same bits; it learns what can be learnt. */
TEST(sequence_in_the_trainer) {
    static steps s;
    static lstmfc_real out[VALID * STEPS];
    int32_t variant, count, best;
    size_t i, t;
    lstmfc_error err;
    lstmfc_writer first;
    steps_make(&s);
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&first, NULL);
    for (variant = 0; variant < 4; variant++) {
        lstmfc_env env;
        lstmfc_training_desc desc = lstmfc_training_desc_default();
        lstmfc_model *model;
        lstmfc_trainer *trainer;
        lstmfc_writer w2;
        memset(&env, 0, sizeof env);
        env.threads = variant == 1 && LSTMFC__THREADS ? 3 : 1;
        model = steps_model("lstm 6 seq dropout=0.1 | dense 1", &env);
        desc.epochs = 40; desc.batch = 16; desc.optimizer.lr = 0.02; desc.env = &env; desc.patience = LSTMFC_NONE;
        trainer = lstmfc_trainer_create(model, &s.train, &s.validation, &desc, &err);
        CHECK_OK(err.code, err);
        if (!trainer) return;
        if (variant == 2) {                                 /* a checkpoint after 7 batches, into another trainer */
            lstmfc_writer text;
            lstmfc_json *json;
            lstmfc_writer_init(&text, NULL);
            lstmfc_trainer_step(trainer, 7, NULL);
            lstmfc_trainer_write(trainer, &text, NULL);
            json = lstmfc_json_parse(text.text, text.length, NULL, NULL);
            lstmfc_trainer_free(trainer);
            lstmfc_model_free(model);
            model = steps_model("lstm 6 seq dropout=0.1 | dense 1", &env);
            trainer = lstmfc_trainer_create(model, &s.train, &s.validation, &desc, &err);
            CHECK_OK(lstmfc_trainer_read(trainer, json, 0, &err), err);
            lstmfc_json_free(json);
            lstmfc_writer_free(&text);
        }
        while (lstmfc_trainer_step(trainer, variant == 3 ? 3 : 0, NULL) == LSTMFC_OK) {}
        lstmfc_writer_init(&w2, NULL);
        CHECK_OK(lstmfc_model_save_memory(model, 1, &w2, &err), err);
        if (!variant) {
            const lstmfc_epoch *history = lstmfc_trainer_history(trainer, &count, &best);
            lstmfc_scratch *scratch = lstmfc_scratch_create(model, 8, NULL);
            double loss = 0, weights = 0;
            CHECK(history[count - 1].val_loss < 0.05 * history[0].val_loss);
            CHECK(lstmfc_is_nan(history[0].accuracy));
            CHECK_INT(lstmfc_model_predict(model, scratch, &s.validation, out, NULL), LSTMFC_OK);
            for (i = 0; i < VALID; i++) {
                double of_sample = 0;
                for (t = 0; t < STEPS; t++) of_sample += pow((double)(out[i * STEPS + t] - s.validation.targets[i * STEPS + t]), 2) / STEPS;
                loss += (double)s.weights[i] * of_sample;
                weights += (double)s.weights[i];
            }
            CHECK_NEAR(history[count - 1].val_loss, loss / weights, 1e-5);
            lstmfc_scratch_free(scratch);
            first = w2;
        } else {
            if (!CHECK(same_text(&first, &w2))) printf("    variant %d\n", variant);
            lstmfc_writer_free(&w2);
        }
        lstmfc_trainer_free(trainer);
        lstmfc_model_free(model);
    }
    lstmfc_writer_free(&first);
    {
        lstmfc_model *model = steps_model("lstm 6 | dense 1", NULL);
        lstmfc_batch one = s.validation;
        CHECK(lstmfc_trainer_create(model, &s.train, NULL, NULL, &err) == NULL);
        CHECK_INT(err.code, LSTMFC_ERROR_SHAPE);
        CHECK_HAS(err.message, "targets at every step");
        lstmfc_model_free(model);
        model = steps_model("lstm 6 seq | dense 1", NULL);
        one.sequence = 0;
        CHECK(lstmfc_trainer_create(model, &s.train, &one, NULL, &err) == NULL);
        CHECK_HAS(err.message, "as training has them");
        lstmfc_model_free(model);
    }
}

/* ---- a checkpoint of every kind of training ---- */

static lstmfc_forecaster *finish(lstmfc_fit *fit_) {
    lstmfc_forecaster *forecaster;
    while (lstmfc_fit_step(fit_, 5, NULL) == LSTMFC_OK) {}
    forecaster = lstmfc_fit_finish(fit_, NULL);
    lstmfc_fit_free(fit_);
    return forecaster;
}

/* Interrupted at random batches, read by a new fit, interrupted again: byte for byte the run that nobody touched. */
TEST(resume_of_every_kind) {
    static const int32_t optimizers[] = {LSTMFC_OPTIMIZER_ADAM, LSTMFC_OPTIMIZER_ADAMW, LSTMFC_OPTIMIZER_RMSPROP, LSTMFC_OPTIMIZER_SGD};
    static const int32_t schedules[] = {LSTMFC_SCHEDULE_NONE, LSTMFC_SCHEDULE_COSINE, LSTMFC_SCHEDULE_STEP, LSTMFC_SCHEDULE_EXPONENTIAL};
    static const int32_t shuffles[] = {LSTMFC_SHUFFLE_FULL, LSTMFC_SHUFFLE_BLOCKS, LSTMFC_SHUFFLE_NONE};
    lstmfc_rng rng;
    lstmfc_forecaster *before;
    lstmfc_forecaster_desc plain = small(LSTMFC_TARGET_RETURN);
    int kind;
    walk_make(&w, SEEN, 11);
    lstmfc_rng_seed(&rng, 12);
    plain.model = "lstm 3 dropout=0.2 | batchnorm | dense 2 tanh | dense 1";
    before = fit(&plain);
    for (kind = 0; kind < 48; kind++) {
        lstmfc_forecaster_desc desc = plain;
        lstmfc_fit *running;
        lstmfc_forecaster *whole, *resumed;
        lstmfc_writer a, b, text;
        lstmfc_error err;
        int stop;
        memset(&err, 0, sizeof err);
        desc.training.optimizer.optimizer = optimizers[kind % 4];
        desc.training.optimizer.momentum = kind % 4 == 3 ? 0.9 : 0;
        desc.training.optimizer.adam = kind % 8 ? LSTMFC_ADAM_TORCH : LSTMFC_ADAM_KERAS;
        desc.training.schedule = schedules[kind / 4 % 4];
        desc.training.schedule_every = 2;
        desc.training.warmup = kind % 5 == 0 ? 2 : LSTMFC_NONE;
        desc.training.shuffle = shuffles[kind / 16];
        desc.training.epochs = 4;
        desc.training.plateau = kind % 7 == 0 ? 1 : LSTMFC_NONE;
        desc.training.patience = kind % 6 == 1 ? 1 : kind % 6 == 2 ? LSTMFC_NONE : 3;
        desc.half_life = kind % 3 == 0 ? 40 : 0;
        if (kind % 2) { desc.from = before; desc.freeze = kind % 4 == 1 ? "all but last 2" : "batchnorm"; }
        running = lstmfc_fit_create(&w.candles, &desc, &err);
        CHECK_OK(err.code, err);
        if (!running) return;
        whole = finish(running);
        running = lstmfc_fit_create(&w.candles, &desc, &err);
        for (stop = 0; stop < 3; stop++) {
            if (lstmfc_fit_step(running, 1 + (int64_t)lstmfc_rng_below(&rng, 15), &err) != LSTMFC_OK) break;
            lstmfc_writer_init(&text, NULL);
            CHECK_OK(lstmfc_fit_save_memory(running, &text, &err), err);
            lstmfc_fit_free(running);
            running = lstmfc_fit_create(&w.candles, &desc, &err);
            CHECK_OK(lstmfc_fit_load_memory(running, text.text, text.length, &err), err);
            lstmfc_writer_free(&text);
        }
        resumed = finish(running);
        a = saved(whole);
        b = saved(resumed);
        if (!CHECK(same_text(&a, &b))) printf("    kind %d\n", kind);
        lstmfc_writer_free(&a);
        lstmfc_writer_free(&b);
        lstmfc_forecaster_free(whole);
        lstmfc_forecaster_free(resumed);
    }
    lstmfc_forecaster_free(before);
}

/* Another option is named, with what it was and is. */
TEST(resume_names_the_option) {
    static const struct { double half_life; int32_t gaps; double lr; const char *says; } others[] = {
        {40, 0, 0, "half_life = 40, this training has its default"}, {0, LSTMFC_GAPS_COUNT, 0, "gaps = count, this training has drop"},
        {0, 0, 0.5, "lr = 0.5, this training has 0.01"}};
    size_t k;
    walk_make(&w, SEEN, 13);
    for (k = 0; k < 3; k++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN), other = desc;
        lstmfc_fit *one, *two;
        lstmfc_writer text;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        other.half_life = others[k].half_life;
        if (others[k].gaps) other.gaps = others[k].gaps;
        if (others[k].lr > 0) other.training.optimizer.lr = others[k].lr;
        one = lstmfc_fit_create(&w.candles, &other, &err);
        two = lstmfc_fit_create(&w.candles, &desc, &err);
        lstmfc_writer_init(&text, NULL);
        lstmfc_fit_step(one, 3, NULL);
        CHECK_OK(lstmfc_fit_save_memory(one, &text, &err), err);
        CHECK_INT(lstmfc_fit_load_memory(two, text.text, text.length, &err), LSTMFC_ERROR_FORMAT);
        CHECK_HAS(err.message, others[k].says);
        lstmfc_writer_free(&text);
        lstmfc_fit_free(one);
        lstmfc_fit_free(two);
    }
}

/* ---- norm=last ---- */

/* A walk that leaves the range it was fitted in: told its values as they are a network stays behind, told changes it does not. The
   answer is the network's on windows less their last row, added to the value at the bar, in batch, stream and file alike. */
TEST(norm_last) {
    static double rows[BARS * 3], values[BARS];
    static lstmfc_real own[6 * 3];
    int32_t target, norm;
    size_t t, k;
    lstmfc_error err;
    walk_make(&w, BARS, 14);
    for (t = 1; t < BARS; t++) w.close[t] = w.close[t - 1] * 1.003 + 0.2 * lstmfc_sin((double)t);
    for (target = LSTMFC_TARGET_PRICE_LEVEL; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        double error[3] = {0, 0, 0};
        for (norm = LSTMFC_NORM_NONE; norm <= LSTMFC_NORM_LAST; norm++) {
            lstmfc_forecaster_desc desc = small(target);
            lstmfc_forecaster *forecaster, *loaded;
            lstmfc_forecaster_info info;
            lstmfc_stream *stream;
            lstmfc_scratch *scratch;
            lstmfc_json *json;
            lstmfc_writer a, b;
            double center = 0, scale = 1, linear[BARS];
            size_t first;
            desc.norm = norm;
            desc.features = "close, sma(close,3), volume/sma(volume,4)";
            desc.expression = target == LSTMFC_TARGET_EXPRESSION ? "close" : NULL;
            desc.training.loss = LSTMFC_LOSS_MSE;
            desc.training.epochs = 10;
            forecaster = fit(&desc);
            if (!forecaster) return;
            a = saved(forecaster);
            CHECK((strstr(a.text, "\"last\"") != NULL) == (norm == LSTMFC_NORM_LAST));
            loaded = lstmfc_forecaster_load_memory(a.text, a.length, NULL, NULL);
            b = saved(loaded);
            CHECK(same_text(&a, &b));
            json = lstmfc_json_parse(a.text, a.length, NULL, NULL);
            lstmfc_json_number(json, lstmfc_json_get(json, lstmfc_json_get(json, 0, "task"), "target_center"), &center);
            lstmfc_json_number(json, lstmfc_json_get(json, lstmfc_json_get(json, 0, "task"), "target_scale"), &scale);
            info = lstmfc_forecaster_get_info(loaded);
            CHECK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, BARS, again, NULL) == LSTMFC_OK);
            CHECK(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_NAIVE, 0, BARS, values, NULL) == LSTMFC_OK);
            CHECK(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_LINEAR, 0, BARS, linear, NULL) == LSTMFC_OK);
            CHECK(lstmfc_features_evaluate(info.features, &w.candles, rows, NULL) == LSTMFC_OK);
            scratch = lstmfc_scratch_create(info.model, 1, NULL);
            stream = lstmfc_stream_create(loaded, NULL);
            for (t = 0; t < BARS; t++) {
                lstmfc_batch batch;
                lstmfc_real answer;
                CHECK(lstmfc_stream_push(stream, &w.candles, t, issued, NULL) == LSTMFC_OK);
                CHECK(memcmp(issued, &again[t], sizeof *issued) == 0);
                if (t < 40) continue;
                memset(&batch, 0, sizeof batch);
                for (k = 0; k < 18; k++)
                    own[k] = (lstmfc_real)lstmfc_scale(LSTMFC_SCALER_STANDARD, rows[(t - 5) * 3 + k], info.scaling[k % 3], info.scaling[3 + k % 3]);
                for (k = 0; norm && k < 18; k++) own[k] = (lstmfc_real)((double)own[k] - (double)own[15 + k % 3]);
                batch.rows = own; batch.row_count = batch.window = 6; batch.row_stride = 3; batch.count = 1;
                CHECK(lstmfc_model_predict(info.model, scratch, &batch, &answer, NULL) == LSTMFC_OK);
                CHECK_NEAR(again[t].value, center + scale * (double)answer + (norm ? values[t] : 0), 1e-12);
            }
            for (t = SEEN; t + (size_t)desc.horizon < BARS; t++) {
                lstmfc_outcome outcome = lstmfc_forecaster_outcome(loaded, &w.candles, t);
                error[norm] += pow(again[t].value - outcome.value, 2);
                if (norm) error[2] += pow(linear[t] - outcome.value, 2);
            }
            walk_copy(&v, &w);
            for (t = BARS - 20; t < BARS; t++) v.close[t] = v.high[t] = v.low[t] = v.open[t] = 50;
            CHECK(lstmfc_forecaster_predict_all(loaded, &v.candles, 0, BARS, issued, NULL) == LSTMFC_OK);
            CHECK(memcmp(issued, again, (BARS - 20) * sizeof *issued) == 0);
            if (norm) lstmfc_forecaster_free(update(forecaster, &w.candles, &first));
            lstmfc_json_free(json);
            lstmfc_writer_free(&a);
            lstmfc_writer_free(&b);
            lstmfc_stream_free(stream);
            lstmfc_scratch_free(scratch);
            lstmfc_forecaster_free(loaded);
            lstmfc_forecaster_free(forecaster);
        }
        /* a rolling volatility does not drift: there is nothing to gain */
        if (target != LSTMFC_TARGET_ROLLING_VOLATILITY && !CHECK(error[1] < 0.05 * error[0] && error[2] < 0.05 * error[0]))
            printf("    target %d: %g, of changes %g, linear %g\n", target, error[0], error[1], error[2]);
    }
    {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
        desc.norm = LSTMFC_NORM_LAST;
        memset(&err, 0, sizeof err);
        CHECK(lstmfc_forecaster_fit(&w.candles, &desc, &err) == NULL);
        CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT);
        CHECK_HAS(err.message, "norm=last is for");
    }
}

int main(void) {
    RUN(update_is_a_loop_of_trainer_steps);
    RUN(update_sees_no_future);
    RUN(update_and_its_file);
    RUN(update_of_the_last_bars);
    RUN(update_in_any_cut);
    RUN(update_drops_other_units_in_every_call);
    RUN(update_of_a_fine_tuned_model);
    RUN(update_without_a_sample);
    RUN(update_refuses);
    RUN(update_and_hostile_files);
    RUN(save_refuses_baselines);
    RUN(scaler_window);
    RUN(scaler_window_has_no_unit);
    RUN(sequence_as_torch);
    RUN(sequence_by_differences);
    RUN(sequence_in_the_trainer);
    RUN(moments_kept);
    RUN(resume_of_every_kind);
    RUN(resume_names_the_option);
    RUN(norm_last);
    return test_end();
}
