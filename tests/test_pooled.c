/* Chapter 18: one model for several symbols. Samples, scales, spans and scores against a computation of this file's own; no symbol's future
   teaches another's past; streams, files and checkpoints; what a pool cannot be asked. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"
#include "fitted.h"

static walk a, b, c, x, y;
enum { WINDOW = 6, HORIZON = 2, HOUR = 3600000 };

/* Bars from `skip` on, without the `without` bars from `gap` on. */
static void cut_out(walk *w, size_t skip, size_t gap, size_t without) {
    size_t t, n = 0;
    for (t = skip; t < w->candles.count; t++) {
        if (t >= gap && t < gap + without) continue;
        w->time[n] = w->time[t]; w->open[n] = w->open[t]; w->high[n] = w->high[t];
        w->low[n] = w->low[t]; w->close[n] = w->close[t]; w->volume[n] = w->volume[t];
        n++;
    }
    w->candles.count = n;
}

static void make(void) {
    walk_make(&a, 420, 1);
    walk_make(&b, 400, 2);
    walk_make(&c, 410, 3);
    cut_out(&a, 0, 150, 3);
    cut_out(&b, 90, 200, 17);                           /* begins later, ends earlier, and has a gap */
}

static lstmfc_forecaster_desc asked(const lstmfc_candles *const *pool, size_t count) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = LSTMFC_TARGET_RETURN;
    desc.window = WINDOW;
    desc.horizon = HORIZON;
    desc.features = "log_return(close)";
    desc.model = "lstm 3 | dense 1";
    desc.val = 0.3;
    desc.test = 0.2;
    desc.pool = pool;
    desc.pool_count = count;
    desc.training.epochs = 2;
    desc.training.batch = 16;
    desc.training.optimizer.lr = 0.01;
    desc.training.seed = 3;
    return desc;
}

static double number_after(const lstmfc_writer *file, const char *key) {
    const char *at = strstr(file->text, key);
    CHECK(at != NULL);
    return at ? strtod(at + strlen(key), NULL) : 0;
}

static int ascending(const void *p, const void *q) {
    double d = *(const double *)p - *(const double *)q;
    return (d > 0) - (d < 0);
}

static int by_time(const void *p, const void *q) {
    int64_t s = *(const int64_t *)p, t = *(const int64_t *)q;
    return (s > t) - (s < t);
}

/* The calendar of a and b, and the times of its cuts, as DESIGN says of the rows of one series. */
static struct { int64_t seen_to, fit_to, val_from, val_to, cal_from, cal_to; size_t rows; } cuts;
static void cut(void) {
    static int64_t times[2 * WALK_BARS];
    size_t n = 0, k = 0, t;
    int64_t seen, first, end, validation;
    for (t = 0; t < a.candles.count; t++) times[n++] = a.time[t];
    for (t = 0; t < b.candles.count; t++) times[n++] = b.time[t];
    qsort(times, n, sizeof *times, by_time);
    for (t = 0; t < n; t++) if (!t || times[t] != times[t - 1]) times[k++] = times[t];
    seen = (int64_t)floor(0.8 * (double)k);
    first = 1 + WINDOW - 1;                             /* a return is there from row 1 on */
    end = seen - HORIZON;
    validation = (int64_t)floor(0.3 * (double)(end - first));
    cuts.rows = (size_t)seen;
    cuts.seen_to = times[seen - 1];
    cuts.fit_to = times[end - validation - WINDOW - HORIZON - 1 + HORIZON];
    cuts.val_from = times[end - validation - WINDOW + 1];
    cuts.cal_from = times[end - validation / 2];
    cuts.val_to = times[end - validation / 2 - HORIZON - 1 + HORIZON];
    cuts.cal_to = times[end - 1 + HORIZON];
    CHECK(cuts.fit_to < cuts.val_from && cuts.val_to < cuts.cal_from && cuts.cal_to == cuts.seen_to);
}

/* 0 fit, 1 validation, 2 calibration, -1 none: of the sample that ends at bar t. */
static int part_of(const walk *w, size_t t) {
    size_t k;
    if (t < WINDOW || t + HORIZON >= w->candles.count) return -1;
    for (k = t - WINDOW + 2; k <= t + HORIZON; k++) if (w->time[k] - w->time[k - 1] > HOUR) return -1;
    if (w->time[t + HORIZON] <= cuts.fit_to) return 0;
    if (w->time[t - WINDOW + 1] >= cuts.val_from && w->time[t + HORIZON] <= cuts.val_to) return 1;
    if (w->time[t] >= cuts.cal_from && w->time[t + HORIZON] <= cuts.cal_to) return 2;
    return -1;
}

static double deviation(const double *v, size_t n, double *mean) {
    double sum = 0, squares = 0;
    size_t k;
    for (k = 0; k < n; k++) sum += v[k];
    *mean = sum / (double)n;
    for (k = 0; k < n; k++) squares += (v[k] - *mean) * (v[k] - *mean);
    return sqrt(squares / (double)n);
}

static double spread20(const double *close, size_t t) {
    double v[20], mean, d;
    size_t k;
    for (k = 0; k < 20; k++) v[k] = log(close[t - k] / close[t - k - 1]);
    d = deviation(v, 20, &mean);
    return d * sqrt(20.0 / 19.0);
}

TEST(by_hand) {
    static double labels[2 * WALK_BARS], inputs[2 * WALK_BARS], scores[2 * WALK_BARS];
    const lstmfc_candles *pool[1];
    const walk *both[2];
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *fc;
    lstmfc_forecaster_info info;
    lstmfc_writer file;
    double mean, d;
    size_t n[3] = {0, 0, 0}, s, t, fitted = 0, rows = 0;
    make();
    cut();
    pool[0] = &b.candles;
    both[0] = &a; both[1] = &b;
    desc = asked(pool, 1);
    fc = fit(&a.candles, &desc);
    if (!fc) return;
    info = lstmfc_forecaster_get_info(fc);
    file = saved(fc);
    for (s = 0; s < 2; s++) {
        size_t end = 0;                                 /* of the rows that the scaler may see */
        for (t = 0; t < both[s]->candles.count; t++) {
            const double *close = both[s]->close;
            int part = part_of(both[s], t);
            rows += both[s]->time[t] <= cuts.seen_to;
            if (t + HORIZON < both[s]->candles.count && both[s]->time[t + HORIZON] <= cuts.fit_to) end = t + 1;
            if (part < 0) continue;
            if (part == 0) labels[n[0]] = log(close[t + HORIZON] / close[t]);
            if (part == 2) {
                lstmfc_forecast f;
                lstmfc_error err;
                memset(&err, 0, sizeof err);
                CHECK_OK(lstmfc_forecaster_predict_all(fc, &both[s]->candles, t, 1, &f, &err), err);
                scores[n[2]] = fabs(log(close[t + HORIZON] / close[t]) - f.log_return) / spread20(close, t);
            }
            n[part]++;
        }
        for (t = 1; t < end; t++) inputs[fitted++] = log(both[s]->close[t] / both[s]->close[t - 1]);
    }
    CHECK_INT(info.fit_samples, n[0]);
    CHECK_INT(info.val_samples, n[1]);
    CHECK_INT(info.cal_samples, n[2]);
    CHECK_INT(info.rows, rows);
    CHECK_INT(info.pool_count, 2);
    CHECK(info.seen_to == cuts.seen_to && info.fit_to == cuts.fit_to && info.from == a.time[0]);
    d = deviation(inputs, fitted, &mean);
    CHECK_NEAR(info.scaling[0], mean, 1e-9);
    CHECK_NEAR(info.scaling[1], d, 1e-9);
    d = deviation(labels, n[0], &mean);
    CHECK_NEAR(number_after(&file, "\"target_center\":"), mean, 1e-9);
    CHECK_NEAR(number_after(&file, "\"target_scale\":"), d, 1e-9);
    qsort(scores, n[2], sizeof *scores, ascending);
    for (t = 0; t < n[2] && t < (size_t)info.cal_samples; t++) CHECK_NEAR(info.scores[t], scores[t], 1e-6);
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(fc);
}

/* Whatever stands after the last seen bar of either symbol. */
TEST(future) {
    static const int32_t targets[] = {LSTMFC_TARGET_DIRECTION, LSTMFC_TARGET_PRICE, LSTMFC_TARGET_PRICE_LEVEL};
    const lstmfc_candles *pool[1];
    size_t k, t;
    for (k = 0; k < 6; k++) {
        lstmfc_forecaster_desc desc;
        lstmfc_forecaster *fc, *other;
        lstmfc_writer p, q;
        make();
        cut();
        walk_copy(&x, &a);
        walk_copy(&y, &b);
        for (t = 0; t < x.candles.count; t++) if (x.time[t] > cuts.seen_to) x.open[t] = x.high[t] = x.low[t] = x.close[t] = 7 + (double)t;
        for (t = 0; t < y.candles.count; t++) if (y.time[t] > cuts.seen_to) y.open[t] = y.high[t] = y.low[t] = y.close[t] = 7e6;
        pool[0] = &b.candles;
        desc = asked(pool, 1);
        desc.target = targets[k % 3];
        desc.scaler = k > 2 ? LSTMFC_SCALER_WINDOW : LSTMFC_SCALER_ROBUST;
        desc.winsor = k > 2 ? 0 : 3;
        desc.features = "log_return(close), close/sma(5)";
        if (desc.target == LSTMFC_TARGET_DIRECTION) desc.model = "lstm 3 | dense 1 sigmoid";
        fc = fit(&a.candles, &desc);
        pool[0] = &y.candles;
        other = fit(&x.candles, &desc);
        if (!fc || !other) return;
        p = saved(fc);
        q = saved(other);
        CHECK(same_text(&p, &q));
        lstmfc_writer_free(&p);
        lstmfc_writer_free(&q);
        lstmfc_forecaster_free(fc);
        lstmfc_forecaster_free(other);
    }
}

/* What lies after the fit part of the one touches neither scale nor target of the other. */
TEST(purged) {
    const lstmfc_candles *pool[1];
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *fc, *other;
    lstmfc_forecaster_info p, q;
    size_t t;
    make();
    cut();
    walk_copy(&y, &b);
    for (t = 0; t < y.candles.count; t++) if (y.time[t] > cuts.fit_to) y.open[t] = y.high[t] = y.low[t] = y.close[t] = 5 + (double)(t % 7);
    pool[0] = &b.candles;
    desc = asked(pool, 1);
    desc.winsor = 3;
    fc = fit(&a.candles, &desc);
    pool[0] = &y.candles;
    other = fit(&a.candles, &desc);
    if (!fc || !other) return;
    p = lstmfc_forecaster_get_info(fc);
    q = lstmfc_forecaster_get_info(other);
    CHECK(memcmp(p.scaling, q.scaling, 2 * sizeof(double)) == 0 && memcmp(p.limits, q.limits, 2 * sizeof(double)) == 0);
    CHECK(p.winsorised == q.winsorised && p.history[0].loss == q.history[0].loss);
    CHECK(p.baselines->linear && q.baselines->linear && p.history[0].val_loss != q.history[0].val_loss);
    lstmfc_forecaster_free(fc);
    lstmfc_forecaster_free(other);
}

/* A symbol with bars but no sample changes nothing of what is learnt. */
TEST(without_samples) {
    const lstmfc_candles *pool[1];
    lstmfc_forecaster_desc desc = asked(NULL, 0);
    lstmfc_forecaster *alone, *pooled;
    lstmfc_forecast f[2];
    lstmfc_error err;
    lstmfc_forecaster_info p, q;
    memset(&err, 0, sizeof err);
    make();
    walk_copy(&y, &b);
    walk_copy(&x, &a);
    x.candles.count = 4;
    memset(f, 0, sizeof f);
    alone = fit(&a.candles, &desc);
    pool[0] = &x.candles;
    desc.pool = pool;
    desc.pool_count = 1;
    pooled = fit(&a.candles, &desc);
    if (!alone || !pooled) return;
    p = lstmfc_forecaster_get_info(alone);
    q = lstmfc_forecaster_get_info(pooled);
    CHECK_OK(lstmfc_forecaster_predict(alone, &a.candles, 1, &f[0], &err), err);
    CHECK_OK(lstmfc_forecaster_predict(pooled, &a.candles, 1, &f[1], &err), err);
    CHECK(memcmp(&f[0], &f[1], sizeof f[0]) == 0);
    CHECK(p.fit_samples == q.fit_samples && p.cal_samples == q.cal_samples && p.quantile == q.quantile);
    CHECK(memcmp(p.scaling, q.scaling, 2 * sizeof(double)) == 0);
    CHECK(p.baselines->linear->count == q.baselines->linear->count && p.baselines->linear->intercept == q.baselines->linear->intercept);
    lstmfc_forecaster_free(alone);
    lstmfc_forecaster_free(pooled);
}

/* The file, streams of each symbol and of a stranger, whose candles they are, the order of the symbols. */
TEST(in_use) {
    static lstmfc_forecast all[WALK_BARS];
    const lstmfc_candles *pool[1], *others[1];
    const walk *every[3];
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *fc, *loaded, *turned;
    lstmfc_forecaster_info p, q;
    lstmfc_writer file, again;
    lstmfc_error err;
    size_t s, t, differing = 0;
    memset(&err, 0, sizeof err);
    make();
    pool[0] = &b.candles; others[0] = &a.candles;
    every[0] = &a; every[1] = &b; every[2] = &c;
    desc = asked(pool, 1);
    fc = fit(&a.candles, &desc);
    desc.pool = others;
    turned = fit(&b.candles, &desc);
    if (!fc || !turned) return;
    file = saved(fc);
    loaded = lstmfc_forecaster_load_memory(file.text, file.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (!loaded) return;
    again = saved(loaded);
    CHECK(same_text(&file, &again));
    for (s = 0; s < 3; s++) {
        const lstmfc_candles *candles = &every[s]->candles;
        lstmfc_stream *stream = lstmfc_stream_create(loaded, &err);
        lstmfc_origin origin;
        CHECK_OK(lstmfc_forecaster_predict_all(fc, candles, 0, candles->count, all, &err), err);
        for (t = 0; t < candles->count; t++) {
            lstmfc_forecast f;
            CHECK_OK(lstmfc_stream_push(stream, candles, t, &f, &err), err);
            differing += memcmp(&f, &all[t], sizeof f) != 0;
        }
        lstmfc_stream_free(stream);
        CHECK_OK(lstmfc_forecaster_origin(loaded, candles, &origin, &err), err);
        CHECK_INT(origin.candles, s < 2 ? LSTMFC_CANDLES_MATCHING : LSTMFC_CANDLES_OTHER);
        CHECK_INT(origin.elsewhere, 0);
        walk_copy(&x, every[s]);
        for (t = 0; t < x.candles.count; t++) x.time[t] += 48 * (int64_t)HOUR;
        CHECK_OK(lstmfc_forecaster_origin(loaded, &x.candles, &origin, &err), err);
        CHECK(s < 2 ? origin.elsewhere > 5 : origin.elsewhere == 0);
    }
    CHECK_INT(differing, 0);
    p = lstmfc_forecaster_get_info(fc);
    q = lstmfc_forecaster_get_info(turned);
    CHECK(p.fit_samples == q.fit_samples && p.val_samples == q.val_samples && p.cal_samples == q.cal_samples && p.rows == q.rows);
    CHECK(p.seen_to == q.seen_to && p.fit_to == q.fit_to && p.from == q.from);
    CHECK_NEAR(p.scaling[1], q.scaling[1], 1e-12);
    lstmfc_writer_free(&file);
    lstmfc_writer_free(&again);
    lstmfc_forecaster_free(fc);
    lstmfc_forecaster_free(turned);
    lstmfc_forecaster_free(loaded);
}

TEST(resumed) {
    const lstmfc_candles *pool[1];
    lstmfc_forecaster_desc desc;
    lstmfc_error err;
    lstmfc_writer checkpoint, p, q;
    lstmfc_fit *one, *two;
    lstmfc_forecaster *whole, *fc;
    lstmfc_result result = LSTMFC_OK;
    memset(&err, 0, sizeof err);
    make();
    pool[0] = &b.candles;
    desc = asked(pool, 1);
    whole = fit(&a.candles, &desc);
    one = lstmfc_fit_create(&a.candles, &desc, &err);
    two = lstmfc_fit_create(&a.candles, &desc, &err);
    if (!one || !two || !whole) { CHECK(0); return; }
    lstmfc_writer_init(&checkpoint, NULL);
    CHECK_OK(lstmfc_fit_step(one, 5, &err), err);
    CHECK_OK(lstmfc_fit_save_memory(one, &checkpoint, &err), err);
    CHECK_OK(lstmfc_fit_load_memory(two, checkpoint.text, checkpoint.length, &err), err);
    while (result == LSTMFC_OK) result = lstmfc_fit_step(two, 0, &err);
    fc = lstmfc_fit_finish(two, &err);
    p = saved(whole);
    q = saved(fc);
    CHECK(same_text(&p, &q));
    lstmfc_fit_free(two);
    pool[0] = &c.candles;
    two = lstmfc_fit_create(&a.candles, &desc, &err);
    CHECK_INT(lstmfc_fit_load_memory(two, checkpoint.text, checkpoint.length, &err), LSTMFC_ERROR_FORMAT);
    lstmfc_fit_free(one);
    lstmfc_fit_free(two);
    lstmfc_forecaster_free(fc);
    lstmfc_forecaster_free(whole);
    lstmfc_writer_free(&checkpoint);
    lstmfc_writer_free(&p);
    lstmfc_writer_free(&q);
}

static void refused(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, lstmfc_result code, const char *part) {
    lstmfc_error err;
    lstmfc_forecaster *fc;
    memset(&err, 0, sizeof err);
    fc = lstmfc_forecaster_fit(candles, desc, &err);
    CHECK(fc == NULL);
    CHECK_INT(err.code, code);
    CHECK_HAS(err.message, part);
    lstmfc_forecaster_free(fc);
}

TEST(refusals) {
    const lstmfc_candles *pool[1];
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *fc;
    lstmfc_forecast f;
    lstmfc_error err;
    size_t t;
    memset(&err, 0, sizeof err);
    make();
    pool[0] = &b.candles;
    desc = asked(pool, 1);
    fc = fit(&a.candles, &desc);
    if (!fc) return;
    CHECK(lstmfc_forecaster_update(fc, &a.candles, 0, 0, NULL, &f, &err) == NULL);
    CHECK_INT(err.code, LSTMFC_ERROR_UNSUPPORTED);
    desc.from = fc;
    refused(&a.candles, &desc, LSTMFC_ERROR_UNSUPPORTED, "goes on from a model");
    lstmfc_forecaster_free(fc);
    desc = asked(pool, 1);
    desc.half_life = 50;
    refused(&a.candles, &desc, LSTMFC_ERROR_UNSUPPORTED, "half_life");
    desc = asked(pool, 1);
    desc.target = LSTMFC_TARGET_VOLATILITY;
    refused(&a.candles, &desc, LSTMFC_ERROR_UNSUPPORTED, "volatility");
    desc.baselines = LSTMFC_BASELINES_NONE;
    fc = fit(&a.candles, &desc);
    lstmfc_forecaster_free(fc);
    desc = asked(NULL, 1);
    refused(&a.candles, &desc, LSTMFC_ERROR_ARGUMENT, "pool");
    pool[0] = NULL;
    desc = asked(pool, 1);
    refused(&a.candles, &desc, LSTMFC_ERROR_ARGUMENT, "candles");
    pool[0] = &x.candles;
    desc = asked(pool, 1);
    walk_copy(&x, &b);
    x.time[100] = x.time[99];
    refused(&a.candles, &desc, LSTMFC_ERROR_DATA, "symbol 2 of the pool");
    walk_copy(&x, &b);
    x.candles.count = 40;
    for (t = 0; t < x.candles.count; t++) x.time[t] += 400 * (int64_t)HOUR;
    refused(&a.candles, &desc, LSTMFC_ERROR_DATA, "no bar before the test span");
    walk_copy(&x, &b);
    for (t = 0; t < x.candles.count; t++) x.time[t] = x.time[0] + (int64_t)t * HOUR / 4;
    refused(&a.candles, &desc, LSTMFC_ERROR_DATA, "bars of");
    walk_copy(&x, &b);
    x.close[20] = -1;
    refused(&a.candles, &desc, LSTMFC_ERROR_DATA, "symbol 2 of the pool");
}

static lstmfc_result whole_life(const lstmfc_env *env, void *context) {
    const lstmfc_candles *pool[1];
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *fc, *loaded = NULL;
    lstmfc_writer writer;
    lstmfc_error err;
    lstmfc_forecast f;
    memset(&err, 0, sizeof err);
    (void)context;
    pool[0] = &y.candles;
    desc = asked(pool, 1);
    desc.env = desc.training.env = env;
    desc.training.epochs = 1;
    lstmfc_writer_init(&writer, env);
    fc = lstmfc_forecaster_fit(&x.candles, &desc, &err);
    if (fc && lstmfc_forecaster_save_memory(fc, &writer, &err) == LSTMFC_OK)
        loaded = lstmfc_forecaster_load_memory(writer.text, writer.length, env, &err);
    if (loaded) lstmfc_forecaster_predict(loaded, &y.candles, 1, &f, &err);
    lstmfc_forecaster_free(fc);
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&writer);
    return err.code;
}

TEST(memory_failures) {
    walk_make(&x, 120, 12);
    walk_make(&y, 110, 13);
    torture("a pool", whole_life, NULL);
}

int main(void) {
    RUN(by_hand); RUN(future); RUN(purged); RUN(without_samples); RUN(in_use); RUN(resumed); RUN(refusals); RUN(memory_failures);
    return test_end();
}
