/* Chapter 18: losses pinball and gaussian. What the network says is told as the definition has it: quantiles sorted, the median, the outermost
   as bounds; mean and deviation; their calibration, which holds its level on exchangeable bars. Files, streams, horizons; nothing looks ahead. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

static walk w, v;
static const int32_t targets[] = {LSTMFC_TARGET_PRICE, LSTMFC_TARGET_RETURN, LSTMFC_TARGET_VOLATILITY, LSTMFC_TARGET_EXPRESSION, LSTMFC_TARGET_ROLLING_VOLATILITY};
enum { MANY = sizeof targets / sizeof targets[0] };
static lstmfc_forecast all[WALK_BARS], again[WALK_BARS];
static double spread[WALK_BARS * 3], other[WALK_BARS * 3];

static lstmfc_forecaster_desc small(int32_t target, int gaussian) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizons = "2,5";
    desc.window = 6;
    desc.features = "log_return(close), close/sma(5)-1, hour_sin";
    desc.model = gaussian ? "lstm 4 | dense 4" : "lstm 4 | dense 6";
    desc.expression = target == LSTMFC_TARGET_EXPRESSION ? "sma(close,4)-100" : NULL;
    desc.volatility_bars = 9;
    desc.training.loss = gaussian ? LSTMFC_LOSS_GAUSSIAN : LSTMFC_LOSS_PINBALL;
    if (!gaussian) desc.quantiles = "0.1, 0.4,0.8";
    desc.training.epochs = 3;
    desc.training.optimizer.lr = 0.01;
    desc.training.seed = 3;
    return desc;
}

static lstmfc_forecaster *fit(const lstmfc_forecaster_desc *desc) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(&w.candles, desc, &err);
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

/* A label in the units of a forecast, of a volatility without the factor. */
static double told(int32_t target, double close, double y) {
    return target == LSTMFC_TARGET_PRICE ? close * exp(y) : target == LSTMFC_TARGET_VOLATILITY ? exp(y)
         : target == LSTMFC_TARGET_ROLLING_VOLATILITY && y < 0 ? 0 : y;
}

/* The network asked by hand, at some bars of each target, each horizon, both losses. */
TEST(by_hand) {
    int32_t i, k, gaussian;
    walk_make(&w, 400, 1);
    for (i = 0; i < MANY; i++) for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(targets[i], gaussian);
        lstmfc_forecaster *fc;
        lstmfc_error err;
        lstmfc_scratch *scratch;
        double *matrix;
        memset(&err, 0, sizeof err);
        desc.intervals = LSTMFC_INTERVALS_LEARNED;
        fc = fit(&desc);
        if (!fc) return;
        matrix = (double *)malloc(3 * 400 * sizeof *matrix);
        CHECK_OK(lstmfc_features_evaluate(lstmfc_forecaster_get_info(fc).features, &w.candles, matrix, &err), err);
        scratch = lstmfc_scratch_create(lstmfc_forecaster_get_info(fc).model, 1, &err);
        for (k = 0; k < 2; k++) {
            const lstmfc_forecaster *answer = lstmfc_forecaster_answer(fc, k);
            lstmfc_forecaster_info info = lstmfc_forecaster_get_info(answer);
            int64_t t, crossed, crossings = 0, width = gaussian ? 1 : 3;
            CHECK(info.gaussian == gaussian && info.quantile_count == (gaussian ? 0 : 3) && info.intervals == LSTMFC_INTERVALS_LEARNED && !info.scores);
            CHECK_NEAR(info.level, gaussian ? 0.9 : 0.7, 1e-12);
            CHECK(info.cal_samples == 0 && info.val_samples > 40);
            CHECK_OK(lstmfc_forecaster_predict_all(answer, &w.candles, 0, 400, all, &err), err);
            CHECK_OK(lstmfc_forecaster_spread(answer, &w.candles, 0, 400, spread, &crossed, &err), err);
            for (t = 0; t < 400; t++) {
                lstmfc_batch batch;
                lstmfc_real rows[6 * 3], outputs[6];
                double q[3], x;
                int64_t first = 0;
                int32_t a, b;
                if (t < info.first_forecast) { CHECK(lstmfc_is_nan(all[t].value) && lstmfc_is_nan(all[t].lower) && lstmfc_is_nan(spread[t * width])); continue; }
                for (a = 0; a < 6; a++)
                    for (b = 0; b < 3; b++)
                        rows[a * 3 + b] = (lstmfc_real)lstmfc_scale(info.scaler, matrix[(t - 5 + a) * 3 + b], info.scaling[b], info.scaling[3 + b]);
                memset(&batch, 0, sizeof batch);
                batch.rows = rows; batch.row_count = 6; batch.row_stride = 3; batch.window = 6; batch.first_row = &first; batch.count = 1;
                CHECK_OK(lstmfc_model_predict(info.model, scratch, &batch, outputs, &err), err);
                for (a = 0; a < (gaussian ? 2 : 3); a++) q[a] = (double)outputs[k * (gaussian ? 2 : 3) + a];
                if (gaussian) {
                    double y = answer->target_center + answer->target_scale * q[0], sigma = answer->target_scale * sqrt(log1p(exp(q[1])) + 1e-6);
                    CHECK_NEAR(all[t].value, info.volatility_factor * told(targets[i], w.close[t], y), 1e-6);
                    CHECK_NEAR(spread[t], sigma, 1e-6);
                    CHECK_NEAR(all[t].lower, told(targets[i], w.close[t], y - 1.6448536269514722 * sigma), 1e-6);
                    CHECK_NEAR(all[t].upper, told(targets[i], w.close[t], y + 1.6448536269514722 * sigma), 1e-6);
                    continue;
                }
                crossings += q[0] > q[1] || q[1] > q[2];
                for (a = 0; a < 3; a++) for (b = 0; b < 2; b++) if (q[b] > q[b + 1]) { x = q[b]; q[b] = q[b + 1]; q[b + 1] = x; }
                for (a = 0; a < 3; a++) {
                    q[a] = told(targets[i], w.close[t], answer->target_center + answer->target_scale * q[a]);
                    CHECK_NEAR(spread[3 * t + a], q[a], 1e-6);
                }
                /* 0.4 is nearest to the median */
                CHECK_NEAR(all[t].value, info.volatility_factor * q[1], 1e-6);
                CHECK_NEAR(all[t].lower, q[0], 1e-6);
                CHECK_NEAR(all[t].upper, q[2], 1e-6);
                CHECK(all[t].level == info.level);
            }
            CHECK_INT(crossed, crossings);
        }
        lstmfc_scratch_free(scratch);
        free(matrix);
        lstmfc_forecaster_free(fc);
    }
}

/* The file and a stream say the same; the file of other quantiles is refused where it cannot be. */
TEST(files_and_streams) {
    int32_t i, k, gaussian;
    size_t t;
    walk_make(&w, 300, 2);
    for (i = 0; i < MANY; i++) for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(targets[i], gaussian);
        lstmfc_forecaster *first, *second;
        lstmfc_writer a, b;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        w.candles.count = 220;                          /* the outcomes of the rest move the adaptive intervals */
        first = fit(&desc);
        w.candles.count = 300;
        if (!first) return;
        a = saved(first);
        second = lstmfc_forecaster_load_memory(a.text, a.length, NULL, &err);
        CHECK_OK(err.code, err);
        if (!second) return;
        b = saved(second);
        CHECK(a.length == b.length && memcmp(a.text, b.text, a.length) == 0);
        for (k = 0; k < 2; k++) {
            lstmfc_stream *stream = lstmfc_stream_create(second, &err);
            lstmfc_forecast one;
            CHECK_OK(lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(first, k), &w.candles, 0, 300, all, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_all(lstmfc_forecaster_answer(second, k), &w.candles, 0, 300, again, &err), err);
            CHECK(memcmp(all, again, 300 * sizeof *all) == 0);
            for (t = 0; t < 300; t++) {
                CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &one, &err), err);
                CHECK_OK(lstmfc_stream_answer(stream, k, &one, NULL, &err), err);
                CHECK(memcmp(&one, &all[t], sizeof one) == 0);
                if (t == 250) {                         /* saved on its way, it goes on as it would have */
                    lstmfc_writer state;
                    lstmfc_writer_init(&state, NULL);
                    CHECK_OK(lstmfc_stream_save_memory(stream, &state, &err), err);
                    lstmfc_stream_free(stream);
                    stream = lstmfc_stream_load_memory(second, state.text, state.length, &err);
                    CHECK_OK(err.code, err);
                    lstmfc_writer_free(&state);
                    if (!stream) return;
                }
            }
            CHECK(lstmfc_stream_adaptive(stream).replayed == 79);      /* from the last bar seen on, 2 bars ahead */
            lstmfc_stream_free(stream);
        }
        lstmfc_writer_free(&a); lstmfc_writer_free(&b);
        lstmfc_forecaster_free(first); lstmfc_forecaster_free(second);
    }
}

TEST(no_look_ahead) {
    int gaussian;
    size_t t;
    for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN, gaussian);
        lstmfc_forecaster *a, *b;
        lstmfc_writer x, y;
        lstmfc_error err;
        size_t n = gaussian ? 1 : 3;
        memset(&err, 0, sizeof err);
        walk_make(&w, 400, 9);
        desc.test = 0.25;
        a = fit(&desc);
        walk_copy(&v, &w);
        for (t = 300; t < 400; t++) { w.close[t] = w.open[t] = 5 + (double)(t % 7); w.high[t] = 13; w.low[t] = 4; }
        b = fit(&desc);
        if (!a || !b) return;
        x = saved(a); y = saved(b);
        CHECK(x.length == y.length && memcmp(x.text, y.text, x.length) == 0);
        walk_copy(&w, &v);
        for (t = 360; t < 400; t++) w.close[t] *= 3;
        CHECK_OK(lstmfc_forecaster_spread(a, &v.candles, 0, 400, spread, NULL, &err), err);
        CHECK_OK(lstmfc_forecaster_spread(a, &w.candles, 0, 400, other, NULL, &err), err);
        CHECK(memcmp(spread, other, 360 * n * sizeof *spread) == 0);
        CHECK(lstmfc_forecaster_get_info(a).intervals == LSTMFC_INTERVALS_ACI && lstmfc_forecaster_get_info(a).scores);
        CHECK_OK(lstmfc_forecaster_predict_all(a, &v.candles, 0, 400, all, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(a, &w.candles, 0, 400, again, &err), err);
        CHECK(memcmp(all, again, 360 * sizeof *all) == 0);      /* the adaptive bounds too */
        CHECK(all[363].upper != again[363].upper);
        CHECK(spread[362 * n] != other[362 * n]);
        lstmfc_writer_free(&x); lstmfc_writer_free(&y);
        lstmfc_forecaster_free(a); lstmfc_forecaster_free(b);
    }
}

/* norm=last: what is learned is the change, what is told the level; a series 1000 higher has the same forecasts 1000 higher. */
TEST(norm) {
    int gaussian;
    size_t t;
    for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_EXPRESSION, gaussian), higher;
        lstmfc_forecaster *a, *b;
        lstmfc_error err;
        size_t n = gaussian ? 1 : 3, j;
        memset(&err, 0, sizeof err);
        walk_make(&w, 300, 6);
        desc.expression = "close";
        desc.norm = LSTMFC_NORM_LAST;
        desc.intervals = LSTMFC_INTERVALS_LEARNED;
        higher = desc;
        higher.expression = "close+1000";
        a = fit(&desc);
        b = fit(&higher);
        if (!a || !b) return;
        CHECK_OK(lstmfc_forecaster_spread(a, &w.candles, 0, 300, spread, NULL, &err), err);
        CHECK_OK(lstmfc_forecaster_spread(b, &w.candles, 0, 300, other, NULL, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(a, &w.candles, 0, 300, all, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(b, &w.candles, 0, 300, again, &err), err);
        for (t = 50; t < 300; t++) {
            for (j = 0; j < n; j++) CHECK_NEAR(spread[t * n + j] + (gaussian ? 0 : 1000), other[t * n + j], 1e-5);
            CHECK_NEAR(all[t].lower + 1000, again[t].lower, 1e-5);
            CHECK_NEAR(all[t].value + 1000, again[t].value, 1e-5);
            CHECK(all[t].lower < all[t].upper && all[t].lower > 0.7 * w.close[t] && all[t].upper < 1.3 * w.close[t]);
            if (!gaussian) CHECK(all[t].lower == spread[t * n] && all[t].value == spread[t * n + 1] && all[t].upper == spread[t * n + 2]);
        }
        lstmfc_forecaster_free(a); lstmfc_forecaster_free(b);
    }
}

static double ascending_quantile(double *x, size_t n, double q) {       /* type 7 */
    double place = q * (double)(n - 1);
    size_t low = (size_t)place;
    lstmfc_sort(n, x);
    return low + 1 < n ? x[low] + (place - (double)low) * (x[low + 1] - x[low]) : x[low];
}

/* What a forecast, a quantile or an outcome says in the units that are learned. */
static double untold(int32_t target, double close, double x) {
    return target == LSTMFC_TARGET_PRICE ? log(x / close) : target == LSTMFC_TARGET_VOLATILITY ? log(x) : x;
}

/* The calibration, once more and by plain loops: scores of the calibration bars out of what the network says there and what came, the
   k-th smallest of them, split bounds, and adaptive ones by Gibbs and Candes' rule; persistence's interval. */
TEST(calibrated) {
    enum { SEEN = 330, BARS = 430 };
    int32_t i, k, gaussian;
    for (i = 0; i < MANY; i++) for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(targets[i], gaussian);
        lstmfc_forecaster *fc;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        walk_make(&w, BARS, 31);
        desc.training.epochs = 1;
        w.candles.count = SEEN;
        fc = fit(&desc);
        if (!fc) return;
        for (k = 0; k < 2; k++) {
            const lstmfc_forecaster *answer = lstmfc_forecaster_answer(fc, k);
            lstmfc_forecaster_info info = lstmfc_forecaster_get_info(answer);
            double scores[SEEN], moves[SEEN], low[BARS], high[BARS], sigma[BARS], q, alpha = 1 - info.level;
            int64_t t, n = 0, h = info.horizon, replayed = 0, width = gaussian ? 1 : 3;
            lstmfc_adaptive state;
            w.candles.count = BARS;
            CHECK(info.scores && info.intervals == LSTMFC_INTERVALS_ACI && info.cal_samples > 20);
            if (!info.scores) return;
            CHECK_OK(lstmfc_forecaster_spread(answer, &w.candles, 0, BARS, spread, NULL, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_intervals(answer, &w.candles, LSTMFC_INTERVALS_LEARNED, 0, BARS, all, NULL, &err), err);
            for (t = info.first_forecast; t < BARS; t++) {
                double y = untold(targets[i], w.close[t], all[t].value / (targets[i] == LSTMFC_TARGET_VOLATILITY ? info.volatility_factor : 1));
                low[t] = gaussian ? y : untold(targets[i], w.close[t], spread[t * width]);
                high[t] = gaussian ? y : untold(targets[i], w.close[t], spread[t * width + 2]);
                sigma[t] = gaussian ? spread[t] : 1;
                q = gaussian ? 1.6448536269514722 : 0;
                CHECK_NEAR(all[t].lower, told(targets[i], w.close[t], low[t] - q * sigma[t]), 1e-9);
                CHECK_NEAR(all[t].upper, told(targets[i], w.close[t], high[t] + q * sigma[t]), 1e-9);
            }
            w.candles.count = SEEN;                     /* an outcome of the training is none that closed later */
            for (t = 0; t < SEEN; t++) if (w.time[t] >= answer->calibration_from && w.time[t] <= answer->calibration_to) {
                lstmfc_outcome outcome = lstmfc_forecaster_outcome(answer, &w.candles, (size_t)t);
                double y = untold(targets[i], w.close[t], outcome.value), below = low[t] - y, above = y - high[t];
                CHECK(outcome.reason == LSTMFC_OUTCOME_KNOWN);
                moves[n] = y - untold(targets[i], w.close[t], outcome.persistence);
                scores[n++] = (below > above ? below : above) / sigma[t];
            }
            CHECK_INT(n, info.cal_samples);
            CHECK(info.naive_low < info.naive_high);
            CHECK_NEAR(info.naive_low, ascending_quantile(moves, (size_t)n, (1 - info.level) / 2), 1e-9);
            CHECK_NEAR(info.naive_high, ascending_quantile(moves, (size_t)n, (1 + info.level) / 2), 1e-9);
            lstmfc_sort((size_t)n, scores);
            if (!gaussian) CHECK(scores[0] < 0);
            for (t = 0; t < n; t++) CHECK_NEAR(scores[t], info.scores[t], 1e-7);
            q = scores[(int64_t)ceil((double)(n + 1) * info.level - 1e-9) - 1];
            CHECK_NEAR(q, info.quantile, 1e-7);
            w.candles.count = BARS;
            CHECK_OK(lstmfc_forecaster_predict_intervals(answer, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, BARS, all, NULL, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_intervals(answer, &w.candles, LSTMFC_INTERVALS_ACI, 0, BARS, again, &state, &err), err);
            for (t = info.first_forecast; t < BARS; t++) {
                double a, least = 1 / (double)(n + 1), lower = low[t] - q * sigma[t], upper = high[t] + q * sigma[t];
                if (lower > upper) lower = upper = (lower + upper) / 2;
                CHECK_NEAR(all[t].lower, told(targets[i], w.close[t], lower), 1e-6);
                CHECK_NEAR(all[t].upper, told(targets[i], w.close[t], upper), 1e-6);
                if (t < SEEN - 1) { CHECK(memcmp(&all[t], &again[t], sizeof *all) == 0); continue; }
                if (t - h >= SEEN - 1) {                /* the outcome that closes with this bar */
                    lstmfc_outcome outcome = lstmfc_forecaster_outcome(answer, &w.candles, (size_t)(t - h));
                    if (outcome.reason == LSTMFC_OUTCOME_KNOWN) {
                        alpha += 0.01 * (1 - info.level - !(again[t - h].lower <= outcome.value && outcome.value <= again[t - h].upper));
                        replayed++;
                    }
                }
                a = alpha < least ? least : alpha > 1 - least ? 1 - least : alpha;
                a = scores[(int64_t)ceil((double)(n + 1) * (1 - a) - 1e-9) - 1];
                lower = low[t] - a * sigma[t];
                upper = high[t] + a * sigma[t];
                if (lower > upper) lower = upper = (lower + upper) / 2;
                CHECK_NEAR(again[t].lower, told(targets[i], w.close[t], lower), 1e-6);
                CHECK_NEAR(again[t].upper, told(targets[i], w.close[t], upper), 1e-6);
            }
            CHECK_INT(state.replayed, replayed);
            CHECK_NEAR(state.alpha, alpha, 1e-12);
        }
        lstmfc_forecaster_free(fc);
    }
}

/* Exchangeable bars: one epoch teaches nothing, and yet the split intervals of such a network hold their level. With n scores the coverage
   of one calibration is Beta(k, n+1-k), k the rank that is read; its mean over many series lies within four deviations of k / (n+1), and
   what the network says is far from it. */
TEST(coverage) {
    enum { SERIES = 24, SEEN = 400, BARS = 700 };
    int gaussian, s;
    size_t t;
    for (gaussian = 0; gaussian < 2; gaussian++) {
        double inside = 0, learned = 0, expected = 0, variance = 0;
        for (s = 0; s < SERIES; s++) {
            lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN, gaussian);
            lstmfc_forecaster *fc;
            lstmfc_rng rng;
            lstmfc_error err;
            double n, rank, mean, hits = 0, said = 0;
            memset(&err, 0, sizeof err);
            walk_make(&w, BARS, 3);
            lstmfc_rng_seed(&rng, (uint64_t)(100 + s));
            for (t = 1; t < BARS; t++) {
                double noise = lstmfc_rng_normal(&rng);
                w.open[t] = w.close[t - 1];
                w.close[t] = w.close[t - 1] * exp(0.01 * noise + 0.002 * (noise * noise - 1));          /* skewed */
                w.high[t] = w.close[t] > w.open[t] ? w.close[t] : w.open[t];
                w.low[t] = w.close[t] < w.open[t] ? w.close[t] : w.open[t];
            }
            desc.horizons = NULL;
            desc.window = 2;
            desc.features = "log_return(close)";
            desc.model = gaussian ? "dense 2" : "dense 3";
            desc.quantiles = gaussian ? NULL : "0.1,0.5,0.9";
            desc.level = gaussian ? 0.8 : 0;
            desc.training.epochs = 1;
            desc.training.optimizer.lr = 1e-6;
            desc.training.seed = s + 1;
            w.candles.count = SEEN;
            fc = fit(&desc);
            w.candles.count = BARS;
            if (!fc) return;
            CHECK_OK(lstmfc_forecaster_predict_intervals(fc, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, BARS, all, NULL, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_intervals(fc, &w.candles, LSTMFC_INTERVALS_LEARNED, 0, BARS, again, NULL, &err), err);
            for (t = SEEN; t < BARS - 1; t++) {
                double y = log(w.close[t + 1] / w.close[t]);
                hits += all[t].lower <= y && y <= all[t].upper;
                said += again[t].lower <= y && y <= again[t].upper;
            }
            n = (double)lstmfc_forecaster_get_info(fc).cal_samples;
            rank = ceil((n + 1) * 0.8 - 1e-9);
            mean = rank / (n + 1);
            inside += hits / (BARS - 1 - SEEN);
            learned += said / (BARS - 1 - SEEN);
            expected += mean;
            variance += mean * (1 - mean) / (n + 2) + mean * (1 - mean) / (BARS - 1 - SEEN);
            lstmfc_forecaster_free(fc);
        }
        printf("%s: %.4f inside, as learned %.4f, exactly %.4f +- %.4f\n", gaussian ? "gaussian" : "pinball", inside / SERIES, learned / SERIES,
               expected / SERIES, sqrt(variance) / SERIES);
        CHECK(fabs(inside - expected) < 4 * sqrt(variance));
        CHECK(fabs(learned - expected) > 4 * sqrt(variance));
    }
}

/* text with the first `from` behind "intervals" replaced, and the right checksum; loaded. */
static lstmfc_forecaster *altered(const char *text, const char *from, const char *to, lstmfc_error *err) {
    char *copy = (char *)malloc(strlen(text) + strlen(to) + 64), *at;
    lstmfc_forecaster *fc;
    memset(err, 0, sizeof *err);
    strcpy(copy, text);
    at = strstr(strstr(copy, "\"intervals\": {"), from);
    CHECK(at != NULL);
    if (at) {
        memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
        memcpy(at, to, strlen(to));
    }
    at = strstr(copy, "\"checksum\"");
    while (*at != ',') at--;
    sprintf(at, ",\"checksum\":\"%08x\"}", (unsigned)crc32_of(copy, (size_t)(at - copy)));
    fc = lstmfc_forecaster_load_memory(copy, strlen(copy), NULL, err);
    free(copy);
    return fc;
}

/* The member "intervals" of a file, as no version writes it and as an older one did. */
TEST(file_of_intervals) {
    int gaussian;
    walk_make(&w, 300, 8);
    for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN, gaussian);
        lstmfc_forecaster *fc, *old;
        lstmfc_writer file, plain;
        lstmfc_error err;
        char *from, *to, member[4000];
        desc.horizons = NULL;
        desc.model = gaussian ? "dense 2" : "dense 3";
        fc = fit(&desc);
        if (!fc) return;
        file = saved(fc);
        lstmfc_write_text(&file, "", 1);
        CHECK((strstr(file.text, "\"scores\": [-") != NULL) == !gaussian);
#define BAD(from, to, part) do { lstmfc_forecaster *made = altered(file.text, from, to, &err); \
        CHECK(made == NULL); CHECK_INT(err.code, LSTMFC_ERROR_FORMAT); CHECK_HAS(err.message, part); lstmfc_forecaster_free(made); } while (0)
        BAD("\"kind\": \"aci\"", "\"kind\": \"learned\"", "'kind' must be 'aci' or 'split'");
        BAD("\"kind\": \"aci\"", "\"kind\": \"cqr\"", "'kind' must be");
        BAD("\"naive\": [", "\"naive\": [9,", "'naive' must be an array of 2 numbers");
        BAD("\"naive\": [-", "\"naive\": [9", "'naive' must be two numbers that ascend");
        BAD("\"naive\": [", "\"naive\": [null,", "'naive' must be");
        if (gaussian) BAD("\"scores\": [", "\"scores\": [9", "numbers from 0 on that ascend");
        if (!gaussian) BAD("\"scores\": [-", "\"scores\": [9", "'scores' must be an array of numbers that ascend");
        if (gaussian) BAD("\"scores\": [", "\"scores\": [-", "numbers from 0 on that ascend");
        if (gaussian) BAD("\"quantile\": ", "\"quantile\": -", "'quantile' must be");
        if (!gaussian) {                                /* narrowed to less than nothing: the middle, never inside out */
            double a, b;
            size_t t;
            old = altered(file.text, "\"quantile\": ", "\"quantile\": -4, \"was\": ", &err);
            CHECK_OK(err.code, err);
            if (!old) return;
            CHECK_OK(lstmfc_forecaster_predict_intervals(old, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, 300, all, NULL, &err), err);
            CHECK_OK(lstmfc_forecaster_spread(old, &w.candles, 0, 300, spread, NULL, &err), err);
            for (t = (size_t)lstmfc_forecaster_get_info(old).first_forecast; t < 300; t++) {
                a = spread[3 * t]; b = spread[3 * t + 2];
                CHECK(all[t].lower == all[t].upper);
                CHECK_NEAR(all[t].lower, (a + b) / 2, 1e-9);
            }
            lstmfc_forecaster_free(old);
        }
        lstmfc_forecaster_free(fc);

        /* an older file: no scores, no quantile, kind split, which it was not: as learned */
        desc.intervals = LSTMFC_INTERVALS_LEARNED;
        fc = fit(&desc);
        if (!fc) return;
        plain = saved(fc);
        lstmfc_write_text(&plain, "", 1);
        CHECK(strstr(plain.text, "\"kind\": \"learned\"") != NULL);
        from = strstr(plain.text, "\"intervals\": {") + 13;
        to = strchr(from, '}') + 1;
        memcpy(member, from, (size_t)(to - from));
        member[to - from] = 0;
        old = altered(plain.text, member, gaussian ? "{\"level\": 0.9, \"count\": 0, \"quantile\": 1.6448536269514722, \"kind\": \"split\"}"
                      : "{\"level\": 0.7000000000000001, \"count\": 0, \"quantile\": null, \"kind\": \"split\"}", &err);
        CHECK_OK(err.code, err);
        if (old) {
            lstmfc_forecaster_info info = lstmfc_forecaster_get_info(old);
            CHECK(info.intervals == LSTMFC_INTERVALS_LEARNED && !info.scores && lstmfc_is_nan(info.naive_low) && lstmfc_is_nan(info.naive_high));
            CHECK_OK(lstmfc_forecaster_predict_all(fc, &w.candles, 0, 300, all, &err), err);
            CHECK_OK(lstmfc_forecaster_predict_all(old, &w.candles, 0, 300, again, &err), err);
            CHECK(all[200].lower < all[200].upper && memcmp(all, again, 300 * sizeof *all) == 0);
            CHECK_OK(lstmfc_forecaster_predict_intervals(old, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, 300, again, NULL, &err), err);
            CHECK(memcmp(all, again, 300 * sizeof *all) == 0);
        }
        lstmfc_forecaster_free(old);
        lstmfc_forecaster_free(fc);
        lstmfc_writer_free(&plain);
        lstmfc_writer_free(&file);
    }
}

/* Where the noise is known, what is learned is near it: returns of deviation 0.01 without any signal. */
TEST(learned) {
    int gaussian;
    lstmfc_rng rng;
    size_t t;
    walk_make(&w, 1500, 5);
    lstmfc_rng_seed(&rng, 7);
    for (t = 1; t < 1500; t++) {
        w.open[t] = w.close[t - 1];
        w.close[t] = w.close[t - 1] * exp(0.01 * lstmfc_rng_normal(&rng));
        w.high[t] = w.close[t] > w.open[t] ? w.close[t] : w.open[t];
        w.low[t] = w.close[t] < w.open[t] ? w.close[t] : w.open[t];
    }
    for (gaussian = 0; gaussian < 2; gaussian++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN, gaussian);
        lstmfc_forecaster *fc;
        lstmfc_error err;
        double inside = 0, size = 0, n = 0;
        memset(&err, 0, sizeof err);
        desc.horizons = NULL;
        desc.quantiles = gaussian ? NULL : "0.05,0.5,0.95";
        desc.model = gaussian ? "lstm 3 | dense 2" : "lstm 3 | dense 3";
        desc.intervals = LSTMFC_INTERVALS_LEARNED;
        desc.training.epochs = 12;
        fc = fit(&desc);
        if (!fc) return;
        CHECK_OK(lstmfc_forecaster_predict_all(fc, &w.candles, 0, 1500, all, &err), err);
        for (t = 30; t < 1499; t++) {
            double y = log(w.close[t + 1] / w.close[t]);
            inside += all[t].lower <= y && y <= all[t].upper;
            size += (all[t].upper - all[t].lower) / (2 * 1.645);
            n++;
        }
        CHECK(inside / n > 0.86 && inside / n < 0.94);
        CHECK(size / n > 0.0088 && size / n < 0.0112);
        lstmfc_forecaster_free(fc);
    }
}

TEST(goes_on_and_refuses) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN, 0), tune = small(LSTMFC_TARGET_RETURN, 1);
    lstmfc_forecaster *fc, *tuned;
    lstmfc_forecast path[3];
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    walk_make(&w, 400, 4);
    w.candles.count = 300;
    desc.horizons = "1,5";
    fc = fit(&desc);
    w.candles.count = 400;
    if (!fc) return;
    CHECK_INT(lstmfc_forecaster_predict(fc, &w.candles, 3, path, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK_HAS(err.message, "quantiles or a deviation");
    tune.from = fc;                                     /* keeps loss and quantiles of what it goes on from */
    tuned = fit(&tune);
    if (tuned) CHECK(lstmfc_forecaster_get_info(tuned).quantile_count == 3 && lstmfc_forecaster_get_info(tuned).quantiles[1] == 0.4);
    lstmfc_forecaster_free(fc);
    lstmfc_forecaster_free(tuned);
#define REFUSED(change, result, part) do { memset(&err, 0, sizeof err); desc = small(LSTMFC_TARGET_RETURN, 0); change; \
        CHECK(lstmfc_forecaster_fit(&w.candles, &desc, &err) == NULL); CHECK_INT(err.code, result); CHECK_HAS(err.message, part); } while (0)
    REFUSED(desc.model = "lstm 4 | dense 2", LSTMFC_ERROR_SPEC, "'dense 6'");
    REFUSED((desc.training.loss = LSTMFC_LOSS_GAUSSIAN, desc.quantiles = NULL, desc.model = "lstm 4 | dense 3"), LSTMFC_ERROR_SPEC, "'dense 4'");
    REFUSED(desc.quantiles = "0.5,0.1,0.9", LSTMFC_ERROR_ARGUMENT, "ascend");
    REFUSED(desc.quantiles = "0.5", LSTMFC_ERROR_ARGUMENT, "ascend");
    REFUSED(desc.quantiles = "0.4,0.6", LSTMFC_ERROR_ARGUMENT, "0.5 to 0.999 between");
    REFUSED(desc.quantiles = "0.1,x,0.9", LSTMFC_ERROR_ARGUMENT, "ascend");
    REFUSED(desc.quantiles = "0.1;0.9", LSTMFC_ERROR_ARGUMENT, "ascend");
    REFUSED(desc.quantiles = "0.1,0.9,1", LSTMFC_ERROR_ARGUMENT, "ascend");
    REFUSED(desc.quantiles = "0.01,0.02,0.03,0.04,0.05,0.06,0.07,0.08,0.09,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8", LSTMFC_ERROR_ARGUMENT, "ascend");
    REFUSED(desc.training.loss = LSTMFC_LOSS_MSE, LSTMFC_ERROR_ARGUMENT, "are for loss pinball");
    REFUSED(desc.target = LSTMFC_TARGET_DIRECTION, LSTMFC_ERROR_ARGUMENT, "are for numbers");
    REFUSED(desc.horizons = "1..400", LSTMFC_ERROR_ARGUMENT, "more than 1024 outputs");
    desc = small(LSTMFC_TARGET_RETURN, 0);              /* none given: the trainer's */
    desc.quantiles = NULL;
    desc.model = "auto";
    desc.training.epochs = 1;
    fc = fit(&desc);
    if (fc) CHECK(lstmfc_forecaster_get_info(fc).quantiles[0] == 0.05 && lstmfc_forecaster_get_info(fc).quantiles[2] == 0.95);
    if (fc) CHECK_HAS(lstmfc_forecaster_get_info(fc).model_spec, "dense 16 relu | dense 6");
    lstmfc_forecaster_free(fc);
    desc = small(LSTMFC_TARGET_RETURN, 0);
    desc.training.loss = LSTMFC_LOSS_MSE; desc.quantiles = NULL; desc.model = "lstm 4 | dense 2";
    fc = fit(&desc);
    CHECK_INT(lstmfc_forecaster_spread(fc, &w.candles, 0, 10, spread, NULL, &err), LSTMFC_ERROR_UNSUPPORTED);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_forecaster_predict_intervals(fc, &w.candles, LSTMFC_INTERVALS_LEARNED, 0, 10, all, NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "learns none");
    lstmfc_forecaster_free(fc);
    REFUSED((desc.training.loss = LSTMFC_LOSS_MSE, desc.quantiles = NULL, desc.intervals = LSTMFC_INTERVALS_LEARNED), LSTMFC_ERROR_ARGUMENT,
            "'learned' are those of loss pinball or gaussian");
    desc = small(LSTMFC_TARGET_RETURN, 0);              /* nothing to calibrate on: as learned */
    desc.val = LSTMFC_NONE;
    fc = fit(&desc);
    if (fc) CHECK(lstmfc_forecaster_get_info(fc).intervals == LSTMFC_INTERVALS_LEARNED && lstmfc_forecaster_get_info(fc).naive_low < 0);
    lstmfc_forecaster_free(fc);
    desc = small(LSTMFC_TARGET_RETURN, 0);              /* three scores are too few for the level: the honest interval is infinite */
    desc.horizons = NULL;
    desc.quantiles = "0.05,0.5,0.95";
    desc.model = "lstm 4 | dense 3";
    desc.val = 0.02;
    fc = fit(&desc);
    CHECK_OK(lstmfc_forecaster_predict_all(fc, &w.candles, 390, 10, all, &err), err);
    if (fc) CHECK(lstmfc_forecaster_get_info(fc).cal_samples == 3 && all[0].lower < -DBL_MAX && all[0].upper > DBL_MAX);
    lstmfc_forecaster_free(fc);
}

static lstmfc_result whole_life(const lstmfc_env *env, void *context) {
    lstmfc_error err;
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN, *(int *)context);
    lstmfc_forecaster *forecaster, *loaded = NULL;
    lstmfc_writer writer;
    memset(&err, 0, sizeof err);
    desc.env = env;
    desc.training.epochs = 1;
    lstmfc_writer_init(&writer, env);
    forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    if (forecaster && lstmfc_forecaster_spread(forecaster, &w.candles, 40, 60, spread, NULL, &err) == LSTMFC_OK
        && lstmfc_forecaster_save_memory(forecaster, &writer, &err) == LSTMFC_OK)
        loaded = lstmfc_forecaster_load_memory(writer.text, writer.length, env, &err);
    if (loaded) lstmfc_forecaster_predict_all(loaded, &w.candles, 60, 40, all, &err);
    lstmfc_forecaster_free(loaded);
    lstmfc_forecaster_free(forecaster);
    lstmfc_writer_free(&writer);
    return err.code;
}

TEST(memory_failures) {
    int gaussian;
    walk_make(&w, 120, 12);
    for (gaussian = 0; gaussian < 2; gaussian++) torture("quantiles, deviation", whole_life, &gaussian);
}

int main(void) {
    RUN(by_hand); RUN(calibrated); RUN(coverage); RUN(file_of_intervals); RUN(files_and_streams); RUN(no_look_ahead); RUN(norm); RUN(learned); RUN(goes_on_and_refuses); RUN(memory_failures);
    return test_end();
}
