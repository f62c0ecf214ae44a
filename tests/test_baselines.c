// also: native
/* Chapter 18's baselines and the factor of a volatility forecast: what is fitted beside the network, kept in its file, and the same
   whatever part of the series a file shows. Oracles in long form; tests/evaluate_compare.py has NumPy and SciPy. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "volatility.h"
#include "walk.h"

static walk w, cut;

static const char *const heads[] = {"dense 3 | dense 1 sigmoid", "dense 3 | dense 1", "dense 3 | dense 1", "dense 3 tanh | dense 1"};

/* A network that hardly learns: what is tested here stands beside it. */
static lstmfc_forecaster_desc small(int32_t target) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizon = 3;
    desc.window = 4;
    desc.features = "log_return(close), close/sma(5)-1, volume/sma(volume,4)";
    desc.model = heads[target];
    desc.test = 0.2;
    desc.val = 0.3;
    desc.training.epochs = 2;
    desc.training.batch = 32;
    desc.training.seed = 3;
    return desc;
}

static lstmfc_forecaster *fit(const lstmfc_candles *candles, const lstmfc_forecaster_desc *desc, lstmfc_spans *spans) {
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    lstmfc_fit *job;
    memset(&err, 0, sizeof err);
    job = lstmfc_fit_create(candles, desc, &err);
    if (job && spans) *spans = lstmfc_fit_spans(job);
    while (job && lstmfc_fit_step(job, 0, &err) == LSTMFC_OK) {}
    forecaster = lstmfc_fit_finish(job, &err);
    lstmfc_fit_free(job);
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

static double rv(const double *close, size_t last, size_t h) {
    double sum = 0;
    size_t k;
    for (k = last - h + 1; k <= last; k++) sum += log(close[k] / close[k - 1]) * log(close[k] / close[k - 1]);
    return sqrt(sum / (double)h);
}

static double qlike(double truth, double said) { double a = truth * truth / said / said; return a - log(a) - 1; }

/* s^2 = mean(RV^2 / exp(2 yhat)) over the validation samples of early stopping, over the fit's without validation, 1 by option; the
   value is s exp(yhat) and the interval is that of ln RV. */
TEST(volatility_factor) {
    static lstmfc_forecast with[WALK_BARS], without[WALK_BARS];
    int32_t round;
    walk_make(&w, 700, 21);
    for (round = 0; round < 2; round++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_VOLATILITY);
        lstmfc_forecaster *a, *b;
        lstmfc_forecaster_info info;
        lstmfc_error err;
        lstmfc_spans spans;
        lstmfc_writer file;
        double sum = 0, s;
        size_t t, n = 0, h = 3;
        memset(&err, 0, sizeof err);
        if (round) desc.val = LSTMFC_NONE;
        a = fit(&w.candles, &desc, &spans);
        desc.volatility_factor = LSTMFC_VOLATILITY_FACTOR_NONE;
        b = fit(&w.candles, &desc, NULL);
        if (!a || !b) return;
        CHECK_OK(lstmfc_forecaster_predict_all(a, &w.candles, 0, 700, with, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(b, &w.candles, 0, 700, without, &err), err);
        for (t = (size_t)(round ? spans.fit_first : spans.val_first); t < (size_t)(round ? spans.fit_end : spans.val_end); t++, n++)
            sum += pow(rv(w.close, t + h, h) / without[t].value, 2);
        s = sqrt(sum / (double)n);
        info = lstmfc_forecaster_get_info(a);
        CHECK_INT(n, round ? info.fit_samples : info.val_samples);
        CHECK_NEAR(info.volatility_factor, s, 1e-12);
        CHECK(s > 1.02);                                /* else this test would not see a factor left out */
        CHECK(lstmfc_forecaster_get_info(b).volatility_factor == 1);
        for (t = 560; t < 700; t++) {
            CHECK_NEAR(with[t].value, s * without[t].value, 1e-12);
            CHECK(with[t].volatility == with[t].value);
            CHECK(round ? lstmfc_is_nan(with[t].lower) : with[t].lower == without[t].lower && with[t].upper == without[t].upper);
        }
        file = saved(a);
        CHECK_HAS(file.text, "\"volatility_factor\": 1.");
        lstmfc_writer_free(&file);
        lstmfc_forecaster_free(a);
        lstmfc_forecaster_free(b);
    }
}

/* h + 1 equal closes: no movement, which is no bad number; the truth 0 has no logarithm and enters no metric. */
TEST(no_movement) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_VOLATILITY);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    size_t t;
    walk_make(&w, 700, 22);
    for (t = 101; t < 130; t++) w.close[t] = w.high[t] = w.low[t] = w.open[t] = w.close[100];
    forecaster = fit(&w.candles, &desc, NULL);
    if (!forecaster) return;
    info = lstmfc_forecaster_get_info(forecaster);
    CHECK_INT(info.equal_closes, 27);                   /* t = 100 .. 126 */
    CHECK_INT(info.bad_samples, 0);
    CHECK_INT(lstmfc_forecaster_outcome(forecaster, &w.candles, 99).reason, LSTMFC_OUTCOME_KNOWN);
    CHECK_INT(lstmfc_forecaster_outcome(forecaster, &w.candles, 100).reason, LSTMFC_OUTCOME_EQUAL);
    CHECK_INT(lstmfc_forecaster_outcome(forecaster, &w.candles, 126).reason, LSTMFC_OUTCOME_EQUAL);
    CHECK_INT(lstmfc_forecaster_outcome(forecaster, &w.candles, 127).reason, LSTMFC_OUTCOME_KNOWN);
    w.close[600] = lstmfc_nan();                        /* a hole is not stillness */
    CHECK_INT(lstmfc_forecaster_outcome(forecaster, &w.candles, 599).reason, LSTMFC_OUTCOME_BAD);
    CHECK(info.baselines && info.baselines->har[4] > 0 && info.baselines->linear_floor > 0);
    lstmfc_forecaster_free(forecaster);
}

static const int32_t names[4][6] = {
    {LSTMFC_BASELINE_NAIVE, LSTMFC_BASELINE_LAST_MOVE, LSTMFC_BASELINE_LINEAR, -1, -1, -1}, {LSTMFC_BASELINE_NAIVE, LSTMFC_BASELINE_LINEAR, -1, -1, -1, -1},
    {LSTMFC_BASELINE_NAIVE, LSTMFC_BASELINE_LINEAR, -1, -1, -1, -1},
    {LSTMFC_BASELINE_NAIVE, LSTMFC_BASELINE_EWMA, LSTMFC_BASELINE_HAR, LSTMFC_BASELINE_GARCH, LSTMFC_BASELINE_LINEAR, -1}};

/* What each says, against chapter 16 on the whole series or against long form. */
TEST(what_they_say) {
    static double said[WALK_BARS], series[WALK_BARS], returns[WALK_BARS];
    lstmfc_error err;
    int32_t target;
    size_t t, n = 700, k, h = 3;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 23);
    returns[0] = lstmfc_nan();
    for (t = 1; t < n; t++) returns[t] = lstmfc_log(w.close[t] / w.close[t - 1]);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_VOLATILITY; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_spans spans;
        lstmfc_forecaster *forecaster = fit(&w.candles, &desc, &spans);
        const lstmfc_baselines *b;
        if (!forecaster) return;
        b = lstmfc_forecaster_get_info(forecaster).baselines;
        if (!CHECK(b && b->linear)) return;
        CHECK(b->close == w.close[559]);
        CHECK_INT(b->linear->count, target == LSTMFC_TARGET_DIRECTION ? 3 : 12);
        CHECK_INT(b->linear->kind, target == LSTMFC_TARGET_DIRECTION ? LSTMFC_LOGISTIC : LSTMFC_RIDGE);
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_NAIVE, 0, n, said, &err), err);
        for (t = 10; t + h < n; t++)
            CHECK_CLOSE(said[t], lstmfc_forecaster_outcome(forecaster, &w.candles, t).persistence, 1e-14, 0);
        if (target == LSTMFC_TARGET_DIRECTION) {
            double ups[2] = {0, 0}, all[2] = {0, 0};
            for (t = (size_t)spans.fit_first; t < (size_t)spans.fit_end; t++) {
                int rose = w.close[t] > w.close[t - 1];
                all[rose]++;
                ups[rose] += w.close[t + h] > w.close[t];
            }
            CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_LAST_MOVE, 1, n - 1, said, &err), err);
            for (t = 1; t < n; t++) {
                int rose = w.close[t] > w.close[t - 1];
                CHECK_NEAR(said[t - 1], ups[rose] / all[rose], 1e-14);
            }
        }
        if (target == LSTMFC_TARGET_VOLATILITY) {
            double ridge = 0, har = 0, parameters[3], count = 0;
            ewma_volatility(n, returns, series);
            CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_EWMA, 0, n, said, &err), err);
            CHECK(!memcmp(said + 1, series + 1, (n - 1) * sizeof *said));
            CHECK_OK(har_volatility(n, returns, 3, 0, (size_t)spans.fit_end, series, NULL, NULL, &err), err);
            CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_HAR, 0, n, said, &err), err);
            for (t = 0; t < n; t++) CHECK(t < 66 ? lstmfc_is_nan(said[t]) : same_double(said[t], series[t]));
            for (k = (size_t)spans.val_first; k < (size_t)spans.val_end; k++, count++) har += qlike(rv(w.close, k + h, h), said[k]);
            CHECK_NEAR(b->har_loss, har / count, 1e-11);
            CHECK_OK(garch_volatility(n, returns, 3, 1, (size_t)spans.fit_end + h, series, parameters, &err), err);
            CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_GARCH, 0, n, said, &err), err);
            for (t = 0; t < n; t++) CHECK_NEAR(said[t], series[t], 1e-13);
            CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_LINEAR, 0, n, said, &err), err);
            for (k = (size_t)spans.val_first; k < (size_t)spans.val_end; k++) ridge += qlike(rv(w.close, k + h, h), said[k]);
            CHECK_NEAR(b->linear_loss, ridge / count, 1e-11);
            CHECK(b->linear_floor == b->har[4] && b->linear_factor > 1);
            for (t = 10; t < n; t++) CHECK(said[t] >= b->har[4]);
        }
        /* the linear model by hand: z-scores of the fit rows, weights, the last row or the window */
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_LINEAR, 300, 200, said, &err), err);
        {
            lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
            double *matrix = (double *)malloc(n * 3 * sizeof *matrix), z;
            size_t window = target == LSTMFC_TARGET_DIRECTION ? 1 : 4, j;
            CHECK_OK(lstmfc_features_evaluate(info.features, &w.candles, matrix, &err), err);
            for (t = 300; t < 500; t++) {
                z = b->linear->intercept;
                for (k = 0; k < window; k++)
                    for (j = 0; j < 3; j++)
                        z += b->linear->weights[k * 3 + j] * (matrix[(t + 1 - window + k) * 3 + j] - info.scaling[6 + j]) / info.scaling[9 + j];
                if (target == LSTMFC_TARGET_DIRECTION) z = 1 / (1 + exp(-z));
                if (target == LSTMFC_TARGET_PRICE) z = w.close[t] * exp(z);
                if (target == LSTMFC_TARGET_VOLATILITY) z = fmax(b->linear_factor * exp(z), b->linear_floor);
                CHECK_CLOSE(said[t - 300], z, 1e-6, 1e-8);
            }
            free(matrix);
        }
        lstmfc_forecaster_free(forecaster);
    }
}

/* The same file, saved and loaded, says the same bits. Cut to begin shortly before the test span, the candles still give the same
   bits to every baseline whose bars are there; one whose bars are not there is NaN. */
TEST(whatever_the_file_shows) {
    static double whole[WALK_BARS], part[WALK_BARS];
    lstmfc_error err;
    int32_t target, k;
    size_t n = 700, t, from;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 24);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_VOLATILITY; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *first = fit(&w.candles, &desc, NULL), *second;
        lstmfc_forecaster_info info = lstmfc_forecaster_get_info(first);
        lstmfc_writer a, b;
        if (!first) return;
        a = saved(first);
        second = lstmfc_forecaster_load_memory(a.text, a.length, NULL, &err);
        CHECK_OK(err.code, err);
        if (!second) return;
        b = saved(second);
        CHECK(a.length == b.length && !memcmp(a.text, b.text, a.length));
        lstmfc_writer_free(&a);
        lstmfc_writer_free(&b);
        for (k = 0; names[target][k] >= 0; k++) {
            int32_t which = names[target][k];
            int64_t bars = lstmfc_forecaster_baseline_bars(second, which);
            CHECK(bars > 0);
            CHECK_OK(lstmfc_forecaster_baseline(first, &w.candles, which, 0, n, whole, &err), err);
            CHECK_OK(lstmfc_forecaster_baseline(second, &w.candles, which, 0, n, part, &err), err);
            CHECK(!memcmp(whole, part, n * sizeof *whole));
            for (from = 468; from <= 620; from += 23) {         /* seen_to is bar 559; 560 is among the beginnings */
                walk_copy(&cut, &w);
                cut.candles.time += from; cut.candles.close += from; cut.candles.volume += from;
                cut.candles.open += from; cut.candles.high += from; cut.candles.low += from; cut.candles.count = n - from;
                CHECK_OK(lstmfc_forecaster_baseline(second, &cut.candles, which, 0, n - from, part, &err), err);
                for (t = from; t < n; t++) {
                    int variance = which == LSTMFC_BASELINE_EWMA || which == LSTMFC_BASELINE_GARCH;
                    int goes_on = (variance || which == LSTMFC_BASELINE_HAR) && from <= 560 && t >= 559;
                    int here = goes_on || (int64_t)(t - from) + 1 >= bars;
                    if (!here) CHECK(lstmfc_is_nan(part[t - from]));
                    else if (which == LSTMFC_BASELINE_LINEAR || (variance && !goes_on)) CHECK_CLOSE(part[t - from], whole[t], 2e-3, 1e-12);
                    else CHECK(same_double(part[t - from], whole[t]));
                }
            }
        }
        CHECK_INT(lstmfc_forecaster_baseline_bars(second, 99), 0);
        CHECK_INT(lstmfc_forecaster_baseline_bars(NULL, LSTMFC_BASELINE_HAR), 0);
        CHECK(info.baselines != NULL);
        lstmfc_forecaster_free(first);
        lstmfc_forecaster_free(second);
    }
}

/* A file of the very next bars goes on from the state that training left; behind a gap, or among other prices, the recursion starts
   cold and says nothing until that is forgotten. */
TEST(recursions_go_on) {
    static double whole[WALK_BARS], part[WALK_BARS];
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_VOLATILITY);
    lstmfc_forecaster *forecaster;
    lstmfc_error err;
    size_t t, n = 1200;
    int32_t which;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 25);
    desc.test = 0.5;
    forecaster = fit(&w.candles, &desc, NULL);          /* seen_to: bar 599 */
    if (!forecaster) return;
    for (which = LSTMFC_BASELINE_EWMA; which <= LSTMFC_BASELINE_GARCH; which += LSTMFC_BASELINE_GARCH - LSTMFC_BASELINE_EWMA) {
        int64_t bars = lstmfc_forecaster_baseline_bars(forecaster, which);
        if (which == LSTMFC_BASELINE_EWMA) CHECK_INT(bars, 113);        /* 0.94^112 < 0.001 */
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &w.candles, which, 0, n, whole, &err), err);
        walk_copy(&cut, &w);
        cut.candles.time += 600; cut.candles.close += 600; cut.candles.count -= 600;
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &cut.candles, which, 0, n - 600, part, &err), err);
        CHECK(!memcmp(part, whole + 600, 600 * sizeof *part));
        for (t = 0; t < 600; t++) cut.close[600 + t] *= 3;      /* a price that cannot be the next one: another series */
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &cut.candles, which, 0, n - 600, part, &err), err);
        for (t = 0; t < 600; t++) CHECK(lstmfc_is_nan(part[t]) == ((int64_t)t + 1 < bars));
        cut.candles.time++, cut.candles.close++, cut.candles.count--;
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &cut.candles, which, 0, n - 601, part, &err), err);
        for (t = 0; t < 599; t++) CHECK(lstmfc_is_nan(part[t]) == ((int64_t)t + 1 < bars));
        walk_copy(&cut, &w);
        for (t = 0; t < n; t++) cut.close[t] *= cut.close[t];       /* another series: its own returns alone count, here twice as large */
        CHECK_OK(lstmfc_forecaster_baseline(forecaster, &cut.candles, which, 0, n, part, &err), err);
        for (t = 1; t < n; t++) if (which == LSTMFC_BASELINE_EWMA) CHECK_NEAR(part[t], 2 * whole[t], 1e-9);
    }
    lstmfc_forecaster_free(forecaster);
}

static void seal(lstmfc_writer *file) {
    size_t k;
    uint32_t crc;
    char *at = NULL;
    for (k = file->length; k > 12 && !at; k--) if (!memcmp(file->text + k - 12, ",\"checksum\"", 11)) at = file->text + k - 12;
    if (!CHECK(at != NULL)) return;
    crc = crc32_of(file->text, (size_t)(at - file->text));
    at = strchr(at + 12, '"') + 1;
    for (k = 0; k < 8; k++) at[k] = "0123456789abcdef"[crc >> (28 - 4 * k) & 15];
}

/* out = file with `new_text` for the first `old_text` after `behind`, sealed again. */
static lstmfc_writer altered(const lstmfc_writer *file, const char *behind, const char *old_text, const char *new_text) {
    lstmfc_writer out;
    const char *at = strstr(file->text, behind);
    if (at) at = strstr(at, old_text);
    lstmfc_writer_init(&out, NULL);
    if (!CHECK(at != NULL)) { printf("    %s\n", old_text); return out; }
    lstmfc_write_text(&out, file->text, (size_t)(at - file->text));
    lstmfc_write_text(&out, new_text, strlen(new_text));
    at += strlen(old_text);
    lstmfc_write_text(&out, at, file->length - (size_t)(at - file->text));
    seal(&out);
    return out;
}

/* What a file must not hold is refused by name; what an older file does not hold is not made up. */
TEST(files) {
    static const char *const lies[][4] = {              /* target, behind, old, new: the name is in the message */
        {"3", "\"task\"", "\"volatility_factor\": 1.", "\"volatility_factor\": -1."}, {"3", "\"task\"", "\"volatility_factor\": 1.", "\"volatility_factor\": 1e9, \"x\": 1."},
        {"3", "\"baselines\"", "\"har\": [", "\"har\": [1, "}, {"3", "\"baselines\"", "\"har\": [", "\"har\": [], \"x\": ["}, {"3", "\"baselines\"", "\"har\": [", "\"har\": [1,2,3,4,0], \"x\": ["},
        {"3", "\"baselines\"", "\"returns\": [", "\"returns\": [1, "}, {"3", "\"baselines\"", "\"returns\": [", "\"returns\": [], \"x\": ["},
        {"3", "\"baselines\"", "\"returns\": [", "\"returns\": [\"a\"], \"x\": ["}, {"3", "\"garch\"", "\"long_run\": ", "\"long_run\": -"}, {"3", "\"garch\"", "\"alpha\": ", "\"alpha\": 2, \"x\": "}, {"3", "\"garch\"", "\"beta\": ", "\"beta\": 1.5, \"x\": "},
        {"3", "\"garch\"", "\"state\": ", "\"state\": -"}, {"3", "\"ewma\"", "\"state\": ", "\"state\": -"}, {"3", "\"baselines\"", "\"ewma\": {", "\"ewma\": 1, \"x\": {"},
        {"3", "\"ridge\"", "\"floor\": ", "\"floor\": -"}, {"3", "\"ridge\"", "\"factor\": ", "\"factor\": -"}, {"3", "\"ridge\"", "\"penalty\": ", "\"penalty\": -"},
        {"3", "\"ridge\"", "\"weights\": [", "\"weights\": [1, "}, {"3", "\"ridge\"", "\"weights\": [", "\"weights\": [], \"x\": ["}, {"3", "\"ridge\"", "\"weights\": [", "\"weights\": null, \"x\": ["},
        {"3", "\"ridge\"", "\"intercept\": ", "\"intercept\": null, \"x\": "}, {"3", "\"training\"", "\"baselines\": {", "\"baselines\": [], \"x\": {"},
        {"3", "\"baselines\"", "\"close\": ", "\"close\": -"}, {"3", "\"baselines\"", "\"har_loss\": ", "\"har_loss\": -"}, {"3", "\"baselines\"", "\"linear_loss\": ", "\"linear_loss\": -"},
        {"3", "\"baselines\"", "\"ridge\": {", "\"ridge\": 7, \"x\": {"}, {"0", "\"baselines\"", "\"last_move\": [", "\"last_move\": [1, "}, {"0", "\"baselines\"", "\"last_move\": [0", "\"last_move\": [7"},
        {"0", "\"logistic\"", "\"weights\": [", "\"weights\": [0, "}, {"0", "\"baselines\"", "\"logistic\": {", "\"other\": {"}};
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *loaded;
    lstmfc_writer file[4], copy;
    lstmfc_error err;
    double one[3];
    size_t k;
    walk_make(&w, 700, 26);
    for (k = 0; k < 4; k += 3) {
        lstmfc_forecaster *forecaster;
        desc = small((int32_t)k);
        forecaster = fit(&w.candles, &desc, NULL);
        if (!forecaster) return;
        file[k] = saved(forecaster);
        lstmfc_forecaster_free(forecaster);
    }
    for (k = 0; k < sizeof lies / sizeof lies[0]; k++) {
        const char *end = strchr(lies[k][2] + 1, '"');
        char name[40];
        snprintf(name, sizeof name, "%.*s", (int)(end - lies[k][2] - 1), lies[k][2] + 1);
        copy = altered(&file[lies[k][0][0] - '0'], lies[k][1], lies[k][2], lies[k][3]);
        memset(&err, 0, sizeof err);
        loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
        if (!CHECK(!loaded && err.code == LSTMFC_ERROR_FORMAT)) printf("    %s instead of %s: %s\n", lies[k][3], lies[k][2], err.message);
        CHECK_HAS(err.message, name);
        lstmfc_forecaster_free(loaded);
        lstmfc_writer_free(&copy);
    }
    /* an older file: neither factor nor baselines */
    memset(&err, 0, sizeof err);
    copy = altered(&file[3], "\"task\"", "\"volatility_factor\"", "\"unknown\"");
    loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (CHECK(loaded != NULL)) CHECK(lstmfc_forecaster_get_info(loaded).volatility_factor == 1);
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&copy);
    copy = altered(&file[3], "\"training\"", "\"baselines\": {", "\"unknown\": {");
    loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (CHECK(loaded != NULL)) {
        CHECK(!lstmfc_forecaster_get_info(loaded).baselines);
        CHECK_OK(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_NAIVE, 600, 3, one, &err), err);
        CHECK_INT(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_HAR, 600, 3, one, &err), LSTMFC_ERROR_UNSUPPORTED);
        CHECK_HAS(err.message, "keeps no fitted baselines");
        CHECK_INT(lstmfc_forecaster_baseline_bars(loaded, LSTMFC_BASELINE_HAR), 0);
    }
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&copy);
    /* no ridge forecast falls below the floor of its file */
    memset(&err, 0, sizeof err);
    copy = altered(&file[3], "\"ridge\"", "\"floor\": ", "\"floor\": 0.5, \"x\": ");
    loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
    CHECK_OK(err.code, err);
    CHECK_OK(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_LINEAR, 600, 3, one, &err), err);
    CHECK(one[0] == 0.5 && one[1] == 0.5 && one[2] == 0.5);
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&copy);
    /* what could not be fitted is null, and stays so */
    memset(&err, 0, sizeof err);
    copy = altered(&file[3], "\"baselines\"", "\"har\": [", "\"har\": null, \"x\": [");
    loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (CHECK(loaded != NULL)) {
        lstmfc_writer back = saved(loaded);
        CHECK_HAS(back.text, "\"har\": null");
        CHECK_INT(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_HAR, 600, 3, one, &err), LSTMFC_ERROR_UNSUPPORTED);
        CHECK_HAS(err.message, "HAR-RV could not be fitted");
        memset(&err, 0, sizeof err);
        CHECK_OK(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_GARCH, 600, 3, one, &err), err);
        CHECK_INT(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_LAST_MOVE, 600, 3, one, &err), LSTMFC_ERROR_UNSUPPORTED);
        CHECK_INT(lstmfc_forecaster_baseline(loaded, &w.candles, 17, 600, 3, one, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_HAR, 699, 3, one, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_forecaster_baseline(loaded, NULL, LSTMFC_BASELINE_HAR, 600, 3, one, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_forecaster_baseline(NULL, &w.candles, LSTMFC_BASELINE_HAR, 600, 3, one, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_forecaster_baseline(loaded, &w.candles, LSTMFC_BASELINE_NAIVE, 600, 3, NULL, &err), LSTMFC_ERROR_ARGUMENT);
        lstmfc_writer_free(&back);
    }
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&copy);
    lstmfc_writer_free(&file[0]);
    lstmfc_writer_free(&file[3]);
}

/* Nothing to fit: a market without movement at first, a window too wide for a ridge, no baselines wanted. */
TEST(nothing_to_fit) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *forecaster;
    lstmfc_error err;
    double one[2];
    memset(&err, 0, sizeof err);
    walk_make(&w, 700, 27);
    desc.baselines = LSTMFC_BASELINES_NONE;
    forecaster = fit(&w.candles, &desc, NULL);
    CHECK(forecaster && !lstmfc_forecaster_get_info(forecaster).baselines);
    CHECK_INT(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_LINEAR, 600, 2, one, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK_HAS(err.message, "baselines=none");
    lstmfc_forecaster_free(forecaster);
    desc = small(LSTMFC_TARGET_RETURN);
    desc.window = 60;
    desc.features = "log_return(close), pct_change(2), pct_change(3), pct_change(4), pct_change(5), pct_change(6), pct_change(7), pct_change(8), "
        "lag(close,1)/close, lag(close,2)/close, lag(close,3)/close, lag(close,4)/close, lag(close,5)/close, lag(close,6)/close, "
        "lag(close,7)/close, lag(close,8)/close, sma(2)/close, sma(3)/close, sma(4)/close, sma(5)/close, sma(6)/close, sma(7)/close, "
        "sma(8)/close, sma(9)/close, sma(10)/close, sma(11)/close, sma(12)/close, sma(13)/close, sma(14)/close, sma(15)/close, sma(16)/close, "
        "sma(17)/close, sma(18)/close, sma(19)/close, sma(20)/close, sma(21)/close, sma(22)/close, sma(23)/close, sma(24)/close, sma(25)/close, "
        "sma(26)/close, sma(27)/close, sma(28)/close, sma(29)/close, sma(30)/close, sma(31)/close, sma(32)/close, sma(33)/close, "
        "sma(34)/close, sma(35)/close, sma(36)/close, sma(37)/close, sma(38)/close, sma(39)/close, sma(40)/close, max(2)/close, max(3)/close, "
        "max(4)/close, max(5)/close, max(6)/close, max(7)/close, max(8)/close, max(9)/close, max(10)/close, max(11)/close, max(12)/close, "
        "max(13)/close, max(14)/close, max(15)/close";
    forecaster = fit(&w.candles, &desc, NULL);
    if (forecaster) {
        CHECK(!lstmfc_forecaster_get_info(forecaster).baselines->linear);
        CHECK_INT(lstmfc_forecaster_baseline(forecaster, &w.candles, LSTMFC_BASELINE_LINEAR, 600, 2, one, &err), LSTMFC_ERROR_UNSUPPORTED);
        CHECK_HAS(err.message, "too wide");
    }
    lstmfc_forecaster_free(forecaster);
}

int main(void) {
    RUN(volatility_factor);
    RUN(no_movement);
    RUN(what_they_say);
    RUN(whatever_the_file_shows);
    RUN(recursions_go_on);
    RUN(files);
    RUN(nothing_to_fit);
    return test_end();
}
