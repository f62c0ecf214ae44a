/* Chapter 18: several horizons of one network. Each answer is what a forecaster of its horizon alone would be: outcomes, baselines, scales,
   intervals; streams, files and resuming carry them all; nothing looks ahead. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"
#include "fitted.h"

static walk w, v;
enum { TARGETS = LSTMFC_TARGET_EXPRESSION + 1, SERIES = TARGETS };

static lstmfc_forecaster_desc several(int32_t target, const char *horizons) {
    lstmfc_forecaster_desc desc;
    int series = target == SERIES;                      /* two of them */
    if (series) target = LSTMFC_TARGET_EXPRESSION;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizons = horizons;
    desc.window = 6;
    desc.features = "log_return(close), close/sma(5)-1, hour_sin";
    desc.model = target == LSTMFC_TARGET_DIRECTION ? "lstm 4 | dense 3 sigmoid" : "lstm 4 | dense 3";
    desc.expression = series ? "sma(close,4)-100, vol = volume/10" : target == LSTMFC_TARGET_EXPRESSION ? "sma(close,4)-100" : NULL;
    if (series) desc.model = "lstm 4 | dense 6";
    desc.volatility_bars = 9;
    desc.training.epochs = 3;
    desc.training.batch = 16;
    desc.training.optimizer.lr = 0.01;
    desc.training.seed = 3;
    return desc;
}

/* The error of a fit that is refused. */
static lstmfc_error refused(const lstmfc_forecaster_desc *desc) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(&w.candles, desc, &err);
    CHECK(forecaster == NULL);
    lstmfc_forecaster_free(forecaster);
    return err;
}

static lstmfc_forecast all[WALK_BARS], again[WALK_BARS];
static double numbers[2][WALK_BARS];

/* ---- what an answer is ---- */

/* The longest of several is fitted on the very samples of a forecaster that has it alone: but for the network all is the same to the bit. */
TEST(as_alone) {
    int32_t target, which;
    size_t t;
    walk_make(&w, 700, 1);
    for (t = 250; t < 700; t++) w.time[t] += t < 660 ? 3600000 : 7200000;      /* missing bars, in fit and behind */
    for (target = 0; target < TARGETS; target++) {
        lstmfc_forecaster_desc desc = several(target, "2..3, 6"), lone = several(target, NULL);
        lstmfc_forecaster *many, *one;
        const lstmfc_forecaster *last;
        lstmfc_forecaster_info a, b;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        lone.horizon = 6;
        lone.model = target == LSTMFC_TARGET_DIRECTION ? "lstm 4 | dense 1 sigmoid" : "lstm 4 | dense 1";
        many = fit(&w.candles, &desc);
        one = fit(&w.candles, &lone);
        if (!many || !one) return;
        CHECK_INT(lstmfc_forecaster_get_info(many).answers, 3);
        CHECK_INT(lstmfc_forecaster_get_info(many).horizon, 2);
        CHECK_INT(lstmfc_forecaster_get_info(lstmfc_forecaster_answer(many, 1)).horizon, 3);
        CHECK(lstmfc_forecaster_answer(many, 0) == many && !lstmfc_forecaster_answer(many, 3) && !lstmfc_forecaster_answer(many, -1)
              && !lstmfc_forecaster_answer(NULL, 0));
        last = lstmfc_forecaster_answer(many, 2);
        CHECK(lstmfc_forecaster_answer(last, 0) == last && !lstmfc_forecaster_answer(last, 1));
        a = lstmfc_forecaster_get_info(last);
        b = lstmfc_forecaster_get_info(one);
        CHECK_INT(a.answers, 1);
        CHECK(a.horizon == 6 && a.fit_samples == b.fit_samples && a.val_samples == b.val_samples && a.fit_to == b.fit_to
              && a.equal_closes == b.equal_closes && a.gap_samples == b.gap_samples && a.bad_samples == b.bad_samples
              && a.seen_to == b.seen_to && a.fingerprint == b.fingerprint && a.epochs == 3);
        CHECK(same_double(a.base_rate, b.base_rate));
        CHECK(last->target_center == one->target_center && last->target_scale == one->target_scale);
        CHECK(many->target_scale != one->target_scale || target == LSTMFC_TARGET_DIRECTION);
        CHECK_INT(a.cal_samples, b.cal_samples);
        for (which = LSTMFC_BASELINE_NAIVE; which <= LSTMFC_BASELINE_LINEAR; which++) {
            lstmfc_error other;
            lstmfc_result result = lstmfc_forecaster_baseline(last, &w.candles, which, 0, 700, numbers[0], &err);
            memset(&other, 0, sizeof other);
            CHECK_INT(result, lstmfc_forecaster_baseline(one, &w.candles, which, 0, 700, numbers[1], &other));
            CHECK_INT(lstmfc_forecaster_baseline_bars(last, which), lstmfc_forecaster_baseline_bars(one, which));
            if (result) { CHECK_TEXT(err.message, other.message); memset(&err, 0, sizeof err); continue; }
            CHECK(memcmp(numbers[0], numbers[1], sizeof numbers[0]) == 0);
        }
        for (t = 0; t < 700; t++) {
            lstmfc_outcome x = lstmfc_forecaster_outcome(last, &w.candles, t), y = lstmfc_forecaster_outcome(one, &w.candles, t);
            CHECK(x.reason == y.reason && same_double(x.value, y.value)
                  && same_double(x.persistence, y.persistence) && same_double(x.log_return, y.log_return));
        }
        lstmfc_forecaster_free(many);
        lstmfc_forecaster_free(one);
    }
}

/* The same of two series: each answer names its own, and the longest horizon of each is as if it were forecast alone. */
TEST(series_as_alone) {
    static const char *const alone[] = {"sma(close,4)-100", "volume/10"}, *const names[] = {"sma(4)-100", "vol"};
    lstmfc_forecaster_desc desc = several(SERIES, "2..3, 6");
    lstmfc_forecaster *many;
    lstmfc_error err;
    int32_t k;
    size_t t;
    memset(&err, 0, sizeof err);
    walk_make(&w, 500, 14);
    many = fit(&w.candles, &desc);
    if (!many) return;
    CHECK_INT(lstmfc_forecaster_get_info(many).answers, 6);
    for (k = 0; k < 6; k++) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(lstmfc_forecaster_answer(many, k));
        CHECK_INT(info.horizon, k < 2 ? 2 : k < 4 ? 3 : 6);
        CHECK_TEXT(info.quantity, names[k % 2]);
    }
    for (k = 0; k < 2; k++) {
        const lstmfc_forecaster *last = lstmfc_forecaster_answer(many, 4 + k);
        lstmfc_forecaster_desc lone = several(LSTMFC_TARGET_EXPRESSION, NULL);
        lstmfc_forecaster *one;
        lone.horizon = 6; lone.expression = alone[k]; lone.model = "lstm 4 | dense 1";
        one = fit(&w.candles, &lone);
        if (!one) return;
        CHECK(last->target_center == one->target_center && last->target_scale == one->target_scale && last->fit_samples == one->fit_samples);
        CHECK_OK(lstmfc_forecaster_baseline(last, &w.candles, LSTMFC_BASELINE_NAIVE, 10, 490, numbers[0], &err), err);
        for (t = 10; t < 500; t++) CHECK_NEAR(numbers[0][t - 10], k ? w.volume[t] / 10 : (w.close[t] + w.close[t - 1] + w.close[t - 2] + w.close[t - 3]) / 4 - 100, 1e-12);
        CHECK_OK(lstmfc_forecaster_baseline(last, &w.candles, LSTMFC_BASELINE_LINEAR, 0, 500, numbers[0], &err), err);
        CHECK_OK(lstmfc_forecaster_baseline(one, &w.candles, LSTMFC_BASELINE_LINEAR, 0, 500, numbers[1], &err), err);
        CHECK(memcmp(numbers[0], numbers[1], 500 * sizeof(double)) == 0);
        for (t = 3; t < 500; t++) {                     /* before, one of the two has no value yet */
            lstmfc_outcome x = lstmfc_forecaster_outcome(last, &w.candles, t), y = lstmfc_forecaster_outcome(one, &w.candles, t);
            CHECK(x.reason == y.reason && same_double(x.value, y.value) && same_double(x.persistence, y.persistence));
        }
        lstmfc_forecaster_free(one);
    }
    lstmfc_forecaster_free(many);
}

/* Every answer's scale, forecast and interval from the definition: returns, the network asked by hand. */
TEST(by_hand) {
    static const int32_t horizons[] = {1, 4, 9};
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_RETURN, "1,4,9");
    lstmfc_fit *job;
    lstmfc_forecaster *fc;
    lstmfc_spans spans;
    lstmfc_error err;
    lstmfc_scratch *scratch;
    lstmfc_real rows[6 * 3], outputs[3];
    double *matrix;
    int32_t k;
    memset(&err, 0, sizeof err);
    walk_make(&w, 420, 2);
    desc.intervals = LSTMFC_INTERVALS_SPLIT;
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    if (!job) return;
    spans = lstmfc_fit_spans(job);
    CHECK_INT(spans.fit_end - 1 + 9 < spans.val_first - 5, 1);      /* no label of the fit in a window of validation */
    while (lstmfc_fit_step(job, 0, &err) == LSTMFC_OK) {}
    fc = lstmfc_fit_finish(job, &err);
    lstmfc_fit_free(job);
    CHECK_OK(err.code, err);
    if (!fc) return;
    matrix = (double *)malloc(3 * 420 * sizeof *matrix);
    CHECK_OK(lstmfc_features_evaluate(lstmfc_forecaster_get_info(fc).features, &w.candles, matrix, &err), err);
    scratch = lstmfc_scratch_create(lstmfc_forecaster_get_info(fc).model, 1, &err);
    for (k = 0; k < 3; k++) {
        const lstmfc_forecaster *answer = lstmfc_forecaster_answer(fc, k);
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(answer);
        double mean = 0, square = 0, scores[420];
        size_t scored = 0;
        int64_t t, h = horizons[k], n = spans.fit_end - spans.fit_first;
        for (t = spans.fit_first; t < spans.fit_end; t++) mean += log(w.close[t + h] / w.close[t]) / (double)n;
        for (t = spans.fit_first; t < spans.fit_end; t++) square += pow(log(w.close[t + h] / w.close[t]) - mean, 2) / (double)n;
        CHECK_OK(lstmfc_forecaster_predict_all(answer, &w.candles, 0, 420, all, &err), err);
        for (t = info.first_forecast; t < 420; t += 7) {
            lstmfc_batch batch;
            int64_t first = 0;
            int32_t i, j;
            for (i = 0; i < 6; i++)
                for (j = 0; j < 3; j++)
                    rows[i * 3 + j] = (lstmfc_real)lstmfc_scale(info.scaler, matrix[(t - 5 + i) * 3 + j], info.scaling[j], info.scaling[3 + j]);
            memset(&batch, 0, sizeof batch);
            batch.rows = rows; batch.row_count = 6; batch.row_stride = 3; batch.window = 6; batch.first_row = &first; batch.count = 1;
            CHECK_OK(lstmfc_model_predict(info.model, scratch, &batch, outputs, &err), err);
            CHECK_NEAR(all[t].value, mean + sqrt(square) * (double)outputs[k], 1e-9);
            CHECK(all[t].horizon == h && all[t].target_time == all[t].time + h * 3600000);
        }
        for (t = spans.cal_first; t < spans.cal_end; t++) {
            double yardstick = (all[t].upper - all[t].lower) / (2 * info.quantile);
            scores[scored++] = fabs(log(w.close[t + h] / w.close[t]) - all[t].value) / yardstick;
        }
        CHECK_INT(scored, info.cal_samples);
        CHECK_NEAR(lstmfc_conformal_quantile(scored, scores, 0.9), info.quantile, 1e-9);
        CHECK(k == 0 || info.quantile > lstmfc_forecaster_get_info(lstmfc_forecaster_answer(fc, k - 1)).quantile);
    }
    lstmfc_scratch_free(scratch);
    free(matrix);
    lstmfc_forecaster_free(fc);
}

/* One horizon in the list is that horizon, whatever the spelling; two spellings of one list give the same forecasts. */
TEST(one_is_one) {
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_PRICE, " 4 "), plain = several(LSTMFC_TARGET_PRICE, NULL);
    lstmfc_forecaster *a, *b;
    lstmfc_writer x, y;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    walk_make(&w, 300, 3);
    desc.model = plain.model = "auto";
    desc.training.epochs = plain.training.epochs = 1;
    plain.horizon = 4;
    a = fit(&w.candles, &desc);
    b = fit(&w.candles, &plain);
    if (!a || !b) return;
    x = saved(a); y = saved(b);
    CHECK(same_text(&x, &y));
    CHECK_HAS(x.text, "dense 1\"");
    CHECK(!strstr(x.text, "horizons") && !strstr(x.text, "answers"));
    lstmfc_writer_free(&x); lstmfc_writer_free(&y);
    lstmfc_forecaster_free(a); lstmfc_forecaster_free(b);
    desc.horizons = "1..3,5 , 8..9";
    plain.horizons = "1,2,3,5,8,9";
    plain.horizon = 1;
    a = fit(&w.candles, &desc);
    b = fit(&w.candles, &plain);
    if (!a || !b) return;
    CHECK_HAS(lstmfc_forecaster_get_info(a).model_spec, "dense 16 relu | dense 6");
    CHECK_INT(lstmfc_forecaster_get_info(lstmfc_forecaster_answer(a, 4)).horizon, 8);
    CHECK_OK(lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(a, 5), &w.candles, 0, 300, all, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(b, 5), &w.candles, 0, 300, again, &err), err);
    CHECK(memcmp(all, again, 300 * sizeof *all) == 0);
    lstmfc_forecaster_free(a); lstmfc_forecaster_free(b);
}

TEST(refusals) {
    static const char *const lists[] = {"1,,4", ",", "4,1", "1,1", "0,1", "-1", "1..", "..4", "4..1", "1..4..6", "1;4", "1 4", "1,100001", "1..2000", "a",
                                        "1,4,", "99999999999999999999", " ", "1...4"};
    lstmfc_forecaster_desc desc;
    size_t k;
    walk_make(&w, 300, 4);
    for (k = 0; k < sizeof lists / sizeof *lists; k++) {
        lstmfc_error err;
        desc = several(LSTMFC_TARGET_RETURN, lists[k]);
        err = refused(&desc);
        if (!CHECK_INT(err.code, LSTMFC_ERROR_ARGUMENT)) printf("    '%s'\n", lists[k]);
        CHECK_HAS(err.message, "'1,4,24' or '1..24'");
        CHECK_HAS(err.message, lists[k]);
    }
#define REFUSED(change, result, part) do { lstmfc_error err; change; err = refused(&desc); CHECK_INT(err.code, result); CHECK_HAS(err.message, part); } while (0)
    REFUSED(desc = several(LSTMFC_TARGET_RETURN, "2,4,6"); desc.horizon = 4, LSTMFC_ERROR_ARGUMENT, "they begin with 2");
    REFUSED(desc = several(LSTMFC_TARGET_RETURN, "2,4"), LSTMFC_ERROR_SPEC, "target return of 2 horizons needs 'dense 2' as the last layer");
    REFUSED(desc = several(LSTMFC_TARGET_DIRECTION, "2,4"), LSTMFC_ERROR_SPEC, "'dense 2 sigmoid'");
    REFUSED(desc = several(LSTMFC_TARGET_DIRECTION, NULL), LSTMFC_ERROR_SPEC, "3 outputs: target direction needs 'dense 1 sigmoid'");
    REFUSED(desc = several(LSTMFC_TARGET_DIRECTION, "1,2,3"); desc.class_weights = LSTMFC_CLASS_WEIGHTS_BALANCED, LSTMFC_ERROR_ARGUMENT, "one horizon");
    REFUSED(desc = several(SERIES, "1,4"), LSTMFC_ERROR_SPEC, "target expression of 2 horizons and 2 series needs 'dense 4'");
    REFUSED(desc = several(SERIES, "1..600"), LSTMFC_ERROR_ARGUMENT, "600 horizons of 2 series are more than 1024");
    REFUSED(desc = several(LSTMFC_TARGET_RETURN, "1,4,200"), LSTMFC_ERROR_DATA, "a horizon of 200");
}

/* ---- files, streams, resuming ---- */

TEST(files_and_streams) {
    int32_t target, k;
    size_t t;
    walk_make(&w, 330, 5);
    for (target = 0; target <= SERIES; target++) {
        lstmfc_forecaster_desc desc = several(target, "1,3,8");
        int32_t answers = target == SERIES ? 6 : 3;
        lstmfc_forecaster *first, *second;
        lstmfc_stream *stream;
        lstmfc_writer a, b, state;
        lstmfc_error err;
        lstmfc_forecast one, own;
        memset(&err, 0, sizeof err);
        w.candles.count = 260;
        first = fit(&w.candles, &desc);
        w.candles.count = 330;
        if (!first) return;
        a = saved(first);
        second = reloaded(&a);
        if (!second) return;
        b = saved(second);
        CHECK(same_text(&a, &b));
        for (k = 0; k < answers; k++) {
            lstmfc_adaptive x, y;
            const lstmfc_forecaster *answer = lstmfc_forecaster_answer(second, k);
            CHECK_OK(lstmfc_forecaster_predict_intervals(lstmfc_forecaster_answer(first, k), &w.candles, LSTMFC_INTERVALS_ACI, 0, 330, all, &x, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_intervals(answer, &w.candles, LSTMFC_INTERVALS_ACI, 0, 330, again, &y, &err), err);
            CHECK(memcmp(all, again, 330 * sizeof *all) == 0 && memcmp(&x, &y, sizeof x) == 0);
            if (target != LSTMFC_TARGET_DIRECTION) CHECK(x.replayed > 50 && x.replayed <= 70);
            /* a stream of all gives this answer in every bar; saved in the middle and taken up again too */
            stream = lstmfc_stream_create(second, &err);
            CHECK_INT(lstmfc_stream_answer(stream, 0, &one, NULL, &err), LSTMFC_ERROR_ARGUMENT);
            memset(&err, 0, sizeof err);
            for (t = 0; t < 330; t++) {
                if (t == 300) {
                    lstmfc_writer_init(&state, NULL);
                    CHECK_OK(lstmfc_stream_save_memory(stream, &state, &err), err);
                    lstmfc_stream_free(stream);
                    stream = lstmfc_stream_load_memory(first, state.text, state.length, &err);
                    CHECK_OK(err.code, err);
                    lstmfc_writer_free(&state);
                    if (!stream) return;
                }
                CHECK_OK(lstmfc_stream_peek(stream, &w.candles, t, &one, &err), err);
                CHECK_OK(lstmfc_stream_answer(stream, k, &own, NULL, &err), err);
                CHECK(memcmp(&own, &all[t], sizeof own) == 0);
                if (t % 3 == 0 && t > 100) {            /* not asked for: the outcomes are learned from all the same */
                    CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, NULL, &err), err);
                    continue;
                }
                CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &one, &err), err);
                CHECK_OK(lstmfc_stream_answer(stream, k, &own, &y, &err), err);
                CHECK(memcmp(&own, &all[t], sizeof own) == 0);
            }
            CHECK(memcmp(&x, &y, sizeof x) == 0);
            CHECK_INT(lstmfc_stream_answer(stream, answers, &own, NULL, &err), LSTMFC_ERROR_ARGUMENT);
            CHECK_INT(lstmfc_stream_answer(stream, -1, &own, NULL, &err), LSTMFC_ERROR_ARGUMENT);
            memset(&err, 0, sizeof err);
            lstmfc_stream_free(stream);
            /* and a stream of the answer alone */
            stream = lstmfc_stream_create(answer, &err);
            for (t = 0; t < 330; t++) {
                CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &one, &err), err);
                CHECK(memcmp(&one, &all[t], sizeof one) == 0);
            }
            lstmfc_stream_free(stream);
        }
        lstmfc_writer_free(&b);
        lstmfc_writer_init(&b, NULL);
        CHECK_INT(lstmfc_forecaster_save_memory(lstmfc_forecaster_answer(first, 1), &b, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_HAS(err.message, "part of its forecaster");
        lstmfc_writer_free(&a); lstmfc_writer_free(&b);
        lstmfc_forecaster_free(first); lstmfc_forecaster_free(second);
    }
}

/* The text with one place changed, under a checksum that fits. */
static lstmfc_error load_with(const lstmfc_writer *file, const char *key, const char *value) {
    static char text[200000];
    const char *at = strstr(file->text, key), *end = strrchr(file->text, ',');
    size_t before, length;
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    if (!CHECK(at && file->length < sizeof text - 1000)) return err;
    before = (size_t)(at - file->text);
    length = (size_t)sprintf(text, "%.*s%s%.*s", (int)before, file->text, value, (int)(end - at) - (int)strlen(key), at + strlen(key));
    sprintf(text + length, ",\"checksum\":\"%08x\"}\n", (unsigned)crc32_of(text, length));
    forecaster = lstmfc_forecaster_load_memory(text, strlen(text), NULL, &err);
    if (!CHECK(forecaster == NULL)) printf("    '%s' as '%s' was taken\n", key, value);
    CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
    lstmfc_forecaster_free(forecaster);
    return err;
}

TEST(hostile_files) {
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_VOLATILITY, "2,3,8");
    lstmfc_forecaster *fc;
    lstmfc_writer a;
    char *part;
    size_t k;
    walk_make(&w, 300, 6);
    fc = fit(&w.candles, &desc);
    if (!fc) return;
    a = saved(fc);
    lstmfc_forecaster_free(fc);
    CHECK_HAS(load_with(&a, "\"horizons\": \"2,3,8\"", "\"horizons\": \"2,3\"").message, "of 2 horizons needs 'dense 2'");
    CHECK_HAS(load_with(&a, "\"horizons\": \"2,3,8\"", "\"horizons\": \"1,3,8\"").message, "they begin with 1");
    CHECK_HAS(load_with(&a, "\"horizons\": \"2,3,8\"", "\"horizons\": \"2,3,9\"").message, "'9' must be an object");
    CHECK_HAS(load_with(&a, "\"horizons\": \"2,3,8\"", "\"horizons\": \"8..\"").message, "no list");
    CHECK_HAS(load_with(&a, "\"horizons\": \"2,3,8\"", "\"horizons\": [2,3,8]").message, "'horizons' must be a string");
    CHECK_HAS(load_with(&a, "\"horizons\": \"2,3,8\",", "").message, "'dense 1'");
    CHECK_HAS(load_with(&a, "\"answers\"", "\"others\"").message, "'answers' must be an object");
    part = strstr(a.text, "\"answers\"");
    for (k = 0; part && k < 6; k++) {                   /* each member of an answer is asked for */
        static const char *const members[] = {"target_center", "target_scale", "base_rate", "intervals", "har", "garch"};
        char key[40];
        lstmfc_writer b;
        char *at;
        lstmfc_writer_init(&b, NULL);
        lstmfc_write_text(&b, a.text, a.length);
        sprintf(key, "\"%s\"", members[k]);
        at = strstr(strstr(b.text, "\"answers\""), key);
        if (!CHECK(at != NULL)) return;
        memcpy(at, "\"\x01", 1);
        at[1] = '@';
        CHECK_HAS(load_with(&b, "\"format\"", "\"format\"").message, members[k]);
        lstmfc_writer_free(&b);
    }
    lstmfc_writer_free(&a);
}

static lstmfc_writer run_from(const lstmfc_forecaster_desc *desc, const lstmfc_writer *checkpoint) {
    lstmfc_error err;
    lstmfc_writer writer;
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_fit *job;
    memset(&err, 0, sizeof err);
    job = lstmfc_fit_create(&w.candles, desc, &err);
    CHECK_OK(err.code, err);
    if (checkpoint) CHECK_OK(lstmfc_fit_load_memory(job, checkpoint->text, checkpoint->length, &err), err);
    while (lstmfc_fit_step(job, 0, &err) == LSTMFC_OK) {}
    forecaster = lstmfc_fit_finish(job, &err);
    CHECK_OK(err.code, err);
    writer = saved(forecaster);
    lstmfc_fit_free(job);
    lstmfc_forecaster_free(forecaster);
    return writer;
}

TEST(resumed) {
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_RETURN, "1..3"), other = desc;
    lstmfc_writer whole, checkpoint, end;
    lstmfc_error err;
    lstmfc_fit *job;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 7);
    whole = run_from(&desc, NULL);
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    lstmfc_fit_step(job, 5, &err);
    lstmfc_writer_init(&checkpoint, NULL);
    CHECK_OK(lstmfc_fit_save_memory(job, &checkpoint, &err), err);
    lstmfc_fit_free(job);
    end = run_from(&desc, &checkpoint);
    CHECK(same_text(&whole, &end));
    other.horizons = "1..2, 4";
    job = lstmfc_fit_create(&w.candles, &other, &err);
    CHECK_INT(lstmfc_fit_load_memory(job, checkpoint.text, checkpoint.length, &err), LSTMFC_ERROR_FORMAT);
    CHECK_HAS(err.message, "horizon");
    lstmfc_fit_free(job);
    lstmfc_writer_free(&whole); lstmfc_writer_free(&checkpoint); lstmfc_writer_free(&end);
}

/* A training that goes on has the horizons and the scales of what it goes on from. */
TEST(goes_on) {
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_RETURN, "1,2,5"), tune = several(LSTMFC_TARGET_PRICE, NULL);
    lstmfc_forecaster *from, *tuned;
    int32_t k;
    walk_make(&w, 500, 8);
    w.candles.count = 300;
    from = fit(&w.candles, &desc);
    w.candles.count = 500;
    if (!from) return;
    tune.from = from;
    tuned = fit(&w.candles, &tune);
    if (!tuned) return;
    for (k = 0; k < 3; k++) {
        const lstmfc_forecaster *a = lstmfc_forecaster_answer(from, k), *b = lstmfc_forecaster_answer(tuned, k);
        CHECK(a->horizon == b->horizon && a->target_center == b->target_center && a->target_scale == b->target_scale);
        CHECK(a->quantile != b->quantile && b->baselines && b->model == tuned->model && b->history == tuned->history);
    }
    lstmfc_forecaster_free(from);
    lstmfc_forecaster_free(tuned);
}

/* ---- neither the future, nor threads, nor the instruction set ---- */

TEST(no_look_ahead) {
    int32_t target, k;
    size_t t;
    for (target = 0; target <= SERIES; target++) {
        lstmfc_forecaster_desc desc = several(target, "1,4,12");
        lstmfc_forecaster *a, *b;
        lstmfc_writer x, y;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        walk_make(&w, 400, 9);
        desc.test = 0.25;
        desc.training.epochs = 2;
        walk_copy(&v, &w);
        for (t = 300; t < 400; t++) { v.close[t] = v.open[t] = 5 + (double)(t % 7); v.high[t] = 13; v.low[t] = 4; v.time[t] += 977777; }
        a = fit(&w.candles, &desc);
        b = fit(&v.candles, &desc);
        if (!a || !b) return;
        x = saved(a); y = saved(b);
        CHECK(same_text(&x, &y));
        walk_copy(&v, &w);
        for (t = 360; t < 400; t++) { v.close[t] *= 3; v.high[t] *= 4; v.volume[t] += 1000; }
        for (k = 0; k < lstmfc_forecaster_get_info(a).answers; k++) {                       /* forecasts and intervals up to 359 know nothing of 360 */
            CHECK_OK(lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(a, k), &w.candles, 0, 400, all, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(a, k), &v.candles, 0, 400, again, &err), err);
            CHECK(memcmp(all, again, 360 * sizeof *all) == 0);
            CHECK(all[362].value != again[362].value);
        }
        lstmfc_writer_free(&x); lstmfc_writer_free(&y);
        lstmfc_forecaster_free(a); lstmfc_forecaster_free(b);
    }
}

/* Threads change nothing, nor do the levels of a result class. */
TEST(same_bits) {
    static const int32_t ways[][2] = {{LSTMFC_SIMD_SCALAR, 1}, {LSTMFC_SIMD_SSE2, 1}, {LSTMFC_SIMD_AVX2, 1}, {LSTMFC_SIMD_AVX512, 1}, {0, 1}, {0, 3}};
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_RETURN, "1..3");
    lstmfc_writer files[2];
    lstmfc_env env;
    size_t way;
    walk_make(&w, 300, 10);
    memset(&env, 0, sizeof env);
    desc.env = &env;
    for (way = 0; way < 6; way++) {
        env.simd = ways[way][0];
        desc.training.threads = ways[way][1];
        if (!LSTMFC__THREADS) desc.training.threads = 1;
        files[way % 2] = run_from(&desc, NULL);
        if (way % 2 == 0) continue;
        CHECK(same_text(&files[0], &files[1]));
        lstmfc_writer_free(&files[0]); lstmfc_writer_free(&files[1]);
    }
}

/* ---- feeding back ---- */

TEST(recursion) {
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_RETURN, "1,4,5");
    lstmfc_forecaster *fc;
    lstmfc_error err;
    lstmfc_forecast path[6], newest;
    int32_t k;
    memset(&err, 0, sizeof err);
    walk_make(&w, 400, 11);
    fc = fit(&w.candles, &desc);
    if (!fc) return;
    CHECK_OK(lstmfc_forecaster_predict(fc, &w.candles, 6, path, &err), err);
    CHECK(path[5].horizon == 6 && path[5].upper > path[5].lower && path[5].upper - path[5].lower > path[0].upper - path[0].lower);
    CHECK_OK(lstmfc_forecaster_predict(fc, &w.candles, 1, &newest, &err), err);
    CHECK(memcmp(&newest, &path[0], sizeof newest) == 0);
    walk_copy(&v, &w);                                  /* by hand: the forecast price is the next close */
    for (k = 1; k < 6; k++) {
        size_t n = v.candles.count++;
        v.time[n] = v.time[n - 1] + 3600000;
        v.close[n] = newest.price;
        CHECK_OK(lstmfc_forecaster_predict(fc, &v.candles, 1, &newest, &err), err);
        CHECK_NEAR(log(newest.price / w.close[399]), path[k].log_return, 1e-9);
    }
    CHECK_INT(lstmfc_forecaster_predict(lstmfc_forecaster_answer(fc, 1), &w.candles, 2, path, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK_HAS(err.message, "only a horizon of 1 can be fed back, the model's is 4");
    lstmfc_forecaster_free(fc);
}

/* ---- memory ---- */

static lstmfc_result whole_life(const lstmfc_env *env, void *context) {
    lstmfc_error err;
    lstmfc_forecaster_desc desc = several(*(int32_t *)context, "1,2,4");
    lstmfc_forecaster *forecaster, *loaded = NULL;
    lstmfc_stream *stream = NULL;
    lstmfc_writer writer;
    lstmfc_forecast one;
    memset(&err, 0, sizeof err);
    desc.env = env;
    desc.training.epochs = 1;
    lstmfc_writer_init(&writer, env);
    forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    if (forecaster && lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(forecaster, 2), &w.candles, 40, 60, all, &err) == LSTMFC_OK
        && lstmfc_forecaster_save_memory(forecaster, &writer, &err) == LSTMFC_OK
        && (loaded = lstmfc_forecaster_load_memory(writer.text, writer.length, env, &err)) != NULL
        && (stream = lstmfc_stream_create(loaded, &err)) != NULL)
        lstmfc_stream_push(stream, &w.candles, 0, &one, &err);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(loaded);
    lstmfc_forecaster_free(forecaster);
    lstmfc_writer_free(&writer);
    return err.code;
}

TEST(memory_failures) {
    int32_t target;
    walk_make(&w, 120, 12);
    for (target = LSTMFC_TARGET_DIRECTION; target <= SERIES; target += 3 + (target == 3)) torture("several horizons", whole_life, &target);
}

/* What the three questions say of bytes holds in an arena of that size, and not in one of a byte less. */
TEST(bytes) {
    lstmfc_forecaster_desc desc = several(LSTMFC_TARGET_RETURN, "1,3,8");
    lstmfc_forecaster *fc;
    lstmfc_error err;
    lstmfc_stream *stream;
    lstmfc_arena arena;
    lstmfc_writer file;
    size_t size, less;
    void *block;
    memset(&err, 0, sizeof err);
    walk_make(&w, 300, 13);
    fc = fit(&w.candles, &desc);
    if (!fc) return;
    file = saved(fc);
    size = lstmfc_forecaster_bytes(file.text, file.length, NULL, &err);
    CHECK(size > 0);
    lstmfc_forecaster_free(fc);
    for (less = 0; less < 2; less++) {
        lstmfc_env env;
        memset(&env, 0, sizeof env);
        memset(&err, 0, sizeof err);
        block = malloc(size);
        lstmfc_arena_init(&arena, block, size - 256 * less);
        env.allocator = lstmfc_arena_allocator(&arena);
        fc = lstmfc_forecaster_load_memory(file.text, file.length, &env, &err);
        CHECK(less ? fc == NULL : fc != NULL);
        lstmfc_forecaster_free(fc);
        free(block);
    }
    fc = reloaded(&file);
    size = lstmfc_stream_bytes(fc);
    stream = lstmfc_stream_create(fc, &err);
    CHECK(stream && size > 0);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(fc);
    lstmfc_writer_free(&file);
}

int main(void) {
    RUN(as_alone); RUN(series_as_alone); RUN(by_hand); RUN(one_is_one); RUN(refusals);
    RUN(files_and_streams); RUN(hostile_files); RUN(resumed); RUN(goes_on);
    RUN(no_look_ahead); RUN(same_bits);
    RUN(recursion);
    RUN(memory_failures); RUN(bytes);
    return test_end();
}
