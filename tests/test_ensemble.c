/* Chapter 18's ensembles: several forecasters asked as one. Oracles in long form, out of what each member says by itself. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

enum { BARS = 620, SEEN = 496, MEMBERS = 3 };           /* test share 0.2 */
static walk w;
static lstmfc_forecast said[MEMBERS][BARS], together[BARS], again[BARS];
static lstmfc_outcome outcomes[BARS];

/* Three networks that have little in common but what they forecast. */
static lstmfc_forecaster_desc small(int32_t target, int which) {
    static const char *const features[] = {"log_return(close), ema(3)/close-1", "log_return(close), rsi(5)/100, volume/sma(volume,4)",
                                           "log_return(close,2), stddev(close,6)/close"};
    static const char *const networks[] = {"lstm 3 | dense 1", "flatten | dense 3 tanh | dense 1", "gru 2 | dense 1"};
    static char heads[MEMBERS][80];
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizon = target == LSTMFC_TARGET_DIRECTION ? 1 : 2;
    desc.window = 4 + 3 * which;
    desc.features = features[which];
    sprintf(heads[which], "%s%s", networks[which], target == LSTMFC_TARGET_DIRECTION ? " sigmoid" : "");
    desc.model = heads[which];
    desc.expression = target == LSTMFC_TARGET_EXPRESSION ? "rsi(7)" : "";
    desc.volatility_bars = target == LSTMFC_TARGET_ROLLING_VOLATILITY ? 5 : 0;
    desc.val = 0.4;
    desc.test = 0.2;
    desc.symbol = "TEST";
    desc.training.epochs = 1 + which;
    desc.training.batch = 16;
    desc.training.seed = 1 + which;
    desc.training.optimizer.lr = 0.01;
    return desc;
}

static lstmfc_forecaster *fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(candles, desc, &err);
    CHECK_OK(err.code, err);
    return forecaster;
}

static void fit_all(lstmfc_forecaster *members[MEMBERS], int32_t target) {
    int i;
    for (i = 0; i < MEMBERS; i++) {
        lstmfc_forecaster_desc desc = small(target, i);
        members[i] = fit(&w.candles, &desc);
    }
}

static void free_all(lstmfc_forecaster *members[MEMBERS]) {
    int i;
    for (i = 0; i < MEMBERS; i++) lstmfc_forecaster_free(members[i]);
}

/* What is combined, and the label it is held against. */
static double voice(int32_t target, const lstmfc_forecast *f) {
    return target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN ? f->log_return : f->value;
}

/* The ensemble's volatility_factor, of the members' as of their forecasts. */
static double combined_factor(lstmfc_forecaster **members, int32_t how, const double *weights, size_t count);

static double scale(int32_t target, double x) { return target == LSTMFC_TARGET_VOLATILITY ? lstmfc_log(x) : x; }

static double label(int32_t target, const lstmfc_outcome *o) {
    return target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN ? o->log_return : scale(target, o->value);
}

static double rv20(const double *close) {
    double mean = 0, sum = 0;
    int k;
    for (k = 0; k < 20; k++) mean += log(close[-k] / close[-k - 1]) / 20;
    for (k = 0; k < 20; k++) sum += pow(log(close[-k] / close[-k - 1]) - mean, 2);
    return sqrt(sum / 19);
}

static size_t bar_of(int64_t time) { return (size_t)((time - w.time[0]) / 3600000); }

static const int32_t targets[] = {LSTMFC_TARGET_DIRECTION, LSTMFC_TARGET_PRICE, LSTMFC_TARGET_RETURN, LSTMFC_TARGET_VOLATILITY,
                                  LSTMFC_TARGET_PRICE_LEVEL, LSTMFC_TARGET_ROLLING_VOLATILITY, LSTMFC_TARGET_EXPRESSION};

/* The parts where no member was fitted, from the files' own times: weights [first, split - h), scores [split, end). */
static void parts(lstmfc_forecaster **members, int32_t target, size_t *first, size_t *split, size_t *end) {
    size_t h = target == LSTMFC_TARGET_DIRECTION ? 1 : 2, i, fitted = 0, longest = 0;
    *end = SEEN - h;
    *split = 0;
    for (i = 0; i < MEMBERS; i++) {
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(members[i]);
        if (bar_of(info.fit_to) > fitted) fitted = bar_of(info.fit_to);
        if ((size_t)info.window > longest) longest = (size_t)info.window;
        CHECK_INT(bar_of(info.seen_to), SEEN - 1);
        /* the calibration part is the later half of validation: its first origin, counted from its end */
        if (target != LSTMFC_TARGET_DIRECTION && SEEN - h - (size_t)info.cal_samples > *split) *split = SEEN - h - (size_t)info.cal_samples;
    }
    *first = fitted + 1 + longest - 1;
    if (!*split) *split = *end;
}

static int order(const void *a, const void *b) { return *(const double *)a > *(const double *)b ? 1 : *(const double *)a < *(const double *)b ? -1 : 0; }

/* What said [MEMBERS] of bar t become. */
static double combined(int32_t target, int32_t how, const double *weights, size_t members, size_t t) {
    double x[MEMBERS], sum = 0, all = 0;
    size_t i;
    for (i = 0; i < members; i++) {
        x[i] = voice(target, &said[i][t]);
        sum += weights[i] * (how == LSTMFC_HOW_VOTE ? x[i] > 0.5 : x[i]);
        all += weights[i];
    }
    qsort(x, members, sizeof x[0], order);
    return how == LSTMFC_HOW_MEDIAN ? (x[(members - 1) / 2] + x[members / 2]) / 2 : sum / all;
}

static double combined_factor(lstmfc_forecaster **members, int32_t how, const double *weights, size_t count) {
    double x[MEMBERS], sum = 0, all = 0;
    size_t i;
    for (i = 0; i < count; i++) {
        x[i] = lstmfc_forecaster_get_info(members[i]).volatility_factor;
        sum += weights[i] * x[i];
        all += weights[i];
    }
    qsort(x, count, sizeof x[0], order);
    return how == LSTMFC_HOW_MEDIAN ? (x[(count - 1) / 2] + x[count / 2]) / 2 : sum / all;
}

/* An ensemble whose weights and scores are made here: by 1 / mean squared error on bars that none was fitted on, and of its own
   errors in the calibration parts of all. scores [BARS], *count of them. */
static lstmfc_forecaster *joined(lstmfc_forecaster **members, size_t count, int32_t how, double *weights, double *scores, size_t *n) {
    int32_t target = lstmfc_forecaster_get_info(members[0]).target;
    size_t h = target == LSTMFC_TARGET_DIRECTION ? 1 : 2, i, t, first, split, end;
    double losses[MEMBERS] = {0, 0, 0}, total = 0;
    lstmfc_ensemble_desc desc;
    lstmfc_forecaster *ensemble;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    for (i = 0; i < count; i++) CHECK_OK(lstmfc_forecaster_predict_all(members[i], &w.candles, 0, BARS, said[i], &err), err);
    CHECK_OK(lstmfc_forecaster_outcomes(members[count - 1], &w.candles, 0, BARS, outcomes, &err), err);
    parts(members, target, &first, &split, &end);
    for (i = 0; i < count; i++) weights[i] = 1;
    if (how == LSTMFC_HOW_WEIGHTED) {
        for (t = first; t < (split < end ? split - h : end); t++) {
            if (outcomes[t].reason != LSTMFC_OUTCOME_KNOWN) continue;
            for (i = 0; i < count; i++) losses[i] += pow(scale(target, voice(target, &said[i][t]) / lstmfc_forecaster_get_info(members[i]).volatility_factor) - label(target, &outcomes[t]), 2);
        }
        for (i = 0; i < count; i++) total += weights[i] = 1 / losses[i];
        for (i = 0; i < count; i++) weights[i] /= total;
    }
    for (*n = 0, t = split; t < end; t++) {
        if (outcomes[t].reason != LSTMFC_OUTCOME_KNOWN) continue;
        scores[*n] = fabs(scale(target, combined(target, how, weights, count, t) / combined_factor(members, how, weights, count)) - label(target, &outcomes[t]));
        if (target == LSTMFC_TARGET_PRICE || target == LSTMFC_TARGET_RETURN) scores[*n] /= rv20(w.close + t);
        ++*n;
    }
    desc.how = how;
    desc.created = 1700000000000;
    desc.weights = weights;
    desc.scores = scores;
    desc.score_count = *n;
    desc.scores_from = w.time[split < end ? split : end - 1];
    desc.scores_to = w.time[end - 1];
    ensemble = lstmfc_ensemble_create(members, count, &desc, &err);
    CHECK_OK(err.code, err);
    CHECK(ensemble != NULL);
    return ensemble;
}

static lstmfc_forecaster *join(lstmfc_forecaster **members, size_t count, int32_t how) {
    double weights[MEMBERS], scores[BARS];
    size_t n;
    return joined(members, count, how, weights, scores, &n);
}

TEST(answers) {
    lstmfc_error err;
    int32_t k, how;
    size_t i, t;
    memset(&err, 0, sizeof err);
    walk_make(&w, BARS, 5);
    for (k = 0; k < (int32_t)(sizeof targets / sizeof targets[0]); k++) {
        lstmfc_forecaster *members[MEMBERS];
        int32_t target = targets[k];
        fit_all(members, target);
        for (how = 0; how <= LSTMFC_HOW_MEDIAN; how++) {
            double weights[MEMBERS], scores[BARS], q;
            lstmfc_forecaster *ensemble;
            lstmfc_forecaster_info info;
            size_t n;
            if (how == LSTMFC_HOW_VOTE && target != LSTMFC_TARGET_DIRECTION) continue;
            ensemble = joined(members, MEMBERS, how, weights, scores, &n);
            if (!ensemble) return;
            info = lstmfc_forecaster_get_info(ensemble);
            CHECK(info.member_count == MEMBERS && info.how == how && info.cal_samples == (int64_t)n);
            for (i = 0; i < MEMBERS; i++) CHECK(info.member_weights[i] == weights[i]);
            CHECK_OK(lstmfc_forecaster_predict_intervals(ensemble, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, BARS, together, NULL, &err), err);
            CHECK_OK(lstmfc_forecaster_outcomes(ensemble, &w.candles, 0, BARS, outcomes, &err), err);
            for (t = 0; t < BARS; t++) {
                double y = combined(target, how, weights, MEMBERS, t), novelty = 0;
                int silent = 0;
                for (i = 0; i < MEMBERS; i++) {
                    silent |= lstmfc_is_nan(said[i][t].value);
                    if (said[i][t].novelty > novelty) novelty = said[i][t].novelty;
                }
                CHECK(silent == lstmfc_is_nan(together[t].value));
                CHECK(silent == (together[t].reason != LSTMFC_FORECAST_MADE));
                if (silent) continue;
                CHECK_NEAR(voice(target, &together[t]), y, 1e-14);
                CHECK(together[t].novelty == novelty);
                if (target == LSTMFC_TARGET_PRICE) CHECK_NEAR(together[t].value, w.close[t] * exp(y), 1e-12);
            }
            for (i = 0, t = 0; i < MEMBERS; i++)        /* it speaks when the last of them does */
                if ((size_t)lstmfc_forecaster_get_info(members[i]).first_forecast > t)
                    t = (size_t)lstmfc_forecaster_get_info(members[i]).first_forecast;
            CHECK(info.window == 10 && info.first_forecast == (int64_t)t && lstmfc_is_finite(together[t].value));
            if (n) {
                q = scores[(size_t)ceil(0.9 * (double)(n + 1)) - 1];
                CHECK(n > 40 && info.quantile == q);
                t = BARS - 1;
                if (target == LSTMFC_TARGET_RETURN) CHECK_NEAR(together[t].upper - together[t].value, q * rv20(w.close + t), 1e-9);
                if (target == LSTMFC_TARGET_VOLATILITY) {
                    double f = combined_factor(members, how, weights, MEMBERS);
                    CHECK_NEAR(together[t].upper / together[t].value, exp(q) / f, 1e-9);
                    CHECK_NEAR(together[t].lower / together[t].value, exp(-q) / f, 1e-9);
                    CHECK_NEAR(info.volatility_factor, f, 1e-12);
                }
                if (target == LSTMFC_TARGET_EXPRESSION) CHECK_NEAR(together[t].value - together[t].lower, q, 1e-9);
            } else CHECK(lstmfc_is_nan(info.quantile) && !info.scores);
            lstmfc_forecaster_free(ensemble);
        }
        free_all(members);
    }
}

/* One model twice is that model, forecasts and both kinds of intervals. */
TEST(twice) {
    int32_t k, how;
    size_t t;
    walk_make(&w, BARS, 15);
    for (k = 0; k < (int32_t)(sizeof targets / sizeof targets[0]); k++) {
        lstmfc_forecaster_desc wanted = small(targets[k], 0);
        lstmfc_forecaster *both[2], *ensemble;
        lstmfc_forecaster_info info;
        both[0] = both[1] = fit(&w.candles, &wanted);
        info = lstmfc_forecaster_get_info(both[0]);
        for (how = 0; how <= LSTMFC_HOW_MEDIAN; how++) {
            lstmfc_ensemble_desc desc;
            lstmfc_error err;
            double scores[BARS], weights[2] = {0.3, 0.7};
            int32_t kind;
            if (how == LSTMFC_HOW_VOTE) continue;
            memset(&desc, 0, sizeof desc);
            memset(&err, 0, sizeof err);
            desc.how = how;
            desc.weights = weights;
            desc.score_count = info.scores ? (size_t)info.cal_samples : 0;
            if (info.scores) memcpy(scores, info.scores, desc.score_count * sizeof scores[0]);
            desc.scores = scores;
            desc.scores_from = w.time[SEEN - 60];
            desc.scores_to = w.time[SEEN - 3];
            ensemble = lstmfc_ensemble_create(both, 2, &desc, &err);
            CHECK_OK(err.code, err);
            for (kind = LSTMFC_INTERVALS_ACI; ensemble && kind <= LSTMFC_INTERVALS_SPLIT; kind++) {
                size_t bounded = 0;
                CHECK_OK(lstmfc_forecaster_predict_intervals(both[0], &w.candles, kind, 0, BARS, said[0], NULL, &err), err);
                CHECK_OK(lstmfc_forecaster_predict_intervals(ensemble, &w.candles, kind, 0, BARS, together, NULL, &err), err);
                for (t = 50; t < BARS; t++) {
                    CHECK_NEAR(together[t].value, said[0][t].value, 1e-12);
                    if (!lstmfc_is_finite(said[0][t].lower)) continue;
                    bounded++;
                    CHECK_NEAR(together[t].lower, said[0][t].lower, 1e-9);
                    CHECK_NEAR(together[t].upper, said[0][t].upper, 1e-9);
                }
                CHECK(!info.scores || bounded > 400);
            }
            lstmfc_forecaster_free(ensemble);
        }
        lstmfc_forecaster_free(both[0]);
    }
}

static lstmfc_writer saved(const lstmfc_forecaster *forecaster) {
    lstmfc_writer writer;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
    return writer;
}

static int equal_files(const lstmfc_forecaster *a, const lstmfc_forecaster *b) {
    lstmfc_writer one = saved(a), two = saved(b);
    int same = one.length == two.length && one.length && !memcmp(one.text, two.text, one.length);
    lstmfc_writer_free(&one);
    lstmfc_writer_free(&two);
    return same;
}

/* One file, whole: its members are the files that were joined, it loads to the same bits, and is saved to the same bytes. */
TEST(files) {
    int32_t k;
    size_t i;
    walk_make(&w, BARS, 6);
    for (k = 0; k < (int32_t)(sizeof targets / sizeof targets[0]); k++) {
        lstmfc_forecaster *members[MEMBERS], *ensemble, *loaded;
        lstmfc_forecaster_info info;
        lstmfc_error err;
        lstmfc_writer file;
        memset(&err, 0, sizeof err);
        fit_all(members, targets[k]);
        ensemble = join(members, MEMBERS, LSTMFC_HOW_WEIGHTED);
        if (!ensemble) return;
        file = saved(ensemble);
        CHECK_INT(lstmfc_file_kind(file.text, file.length, NULL, &err), LSTMFC_FILE_ENSEMBLE);
        CHECK(lstmfc_model_load_memory(file.text, file.length, NULL, &err) == NULL);
        CHECK_HAS(err.message, "an ensemble of models");
        memset(&err, 0, sizeof err);
        loaded = lstmfc_forecaster_load_memory(file.text, file.length, NULL, &err);
        CHECK_OK(err.code, err);
        if (!loaded) return;
        CHECK(equal_files(ensemble, loaded));
        info = lstmfc_forecaster_get_info(loaded);
        for (i = 0; i < MEMBERS; i++) CHECK(equal_files(members[i], info.members[i]));
        CHECK(info.target == targets[k] && info.seen_to == w.time[SEEN - 1] && info.created == 1700000000000);
        CHECK_TEXT(info.symbol, "TEST");
        CHECK(info.model == NULL && info.features == NULL && info.options == NULL && info.window == 10);
        CHECK_OK(lstmfc_forecaster_predict_all(ensemble, &w.candles, 0, BARS, together, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(loaded, &w.candles, 0, BARS, again, &err), err);
        CHECK(memcmp(together, again, sizeof together) == 0);
        lstmfc_writer_free(&file);
        lstmfc_forecaster_free(loaded);
        lstmfc_forecaster_free(ensemble);
        free_all(members);
    }
}

/* Bar by bar, some bars peeked at first, some only pushed: every bit of the batch, adaptive intervals included. */
TEST(streams) {
    int32_t k;
    size_t t;
    walk_make(&w, BARS, 7);
    for (k = 0; k < (int32_t)(sizeof targets / sizeof targets[0]); k++) {
        lstmfc_forecaster *members[MEMBERS], *ensemble;
        lstmfc_stream *stream;
        lstmfc_forecast now, newest;
        lstmfc_adaptive state, streamed;
        lstmfc_error err;
        walk shown;
        memset(&err, 0, sizeof err);
        fit_all(members, targets[k]);
        ensemble = join(members, MEMBERS, targets[k] == LSTMFC_TARGET_DIRECTION ? LSTMFC_HOW_VOTE : k % 2 ? LSTMFC_HOW_MEDIAN : LSTMFC_HOW_MEAN);
        if (!ensemble) return;
        CHECK_OK(lstmfc_forecaster_predict_intervals(ensemble, &w.candles, LSTMFC_INTERVALS_ACI, 0, BARS, together, &state, &err), err);
        stream = lstmfc_stream_create(ensemble, &err);
        CHECK_OK(err.code, err);
        walk_copy(&shown, &w);
        shown.candles.count = BARS;
        for (t = 0; stream && t < BARS; t++) {
            if (t % 3 == 0) {                           /* a forming bar, which leaves no trace */
                shown.close[t] *= 1.001;
                CHECK_OK(lstmfc_stream_peek(stream, &shown.candles, t, &now, &err), err);
                shown.close[t] = w.close[t];
                CHECK_OK(lstmfc_stream_peek(stream, &shown.candles, t, &now, &err), err);
                if (t > 30) CHECK(memcmp(&now, &together[t], sizeof now) == 0);
            }
            CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, t % 5 == 1 ? NULL : &now, &err), err);
            if (t % 5 != 1) CHECK(memcmp(&now, &together[t], sizeof now) == 0);
        }
        streamed = lstmfc_stream_adaptive(stream);
        CHECK(streamed.replayed == state.replayed && streamed.alpha == state.alpha && streamed.missed == state.missed);
        CHECK_INT(state.replayed, targets[k] == LSTMFC_TARGET_DIRECTION ? 0 : BARS - SEEN - 2 + 1);
        CHECK_OK(lstmfc_forecaster_predict(ensemble, &w.candles, 1, &newest, &err), err);
        CHECK(memcmp(&newest, &together[BARS - 1], sizeof newest) == 0);
        /* a bar that one member's features cannot take leaves every member as it was */
        if (stream && t == BARS) {
            walk less;
            walk_copy(&less, &w);
            less.time[0] = w.time[BARS - 1] + 3600000;
            less.candles.count = 1;
            less.candles.volume = NULL;
            CHECK(lstmfc_stream_push(stream, &less.candles, 0, &now, NULL) == LSTMFC_ERROR_DATA);
            less.candles.volume = less.volume;
            CHECK_OK(lstmfc_stream_push(stream, &less.candles, 0, &now, &err), err);
            CHECK(lstmfc_is_finite(now.value) && lstmfc_stream_bars(stream, NULL) == BARS + 1);
        }
        lstmfc_stream_free(stream);
        lstmfc_forecaster_free(ensemble);
        free_all(members);
    }
}

/* What comes after a bar changes nothing of what was said there. */
TEST(no_look_ahead) {
    int32_t k;
    size_t t;
    walk before;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    walk_make(&before, BARS, 8);
    for (k = 0; k < 4; k++) {
        lstmfc_forecaster *members[MEMBERS], *ensemble;
        walk_copy(&w, &before);
        fit_all(members, targets[k]);
        ensemble = join(members, MEMBERS, LSTMFC_HOW_WEIGHTED);
        CHECK_OK(lstmfc_forecaster_predict_all(ensemble, &w.candles, 0, BARS, together, &err), err);
        for (t = 560; t < BARS; t++) w.close[t] *= 1.1;
        CHECK_OK(lstmfc_forecaster_predict_all(ensemble, &w.candles, 0, BARS, again, &err), err);
        CHECK(memcmp(together, again, 560 * sizeof together[0]) == 0 && memcmp(together, again, sizeof together) != 0);
        lstmfc_forecaster_free(ensemble);
        free_all(members);
    }
}

/* Members that saw other spans: judged from the latest seen_to on. */
TEST(other_spans) {
    lstmfc_forecaster *members[MEMBERS], *ensemble;
    lstmfc_forecaster_info info;
    lstmfc_forecaster_desc desc;
    lstmfc_ensemble_desc wanted;
    lstmfc_origin origin;
    lstmfc_error err;
    double values[BARS], theirs[BARS];
    memset(&err, 0, sizeof err);
    walk_make(&w, BARS, 9);
    fit_all(members, LSTMFC_TARGET_VOLATILITY);
    desc = small(LSTMFC_TARGET_VOLATILITY, 1);
    desc.test = 0.3;
    lstmfc_forecaster_free(members[1]);
    members[1] = fit(&w.candles, &desc);
    memset(&wanted, 0, sizeof wanted);
    ensemble = lstmfc_ensemble_create(members, MEMBERS, &wanted, &err);
    CHECK_OK(err.code, err);
    if (!ensemble) return;
    info = lstmfc_forecaster_get_info(ensemble);
    CHECK(info.seen_to == w.time[SEEN - 1] && info.from == w.time[0] && info.rows == SEEN);
    CHECK(info.fit_to == lstmfc_forecaster_get_info(members[0]).fit_to || info.fit_to == lstmfc_forecaster_get_info(members[2]).fit_to);
    CHECK_OK(lstmfc_forecaster_origin(ensemble, &w.candles, &origin, &err), err);
    CHECK_INT(origin.candles, LSTMFC_CANDLES_MATCHING);
    /* baselines are the first member's */
    CHECK(info.baselines != NULL && lstmfc_forecaster_baseline_bars(ensemble, LSTMFC_BASELINE_HAR)
          == lstmfc_forecaster_baseline_bars(members[0], LSTMFC_BASELINE_HAR));
    CHECK_OK(lstmfc_forecaster_baseline(ensemble, &w.candles, LSTMFC_BASELINE_LINEAR, SEEN, BARS - SEEN, values, &err), err);
    CHECK_OK(lstmfc_forecaster_baseline(members[0], &w.candles, LSTMFC_BASELINE_LINEAR, SEEN, BARS - SEEN, theirs, &err), err);
    CHECK(memcmp(values, theirs, (BARS - SEEN) * sizeof values[0]) == 0);
    w.close[SEEN - 200] *= 1.02;
    CHECK_OK(lstmfc_forecaster_origin(ensemble, &w.candles, &origin, &err), err);
    CHECK_INT(origin.candles, LSTMFC_CANDLES_OTHER);
    lstmfc_forecaster_free(ensemble);
    free_all(members);
}

/* Probabilities of another program: one more voice where the candles hold its column. */
TEST(file_voice) {
    lstmfc_forecaster *members[MEMBERS], *ensemble, *loaded;
    lstmfc_forecaster_info info;
    lstmfc_ensemble_desc desc;
    lstmfc_error err;
    lstmfc_writer file;
    lstmfc_column column;
    double p[BARS];
    size_t t;
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    memset(&column, 0, sizeof column);
    walk_make(&w, BARS, 10);
    fit_all(members, LSTMFC_TARGET_DIRECTION);
    for (t = 0; t < BARS; t++) p[t] = (double)(t * 37 % 100) / 100;
    column.name = "rf.csv";
    column.values = p;
    desc.file = "rf.csv";
    desc.file_sum = 4000000000;
    w.candles.columns = &column;
    w.candles.column_count = 1;
    p[600] = lstmfc_nan();
    p[601] = 1.5;
    ensemble = lstmfc_ensemble_create(members, 2, &desc, &err);
    CHECK_OK(err.code, err);
    if (!ensemble) return;
    file = saved(ensemble);
    loaded = lstmfc_forecaster_load_memory(file.text, file.length, NULL, &err);
    CHECK_OK(err.code, err);
    CHECK(equal_files(ensemble, loaded));
    info = lstmfc_forecaster_get_info(loaded);
    CHECK_TEXT(info.member_file, "rf.csv");
    CHECK(info.member_file_sum == 4000000000 && info.member_count == 2 && info.member_weights[2] == 1);
    CHECK_OK(lstmfc_forecaster_predict_all(members[0], &w.candles, 0, BARS, said[0], &err), err);
    CHECK_OK(lstmfc_forecaster_predict_all(members[1], &w.candles, 0, BARS, said[1], &err), err);
    CHECK_OK(lstmfc_forecaster_predict_all(loaded, &w.candles, 0, BARS, together, &err), err);
    for (t = 500; t < BARS; t++) {
        if (t == 600 || t == 601) CHECK_INT(together[t].reason, LSTMFC_FORECAST_BAD_ROW);
        else CHECK_NEAR(together[t].value, (said[0][t].value + said[1][t].value + p[t]) / 3, 1e-14);
    }
    CHECK(lstmfc_stream_create(loaded, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_UNSUPPORTED);
    CHECK_HAS(err.message, "rf.csv");
    w.candles.column_count = 0;
    CHECK(lstmfc_forecaster_predict(loaded, &w.candles, 1, together, &err) == LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "rf.csv");
    CHECK_HAS(err.message, "only evaluate and backtest");
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(loaded);
    lstmfc_forecaster_free(ensemble);
    free_all(members);
}

static const char *refusal(lstmfc_forecaster *a, lstmfc_forecaster *b, int32_t how) {
    static lstmfc_error err;
    lstmfc_forecaster *both[2];
    lstmfc_ensemble_desc desc;
    both[0] = a;
    both[1] = b;
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    desc.how = how;
    CHECK(lstmfc_ensemble_create(both, b ? 2 : 1, &desc, &err) == NULL);
    return err.message;
}

TEST(refusals) {
    lstmfc_forecaster *members[MEMBERS], *ensemble, *other;
    lstmfc_forecaster_desc desc;
    lstmfc_stream *stream;
    lstmfc_writer writer;
    lstmfc_error err;
    double weights[10];
    memset(&err, 0, sizeof err);
    walk_make(&w, BARS, 11);
    fit_all(members, LSTMFC_TARGET_PRICE);
    ensemble = join(members, 2, LSTMFC_HOW_MEAN);
    if (!ensemble) return;
    desc = small(LSTMFC_TARGET_PRICE, 1);
    desc.horizon = 3;
    other = fit(&w.candles, &desc);
    CHECK_HAS(refusal(members[0], other, 0), "member 2 of the ensemble has another horizon");
    lstmfc_forecaster_free(other);
    desc.horizon = 2;
    desc.target = LSTMFC_TARGET_RETURN;
    other = fit(&w.candles, &desc);
    CHECK_HAS(refusal(members[0], other, 0), "another target");
    lstmfc_forecaster_free(other);
    desc = small(LSTMFC_TARGET_PRICE, 1);
    desc.symbol = "OTHER";
    other = fit(&w.candles, &desc);
    CHECK_HAS(refusal(members[0], other, 0), "another symbol");
    lstmfc_forecaster_free(other);
    CHECK_HAS(refusal(members[0], NULL, 0), "2 to 64");
    CHECK_HAS(refusal(members[0], members[1], LSTMFC_HOW_VOTE), "a vote: only of models of direction");
    CHECK_HAS(refusal(members[0], members[1], 7), "expected mean, weighted, vote or median");
    CHECK_HAS(refusal(members[0], ensemble, 0), "member 2 of the ensemble is itself an ensemble: give its members");
    CHECK(lstmfc_forecaster_predict(ensemble, &w.candles, 3, together, &err) == LSTMFC_ERROR_UNSUPPORTED);
    CHECK(lstmfc_forecaster_attention(ensemble, &w.candles, 500, weights, &err) == LSTMFC_ERROR_UNSUPPORTED);
    memset(&desc, 0, sizeof desc);
    desc.from = ensemble;
    CHECK(lstmfc_fit_create(&w.candles, &desc, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_UNSUPPORTED);
    CHECK(lstmfc_forecaster_update(ensemble, &w.candles, 0, 0, NULL, together, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_UNSUPPORTED);
    stream = lstmfc_stream_create(ensemble, NULL);
    lstmfc_writer_init(&writer, NULL);
    CHECK(lstmfc_stream_save_memory(stream, &writer, &err) == LSTMFC_ERROR_UNSUPPORTED);
    CHECK(lstmfc_stream_load_memory(ensemble, "{}", 2, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_UNSUPPORTED);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(ensemble);
    free_all(members);
}

/* `from` replaced by `to` at its first place after the first `after`, or the last, and the checksum put right: only the content is wrong. */
static const char *damaged(const char *text, int last, const char *after, const char *from, const char *to) {
    static lstmfc_error err;
    const char *place = strstr(text, after), *sum, *next;
    lstmfc_forecaster *loaded;
    char *copy = (char *)calloc(strlen(text) + strlen(to) + 64, 1);
    memset(&err, 0, sizeof err);
    while (last && place && (next = strstr(place + 1, after)) != NULL) place = next;
    place = place ? strstr(place, from) : NULL;
    if (!CHECK(place != NULL)) { free(copy); return ""; }
    memcpy(copy, text, (size_t)(place - text));
    strcat(copy, to);
    strcat(copy, place + strlen(from));
    for (sum = copy; strstr(sum + 1, ",\"checksum\""); ) sum = strstr(sum + 1, ",\"checksum\"");
    sprintf(copy + (sum - copy), ",\"checksum\":\"%08x\"}", (unsigned)crc32_of(copy, (size_t)(sum - copy)));
    loaded = lstmfc_forecaster_load_memory(copy, strlen(copy), NULL, &err);
    CHECK(loaded == NULL);
    lstmfc_forecaster_free(loaded);
    free(copy);
    return err.message;
}

TEST(damaged_files) {
    lstmfc_forecaster *members[MEMBERS], *ensemble;
    lstmfc_ensemble_desc desc;
    double scores[3] = {2, 1, 3};
    lstmfc_writer file;
    lstmfc_error err;
    lstmfc_env env;
    char *text;
    walk_make(&w, BARS, 12);
    fit_all(members, LSTMFC_TARGET_PRICE);
    ensemble = join(members, 2, LSTMFC_HOW_MEAN);
    if (!ensemble) return;
    file = saved(ensemble);
    text = (char *)calloc(file.length + 1, 1);
    memcpy(text, file.text, file.length);
    CHECK_HAS(damaged(text, 0, "\"ensemble\"", "mean", "meek"), "'how' must be");
    CHECK_HAS(damaged(text, 0, "\"ensemble\"", "mean", "vote"), "of direction");
    CHECK_HAS(damaged(text, 0, "\"weights\"", "1", "0"), "positive");
    CHECK_HAS(damaged(text, 0, "\"weights\"", "1", "2"), "0..1");
    CHECK_HAS(damaged(text, 0, "\"weights\"", "1", "1,1"), "'weights' must be an array of 2 numbers");
    CHECK_HAS(damaged(text, 0, "\"task\"", "\"horizon\": 2", "\"horizon\": 3"), "another horizon");
    CHECK_HAS(damaged(text, 0, "\"ensemble\"", "\"members\"", "\"numbers\""), "members");
    CHECK_HAS(damaged(text, 0, "\"members\"", "\"target_scale\": ", "\"target_scale\": 1"), "checksum");
    CHECK_HAS(damaged(text, 1, "\"level\"", "\"count\": ", "\"count\": 1"), "scores");
    memset(&desc, 0, sizeof desc);                      /* errors on bars that a member was fitted on are no calibration */
    memset(&err, 0, sizeof err);
    desc.scores = scores;
    desc.score_count = 3;
    desc.scores_from = w.time[20];
    desc.scores_to = w.time[40];
    CHECK(lstmfc_ensemble_create(members, 2, &desc, &err) == NULL);
    CHECK_HAS(err.message, "fitted on");
    memset(&env, 0, sizeof env);
    memset(&err, 0, sizeof err);
    env.limits.dimension = 5;                           /* a window of 7 */
    CHECK(lstmfc_forecaster_load_memory(file.text, file.length, &env, &err) == NULL);
    CHECK(err.code != LSTMFC_OK && *err.message);
    lstmfc_writer_free(&file);
    free(text);
    lstmfc_forecaster_free(ensemble);
    free_all(members);
}

static lstmfc_forecaster *tortured[MEMBERS];

static lstmfc_result whole_life(const lstmfc_env *env, void *context) {
    lstmfc_error err;
    lstmfc_forecaster *ensemble, *mine[2] = {NULL, NULL};
    lstmfc_stream *stream = NULL;
    lstmfc_forecast out;
    lstmfc_ensemble_desc desc;
    double weights[2] = {0.25, 0.75}, scores[3] = {2, 1, 3};
    size_t i;
    (void)context;
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    desc.how = LSTMFC_HOW_WEIGHTED;
    desc.weights = weights;
    desc.scores = scores;
    desc.score_count = 3;
    desc.scores_from = w.time[450];
    desc.scores_to = w.time[460];
    for (i = 0; i < 2; i++) {                           /* into this env */
        lstmfc_writer file = saved(tortured[i]);
        mine[i] = lstmfc_forecaster_load_memory(file.text, file.length, env, &err);
        lstmfc_writer_free(&file);
    }
    ensemble = mine[0] && mine[1] ? lstmfc_ensemble_create(mine, 2, &desc, &err) : NULL;
    if (ensemble && lstmfc_forecaster_predict(ensemble, &w.candles, 1, &out, &err) == LSTMFC_OK)
        stream = lstmfc_stream_create(ensemble, &err);
    for (i = 0; stream && !err.code && i < 40; i++) lstmfc_stream_push(stream, &w.candles, i, &out, &err);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(ensemble);
    lstmfc_forecaster_free(mine[0]);
    lstmfc_forecaster_free(mine[1]);
    return err.code;
}

TEST(memory_failures) {
    walk_make(&w, BARS, 13);
    fit_all(tortured, LSTMFC_TARGET_PRICE);
    torture("ensemble: create, predict, stream", whole_life, NULL);
    free_all(tortured);
}

/* A stream needs no more memory than it says, and none once it is there. */
TEST(bytes) {
    static unsigned char buffer[1 << 20];
    lstmfc_forecaster *members[MEMBERS], *ensemble, *placed;
    lstmfc_arena arena;
    lstmfc_stream *stream;
    lstmfc_env env;
    lstmfc_error err;
    lstmfc_writer file;
    size_t bytes, before, t;
    memset(&err, 0, sizeof err);
    memset(&env, 0, sizeof env);
    walk_make(&w, BARS, 14);
    fit_all(members, LSTMFC_TARGET_ROLLING_VOLATILITY);
    ensemble = join(members, MEMBERS, LSTMFC_HOW_MEDIAN);
    file = saved(ensemble);
    lstmfc_arena_init(&arena, buffer, sizeof buffer);
    env.allocator = lstmfc_arena_allocator(&arena);
    placed = lstmfc_forecaster_load_memory(file.text, file.length, &env, &err);
    CHECK_OK(err.code, err);
    CHECK(lstmfc_forecaster_bytes(file.text, file.length, NULL, &err) <= sizeof buffer);
    bytes = lstmfc_stream_bytes(placed);
    before = arena.used;
    stream = lstmfc_stream_create(placed, &err);
    CHECK(stream && arena.used - before <= bytes && bytes > 0);
    before = arena.used;
    for (t = 0; t < BARS; t++) CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &together[t], &err), err);
    CHECK(arena.used == before);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(placed);
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(ensemble);
    free_all(members);
}

int main(void) {
    RUN(answers);
    RUN(twice);
    RUN(files);
    RUN(streams);
    RUN(no_look_ahead);
    RUN(other_spans);
    RUN(file_voice);
    RUN(refusals);
    RUN(damaged_files);
    RUN(memory_failures);
    RUN(bytes);
    return test_end();
}
