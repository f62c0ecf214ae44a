/* Look-ahead, end to end. Whatever happens to the rows after bar t - garbage, NaN, or no rows at all - no feature, no byte of a model
   file, no forecast, no signal and no trade up to t may change. Each job runs on the untouched series and on the three damaged ones. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

enum { GARBAGE, NANS, DELETED, DAMAGES };
static const char *const damage_names[] = {"garbage", "NaN", "deletion"};

static walk w, v;
static double extra[WALK_BARS], extra_damaged[WALK_BARS];
static lstmfc_column column, column_damaged;

/* v = w with the rows from first on damaged. Garbage stays positive and ordered, so that nothing stops at it early. */
static void damage(int kind, size_t first) {
    lstmfc_rng rng;
    size_t t;
    walk_copy(&v, &w);
    lstmfc_rng_seed(&rng, 99);
    memcpy(extra_damaged, extra, sizeof extra);
    column_damaged = column;
    column_damaged.values = extra_damaged;
    if (w.candles.columns) v.candles.columns = &column_damaged;
    if (kind == DELETED) { v.candles.count = first; return; }
    for (t = first; t < w.candles.count; t++) {
        double price = kind == NANS ? lstmfc_nan() : lstmfc_exp(20 * lstmfc_rng_uniform(&rng) - 5);
        v.open[t] = price;
        v.close[t] = price * (kind == NANS ? 1 : 0.5 + lstmfc_rng_uniform(&rng));
        v.high[t] = 2 * price;
        v.low[t] = 0.4 * price;
        v.volume[t] = kind == NANS ? price : 1e9 * lstmfc_rng_uniform(&rng);
        extra_damaged[t] = kind == NANS ? price : 1e12 * lstmfc_rng_uniform(&rng);
        /* no rhythm either; one of another length, where it is that of most bars, is refused and not forecast */
        if (kind == GARBAGE) v.time[t] = v.time[t - 1] + 977777 + (int64_t)lstmfc_rng_below(&rng, 4000000);
    }
}

static void start(size_t bars, uint64_t seed) {
    size_t t;
    walk_make(&w, bars, seed);
    for (t = 0; t < bars; t++) extra[t] = w.close[t] * (1 + 0.1 * lstmfc_sin(0.2 * (double)t));
    memset(&column, 0, sizeof column);
    column.name = "interest";
    column.values = extra;
    w.candles.columns = &column;
    w.candles.column_count = 1;
}

/* ---- features ---- */

static void features_of(const char *spec) {
    lstmfc_features_desc desc;
    lstmfc_error err;
    lstmfc_features *features;
    double *whole, *part;
    size_t n = w.candles.count, columns, cut;
    int kind;
    memset(&err, 0, sizeof err);
    memset(&desc, 0, sizeof desc);
    desc.columns = &w.candles;
    desc.start_dependent = 1;
    features = lstmfc_features_compile(spec, &desc, &err);
    CHECK_OK(err.code, err);
    if (!features) return;
    columns = (size_t)lstmfc_features_count(features);
    whole = (double *)malloc(n * columns * sizeof(double));
    part = (double *)malloc(n * columns * sizeof(double));
    CHECK_OK(lstmfc_features_evaluate(features, &w.candles, whole, &err), err);
    for (cut = 1; cut < n; cut += 1 + n / 9)
        for (kind = 0; kind < DAMAGES; kind++) {
            size_t j, t;
            damage(kind, cut);
            CHECK_OK(lstmfc_features_evaluate(features, &v.candles, part, &err), err);
            if (CHECK(memcmp(whole, part, cut * columns * sizeof(double)) == 0)) continue;
            for (t = 0; t < cut; t++)
                for (j = 0; j < columns; j++)
                    if (memcmp(&whole[t * columns + j], &part[t * columns + j], sizeof(double)) != 0) {
                        printf("    '%s' at bar %lu changed by %s from bar %lu on\n", lstmfc_features_name(features, (int32_t)j), (unsigned long)t, damage_names[kind], (unsigned long)cut);
                        t = cut - 1;
                        break;
                    }
        }
    free(whole);
    free(part);
    lstmfc_features_free(features);
}

TEST(features) {
    const lstmfc_function_info *functions;
    size_t count, k;
    start(420, 1);
    features_of("@a");
    features_of("@d");
    features_of("@d_sentiment_proxy");
    features_of("@e");
    features_of("@e_literal");
    features_of("all_columns, zscore(col(interest),9), missing(col(interest)), fill(log(col(interest)),0), corr(close,volume,12), rank(close,30), vwap_session, vwap_anchored");
    /* every function of the language that can stand with its defaults */
    functions = lstmfc_functions(&count);
    CHECK(count > 40);
    for (k = 0; k < count; k++) {
        lstmfc_features_desc desc;
        lstmfc_features *features;
        char spec[160];
        memset(&desc, 0, sizeof desc);
        desc.columns = &w.candles;
        desc.start_dependent = 1;
        snprintf(spec, sizeof spec, "%s", functions[k].name);
        features = lstmfc_features_compile(spec, &desc, NULL);
        if (!features) {
            snprintf(spec, sizeof spec, "%s(close)", functions[k].name);
            features = lstmfc_features_compile(spec, &desc, NULL);
        }
        if (!features) {
            snprintf(spec, sizeof spec, "%s(close,7)", functions[k].name);
            features = lstmfc_features_compile(spec, &desc, NULL);
        }
        if (!features) {
            snprintf(spec, sizeof spec, "%s(7)", functions[k].name);
            features = lstmfc_features_compile(spec, &desc, NULL);
        }
        if (features) features_of(spec);
        else printf("    not tried alone: %s\n", functions[k].name);
        lstmfc_features_free(features);
    }
}

/* ---- fit: the model file ---- */

static lstmfc_forecaster_desc small(int32_t target) {
    static const char *const specs[] = {"lstm 4 | batchnorm | dense 1 sigmoid", "lstm 5 | dropout 0.2 | dense 1", "lstm 4 | dense 1", "batchnorm | lstm 4 | dense 1",
                                        "lstm 4 | dense 1", "lstm 3 | dense 1", "lstm 3 | dense 1"};
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizon = 1 + target;
    desc.window = 6;
    desc.features = "log_return(close), close/sma(5)-1, ema(3)/close-1, volume/sma(volume,4), zscore(col(interest),8), hour_sin";
    desc.model = specs[target];
    desc.scaler = target < 4 ? target : 0;      /* standard, minmax, robust, log */
    desc.volatility_bars = 7;
    if (target == LSTMFC_TARGET_EXPRESSION) desc.expression = "zscore(col(interest),5)";
    if (target == 3) desc.features = "high/low, volume, col(interest)";     /* log needs positive numbers */
    desc.training.epochs = 3;
    desc.training.batch = 16;
    desc.training.optimizer.lr = 0.01;
    return desc;
}

static lstmfc_writer model_of(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc) {
    lstmfc_error err;
    lstmfc_writer writer;
    lstmfc_forecaster *forecaster;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    forecaster = lstmfc_forecaster_fit(candles, desc, &err);
    CHECK_OK(err.code, err);
    if (forecaster) CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
    lstmfc_forecaster_free(forecaster);
    return writer;
}

static int same_text(const lstmfc_writer *a, const lstmfc_writer *b) {
    return a->length > 0 && a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static void fit_under_damage(const lstmfc_forecaster_desc *given) {
    lstmfc_forecaster_desc desc = *given;
    size_t n = w.candles.count;
    lstmfc_writer whole, other;
    int kind;
    desc.test = 0.2;
    whole = model_of(&w.candles, &desc);
    for (kind = 0; kind < DELETED; kind++) {
        damage(kind, (size_t)floor(0.8 * (double)n));
        other = model_of(&v.candles, &desc);
        if (!CHECK(same_text(&whole, &other))) printf("    target %d: the model file depends on the test span (%s)\n", (int)desc.target, damage_names[kind]);
        lstmfc_writer_free(&other);
    }
    /* the same rows as a series of their own, nothing kept for a test */
    damage(DELETED, (size_t)floor(0.8 * (double)n));
    desc.test = LSTMFC_NONE;
    other = model_of(&v.candles, &desc);
    if (!CHECK(same_text(&whole, &other))) printf("    target %d: the model file knows that there were more rows\n", (int)desc.target);
    lstmfc_writer_free(&other);
    /* and the comparison is not blind: the last seen row does count */
    damage(GARBAGE, (size_t)floor(0.8 * (double)n) - 1);
    desc.test = 0.2;
    other = model_of(&v.candles, &desc);
    CHECK(!same_text(&whole, &other));
    lstmfc_writer_free(&other);
    lstmfc_writer_free(&whole);
}

/* Rows that only validation sees reach neither the scalers nor, in one epoch, a weight; with their labels, the rows that the fit part
   sees end at fit_to. */
TEST(validation) {
    int32_t target;
    start(307, 5);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *one, *other;
        lstmfc_forecaster_info a, b;
        lstmfc_error err;
        size_t first = 0;
        int32_t k;
        memset(&err, 0, sizeof err);
        desc.training.epochs = 1;
        one = lstmfc_forecaster_fit(&w.candles, &desc, &err);
        CHECK_OK(err.code, err);
        if (!one) return;
        a = lstmfc_forecaster_get_info(one);
        while (w.time[first] <= a.fit_to) first++;
        CHECK(first < 250);
        damage(GARBAGE, first);
        memcpy(v.time, w.time, sizeof v.time);          /* else every sample there spans a gap */
        other = lstmfc_forecaster_fit(&v.candles, &desc, &err);
        CHECK_OK(err.code, err);
        if (!other) return;
        b = lstmfc_forecaster_get_info(other);
        CHECK_INT(a.fit_to, b.fit_to);
        CHECK(a.history[0].loss == b.history[0].loss && a.history[0].val_loss != b.history[0].val_loss);
        CHECK(memcmp(a.scaling, b.scaling, 2 * (size_t)lstmfc_features_count(a.features) * sizeof(double)) == 0);
        CHECK(memcmp(&a.base_rate, &b.base_rate, sizeof(double)) == 0);
        for (k = 0; k < lstmfc_model_tensors(a.model); k++) {
            lstmfc_tensor x, y;
            lstmfc_model_tensor(a.model, k, &x);
            lstmfc_model_tensor(b.model, k, &y);
            if (!CHECK(memcmp(x.data, y.data, x.count * sizeof *x.data) == 0)) printf("    target %d: %s\n", (int)target, x.name);
        }
        lstmfc_forecaster_free(one);
        lstmfc_forecaster_free(other);
    }
}

TEST(fit) {
    int32_t target;
    start(307, 2);                      /* 0.8 * 307 is no whole number */
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        fit_under_damage(&desc);
    }
}

/* ---- forecasts, signals, trades ---- */

static lstmfc_forecast all[WALK_BARS], part[WALK_BARS];

static int same(const lstmfc_forecast *a, const lstmfc_forecast *b) {
    return a->time == b->time && memcmp(&a->value, &b->value, sizeof(double)) == 0 && memcmp(&a->lower, &b->lower, sizeof(double)) == 0
        && memcmp(&a->upper, &b->upper, sizeof(double)) == 0 && memcmp(&a->log_return, &b->log_return, sizeof(double)) == 0
        && memcmp(&a->novelty, &b->novelty, sizeof(double)) == 0 && a->target_time == b->target_time;
}

/* Trades that were over by bar `cut`, and every curve up to it. */
static void backtest_under_damage(const double *positions, const double *damaged_positions, size_t cut, int kind, const lstmfc_backtest_desc *desc) {
    lstmfc_error err;
    lstmfc_backtest *whole, *other;
    size_t k, over = 0;
    memset(&err, 0, sizeof err);
    whole = lstmfc_backtest_run(&w.candles, positions, w.candles.count, desc, &err);
    CHECK_OK(err.code, err);
    other = lstmfc_backtest_run(&v.candles, damaged_positions, v.candles.count, desc, &err);
    CHECK_OK(err.code, err);
    if (!whole || !other) return;
    /* At the last bar of a series what is open is closed: the bar before it is the last to compare when rows were deleted. */
    for (k = 0; k + 1 < cut; k++) {
        if (!CHECK(memcmp(&whole->equity[k], &other->equity[k], sizeof(double)) == 0 && memcmp(&whole->worst[k], &other->worst[k], sizeof(double)) == 0
                && memcmp(&whole->position[k], &other->position[k], sizeof(double)) == 0 && memcmp(&whole->hold[k], &other->hold[k], sizeof(double)) == 0
                && memcmp(&whole->persistence[k], &other->persistence[k], sizeof(double)) == 0))
            printf("    curves differ at bar %lu, %s from bar %lu on\n", (unsigned long)k, damage_names[kind], (unsigned long)cut);
    }
    for (k = 0; k < whole->trade_count && whole->trades[k].exit_bar + 1 < (int64_t)cut; k++, over++) {
        const lstmfc_trade *a = &whole->trades[k], *b = &other->trades[k];
        if (!CHECK(k < other->trade_count)) break;
        CHECK(a->entry_bar == b->entry_bar && a->exit_bar == b->exit_bar && a->side == b->side && a->reason == b->reason
              && memcmp(&a->entry_price, &b->entry_price, sizeof(double)) == 0 && memcmp(&a->exit_price, &b->exit_price, sizeof(double)) == 0
              && memcmp(&a->pnl, &b->pnl, sizeof(double)) == 0 && memcmp(&a->mae, &b->mae, sizeof(double)) == 0 && memcmp(&a->mfe, &b->mfe, sizeof(double)) == 0);
    }
    CHECK(over > 0);
    lstmfc_backtest_free(whole);
    lstmfc_backtest_free(other);
}

static void forecasts_under_damage(int32_t target) {
    static double positions[WALK_BARS], damaged_positions[WALK_BARS];
    lstmfc_forecaster_desc desc = small(target);
    lstmfc_backtest_desc plain, stops;
    lstmfc_signal_desc signals;
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    size_t n = w.candles.count, cut, t;
    int kind, sided = target <= LSTMFC_TARGET_RETURN || target == LSTMFC_TARGET_PRICE_LEVEL;
    memset(&err, 0, sizeof err);
    memset(&plain, 0, sizeof plain);
    memset(&stops, 0, sizeof stops);
    memset(&signals, 0, sizeof signals);
    stops.stop = 0.01;
    stops.take = 0.03;
    stops.trail = 0.02;
    plain.resamples = stops.resamples = 100;
    desc.test = 0.4;
    forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    if (!forecaster) return;
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, n, all, &err), err);
    CHECK_INT(lstmfc_signals(target, n, all, &signals, positions, NULL, &err), sided ? LSTMFC_OK : LSTMFC_ERROR_UNSUPPORTED);
    memset(&err, 0, sizeof err);
    for (cut = 150; cut < n; cut += 61)
        for (kind = 0; kind < DAMAGES; kind++) {
            damage(kind, cut);
            CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &v.candles, 0, v.candles.count, part, &err), err);
            for (t = 0; t < cut; t++)
                if (!CHECK(same(&all[t], &part[t]))) { printf("    target %d: the forecast of bar %lu sees bar %lu (%s)\n", (int)target, (unsigned long)t, (unsigned long)cut, damage_names[kind]); break; }
            if (!sided) continue;
            CHECK_OK(lstmfc_signals(target, v.candles.count, part, &signals, damaged_positions, NULL, &err), err);
            CHECK(memcmp(positions, damaged_positions, cut * sizeof(double)) == 0);
            if (kind == NANS) continue;             /* the backtester refuses prices that are not numbers */
            backtest_under_damage(positions, damaged_positions, cut, kind, &plain);
            backtest_under_damage(positions, damaged_positions, cut, kind, &stops);
        }
    lstmfc_forecaster_free(forecaster);
}

TEST(forecasts_signals_trades) {
    int32_t target;
    start(420, 3);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) forecasts_under_damage(target);
}

/* Cutting rows off cannot catch a position that was taken at a bar's open in the knowledge of that bar's close: the curve of that bar may
   depend on its close. So the close of one bar is moved up and down by 5 %: who gains both times has seen it. */
TEST(inside_the_bar) {
    static double targets[2][WALK_BARS];
    size_t cut, t, moved = 0, tried = 0;
    start(120, 6);
    for (cut = 40; cut < 110; cut += 3, tried++) {
        double strategy[2], repeat[2];
        int way;
        for (way = 0; way < 2; way++) {
            lstmfc_backtest_desc desc;
            lstmfc_backtest *result;
            lstmfc_error err;
            memset(&err, 0, sizeof err);
            memset(&desc, 0, sizeof desc);
            desc.resamples = 100;
            walk_copy(&v, &w);
            v.close[cut] = v.open[cut] * (way ? 1.05 : 0.95);
            v.high[cut] = v.open[cut] * 1.06;
            v.low[cut] = v.open[cut] * 0.94;
            targets[way][0] = 0;
            for (t = 1; t < v.candles.count; t++) targets[way][t] = v.close[t] > v.close[t - 1] ? 1 : -1;
            result = lstmfc_backtest_run(&v.candles, targets[way], v.candles.count, &desc, &err);
            CHECK_OK(err.code, err);
            if (!result) return;
            strategy[way] = result->equity[cut] / result->equity[cut - 1];
            repeat[way] = result->persistence[cut] / result->persistence[cut - 1];
            lstmfc_backtest_free(result);
        }
        CHECK(!(strategy[0] > 1.02 && strategy[1] > 1.02));
        CHECK(!(repeat[0] > 1.02 && repeat[1] > 1.02));
        moved += (strategy[0] > 1.02) != (strategy[1] > 1.02) && (repeat[0] > 1.02) != (repeat[1] > 1.02);
    }
    CHECK(moved > tried / 2);
}

/* ---- the same on market data ---- */

TEST(market_data) {
    const char *path = data_path("btcusdt_1h.csv");
    lstmfc_candles *candles;
    lstmfc_csv_desc csv;
    lstmfc_forecaster_desc desc;
    lstmfc_error err;
    size_t t;
    if (!path) SKIP("btcusdt_1h.csv not found (LSTMFC_DATA)");
    memset(&err, 0, sizeof err);
    memset(&csv, 0, sizeof csv);
    csv.last = 1100;
    candles = lstmfc_candles_load_csv(path, &csv, &err);
    CHECK_OK(err.code, err);
    if (!candles) return;
    start(1100, 4);
    for (t = 0; t < candles->count; t++) {
        w.time[t] = candles->time[t];
        w.open[t] = candles->open[t];
        w.high[t] = candles->high[t];
        w.low[t] = candles->low[t];
        w.close[t] = candles->close[t];
        w.volume[t] = candles->volume[t];
    }
    lstmfc_candles_free(candles);
    features_of("@a");
    desc = small(LSTMFC_TARGET_DIRECTION);
    desc.features = "@a";
    desc.training.epochs = 1;
    desc.training.batch = 32;
    fit_under_damage(&desc);
}

int main(void) {
    RUN(features);
    RUN(fit);
    RUN(validation);
    RUN(forecasts_signals_trades);
    RUN(inside_the_bar);
    RUN(market_data);
    return test_end();
}
