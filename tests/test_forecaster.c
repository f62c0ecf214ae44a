// also: native
/* Chapter 18: one object from candles to forecasts. Files, streams, resuming, what it refuses and how it says so. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"
#include "fitted.h"

static walk w, v;

/* Fewer rounds under valgrind and emulation. */
static size_t quick(size_t full, size_t reduced) { return getenv("LSTMFC_QUICK") ? reduced : full; }

static const char *const specs[] = {"lstm 4 | dense 1 sigmoid", "lstm 5 | batchnorm | dropout 0.2 | dense 1", "lstm 4 dropout=0.1 l2=0.001 | dense 3 tanh | dense 1",
                                    "lstm 4 | lstm 3 | dense 1", "lstm 4 | dense 1", "lstm 3 | dropout 0.1 | dense 1", "gru 4 | dense 1"};

/* A small fit of each target, different in everything. */
static lstmfc_forecaster_desc small(int32_t target) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.horizon = target + 1;
    desc.volatility_bars = 9;
    if (target == LSTMFC_TARGET_EXPRESSION) desc.expression = "sma(close,4)-100";
    desc.window = 6;
    desc.features = "log_return(close), close/sma(5)-1, ema = ema(3)/close-1, volume/sma(volume,4), hour_sin";
    desc.model = specs[target];
    desc.symbol = "TEST \"quoted\" \xc3\xa9";
    desc.training.epochs = 3;
    desc.training.batch = 16;
    desc.training.seed = 5 + target;
    desc.training.optimizer.lr = 0.01;
    return desc;
}

/* A forecast has no padding, and NaN one pattern: bytes are enough. */
static int same(const lstmfc_forecast *a, const lstmfc_forecast *b) { return memcmp(a, b, sizeof *a) == 0; }

static lstmfc_forecast all[WALK_BARS], again[WALK_BARS];

/* ---- files ---- */

TEST(file_round_trip) {
    int32_t target;
    walk_make(&w, 260, 1);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *first = fit(&w.candles, &desc), *second, *other;
        lstmfc_error err;
        lstmfc_writer a, b, c;
        size_t t, known = 0;
        memset(&err, 0, sizeof err);
        if (!first) return;
        a = saved(first);
        second = lstmfc_forecaster_load_memory(a.text, a.length, NULL, &err);
        CHECK_OK(err.code, err);
        if (!second) return;
        b = saved(second);
        CHECK(same_text(&a, &b));                               /* save -> load -> save */
        lstmfc_writer_free(&b);
        CHECK_OK(lstmfc_forecaster_predict_all(first, &w.candles, 0, w.candles.count, all, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(second, &w.candles, 0, w.candles.count, again, &err), err);
        for (t = 0; t < w.candles.count; t++) {
            CHECK(same(&all[t], &again[t]));
            known += !lstmfc_is_nan(all[t].value);
        }
        CHECK(known > 200);
        desc.training.threads = 1;
        other = fit(&w.candles, &desc);                         /* the same seed: the same bytes */
        b = saved(other);
        CHECK(same_text(&a, &b));
        lstmfc_forecaster_free(other);
        desc.training.seed++;
        other = fit(&w.candles, &desc);
        c = saved(other);
        CHECK(!same_text(&a, &c));
        lstmfc_forecaster_free(other);
        lstmfc_writer_free(&a);
        lstmfc_writer_free(&b);
        lstmfc_writer_free(&c);
        lstmfc_forecaster_free(first);
        lstmfc_forecaster_free(second);
    }
}

/* created and unknown keys: the first is kept, `extra` byte for byte, the others dropped. The checksum is the last key. */
static void seal(lstmfc_writer *file) {
    static const char hex[] = "0123456789abcdef";
    char *comma = NULL;
    size_t k;
    uint32_t crc;
    for (k = file->length; k > 12 && !comma; k--) if (memcmp(file->text + k - 12, ",\"checksum\"", 11) == 0) comma = file->text + k - 12;
    CHECK(comma != NULL);
    if (!comma) return;
    crc = crc32_of(file->text, (size_t)(comma - file->text));
    while (*comma != ':') comma++;
    while (*comma != '"') comma++;
    for (k = 0; k < 8; k++) comma[1 + k] = hex[crc >> (28 - 4 * k) & 15];
}

static lstmfc_writer with_member(const lstmfc_writer *file, const char *member) {
    lstmfc_writer out;
    size_t k = file->length;
    while (k > 12 && memcmp(file->text + k - 12, ",\"checksum\"", 11) != 0) k--;
    lstmfc_writer_init(&out, NULL);
    lstmfc_write_text(&out, file->text, k - 12);
    lstmfc_write_text(&out, member, strlen(member));
    lstmfc_write_text(&out, file->text + k - 12, file->length - k + 12);
    seal(&out);
    return out;
}

TEST(file_extra) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *forecaster, *loaded;
    lstmfc_error err;
    lstmfc_writer plain, extended, back;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 2);
    desc.created = 1700000000123;
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    plain = saved(forecaster);
    CHECK(strstr(plain.text, "1700000000123") != NULL);
    extended = with_member(&plain, ",\n \"extra\": {\"note\" : [1, 2.50,\"\\u00e9\"]}");
    loaded = lstmfc_forecaster_load_memory(extended.text, extended.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (loaded) {
        back = saved(loaded);
        CHECK(same_text(&extended, &back));
        lstmfc_writer_free(&back);
        lstmfc_forecaster_free(loaded);
    }
    lstmfc_writer_free(&extended);
    extended = with_member(&plain, ",\"unheard_of\":[1]");
    loaded = lstmfc_forecaster_load_memory(extended.text, extended.length, NULL, &err);
    CHECK_OK(err.code, err);
    if (loaded) {
        back = saved(loaded);
        CHECK(same_text(&plain, &back));
        lstmfc_writer_free(&back);
        lstmfc_forecaster_free(loaded);
    }
    lstmfc_writer_free(&extended);
    lstmfc_writer_free(&plain);
    lstmfc_forecaster_free(forecaster);
}

/* A tiny file, cut at every byte, and with every byte altered: each is refused as a model file, with a message. */
static lstmfc_forecaster *tiny(const lstmfc_env *env, lstmfc_error *err) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = LSTMFC_TARGET_RETURN;
    desc.window = 3;
    desc.features = "log_return(close)";
    desc.model = "lstm 1 | dense 1";
    desc.training.epochs = 1;
    desc.env = env;
    return lstmfc_forecaster_fit(&w.candles, &desc, err);
}

static int refused(const char *text, size_t length) {
    lstmfc_error err;
    lstmfc_forecaster *loaded;
    int ok;
    memset(&err, 0, sizeof err);
    loaded = lstmfc_forecaster_load_memory(text, length, NULL, &err);
    ok = !loaded && err.code == LSTMFC_ERROR_FORMAT && err.message[0];
    if (!ok) printf("    %s: %s\n", lstmfc_result_name(err.code), err.message);
    lstmfc_forecaster_free(loaded);
    return ok;
}

TEST(file_damaged) {
    static const unsigned char flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    lstmfc_writer file;
    char *copy;
    size_t k, f, step = quick(1, 7), cuts = 0, altered = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, 120, 3);
    forecaster = tiny(NULL, &err);
    CHECK_OK(err.code, err);
    if (!forecaster) return;
    file = saved(forecaster);
    copy = (char *)malloc(file.length + 1);
    for (k = 0; k < file.length; k += step, cuts++) {
        char *part = (char *)malloc(k ? k : 1);         /* a block of its own: a read past the end shows */
        memcpy(part, file.text, k);
        if (!CHECK(refused(part, k))) printf("    cut after %lu bytes\n", (unsigned long)k);
        free(part);
    }
    for (k = 0; k < file.length; k += step)
        for (f = 0; f < sizeof flips; f++, altered++) {
            memcpy(copy, file.text, file.length);
            copy[k] = (char)((unsigned char)copy[k] ^ flips[f]);
            if (!CHECK(refused(copy, file.length))) printf("    byte %lu: '%c' became '%c'\n", (unsigned long)k, file.text[k], copy[k]);
        }
    memcpy(copy, file.text, file.length);
    copy[file.length] = 'x';
    CHECK(refused(copy, file.length + 1));
    printf("file_damaged: %lu cuts and %lu alterations of a file of %lu bytes, all refused\n", (unsigned long)cuts, (unsigned long)altered, (unsigned long)file.length);
    free(copy);
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
}

/* copy = file with another value for the first member that begins with `key`, sealed again. */
static void replace(lstmfc_writer *copy, const lstmfc_writer *file, const char *key, const char *value) {
    const char *at = strstr(file->text, key), *rest;
    if (!CHECK(at != NULL)) return;
    rest = at + strlen(key);
    lstmfc_writer_free(copy);
    lstmfc_writer_init(copy, NULL);
    lstmfc_write_text(copy, file->text, (size_t)(rest - file->text));
    lstmfc_write_text(copy, value, strlen(value));
    if (*rest == '"') do rest++; while (*rest != '"');
    while (*rest != ',' && *rest != '\n') rest++;
    lstmfc_write_text(copy, rest, file->length - (size_t)(rest - file->text));
    seal(copy);
}

/* The same with the checksum set right: whoever writes such a file on purpose gets an error, or a forecaster that works. */
TEST(file_hostile) {
    static const char replacements[] = "0-9\"}],e.\\n ";
    lstmfc_error err;
    lstmfc_forecaster *forecaster;
    lstmfc_writer file, copy;
    size_t k, f, step = quick(1, 11), loaded_count = 0, refused_count = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, 120, 3);
    forecaster = tiny(NULL, &err);
    if (!CHECK(forecaster != NULL)) return;
    file = saved(forecaster);
    lstmfc_writer_init(&copy, NULL);
    lstmfc_write_text(&copy, file.text, file.length);
    for (k = 0; k + 24 < file.length; k += step)
        for (f = 0; replacements[f]; f++) {
            lstmfc_forecaster *loaded;
            memcpy(copy.text, file.text, file.length);
            copy.text[k] = replacements[f];
            seal(&copy);
            memset(&err, 0, sizeof err);
            loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
            if (loaded) {
                loaded_count++;
                lstmfc_forecaster_predict_all(loaded, &w.candles, 0, w.candles.count, all, &err);
            } else {
                refused_count++;
                CHECK(err.code != LSTMFC_OK && err.message[0]);
            }
            lstmfc_forecaster_free(loaded);
        }
    printf("file_hostile: %lu files refused, %lu loaded and used\n", (unsigned long)refused_count, (unsigned long)loaded_count);
    {   /* whole numbers put in for others: each is refused, and says which member */
        static const char *const lies[][3] = {
            {"\"interval_seconds\": ", "1e300", "interval_seconds"}, {"\"interval_seconds\": ", "-1", "interval_seconds"}, {"\"interval_seconds\": ", "null", "interval_seconds"},
            {"\"target_scale\": ", "0", "target_scale"}, {"\"target_scale\": ", "-1", "target_scale"}, {"\"horizon\": ", "0", "horizon"},
            {"\"horizon\": ", "4294967297", "horizon"}, {"\"horizon\": ", "1.5", "horizon"}, {"\"level\": ", "7", "level"}, {"\"quantile\": ", "-0.5", "quantile"},
            {"\"level\": ", "1", "0.5..0.999"}, {"\"quantile\": ", "\"luck\"", "quantile"}, {"\"base_rate\": ", "2", "base_rate"}, {"\"best_epoch\": ", "4", "best_epoch"},
            {"\"interval_seconds\": ", "1e11", "interval_seconds"}, {"\"stable\": ", "0", "stable"}, {"\"lookback\": ", "99999", "lookback"},
            {"\"cut\": ", "-3", "cut"}, {"\"stable\": ", "-1", "stable"}, {"\"target\": ", "\"luck\"", "target"}, {"\"spec\": ", "\"clse\"", "spec"}};
        for (k = 0; k < sizeof lies / sizeof lies[0]; k++) {
            lstmfc_forecaster *loaded;
            replace(&copy, &file, lies[k][0], lies[k][1]);
            memset(&err, 0, sizeof err);
            loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
            CHECK(!loaded && err.code == LSTMFC_ERROR_FORMAT);
            CHECK_HAS(err.message, lies[k][2]);
            lstmfc_forecaster_free(loaded);
        }
    }
    {   /* numbers at the far end of what is allowed: no undefined arithmetic anywhere, and forecasts as they come */
        static const char *const extremes[][2] = {{"\"interval_seconds\": ", "1e10"}, {"\"horizon\": ", "100000"}, {"\"stable\": ", "2305843009213693951"},
            {"\"target_scale\": ", "1e308"}, {"\"target_center\": ", "-1e308"}, {"\"quantile\": ", "1e308"}, {"\"quantile\": ", "\"inf\""}, {"\"interval_seconds\": ", "0"}};
        for (k = 0; k < sizeof extremes / sizeof extremes[0]; k++) {
            lstmfc_forecaster *loaded;
            lstmfc_forecast one[2];
            lstmfc_stream *stream;
            replace(&copy, &file, extremes[k][0], extremes[k][1]);
            memset(&err, 0, sizeof err);
            loaded = lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err);
            CHECK_OK(err.code, err);
            if (!loaded) continue;
            /* only where the file says that its bars are 317 years long */
            CHECK_INT(lstmfc_forecaster_predict_all(loaded, &w.candles, 0, w.candles.count, all, &err), k ? LSTMFC_OK : LSTMFC_ERROR_DATA);
            lstmfc_forecaster_predict(loaded, &w.candles, 2, one, &err);        /* may be refused: too few bars, no interval */
            w.time[119] = INT64_MAX;                                            /* a caller's own arrays may hold anything */
            stream = lstmfc_stream_create(loaded, &err);
            if (CHECK(stream != NULL)) lstmfc_stream_push(stream, &w.candles, 119, one, &err);
            lstmfc_stream_free(stream);
            lstmfc_forecaster_outcome(loaded, &w.candles, 118);
            w.time[119] = w.time[118] + 3600000;
            CHECK_INT(lstmfc_forecaster_outcome(loaded, &w.candles, (size_t)-1).reason, LSTMFC_OUTCOME_OPEN);
            lstmfc_forecaster_free(loaded);
        }
    }
    lstmfc_writer_free(&copy);
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
}

/* One bound for "extra", whoever loads the file; and what is wrong with a text inside the file is said, with its place in both. */
TEST(file_bounds_and_causes) {
    static const char *const lies[][3] = {
        {"\"spec\": ", "\"log_return(close), rsii(14)\"", "is not valid in this version: "},
        {"\"spec\": ", "\"log_return(close), rsii(14)\"", "rsii"}, {"\"spec\": ", "\"log_return(close), rsii(14)\"", "(column 20 of the text)"},
        {"\"spec\": ", "\"rsi(14\"", "JSON line "}, {"\"target\": ", "\"price\"", "'price': the network '"}};
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *forecaster, *loaded;
    lstmfc_error err;
    lstmfc_writer plain, extended, copy;
    size_t k, size;
    char *member = (char *)malloc(70000);
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 2);
    forecaster = fit(&w.candles, &desc);
    if (!forecaster || !member) return;
    plain = saved(forecaster);
    for (size = 65536; size <= 65537; size++) {
        k = (size_t)sprintf(member, ",\"extra\":\"");
        memset(member + k, 'x', size - 2);
        strcpy(member + k + size - 2, "\"");
        extended = with_member(&plain, member);
        memset(&err, 0, sizeof err);
        loaded = lstmfc_forecaster_load_memory(extended.text, extended.length, NULL, &err);
        if (size == 65536) { CHECK_OK(err.code, err); CHECK(loaded != NULL); }
        else { CHECK(!loaded && err.code == LSTMFC_ERROR_FORMAT); CHECK_HAS(err.message, "'extra' has 65537 bytes, at most 65536 are allowed"); }
        lstmfc_forecaster_free(loaded);
        lstmfc_writer_free(&extended);
    }
    lstmfc_writer_init(&copy, NULL);
    for (k = 0; k < sizeof lies / sizeof lies[0]; k++) {
        replace(&copy, &plain, lies[k][0], lies[k][1]);
        memset(&err, 0, sizeof err);
        CHECK(!lstmfc_forecaster_load_memory(copy.text, copy.length, NULL, &err) && err.code == LSTMFC_ERROR_FORMAT);
        CHECK_HAS(err.message, lies[k][2]);
    }
    CHECK_OK(lstmfc_file_write("causes.json", copy.text, copy.length, &err) ? LSTMFC_ERROR_WRITE : LSTMFC_OK, err);
    CHECK(!lstmfc_forecaster_load("causes.json", NULL, &err));
    CHECK_HAS(err.message, "causes.json: ");                  /* the file is named, as chapter 17's loader names it */
    remove("causes.json");
    lstmfc_writer_free(&copy);
    lstmfc_writer_free(&plain);
    lstmfc_forecaster_free(forecaster);
    free(member);
}

/* What would not load again is not saved and replaces nothing, forecaster and checkpoint: here a reader's limit refuses it. A
   checkpoint through a file goes on to the same bytes. */
TEST(file_read_back) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION), narrow = desc;
    lstmfc_env env = lstmfc_env_default();
    lstmfc_forecaster *forecaster, *whole;
    lstmfc_fit *job, *other;
    lstmfc_writer a, b;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 2);
    whole = fit(&w.candles, &desc);
    env.limits.depth = 3;
    narrow.env = &env;
    forecaster = fit(&w.candles, &narrow);
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    other = lstmfc_fit_create(&w.candles, &narrow, &err);
    CHECK_OK(err.code, err);
    if (!whole || !forecaster || !job || !other) return;
    lstmfc_fit_step(job, 5, &err);
    lstmfc_fit_step(other, 3, &err);
    CHECK_OK(lstmfc_fit_save(job, "read_back.json", &err), err);
    CHECK_INT(lstmfc_fit_save(other, "read_back.json", &err), LSTMFC_ERROR_LIMIT);
    CHECK_HAS(err.message, "read_back.json: not saved, for it would not load again: JSON");
    CHECK_INT(lstmfc_forecaster_save(forecaster, "read_back.json", &err), LSTMFC_ERROR_LIMIT);
    CHECK_HAS(err.message, "read_back.json: not saved, for it would not load again: JSON");
    lstmfc_fit_free(other);
    memset(&err, 0, sizeof err);
    other = lstmfc_fit_create(&w.candles, &desc, &err);
    CHECK_OK(lstmfc_fit_load(other, "read_back.json", &err), err);        /* the first save is still there */
    while (lstmfc_fit_step(other, 0, &err) == LSTMFC_OK) {}
    lstmfc_forecaster_free(forecaster);
    forecaster = lstmfc_fit_finish(other, &err);
    CHECK_OK(err.code, err);
    a = saved(whole);
    b = saved(forecaster);
    CHECK(same_text(&a, &b));
    lstmfc_writer_free(&a);
    lstmfc_writer_free(&b);
    remove("read_back.json");
    CHECK_INT(lstmfc_fit_load(job, "read_back.json", &err), LSTMFC_ERROR_OPEN);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_fit_load(NULL, "x", &err), LSTMFC_ERROR_ARGUMENT);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_fit_save(NULL, "x", &err), LSTMFC_ERROR_ARGUMENT);
    lstmfc_fit_free(job);
    lstmfc_fit_free(other);
    lstmfc_forecaster_free(forecaster);
    lstmfc_forecaster_free(whole);
}

/* ---- options ---- */

/* The saved file without the members "options" and "optimizer": what an option may not be alone in changing. */
static char *effect(const lstmfc_forecaster_desc *desc) {
    lstmfc_forecaster *forecaster;
    lstmfc_writer file;
    lstmfc_error err;
    char *copy, *from, *to;
    memset(&err, 0, sizeof err);
    forecaster = lstmfc_forecaster_fit(&w.candles, desc, &err);
    CHECK_OK(err.code, err);
    if (!forecaster) return NULL;
    file = saved(forecaster);
    copy = (char *)malloc(file.length + 1);
    memcpy(copy, file.text, file.length);
    copy[file.length] = 0;
    from = strstr(copy, "\"options\"");
    to = from ? strstr(from, "\"history\"") : NULL;
    if (CHECK(to != NULL)) memmove(from, to, strlen(to) + 1);
    if ((from = strstr(copy, "\"checksum\"")) != NULL) *from = 0;
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
    return copy;
}

/* Every option of the three tables changes what comes out, or is refused; none is taken and ignored. */
TEST(options_effective) {
    /* name, another value, and what the base must be for it to matter */
    static const char *const trials[][4] = {
        {"target", "volatility", "", ""}, {"horizon", "4", "", ""}, {"window", "7", "", ""}, {"features", "log_return(close)", "", ""}, {"model", "lstm 3 | dense 1", "", ""},
        {"scaler", "minmax", "", ""}, {"scaler", "robust", "", ""}, {"scaler", "none", "", ""}, {"val", "0.3", "", ""}, {"val", "none", "", ""}, {"test", "0.1", "", ""},
        {"gaps", "count", "", ""}, {"start_dependent", "allow", "", ""}, {"level", "0.7", "", ""}, {"cut", "0.6", "", ""}, {"symbol", "X", "", ""}, {"created", "77", "", ""},
        {"profile", "ta", "features", "rsi(5)"}, {"volatility_factor", "none", "target", "volatility"}, {"baselines", "none", "", ""},
        {"init", "keras", "", ""}, {"init", "torch", "", ""}, {"half_life", "20", "", ""}, {"history", "none", "", ""}, {"winsor", "1.5", "", ""}, {"norm", "last", "target", "expression"},
        {"intervals", "split", "", ""}, {"expression", "close*2", "target", "expression"}, {"volatility_bars", "7", "target", "rolling_volatility"},
        {"epochs", "4", "patience", "none"}, {"batch", "8", "", ""}, {"loss", "mae", "", ""}, {"loss", "huber", "", ""}, {"huber_delta", "0.1", "loss", "huber"}, {"l2", "0.5", "", ""},
        {"patience", "1", "lr", "1"}, {"min_delta", "10", "batch", "8"}, {"plateau", "1", "lr", "1"}, {"plateau_factor", "0.1", "plateau", "1"}, {"plateau_rule", "torch", "plateau", "1"},
        {"schedule", "cosine", "", ""}, {"schedule", "step", "schedule_every", "2"}, {"schedule_every", "2", "schedule", "step"}, {"schedule_factor", "0.1", "schedule", "exponential"},
        {"schedule_floor", "0.5", "schedule", "cosine"}, {"warmup", "3", "", ""},
        {"monitor", "total", "l2", "0.5"}, {"shuffle", "blocks", "", ""}, {"shuffle", "none", "", ""}, {"loss_goal", "100", "", ""}, {"seed", "99", "", ""},
        {"lr", "0.02", "", ""}, {"clip_norm", "0.01", "", ""}, {"clip_value", "0.001", "", ""}};
    static int tried[200];
    lstmfc_error err;
    size_t k, i, table, number;
    const lstmfc_field *fields[3];
    size_t counts[3];
    fields[0] = lstmfc_forecaster_desc_fields(&counts[0]);
    fields[1] = lstmfc_training_desc_fields(&counts[1]);
    fields[2] = lstmfc_optimizer_desc_fields(&counts[2]);
    walk_make(&w, 220, 14);
    for (i = 60; i < 220; i++) w.time[i] += 3600000;    /* a missing bar, for gaps */
    for (k = 0; k < sizeof trials / sizeof trials[0]; k++) {
        lstmfc_forecaster_desc base = small(LSTMFC_TARGET_RETURN), other;
        char *a, *b;
        int found = 0, change;
        memset(&err, 0, sizeof err);
        base.training.epochs = 6;
        base.training.optimizer.lr = 0.05;
        base.expression = "close";
        for (change = 2; change >= 0; change -= 2) {    /* first the base's own value, then the trial */
            if (change == 0) other = base;
            for (table = 0, number = 0; table < 3; table++)
                for (i = 0; i < counts[table]; i++, number++) {
                    lstmfc_forecaster_desc *desc = change ? &base : &other;
                    void *values = table == 0 ? (void *)desc : table == 1 ? (void *)&desc->training : (void *)&desc->training.optimizer;
                    if (strcmp(fields[table][i].name, trials[k][change]) != 0) continue;
                    CHECK_OK(lstmfc_field_set(values, &fields[table][i], trials[k][change + 1], &err), err);
                    if (change == 0) { tried[number] = 1; found++; }
                }
        }
        CHECK_INT(found, 1);
        a = effect(&base);
        b = effect(&other);
        if (!CHECK(a && b && strcmp(a, b) != 0)) printf("    %s %s has no effect\n", trials[k][0], trials[k][1]);
        free(a);
        free(b);
    }
    for (table = 0, number = 0; table < 3; table++)
        for (i = 0; i < counts[table]; i++, number++)
            /* threads have none: test_training, test_layers_threads; freeze: goes_on; class_weights: sample_weights; horizons: test_horizons; quantiles: test_quantiles */
            if (!tried[number] && strcmp(fields[table][i].name, "threads") != 0 && strcmp(fields[table][i].name, "freeze") != 0
                && strcmp(fields[table][i].name, "class_weights") != 0 && strcmp(fields[table][i].name, "horizons") != 0
                && strcmp(fields[table][i].name, "quantiles") != 0)
                if (!CHECK(table == 2)) printf("    %s was not tried\n", fields[table][i].name);       /* chapter 10's are tested there */
}

/* ---- fine-tuning: a training that goes on from a finished forecaster ---- */

/* What forecasts are made of stays the file's to the bit, though the desc says otherwise; frozen layers keep their weights, the others learn. The rest
   is that of the new candles. Resumed in the middle it ends in the same bytes. */
TEST(goes_on) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN), tune;
    lstmfc_forecaster *from, *tuned, *still;
    lstmfc_forecaster_info a, b;
    lstmfc_candles early;
    lstmfc_fit *job, *other;
    lstmfc_writer w2, x, y;
    lstmfc_error err;
    int32_t i;
    memset(&err, 0, sizeof err);
    walk_make(&w, 300, 21);
    early = w.candles;
    early.count = 180;
    desc.model = "lstm 4 dropout=0.1 l2=0.001 | batchnorm | dropout 0.2 | dense 3 tanh | dense 1";
    desc.level = 0.8; desc.scaler = LSTMFC_SCALER_ROBUST;
    from = fit(&early, &desc);
    if (!from) return;
    memset(&tune, 0, sizeof tune);
    tune.from = from;                                   /* direction, window 24, @a, auto: none of it counts */
    tune.freeze = "all but last 2";
    tune.training.epochs = 4; tune.training.optimizer.lr = 1e-3; tune.half_life = 100;
    tuned = fit(&w.candles, &tune);
    if (!tuned) { lstmfc_forecaster_free(from); return; }
    a = lstmfc_forecaster_get_info(from);
    b = lstmfc_forecaster_get_info(tuned);
    CHECK(b.target == a.target && b.horizon == a.horizon && b.window == a.window && b.scaler == a.scaler && b.level == a.level);
    CHECK(!strcmp(b.feature_spec, a.feature_spec) && !strcmp(b.model_spec, a.model_spec) && !strcmp(b.symbol, a.symbol));
    CHECK(!memcmp(b.scaling, a.scaling, 4 * (size_t)tuned->columns * sizeof(double)));
    CHECK(tuned->target_center == from->target_center && tuned->target_scale == from->target_scale);
    CHECK(b.rows == 300 && b.seen_to == w.time[299] && b.fit_to > a.seen_to && b.fit_samples > a.fit_samples && b.quantile != a.quantile);
    CHECK(strstr(b.options, "\"freeze\":\"all but last 2\"") != NULL && !strstr(a.options, "freeze"));
    for (i = 0; i < lstmfc_model_tensors(a.model); i++) {
        lstmfc_tensor before, after;
        lstmfc_model_tensor(a.model, i, &before);
        lstmfc_model_tensor(b.model, i, &after);
        if (!CHECK((memcmp(before.data, after.data, before.count * sizeof *before.data) == 0) == (before.name[0] < '3'))) printf("    %s\n", before.name);
    }
    /* pause, checkpoint, resume */
    x = saved(tuned);
    job = lstmfc_fit_create(&w.candles, &tune, &err);
    other = lstmfc_fit_create(&w.candles, &tune, &err);
    lstmfc_fit_step(job, 3, &err);
    lstmfc_writer_init(&w2, NULL);
    CHECK_OK(lstmfc_fit_save_memory(job, &w2, &err), err);
    CHECK_OK(lstmfc_fit_load_memory(other, w2.text, w2.length, &err), err);
    while (lstmfc_fit_step(other, 0, &err) == LSTMFC_OK) {}
    still = lstmfc_fit_finish(other, &err);
    if (CHECK(still != NULL)) { y = saved(still); CHECK(same_text(&x, &y)); lstmfc_writer_free(&y); }
    lstmfc_forecaster_free(still);
    /* saved and read, it goes on as well */
    still = lstmfc_forecaster_load_memory(x.text, x.length, NULL, &err);
    tune.from = still;
    lstmfc_forecaster_free(fit(&w.candles, &tune));
    lstmfc_forecaster_free(still);
    tune.from = from;
    lstmfc_writer_free(&x); lstmfc_writer_free(&w2);
    lstmfc_fit_free(job); lstmfc_fit_free(other);
    /* refused, and why */
    tune.test = 0.5;
    CHECK(!lstmfc_fit_create(&w.candles, &tune, &err) && err.code == LSTMFC_ERROR_DATA && strstr(err.message, "has seen bars until"));
    tune.test = 0; tune.freeze = "all but 2";
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_fit_create(&w.candles, &tune, &err) && err.code == LSTMFC_ERROR_SPEC && strstr(err.message, "no layer"));
    tune.freeze = "lstm"; tune.from = NULL;
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_fit_create(&w.candles, &tune, &err) && err.code == LSTMFC_ERROR_ARGUMENT && strstr(err.message, "--from"));
    tune.freeze = NULL; tune.class_weights = LSTMFC_CLASS_WEIGHTS_BALANCED; tune.target = LSTMFC_TARGET_PRICE; tune.features = "log_return(close)";
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_fit_create(&w.candles, &tune, &err) && err.code == LSTMFC_ERROR_ARGUMENT && strstr(err.message, "classes"));
    lstmfc_forecaster_free(from); lstmfc_forecaster_free(tuned);
    /* what is forecast is taken over as well */
    for (i = LSTMFC_TARGET_PRICE_LEVEL; i <= LSTMFC_TARGET_EXPRESSION; i++) {
        desc = small(i);
        desc.volatility_bars = 7; desc.expression = "close*2";
        memset(&err, 0, sizeof err);
        memset(&tune, 0, sizeof tune);
        from = fit(&early, &desc);
        tune.from = from;
        tune.training.epochs = 1;
        tuned = from ? fit(&w.candles, &tune) : NULL;
        if (CHECK(tuned != NULL)) {
            a = lstmfc_forecaster_get_info(from);
            b = lstmfc_forecaster_get_info(tuned);
            CHECK_TEXT(b.quantity, a.quantity);
            CHECK(b.target == i && b.volatility_bars == a.volatility_bars && (i != LSTMFC_TARGET_ROLLING_VOLATILITY || b.volatility_bars == 7));
        }
        lstmfc_forecaster_free(from); lstmfc_forecaster_free(tuned);
    }
}

/* The weights of the fit samples by their definition: both sides weigh alike, half_life bars ago weighs half, the mean is 1. */
TEST(sample_weights) {
    int32_t balanced, half;
    walk_make(&w, 300, 22);
    for (balanced = 0; balanced < 2; balanced++)
        for (half = 0; half < 2; half++) {
            lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
            lstmfc_error err;
            lstmfc_fit *job;
            double sides[2] = {0, 0}, sum = 0;
            size_t k, n;
            memset(&err, 0, sizeof err);
            desc.class_weights = balanced ? LSTMFC_CLASS_WEIGHTS_BALANCED : LSTMFC_CLASS_WEIGHTS_NONE;
            desc.half_life = half ? 30 : 0;
            job = lstmfc_fit_create(&w.candles, &desc, &err);
            if (!CHECK(job != NULL)) { printf("    %s\n", err.message); return; }
            n = (size_t)job->forecaster->fit_samples;
            CHECK((job->trainer->train.weights != NULL) == (balanced || half));
            for (k = 0; (balanced || half) && k < n; k++) {
                double up = job->forecaster->base_rate, weight = (double)job->trainer->weights[k];
                double must = balanced ? 1 / (2 * (job->labels[k] > 0 ? up : 1 - up)) : 1;
                if (half) must *= pow(0.5, (double)(job->starts[n - 1] - job->starts[k]) / 30);
                CHECK_NEAR((double)job->weights[k], must, 1e-6);
                sides[job->labels[k] > 0] += weight;
                sum += weight;
            }
            if (balanced || half) CHECK_NEAR(sum, (double)n, 1e-3);
            if (balanced && !half) CHECK_NEAR(sides[0], sides[1], 1e-3);
            lstmfc_fit_free(job);
        }
}

/* 20 equal closes leave no yardstick: no interval, rather than one of width 0. */
TEST(flat_market) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *forecaster;
    size_t t;
    walk_make(&w, 200, 15);
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    for (t = 150; t < 190; t++) w.close[t] = w.close[149];
    lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 200, all, NULL);
    for (t = 150; t < 200; t++) {
        CHECK(lstmfc_is_finite(all[t].value));
        CHECK(lstmfc_is_nan(all[t].lower) == (t >= 169 && t < 190) && lstmfc_is_nan(all[t].upper) == lstmfc_is_nan(all[t].lower));
    }
    lstmfc_forecaster_free(forecaster);
}

/* Closes that differ by rounding alone are equal closes, counted as such and not as numbers that are none; labels that do have spread 1. */
TEST(equal_up_to_rounding) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_VOLATILITY);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    lstmfc_writer file;
    int32_t target;
    size_t t;
    walk_make(&w, 300, 16);
    w.candles.open = w.candles.high = w.candles.low = NULL;
    for (t = 61; t < 100; t++) w.close[t] = w.close[60] * (1 + 2.220446049250313e-16 * (double)(t & 1));
    CHECK(w.close[61] != w.close[60]);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_VOLATILITY; target++) {
        desc = small(target);
        desc.horizon = 3;
        desc.features = "volume/sma(volume,4), hour_sin";
        forecaster = fit(&w.candles, &desc);
        if (!forecaster) return;
        info = lstmfc_forecaster_get_info(forecaster);
        CHECK_INT(info.equal_closes, target == LSTMFC_TARGET_DIRECTION || target == LSTMFC_TARGET_VOLATILITY ? 37 : 0);
        CHECK_INT(info.bad_samples, 0);
        CHECK_INT(lstmfc_forecaster_outcome(forecaster, &w.candles, 70).reason == LSTMFC_OUTCOME_EQUAL, info.equal_closes > 0);
        lstmfc_forecaster_free(forecaster);
    }
    w.volume[120] = lstmfc_nan();                                      /* four rows without the feature, in nine windows of six */
    desc.target = LSTMFC_TARGET_RETURN;
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    CHECK_INT(lstmfc_forecaster_get_info(forecaster).bad_samples, 9);
    lstmfc_forecaster_free(forecaster);

    walk_make(&w, 300, 17);
    w.candles.open = w.candles.high = w.candles.low = NULL;
    for (t = 0; t < 300; t++) { w.close[t] = 100 * lstmfc_exp(0.01 * (double)t); }
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    file = saved(forecaster);
    CHECK_HAS(file.text, "\"target_scale\": 1,");
    lstmfc_forecaster_free(forecaster);
    lstmfc_writer_free(&file);
}

/* What the network is shown is what it forecasts from, whatever scales it; of that window alone. */
TEST(rows_that_are_shown) {
    static const int32_t scalers[] = {LSTMFC_SCALER_STANDARD, LSTMFC_SCALER_WINDOW, LSTMFC_SCALER_MINMAX};
    size_t k, size;
    for (k = 0; k < sizeof scalers / sizeof scalers[0]; k++) {
        lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
        lstmfc_forecaster *forecaster;
        const lstmfc_model *model;
        lstmfc_real rows[64], others[64], all[151 * 64], said;
        lstmfc_scratch *scratch;
        lstmfc_batch batch;
        lstmfc_forecast forecast;
        lstmfc_error err;
        memset(&err, 0, sizeof err);
        walk_make(&w, 200, 4);
        desc.scaler = scalers[k];
        if (scalers[k] == LSTMFC_SCALER_WINDOW) desc.features = "close, high";
        forecaster = fit(&w.candles, &desc);
        if (!CHECK(forecaster != NULL)) return;
        model = lstmfc_forecaster_get_info(forecaster).model;
        CHECK_OK(lstmfc_forecaster_rows(forecaster, &w.candles, 150, 1, rows, &err), err);
        memset(&batch, 0, sizeof batch);
        batch.rows = rows; batch.count = 1; batch.row_stride = (size_t)lstmfc_model_inputs(model);
        batch.row_count = batch.window = (size_t)lstmfc_model_window(model);
        scratch = lstmfc_scratch_create(model, 1, NULL);
        CHECK_OK(lstmfc_model_predict(model, scratch, &batch, &said, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 150, 1, &forecast, &err), err);
        CHECK_CLOSE((double)said, forecast.value, 0, 1e-7);
        size = batch.row_count * batch.row_stride;
        CHECK_OK(lstmfc_forecaster_rows(forecaster, &w.candles, 0, 151, all, &err), err);
        CHECK(memcmp(rows, all + 150 * size, size * sizeof *rows) == 0);
        CHECK(lstmfc_is_nan((double)all[0]));
        CHECK_INT(lstmfc_forecaster_rows(forecaster, &w.candles, 0, 2, all, &err), LSTMFC_ERROR_DATA);
        w.close[151] *= 1.1;                            /* what comes later is not looked at */
        CHECK_OK(lstmfc_forecaster_rows(forecaster, &w.candles, 150, 1, others, &err), err);
        CHECK(memcmp(rows, others, batch.row_count * batch.row_stride * sizeof *rows) == 0);
        w.close[148] *= 1.1;
        CHECK_OK(lstmfc_forecaster_rows(forecaster, &w.candles, 150, 1, others, &err), err);
        CHECK(memcmp(rows, others, batch.row_count * batch.row_stride * sizeof *rows) != 0);
        CHECK_INT(lstmfc_forecaster_rows(forecaster, &w.candles, 200, 1, others, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_INT(lstmfc_forecaster_rows(forecaster, &w.candles, 2, 1, others, &err), LSTMFC_ERROR_DATA);
        lstmfc_scratch_free(scratch);
        lstmfc_forecaster_free(forecaster);
    }
}

/* ---- streams ---- */

/* The weights of the bars of a window: positive, 1 in all, of that window alone; refused where there are none. */
TEST(attention) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *forecaster, *plain;
    lstmfc_error err;
    double weights[6], others[6], sum = 0;
    int t;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 4);
    plain = fit(&w.candles, &desc);
    desc.model = "lstm 4 | attention 3 | dense 1";
    forecaster = fit(&w.candles, &desc);
    if (!CHECK(plain && forecaster)) return;
    CHECK_OK(lstmfc_forecaster_attention(forecaster, &w.candles, 150, weights, &err), err);
    for (t = 0; t < 6; t++) { CHECK(weights[t] > 0 && weights[t] < 1); sum += weights[t]; }
    CHECK_CLOSE(sum, 1, 0, 1e-6);
    CHECK(fabs(weights[0] - weights[5]) > 1e-7);
    w.close[151] *= 1.1;                                /* what comes later is not looked at */
    CHECK_OK(lstmfc_forecaster_attention(forecaster, &w.candles, 150, others, &err), err);
    CHECK(memcmp(weights, others, sizeof weights) == 0);
    w.close[148] *= 1.1;
    CHECK_OK(lstmfc_forecaster_attention(forecaster, &w.candles, 150, others, &err), err);
    CHECK(memcmp(weights, others, sizeof weights) != 0);
    w.close[148] = lstmfc_nan();
    CHECK_INT(lstmfc_forecaster_attention(forecaster, &w.candles, 150, others, &err), LSTMFC_ERROR_DATA);
    CHECK_INT(lstmfc_forecaster_attention(forecaster, &w.candles, 4, others, &err), LSTMFC_ERROR_DATA);
    CHECK_INT(lstmfc_forecaster_attention(forecaster, &w.candles, 200, others, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_forecaster_attention(plain, &w.candles, 100, others, &err), LSTMFC_ERROR_UNSUPPORTED);
    CHECK_HAS(err.message, "has no attention layer");
    lstmfc_forecaster_free(forecaster);
    lstmfc_forecaster_free(plain);
}

TEST(stream_equals_batch) {
    int32_t target;
    walk_make(&w, 260, 4);
    w.close[210] = lstmfc_nan();                        /* a hole: no forecast until it has left every window */
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION + 1; target++) {
        int whole = target > LSTMFC_TARGET_EXPRESSION;  /* a network that needs the whole window */
        lstmfc_forecaster_desc desc = small(whole ? LSTMFC_TARGET_RETURN : target);
        lstmfc_forecaster *forecaster;
        lstmfc_stream *stream, *late;
        lstmfc_error err;
        size_t t, known = 0;
        memset(&err, 0, sizeof err);
        if (whole) desc.model = "bilstm 3 | dropout 0.1 | attention 2 | dense 1";
        walk_copy(&v, &w);
        v.candles.count = 200;
        forecaster = fit(&v.candles, &desc);
        if (!forecaster) return;
        v.candles.count = w.candles.count;
        CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, w.candles.count, all, &err), err);
        /* any part of the series gives the same forecasts as the whole */
        for (t = 0; t + 40 <= w.candles.count; t += 37) {
            size_t k;
            CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, t, 40, again, &err), err);
            for (k = 0; k < 40; k++) CHECK(same(&all[t + k], &again[k]));
        }
        stream = lstmfc_stream_create(forecaster, &err);
        late = lstmfc_stream_create(forecaster, &err);
        if (!CHECK(stream && late)) return;
        for (t = 0; t < w.candles.count; t++) {
            lstmfc_forecast peeked, pushed, forming;
            CHECK_OK(lstmfc_stream_peek(stream, &w.candles, t, &peeked, &err), err);
            v.close[t] = w.close[t] * 1.01;             /* a forming bar that closes elsewhere leaves no trace */
            v.high[t] = w.high[t] * 1.02;
            v.volume[t] = 1;
            CHECK_OK(lstmfc_stream_peek(stream, &v.candles, t, &forming, &err), err);
            CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &pushed, &err), err);
            CHECK(same(&peeked, &pushed));
            if (!CHECK(same(&pushed, &all[t]))) printf("    bar %lu: stream %.17g, batch %.17g\n", (unsigned long)t, pushed.value, all[t].value);
            /* 8 bars of rolling volatility hold the hole longer than the windows; it is not among the features */
            if (!lstmfc_is_nan(pushed.value)) { known++; CHECK(forming.close != pushed.close && forming.value != pushed.value); }
            /* a second stream of the same forecaster, 30 bars behind */
            if (t >= 30) {
                CHECK_OK(lstmfc_stream_push(late, &w.candles, t - 30, &pushed, &err), err);
                CHECK(same(&pushed, &all[t - 30]));
            }
        }
        CHECK(known > 180 && known < w.candles.count);
        lstmfc_stream_free(stream);
        lstmfc_stream_free(late);
        lstmfc_forecaster_free(forecaster);
    }
}

TEST(allocation_free) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    test_allocator counter;
    lstmfc_env env = test_env(&counter);
    lstmfc_error err;
    lstmfc_fit *job;
    lstmfc_forecaster *forecaster;
    lstmfc_stream *stream;
    lstmfc_forecast forecast;
    long long before;
    size_t t;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 5);
    desc.env = &env;
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    if (!job) return;
    before = counter.allocations;
    while (lstmfc_fit_step(job, 1, &err) == LSTMFC_OK) {}
    CHECK_OK(err.code, err);
    CHECK_INT(counter.allocations, before);
    forecaster = lstmfc_fit_finish(job, &err);
    CHECK_OK(err.code, err);
    lstmfc_fit_free(job);
    stream = forecaster ? lstmfc_stream_create(forecaster, &err) : NULL;
    if (!CHECK(stream != NULL)) return;
    before = counter.allocations;
    for (t = 0; t < w.candles.count; t++) {
        CHECK_OK(lstmfc_stream_peek(stream, &w.candles, t, &forecast, &err), err);
        CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, &forecast, &err), err);
    }
    CHECK(!lstmfc_is_nan(forecast.value));
    CHECK_INT(counter.allocations, before);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(forecaster);
    CHECK_INT(counter.live, 0);
    CHECK_INT(counter.wrong_sizes, 0);
}

/* The convenience call is the last of the batch; fed back, it is a batch over candles that hold its own forecasts. */
TEST(predict_newest) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *forecaster;
    lstmfc_forecast steps[5], one;
    lstmfc_error err;
    size_t n = 200, k;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 6);
    desc.horizon = 1;
    desc.features = "log_return(close), close/sma(5)-1, hour_sin";
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, n - 1, 1, all, &err), err);
    CHECK_OK(lstmfc_forecaster_predict(forecaster, &w.candles, 1, &one, &err), err);
    CHECK(same(&one, &all[0]));
    CHECK_INT(one.target_time, one.time + 3600000);
    CHECK(one.lower < one.price && one.price < one.upper);
    CHECK_OK(lstmfc_forecaster_predict(forecaster, &w.candles, 5, steps, &err), err);
    CHECK(same(&one, &steps[0]));
    for (k = 1; k < 5; k++) {                           /* told as forecasts of the last bar that was real */
        w.time[n + k - 1] = w.time[n - 1] + (int64_t)k * 3600000;
        w.close[n + k - 1] = steps[k - 1].price;
        w.candles.count = n + k;
        CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, n + k - 1, 1, all, &err), err);
        CHECK(memcmp(&all[0].price, &steps[k].price, sizeof(double)) == 0);
        CHECK_INT(steps[k].horizon, k + 1);
        CHECK_INT(steps[k].time, one.time);
        CHECK_INT(steps[k].target_time, all[0].target_time);
        CHECK(steps[k].close == one.close);
        CHECK_CLOSE(steps[k].log_return, log(steps[k].price / one.close), 1e-12, 1e-15);
    }
    lstmfc_forecaster_free(forecaster);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double rv20(const double *close, size_t t) {
    double mean = 0, square = 0;
    size_t k;
    if (t < 20) return lstmfc_nan();                    /* 20 returns need 21 closes */
    for (k = t - 19; k <= t; k++) mean += log(close[k] / close[k - 1]) / 20;
    for (k = t - 19; k <= t; k++) { double d = log(close[k] / close[k - 1]) - mean; square += d * d; }
    return sqrt(square / 19);
}

/* Intervals of fed-back steps: the recursion from every calibration origin, here by cutting the series behind it, so that each path
   is the library's own newest forecast; scores, quantile and bounds in long form. A series without those bars has none. */
static void recursion(int32_t target) {
    enum { STEPS = 6 };
    static double scores[STEPS][WALK_BARS];
    lstmfc_forecaster_desc desc = small(target);
    lstmfc_forecast steps[STEPS], path[STEPS];
    lstmfc_forecaster *forecaster;
    lstmfc_candles cut, *late;
    lstmfc_steps *kept, *deep;
    size_t far;
    lstmfc_spans spans;
    lstmfc_error err;
    lstmfc_fit *job;
    size_t t, k, count[STEPS] = {0, 0, 0, 0, 0, 0}, n = 420, seen = 378;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 44);
    desc.horizon = 1;
    desc.test = 0.1;
    desc.val = 0.3;
    desc.level = 0.8;
    desc.features = "log_return(close), close/sma(5)-1, hour_sin";
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    if (!job) return;
    spans = lstmfc_fit_spans(job);
    while (lstmfc_fit_step(job, 0, &err) == LSTMFC_OK) {}
    forecaster = lstmfc_fit_finish(job, &err);
    CHECK_OK(lstmfc_forecaster_predict(forecaster, &w.candles, STEPS, steps, &err), err);
    for (t = (size_t)spans.cal_first; t < (size_t)spans.cal_end; t++) {
        cut = w.candles;
        cut.count = t + 1;
        CHECK_OK(lstmfc_forecaster_predict(forecaster, &cut, STEPS, path, &err), err);
        for (k = 1; k < STEPS; k++) {
            CHECK(lstmfc_is_nan(path[k].lower));        /* the calibration part is not whole yet */
            if (t + k + 1 < seen)
                scores[k][count[k]++] = fabs(log(w.close[t + k + 1] / w.close[t]) - log(path[k].price / w.close[t])) / rv20(w.close, t);
        }
    }
    for (k = 1; k < STEPS; k++) {
        double q, width, y = log(steps[k].price / w.close[n - 1]);
        qsort(scores[k], count[k], sizeof scores[k][0], ascending);
        CHECK(count[k] > 40);
        q = scores[k][(size_t)ceil((double)(count[k] + 1) * 0.8) - 1];
        width = q * rv20(w.close, n - 1);
        CHECK_NEAR(steps[k].lower, target == LSTMFC_TARGET_PRICE ? w.close[n - 1] * exp(y - width) : y - width, 1e-9);
        CHECK_NEAR(steps[k].upper, target == LSTMFC_TARGET_PRICE ? w.close[n - 1] * exp(y + width) : y + width, 1e-9);
        CHECK(k == 1 || steps[k].upper - steps[k].lower > 0.8 * (steps[k - 1].upper - steps[k - 1].lower));
    }
    cut.count = seen;                                   /* calibrated once, then bar after bar: as if asked anew each time */
    kept = lstmfc_steps_create(forecaster, &cut, STEPS, &err);
    CHECK_OK(err.code, err);
    for (t = seen; kept && t <= n; t++) {
        cut.count = t;
        CHECK_OK(lstmfc_forecaster_predict(forecaster, &cut, STEPS, path, &err), err);
        CHECK_OK(lstmfc_steps_forecast(kept, steps, &err), err);
        for (k = 0; k < STEPS; k++) CHECK(same(&path[k], &steps[k]));
        if (t < n) CHECK_OK(lstmfc_steps_push(kept, &w.candles, t, &err), err);
    }
    for (k = 1; k < STEPS; k++)
        CHECK_NEAR(lstmfc_steps_confidence(kept, (int32_t)k + 1), ceil((double)(count[k] + 1) * 0.8) / (double)(count[k] + 1), 1e-15);
    for (t = (size_t)spans.cal_first, far = 0; t < (size_t)spans.cal_end; t++) far += t + 40 < seen;
    CHECK(far > 4 && far < 40);                         /* they overlap: as good as less than one outcome */
    cut.count = n;
    deep = lstmfc_steps_create(forecaster, &cut, 40, &err);
    CHECK_NEAR(lstmfc_steps_confidence(deep, 40), (double)far / (double)(far + 40), 1e-15);
    lstmfc_steps_free(deep);
    CHECK(lstmfc_is_nan(lstmfc_steps_confidence(kept, 0)) && lstmfc_is_nan(lstmfc_steps_confidence(kept, STEPS + 1)));
    CHECK_INT(lstmfc_steps_push(kept, &w.candles, n - 1, NULL), LSTMFC_ERROR_DATA);     /* a bar twice: all stays as it was */
    CHECK_OK(lstmfc_steps_forecast(kept, path, &err), err);
    CHECK(same(&path[STEPS - 1], &steps[STEPS - 1]));
    lstmfc_steps_free(kept);
    late = lstmfc_candles_slice(&w.candles, (size_t)spans.cal_first + 1, n - (size_t)spans.cal_first - 1, NULL);
    CHECK_OK(lstmfc_forecaster_predict(forecaster, late, STEPS, path, &err), err);
    CHECK(lstmfc_is_finite(path[0].lower) && lstmfc_is_nan(path[1].lower) && lstmfc_is_nan(path[5].upper));
    lstmfc_candles_free(late);
    lstmfc_fit_free(job);
    lstmfc_forecaster_free(forecaster);
}

TEST(recursion_intervals) {
    recursion(LSTMFC_TARGET_PRICE);
    recursion(LSTMFC_TARGET_RETURN);
}

/* ---- adaptive intervals ---- */

/* The state by hand: level 0.8 of scores 1..9. */
TEST(adaptive_by_hand) {
    static const double scores[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    lstmfc_adaptive state;
    int k;
    lstmfc__adaptive_start(&state, 0.8);
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) == 8);        /* the ceil(10 * 0.8)-th */
    lstmfc__adaptive_feed(&state, 0);                                /* alpha 0.202: the ceil(7.98)-th */
    CHECK_NEAR(state.alpha, 0.202, 1e-15);
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) == 8);
    lstmfc__adaptive_feed(&state, 1);                                /* 0.194: the ceil(8.06)-th */
    CHECK_NEAR(state.alpha, 0.194, 1e-15);
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) == 9);
    CHECK(state.replayed == 2 && state.missed == 1 && state.clamped == 0);
    for (k = 0; k < 30; k++) lstmfc__adaptive_feed(&state, 1);       /* 0.194 - 0.24: below 0, and kept there */
    CHECK_NEAR(state.alpha, -0.046, 1e-12);
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) == 9 && state.clamped == 1);
    for (k = 0; k < 600; k++) lstmfc__adaptive_feed(&state, 0);      /* 1.154: the smallest score */
    CHECK_NEAR(state.alpha, 1.154, 1e-12);
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) == 1 && state.clamped == 2);
    lstmfc__adaptive_start(&state, 0.95);                            /* 9 scores are too few, and that is what split says */
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) > 1e300 && state.clamped == 0);
    lstmfc__adaptive_feed(&state, 0);
    CHECK(lstmfc__adaptive_quantile(&state, 9, scores) == 9 && state.clamped == 1);
}

static double deviation(const double *close, size_t t, size_t n);

/* Every bar after training in long form, from the file's scores and the closes alone. For h = 3 the outcome of bar t - 3 is fed at
   bar t and not earlier; a missing bar takes outcomes away; streams, peeks and batches agree. */
static void adaptive_replay(int32_t target, int32_t horizon, int gap) {
    static double pending[WALK_BARS], yhat[WALK_BARS];
    static lstmfc_forecast split[WALK_BARS], part[WALK_BARS];
    lstmfc_forecaster_desc desc = small(target);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    lstmfc_adaptive state, still;
    lstmfc_stream *stream;
    lstmfc_error err;
    lstmfc_forecast now, peeked;
    double alpha = 0.2;
    size_t h = (size_t)horizon, t, k, n = 700, last = 0;
    long long replayed = 0, clamped = 0, missed = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 45);
    desc.horizon = horizon;
    desc.test = 0.5;
    desc.level = 0.8;
    walk_copy(&v, &w);                                  /* a storm, then a calm */
    for (t = 500; t < n; t++) w.close[t] = w.close[t - 1] * exp((t < 600 ? 4 : 0.2) * log(v.close[t] / v.close[t - 1]));
    if (gap) for (t = 550; t < n; t++) w.time[t] += 5 * 3600000;
    forecaster = fit(&w.candles, &desc);
    info = lstmfc_forecaster_get_info(forecaster);
    CHECK(info.intervals == LSTMFC_INTERVALS_ACI && info.scores && info.cal_samples > 20);
    CHECK_OK(lstmfc_forecaster_predict_intervals(forecaster, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, n, split, &still, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_intervals(forecaster, &w.candles, LSTMFC_INTERVALS_ACI, 0, n, all, &state, &err), err);
    CHECK(still.replayed == 0);
    while (w.time[last] < info.seen_to) last++;
    stream = lstmfc_stream_create(forecaster, &err);
    for (t = 0; t < n; t++) {
        int value = target >= LSTMFC_TARGET_PRICE_LEVEL;
        double q = info.quantile, centre, scale = target == LSTMFC_TARGET_VOLATILITY || value ? 1 : rv20(w.close, t);
        CHECK_OK(lstmfc_stream_peek(stream, &w.candles, t, &peeked, &err), err);
        CHECK_OK(lstmfc_stream_push(stream, &w.candles, t, t % 3 ? &now : NULL, &err), err);
        CHECK(same(&peeked, &all[t]) && (t % 3 == 0 || same(&now, &all[t])));
        pending[t] = -1;
        if (lstmfc_is_nan(all[t].value)) continue;
        centre = target == LSTMFC_TARGET_VOLATILITY ? log(split[t].lower * split[t].upper) / 2 : value ? all[t].value : all[t].log_return;
        yhat[t] = centre;
        if (t >= last) {
            double level, sum = 0;
            if (t >= h && t - h >= last && pending[t - h] >= 0) {
                double label, score;
                int across = 0;
                for (k = t - h + 1; k <= t; k++) sum += log(w.close[k] / w.close[k - 1]) * log(w.close[k] / w.close[k - 1]);
                label = target == LSTMFC_TARGET_VOLATILITY ? log(sqrt(sum / horizon)) : log(w.close[t] / w.close[t - h]);
                if (target == LSTMFC_TARGET_PRICE_LEVEL) label = w.close[t];
                if (target == LSTMFC_TARGET_ROLLING_VOLATILITY) label = deviation(w.close, t, 9);
                if (target == LSTMFC_TARGET_EXPRESSION) label = (w.close[t] + w.close[t - 1] + w.close[t - 2] + w.close[t - 3]) / 4 - 100;
                score = fabs(label - yhat[t - h]) / (target == LSTMFC_TARGET_VOLATILITY || value ? 1 : rv20(w.close, t - h));
                for (k = t - h - (size_t)info.window + 2; k <= t; k++) across |= w.time[k] - w.time[k - 1] > 3600000 * 3 / 2;
                if (!across) {
                    alpha += 0.01 * (0.2 - (score > pending[t - h]));
                    replayed++;
                    missed += score > pending[t - h];
                }
            }
            if (replayed) {
                double m = (double)info.cal_samples, low = 1 / (m + 1), high = m / (m + 1), a = alpha < low ? low : alpha > high ? high : alpha;
                clamped += a != alpha;
                level = 1 - a;
                q = info.scores[(size_t)ceil((m + 1) * level - 1e-9) - 1];
            }
            pending[t] = q;
        }
        if (target == LSTMFC_TARGET_VOLATILITY) { CHECK_NEAR(all[t].upper, exp(centre + q), 1e-9); CHECK_NEAR(all[t].lower, exp(centre - q), 1e-9); }
        else if (target == LSTMFC_TARGET_RETURN || value) {
            double low = centre - q * scale;            /* no deviation lies below 0 */
            if (target == LSTMFC_TARGET_ROLLING_VOLATILITY && low < 0) low = 0;
            CHECK_CLOSE(all[t].upper, centre + q * scale, 1e-9, 1e-12); CHECK_CLOSE(all[t].lower, low, 1e-9, 1e-12);
        }
        else { CHECK_NEAR(all[t].upper, w.close[t] * exp(centre + q * scale), 1e-9); CHECK_NEAR(all[t].lower, w.close[t] * exp(centre - q * scale), 1e-9); }
        if (t < last + h) CHECK(same(&all[t], &split[t]));          /* nothing replayed yet: split */
    }
    CHECK_INT(state.replayed, replayed);
    CHECK_INT(state.clamped, clamped);
    CHECK_INT(state.missed, missed);
    CHECK_NEAR(state.alpha, alpha, 1e-12);
    CHECK_INT(replayed, (long long)(n - 1 - last) - horizon + 1 - (gap ? info.window + horizon - 1 : 0));
    still = lstmfc_stream_adaptive(stream);
    CHECK(memcmp(&still, &state, sizeof state) == 0);
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, n - 40, 40, part, &err), err);      /* wherever it begins */
    for (t = 0; t < 40; t++) CHECK(same(&part[t], &all[n - 40 + t]));
    {
        lstmfc_writer file = saved(forecaster), second;
        lstmfc_forecaster *loaded = lstmfc_forecaster_load_memory(file.text, file.length, NULL, &err);
        CHECK_OK(err.code, err);
        second = saved(loaded);
        CHECK(same_text(&file, &second));
        CHECK_OK(lstmfc_forecaster_predict_all(loaded, &w.candles, 0, n, part, &err), err);
        for (t = 0; t < n; t++) CHECK(same(&part[t], &all[t]));
        lstmfc_forecaster_free(loaded);
        lstmfc_writer_free(&file);
        lstmfc_writer_free(&second);
    }
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(forecaster);
}

TEST(adaptive_intervals) {
    adaptive_replay(LSTMFC_TARGET_PRICE, 1, 0);
    adaptive_replay(LSTMFC_TARGET_PRICE, 3, 1);
    adaptive_replay(LSTMFC_TARGET_RETURN, 2, 1);
    adaptive_replay(LSTMFC_TARGET_VOLATILITY, 5, 1);
    adaptive_replay(LSTMFC_TARGET_VOLATILITY, 1, 0);
    adaptive_replay(LSTMFC_TARGET_PRICE_LEVEL, 3, 0);
    adaptive_replay(LSTMFC_TARGET_ROLLING_VOLATILITY, 4, 1);
    adaptive_replay(LSTMFC_TARGET_EXPRESSION, 2, 1);
}

/* ---- resume ---- */

static lstmfc_writer run_from(const lstmfc_forecaster_desc *desc, const lstmfc_writer *checkpoint) {
    lstmfc_error err;
    lstmfc_fit *job;
    lstmfc_forecaster *forecaster;
    lstmfc_writer out;
    lstmfc_result result;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&out, NULL);
    job = lstmfc_fit_create(&w.candles, desc, &err);
    if (checkpoint) CHECK_OK(lstmfc_fit_load_memory(job, checkpoint->text, checkpoint->length, &err), err);
    while ((result = lstmfc_fit_step(job, 0, &err)) == LSTMFC_OK) {}
    CHECK_INT(result, LSTMFC_DONE);
    forecaster = lstmfc_fit_finish(job, &err);
    CHECK_OK(err.code, err);
    if (forecaster) CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &out, &err), err);
    lstmfc_fit_free(job);
    lstmfc_forecaster_free(forecaster);
    return out;
}

/* A checkpoint after every single batch, the first and the last included; each continues to the same bytes. */
TEST(resume_anywhere) {
    int32_t variant, places = 0;
    walk_make(&w, 110, 7);
    for (variant = 0; variant < 4; variant++) {
        lstmfc_forecaster_desc desc = small(variant);
        lstmfc_error err;
        lstmfc_fit *job;
        lstmfc_writer whole, checkpoint, twice, end;
        lstmfc_result result = LSTMFC_OK;
        int32_t place;
        memset(&err, 0, sizeof err);
        desc.training.epochs = 6;
        desc.training.batch = 12;
        if (variant == 1) { desc.training.epochs = 9; desc.training.patience = 4; desc.training.plateau = 2; desc.training.optimizer.lr = 0.2; }
        if (variant == 2) { desc.training.optimizer.optimizer = LSTMFC_OPTIMIZER_SGD; desc.training.optimizer.momentum = 0.9; }
        if (variant == 3) { desc.training.optimizer.optimizer = LSTMFC_OPTIMIZER_RMSPROP; desc.val = LSTMFC_NONE; }
        whole = run_from(&desc, NULL);
        job = lstmfc_fit_create(&w.candles, &desc, &err);
        CHECK_OK(err.code, err);
        if (!job) return;
        for (place = 0; result == LSTMFC_OK && place < 1000; place++, places++) {
            if (place % (int32_t)quick(1, 5) == 0) {
                lstmfc_fit *other = lstmfc_fit_create(&w.candles, &desc, &err);
                lstmfc_writer_init(&checkpoint, NULL);
                lstmfc_writer_init(&twice, NULL);
                CHECK_OK(lstmfc_fit_save_memory(job, &checkpoint, &err), err);
                /* a checkpoint that was loaded saves as itself */
                CHECK_OK(lstmfc_fit_load_memory(other, checkpoint.text, checkpoint.length, &err), err);
                CHECK_OK(lstmfc_fit_save_memory(other, &twice, &err), err);
                if (!CHECK(same_text(&checkpoint, &twice))) printf("    variant %d, batch %d: loading changed the checkpoint\n", (int)variant, (int)place);
                end = run_from(&desc, &checkpoint);
                if (!CHECK(same_text(&whole, &end))) printf("    variant %d, resumed after batch %d: other bytes\n", (int)variant, (int)place);
                lstmfc_fit_free(other);
                lstmfc_writer_free(&checkpoint);
                lstmfc_writer_free(&twice);
                lstmfc_writer_free(&end);
            }
            result = lstmfc_fit_step(job, 1, &err);
        }
        CHECK_INT(result, LSTMFC_DONE);
        lstmfc_fit_free(job);
        lstmfc_writer_free(&whole);
    }
    printf("resume_anywhere: %d places\n", (int)places);
    CHECK(places > 60);
}

/* A checkpoint of something else is refused by what differs. */
TEST(resume_refused) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN), other;
    lstmfc_error err;
    lstmfc_fit *job;
    lstmfc_writer checkpoint;
    memset(&err, 0, sizeof err);
    walk_make(&w, 150, 8);
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    if (!CHECK(job != NULL)) return;
    lstmfc_fit_step(job, 3, &err);
    lstmfc_writer_init(&checkpoint, NULL);
    CHECK_OK(lstmfc_fit_save_memory(job, &checkpoint, &err), err);
    lstmfc_fit_free(job);
#define REFUSED(change, part) do { other = desc; change; memset(&err, 0, sizeof err); job = lstmfc_fit_create(&w.candles, &other, &err); \
        CHECK_OK(err.code, err); \
        CHECK_INT(lstmfc_fit_load_memory(job, checkpoint.text, checkpoint.length, &err), LSTMFC_ERROR_FORMAT); CHECK_HAS(err.message, part); lstmfc_fit_free(job); } while (0)
    REFUSED(other.training.seed = 99, "another seed");
    REFUSED(other.window = 7, "window");
    REFUSED(other.features = "log_return(close)", "other features");
    REFUSED(other.model = "lstm 3 | dense 1", "another network");
    REFUSED(other.scaler = LSTMFC_SCALER_ROBUST, "another scaler");
    REFUSED(other.training.optimizer.lr = 0.5, "lr = ");
    REFUSED(w.close[140] += 1, "other candles");
    w.close[140] -= 1;
    lstmfc_writer_free(&checkpoint);
}

/* ---- memory ---- */

static lstmfc_result whole_life(const lstmfc_env *env, void *context) {
    lstmfc_error err;
    lstmfc_forecaster_desc desc = small(*(int32_t *)context);
    lstmfc_forecaster *forecaster, *loaded = NULL;
    lstmfc_stream *stream = NULL;
    lstmfc_writer writer;
    lstmfc_forecast one;
    memset(&err, 0, sizeof err);
    desc.env = env;
    desc.training.epochs = 1;
    lstmfc_writer_init(&writer, env);
    forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    if (forecaster && lstmfc_forecaster_predict(forecaster, &w.candles, 1, &one, &err) == LSTMFC_OK
        && lstmfc_forecaster_predict_all(forecaster, &w.candles, 40, 60, all, &err) == LSTMFC_OK
        && lstmfc_forecaster_save_memory(forecaster, &writer, &err) == LSTMFC_OK
        && (loaded = lstmfc_forecaster_load_memory(writer.text, writer.length, env, &err)) != NULL
        && (stream = lstmfc_stream_create(loaded, &err)) != NULL
        && lstmfc_stream_push(stream, &w.candles, 0, &one, &err) == LSTMFC_OK
        && lstmfc_stream_peek(stream, &w.candles, 1, &one, &err) == LSTMFC_OK
        && lstmfc_forecaster_save(loaded, "torture.json", &err) == LSTMFC_OK) {
        lstmfc_stream_free(stream);
        lstmfc_forecaster_free(loaded);
        stream = NULL;
        loaded = lstmfc_forecaster_load("torture.json", env, &err);
    }
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(loaded);
    lstmfc_forecaster_free(forecaster);
    lstmfc_writer_free(&writer);
    return err.code;
}

static lstmfc_result checkpoint_life(const lstmfc_env *env, void *context) {
    lstmfc_error err;
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_fit *job, *other = NULL;
    lstmfc_forecaster *forecaster = NULL;
    lstmfc_writer writer;
    (void)context;
    memset(&err, 0, sizeof err);
    desc.env = env;
    lstmfc_writer_init(&writer, env);
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    if (job && lstmfc_fit_step(job, 2, &err) == LSTMFC_OK && lstmfc_fit_save_memory(job, &writer, &err) == LSTMFC_OK
        && (other = lstmfc_fit_create(&w.candles, &desc, &err)) != NULL
        && lstmfc_fit_load_memory(other, writer.text, writer.length, &err) == LSTMFC_OK) {
        lstmfc_result result = LSTMFC_OK;
        while (result == LSTMFC_OK) result = lstmfc_fit_step(other, 0, &err);
        if (result == LSTMFC_DONE) forecaster = lstmfc_fit_finish(other, &err);
    }
    lstmfc_fit_free(job);
    lstmfc_fit_free(other);
    lstmfc_forecaster_free(forecaster);
    lstmfc_writer_free(&writer);
    return err.code;
}

TEST(memory_failures) {
    int32_t target;
    walk_make(&w, 120, 9);
    for (target = LSTMFC_TARGET_DIRECTION; target <= (int32_t)quick(LSTMFC_TARGET_EXPRESSION, LSTMFC_TARGET_PRICE); target += 1 + (target == LSTMFC_TARGET_VOLATILITY))
        torture("fit, predict, save, load, stream", whole_life, &target);
    torture("checkpoint, resume", checkpoint_life, NULL);
    remove("torture.json");
}

/* A finish that found no memory may be tried again, and gives the same bytes; a fit whose forecaster is gone has nothing to do. */
TEST(finish_again) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    test_allocator allocator;
    lstmfc_env env = test_env(&allocator);
    lstmfc_forecaster *once, *again_fitted = NULL;
    lstmfc_writer a, b;
    lstmfc_error err;
    lstmfc_fit *job;
    int tries = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 16);
    w.candles.time[193] += 1;                           /* (no gap) */
    w.close[195] = w.close[194];
    once = fit(&w.candles, &desc);
    desc.env = &env;
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    if (!CHECK(job != NULL && once != NULL)) return;
    while (lstmfc_fit_step(job, 0, &err) == LSTMFC_OK) continue;
    for (; !again_fitted && tries < 100; tries++) {
        memset(&err, 0, sizeof err);
        allocator.fail_at = allocator.allocations + 1 + tries;
        again_fitted = lstmfc_fit_finish(job, &err);
        if (!again_fitted) CHECK_INT(err.code, LSTMFC_ERROR_MEMORY);
    }
    CHECK(tries > 2);
    allocator.fail_at = 0;
    if (!CHECK(again_fitted != NULL)) return;
    a = saved(once);
    b = saved(again_fitted);
    CHECK(same_text(&a, &b));
    lstmfc_forecaster_free(again_fitted);
    CHECK_INT(lstmfc_fit_step(job, 0, &err), LSTMFC_DONE);
    CHECK(lstmfc_fit_finish(job, &err) == NULL);
    CHECK_HAS(err.message, "already");
    lstmfc_fit_free(job);
    lstmfc_writer_free(&a);
    lstmfc_writer_free(&b);
    lstmfc_forecaster_free(once);
    CHECK_INT(allocator.live, 0);
    CHECK_INT(lstmfc_forecaster_outcome(NULL, &w.candles, 0).reason, LSTMFC_OUTCOME_BAD);
    CHECK(lstmfc_forecaster_get_info(NULL).model == NULL && lstmfc_fit_spans(NULL).fit_end == 0);
}

/* ---- series that are no prices ---- */

/* A temperature around zero: learned, told and bounded in its own unit, label and interval in long form; a target with a logarithm
   refuses it, and so does everybody who was not told that it is no price. */
TEST(no_prices) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_EXPRESSION);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    lstmfc_forecast step;
    lstmfc_writer file;
    lstmfc_error err;
    double error = 0, naive = 0;
    size_t t, below = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, 900, 33);
    for (t = 0; t < 900; t++) w.close[t] = 1 + 5 * lstmfc_sin(0.3 * (double)t) + (w.high[t] - w.low[t]) / w.close[t];
    w.candles.open = w.candles.high = w.candles.low = w.candles.volume = NULL;
    w.candles.any_prices = 1;
    desc.features = "close, close-lag(close,1)";
    desc.expression = "close";
    desc.horizon = 3;
    desc.test = 0.3;
    desc.training.epochs = 20;
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    info = lstmfc_forecaster_get_info(forecaster);
    CHECK_TEXT(info.quantity, "close");
    CHECK(info.any_prices == 1 && info.bad_samples == 0 && info.cal_samples > 30);
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 900, all, &err), err);
    for (t = 640; t + 3 < 900; t++) {
        lstmfc_outcome outcome = lstmfc_forecaster_outcome(forecaster, &w.candles, t);
        CHECK(outcome.reason == LSTMFC_OUTCOME_KNOWN && outcome.value == w.close[t + 3] && outcome.persistence == w.close[t]);
        CHECK(lstmfc_is_nan(all[t].price) && lstmfc_is_nan(all[t].log_return) && lstmfc_is_nan(all[t].volatility));
        CHECK(all[t].reason == LSTMFC_FORECAST_MADE && all[t].lower < all[t].value && all[t].value < all[t].upper);
        below += all[t].value < 0;
        error += (all[t].value - w.close[t + 3]) * (all[t].value - w.close[t + 3]);
        naive += (w.close[t] - w.close[t + 3]) * (w.close[t] - w.close[t + 3]);
    }
    CHECK(below > 50 && error < 0.2 * naive);           /* a sine can be learned */
    CHECK_INT(lstmfc_signals(LSTMFC_TARGET_EXPRESSION, 1, all, NULL, &error, NULL, &err), LSTMFC_ERROR_UNSUPPORTED);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_forecaster_predict(forecaster, &w.candles, 2, again, &err), LSTMFC_ERROR_ARGUMENT);
    memset(&err, 0, sizeof err);
    CHECK_OK(lstmfc_forecaster_predict(forecaster, &w.candles, 1, &step, &err), err);
    CHECK(same(&step, &all[899]));
    file = saved(forecaster);
    CHECK_HAS(file.text, "\"expression\": \"close\"");
    CHECK_HAS(file.text, "\"any_prices\": true");
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
    desc.target = LSTMFC_TARGET_PRICE;
    memset(&err, 0, sizeof err);
    CHECK(lstmfc_forecaster_fit(&w.candles, &desc, &err) == NULL && err.code == LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "target price takes its logarithm; price_level and expression take none");
    desc.target = LSTMFC_TARGET_EXPRESSION;
    w.candles.any_prices = 0;
    memset(&err, 0, sizeof err);
    CHECK(lstmfc_forecaster_fit(&w.candles, &desc, &err) == NULL && err.code == LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "a price is not above zero");
}

/* A price level is told and bounded as a price, and its log return trades. */
TEST(price_level) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE_LEVEL);
    lstmfc_forecaster *forecaster;
    lstmfc_error err;
    double position[300];
    size_t t;
    memset(&err, 0, sizeof err);
    walk_make(&w, 300, 34);
    desc.intervals = LSTMFC_INTERVALS_SPLIT;
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 300, all, &err), err);
    CHECK_OK(lstmfc_signals(LSTMFC_TARGET_PRICE_LEVEL, 300, all, NULL, position, NULL, &err), err);
    for (t = 100; t < 300; t++) {
        CHECK(all[t].value == all[t].price);
        CHECK_NEAR(all[t].log_return, log(all[t].price / w.close[t]), 1e-9);
        CHECK_NEAR(all[t].upper - all[t].value, all[100].upper - all[100].value, 1e-9);     /* raw residuals: one width */
        CHECK(position[t] == (all[t].price > w.close[t] ? 1 : -1));
    }
    lstmfc_forecaster_free(forecaster);
}

/* ---- refusals ---- */

static lstmfc_error last;
static int fit_fails(const lstmfc_forecaster_desc *desc) {
    lstmfc_forecaster *forecaster;
    memset(&last, 0, sizeof last);
    forecaster = lstmfc_forecaster_fit(&w.candles, desc, &last);
    if (forecaster) printf("    it was fitted\n");
    lstmfc_forecaster_free(forecaster);
    return forecaster == NULL;
}

TEST(refusals) {
    lstmfc_forecaster_desc good = small(LSTMFC_TARGET_DIRECTION), desc;
    lstmfc_forecaster *forecaster;
    lstmfc_stream *stream;
    lstmfc_forecast out[3];
    double *kept;
    walk_make(&w, 200, 10);

#define FAILS(change, result, part) do { desc = good; change; CHECK(fit_fails(&desc)); CHECK_INT(last.code, result); CHECK_HAS(last.message, part); } while (0)
    FAILS(desc.features = "log_retrun(close)", LSTMFC_ERROR_SPEC, "log_return");
    CHECK_INT(last.column, 1);
    FAILS(desc.features = "rsi(14), lag(close,-1)", LSTMFC_ERROR_SPEC, "future");
    FAILS(desc.features = "clse", LSTMFC_ERROR_SPEC, "close");
    FAILS(desc.features = "obv", LSTMFC_ERROR_SPEC, "obv");
    FAILS(desc.model = "lstmm 4 | dense 1 sigmoid", LSTMFC_ERROR_SPEC, "lstm");
    CHECK_INT(last.column, 1);
    FAILS(desc.model = "lstm 4 | dense 1 sigmiod", LSTMFC_ERROR_SPEC, "sigmoid");
    FAILS(desc.model = "lstm 4 | dense 1", LSTMFC_ERROR_SPEC, "dense 1 sigmoid");
    FAILS(desc.model = "lstm 4 | dense 2 sigmoid", LSTMFC_ERROR_SPEC, "dense 1 sigmoid");
    FAILS(desc.target = LSTMFC_TARGET_PRICE, LSTMFC_ERROR_SPEC, "dense 1");
    FAILS((desc.target = LSTMFC_TARGET_RETURN, desc.model = "lstm 4 | dense 3"), LSTMFC_ERROR_SPEC, "dense 1");
    FAILS((desc.target = LSTMFC_TARGET_RETURN, desc.model = "lstm 4 | dense 1", desc.training.loss = LSTMFC_LOSS_BCE), LSTMFC_ERROR_ARGUMENT, "bce");
    FAILS((desc.target = LSTMFC_TARGET_PRICE, desc.model = "lstm 4 | dense 1 sigmoid"), LSTMFC_ERROR_SPEC, "the network 'lstm 4 | dense 1 sigmoid' ends in 'dense 1 sigmoid', 1 output: target price needs 'dense 1' as the last layer");
    FAILS((desc.target = LSTMFC_TARGET_PRICE, desc.model = "lstm 4 | dense 1 tanh | dropout 0.1"), LSTMFC_ERROR_SPEC, "needs 'dense 1'");
    FAILS((desc.target = LSTMFC_TARGET_VOLATILITY, desc.model = "dense 3 tanh | lstm 1"), LSTMFC_ERROR_SPEC, "ends in 'lstm 1'");
    FAILS(desc.training.loss = LSTMFC_LOSS_CROSSENTROPY, LSTMFC_ERROR_ARGUMENT, "bce");
    FAILS((desc.target = LSTMFC_TARGET_EXPRESSION, desc.model = "lstm 4 | dense 1"), LSTMFC_ERROR_ARGUMENT, "needs an 'expression'");
    FAILS((desc.target = LSTMFC_TARGET_EXPRESSION, desc.expression = "close, volume", desc.model = "lstm 4 | dense 1"), LSTMFC_ERROR_SPEC, "of 1 horizons and 2 series needs 'dense 2'");
    FAILS((desc.target = LSTMFC_TARGET_EXPRESSION, desc.expression = "rsj(14)", desc.model = "lstm 4 | dense 1"), LSTMFC_ERROR_SPEC, "that is forecast");
    FAILS((desc.target = LSTMFC_TARGET_EXPRESSION, desc.expression = "lag(close,-1)", desc.model = "lstm 4 | dense 1"), LSTMFC_ERROR_SPEC, "future");
    FAILS((desc.target = LSTMFC_TARGET_EXPRESSION, desc.expression = "obv", desc.model = "lstm 4 | dense 1"), LSTMFC_ERROR_SPEC, "obv");
    FAILS((desc.target = LSTMFC_TARGET_PRICE_LEVEL), LSTMFC_ERROR_SPEC, "target price_level needs 'dense 1'");
    FAILS((desc.target = LSTMFC_TARGET_RETURN, desc.model = "lstm 4 | dense 1", desc.training.loss = LSTMFC_LOSS_CROSSENTROPY_CLASSES), LSTMFC_ERROR_ARGUMENT, "mse, mae or huber");
    FAILS(desc.target = 9, LSTMFC_ERROR_ARGUMENT, "target");
    FAILS(desc.horizon = -3, LSTMFC_ERROR_ARGUMENT, "horizon");
    FAILS(desc.window = 100001, LSTMFC_ERROR_ARGUMENT, "window");
    FAILS(desc.val = 0.95, LSTMFC_ERROR_ARGUMENT, "val");
    FAILS(desc.training.optimizer.lr = -1, LSTMFC_ERROR_ARGUMENT, "lr");
    FAILS(desc.training.threads = 65, LSTMFC_ERROR_ARGUMENT, "threads");
    FAILS(desc.window = 150, LSTMFC_ERROR_DATA, "rows");
    FAILS(w.candles.count = 12, LSTMFC_ERROR_DATA, "12");
    FAILS(w.candles.count = 0, LSTMFC_ERROR_DATA, "0");
    w.candles.count = 200;
    kept = w.candles.volume;
    FAILS(w.candles.volume = NULL, LSTMFC_ERROR_DATA, "volume");
    w.candles.volume = kept;
    kept = w.candles.close;
    FAILS(w.candles.close = NULL, LSTMFC_ERROR_DATA, "close");
    w.candles.close = kept;
    FAILS(w.close[77] = 0, LSTMFC_ERROR_DATA, "77");
    FAILS(w.close[77] = -5, LSTMFC_ERROR_DATA, "77");
    FAILS(w.close[77] = lstmfc_nan(), LSTMFC_ERROR_DATA, "77");
    walk_make(&w, 200, 10);
    FAILS(w.time[50] = w.time[49], LSTMFC_ERROR_DATA, "50");
    walk_make(&w, 200, 10);
    {   /* a price that never moves has no direction */
        size_t t;
        for (t = 0; t < 200; t++) w.close[t] = w.open[t] = w.high[t] = w.low[t] = 5;
        FAILS((void)0, LSTMFC_ERROR_DATA, "equal");
    }
    walk_make(&w, 200, 10);
    FAILS((desc.features = "close*1e200*1e200", desc.scaler = LSTMFC_SCALER_NONE), LSTMFC_ERROR_DATA, "complete");
    FAILS((desc.features = "close*1e100", desc.scaler = LSTMFC_SCALER_NONE), LSTMFC_ERROR_DATA, "not finite");      /* too large for a float */
    memset(&last, 0, sizeof last);
    CHECK(lstmfc_forecaster_fit(NULL, &good, &last) == NULL);
    CHECK_INT(last.code, LSTMFC_ERROR_ARGUMENT);
    CHECK(lstmfc_forecaster_fit(&w.candles, NULL, NULL) == NULL);       /* the defaults need more bars; nobody listens */

    forecaster = fit(&w.candles, &good);
    if (!forecaster) return;
#define REFUSES(call, result, part) do { memset(&last, 0, sizeof last); CHECK_INT(call, result); CHECK_INT(last.code, result); CHECK_HAS(last.message, part); } while (0)
    REFUSES(lstmfc_forecaster_predict(forecaster, &w.candles, 0, out, &last), LSTMFC_ERROR_ARGUMENT, "steps");
    REFUSES(lstmfc_forecaster_predict(forecaster, &w.candles, 3, out, &last), LSTMFC_ERROR_ARGUMENT, "direction");
    REFUSES(lstmfc_forecaster_predict(forecaster, NULL, 1, out, &last), LSTMFC_ERROR_ARGUMENT, "candles");
    REFUSES(lstmfc_forecaster_predict(forecaster, &w.candles, 1, NULL, &last), LSTMFC_ERROR_ARGUMENT, "out");
    REFUSES(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 1, NULL, &last), LSTMFC_ERROR_ARGUMENT, "out");
    REFUSES(lstmfc_forecaster_predict(NULL, &w.candles, 1, out, &last), LSTMFC_ERROR_ARGUMENT, "forecaster");
    REFUSES(lstmfc_stream_push(NULL, &w.candles, 0, out, &last), LSTMFC_ERROR_ARGUMENT, "stream");
    stream = lstmfc_stream_create(forecaster, &last);
    if (!CHECK(stream != NULL)) return;
    REFUSES(lstmfc_stream_push(stream, NULL, 0, out, &last), LSTMFC_ERROR_ARGUMENT, "candles");
    REFUSES(lstmfc_stream_push(stream, &w.candles, 200, out, &last), LSTMFC_ERROR_ARGUMENT, "200");
    REFUSES(lstmfc_stream_peek(stream, &w.candles, 0, NULL, &last), LSTMFC_ERROR_ARGUMENT, "out");
    CHECK_INT(lstmfc_stream_push(stream, &w.candles, 5, NULL, &last), LSTMFC_OK);
    REFUSES(lstmfc_stream_push(stream, &w.candles, 5, out, &last), LSTMFC_ERROR_DATA, "ascend");        /* the same bar twice */
    REFUSES(lstmfc_stream_peek(stream, &w.candles, 4, out, &last), LSTMFC_ERROR_DATA, "ascend");
    CHECK_INT(lstmfc_stream_push(stream, &w.candles, 6, out, &last), LSTMFC_OK);                        /* and it still works */
    lstmfc_stream_free(stream);
    REFUSES(lstmfc_forecaster_save(forecaster, "/no/such/directory/m.json", &last), LSTMFC_ERROR_WRITE, "/no/such/directory/m.json");
    REFUSES(lstmfc_forecaster_save(NULL, "m.json", &last), LSTMFC_ERROR_ARGUMENT, "forecaster");
    memset(&last, 0, sizeof last);
    CHECK(lstmfc_forecaster_load("/no/such/file.json", NULL, &last) == NULL);
    CHECK_INT(last.code, LSTMFC_ERROR_OPEN);
    CHECK_HAS(last.message, "/no/such/file.json");
    memset(&last, 0, sizeof last);
    REFUSES(lstmfc_forecaster_predict_all(forecaster, &w.candles, 190, 11, all, &last), LSTMFC_ERROR_ARGUMENT, "11 bars from bar 190");
    REFUSES(lstmfc_forecaster_predict_all(forecaster, &w.candles, (size_t)-1, 2, all, &last), LSTMFC_ERROR_ARGUMENT, "bars");
    w.candles.count = 8;
    REFUSES(lstmfc_forecaster_predict(forecaster, &w.candles, 1, out, &last), LSTMFC_ERROR_DATA, "8");
    CHECK_HAS(last.message, "window 6");
    w.candles.count = 200;
    w.close[197] = lstmfc_nan();
    REFUSES(lstmfc_forecaster_predict(forecaster, &w.candles, 1, out, &last), LSTMFC_ERROR_DATA, "not finite");
    w.candles.volume = NULL;
    REFUSES(lstmfc_forecaster_predict(forecaster, &w.candles, 1, out, &last), LSTMFC_ERROR_DATA, "volume");
    REFUSES(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 200, all, &last), LSTMFC_ERROR_DATA, "volume");
    lstmfc_forecaster_free(forecaster);
    memset(&last, 0, sizeof last);
    last.code = LSTMFC_ERROR_OPEN;                      /* an earlier error stays when its NULL comes along */
    CHECK(lstmfc_forecaster_fit(NULL, &good, &last) == NULL);
    CHECK_INT(last.code, LSTMFC_ERROR_OPEN);
    lstmfc_forecaster_free(NULL);
    lstmfc_stream_free(NULL);
    lstmfc_fit_free(NULL);
}

/* ---- what it knows about itself, and what became of a forecast ---- */

/* Sample deviation of the n log returns that end at bar t, in long form. */
static double deviation(const double *close, size_t t, size_t n) {
    double mean = 0, sum = 0;
    size_t k;
    for (k = t - n + 1; k <= t; k++) mean += log(close[k] / close[k - 1]) / (double)n;
    for (k = t - n + 1; k <= t; k++) sum += (log(close[k] / close[k - 1]) - mean) * (log(close[k] / close[k - 1]) - mean);
    return sqrt(sum / (double)(n - 1));
}

TEST(outcomes) {
    int32_t target;
    walk_make(&w, 200, 11);
    w.close[150] = w.close[149];
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *forecaster;
        lstmfc_forecaster_info info;
        size_t t, h;
        desc.horizon = 2;
        desc.test = 0.25;
        forecaster = fit(&w.candles, &desc);
        if (!forecaster) return;
        info = lstmfc_forecaster_get_info(forecaster);
        h = (size_t)info.horizon;
        CHECK_INT(info.rows, 150);
        CHECK_INT(info.from, w.time[0]);
        CHECK_INT(info.seen_to, w.time[149]);
        CHECK(info.fit_to < info.seen_to && info.fit_to > info.from);
        CHECK_INT(info.interval, 3600000);
        CHECK_TEXT(info.symbol, desc.symbol);
        CHECK(info.fit_samples > 80 && info.val_samples > 5);
        CHECK((info.cal_samples > 0) == (target != LSTMFC_TARGET_DIRECTION));
        for (t = 30; t < 200; t++) {
            lstmfc_outcome outcome = lstmfc_forecaster_outcome(forecaster, &w.candles, t);
            if (t + h >= 200) { CHECK_INT(outcome.reason, LSTMFC_OUTCOME_OPEN); CHECK(lstmfc_is_nan(outcome.value)); continue; }
            CHECK_INT(outcome.reason, LSTMFC_OUTCOME_KNOWN);
            CHECK_NEAR(outcome.log_return, log(w.close[t + 2] / w.close[t]), 1e-12);
            if (target == LSTMFC_TARGET_DIRECTION) { CHECK(outcome.value == (w.close[t + 2] > w.close[t])); CHECK(outcome.persistence == info.base_rate); }
            if (target == LSTMFC_TARGET_PRICE) { CHECK(outcome.value == w.close[t + 2]); CHECK(outcome.persistence == w.close[t]); }
            if (target == LSTMFC_TARGET_RETURN) { CHECK_NEAR(outcome.value, log(w.close[t + 2] / w.close[t]), 1e-12); CHECK(outcome.persistence == 0); }
            if (target == LSTMFC_TARGET_VOLATILITY) {
                double a = log(w.close[t + 1] / w.close[t]), b = log(w.close[t + 2] / w.close[t + 1]);
                double c = log(w.close[t] / w.close[t - 1]), d = log(w.close[t - 1] / w.close[t - 2]);
                CHECK_NEAR(outcome.value, sqrt((a * a + b * b) / 2), 1e-12);
                CHECK_NEAR(outcome.persistence, sqrt((c * c + d * d) / 2), 1e-12);
            }
            if (target == LSTMFC_TARGET_PRICE_LEVEL) { CHECK(outcome.value == w.close[t + 2]); CHECK(outcome.persistence == w.close[t]); }
            if (target == LSTMFC_TARGET_ROLLING_VOLATILITY) { CHECK_NEAR(outcome.value, deviation(w.close, t + 2, 9), 1e-12); CHECK_NEAR(outcome.persistence, deviation(w.close, t, 9), 1e-12); }
            if (target == LSTMFC_TARGET_EXPRESSION) {
                CHECK_NEAR(outcome.value, (w.close[t + 2] + w.close[t + 1] + w.close[t] + w.close[t - 1]) / 4 - 100, 1e-9);
                CHECK_NEAR(outcome.persistence, (w.close[t] + w.close[t - 1] + w.close[t - 2] + w.close[t - 3]) / 4 - 100, 1e-9);
            }
        }
        lstmfc_forecaster_free(forecaster);
    }
}

/* A missing bar: no sample, and no outcome, whose window or horizon spans it. */
TEST(gaps) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *dropped, *counted;
    lstmfc_forecaster_info a, b;
    size_t t;
    walk_make(&w, 200, 12);
    for (t = 60; t < 200; t++) w.time[t] += 3600000;
    desc.horizon = 1;
    dropped = fit(&w.candles, &desc);
    desc.gaps = LSTMFC_GAPS_COUNT;
    counted = fit(&w.candles, &desc);
    if (!dropped || !counted) return;
    a = lstmfc_forecaster_get_info(dropped);
    b = lstmfc_forecaster_get_info(counted);
    CHECK_INT(a.gap_samples, 6);                        /* samples t = 59 .. 64 hold bars 59 and 60 in t-5 .. t+1 */
    CHECK_INT(b.gap_samples, 6);
    CHECK_INT(a.fit_samples + 6, b.fit_samples);
    for (t = 50; t < 75; t++) {
        CHECK_INT(lstmfc_forecaster_outcome(dropped, &w.candles, t).reason, t >= 59 && t <= 64 ? LSTMFC_OUTCOME_GAP : LSTMFC_OUTCOME_KNOWN);
        CHECK_INT(lstmfc_forecaster_outcome(counted, &w.candles, t).reason, LSTMFC_OUTCOME_KNOWN);
    }
    lstmfc_forecaster_free(dropped);
    lstmfc_forecaster_free(counted);
}

/* A price scaled by a power of two changes no bit of a forecast in returns. */
TEST(scale_of_prices) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *one, *other;
    lstmfc_error err;
    size_t t;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 13);
    walk_copy(&v, &w);
    for (t = 0; t < 200; t++) { v.open[t] /= 1048576; v.high[t] /= 1048576; v.low[t] /= 1048576; v.close[t] /= 1048576; }
    one = fit(&w.candles, &desc);
    other = fit(&v.candles, &desc);
    if (!one || !other) return;
    CHECK_OK(lstmfc_forecaster_predict_all(one, &w.candles, 0, 200, all, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_all(other, &v.candles, 0, 200, again, &err), err);
    for (t = 0; t < 200; t++) {
        CHECK(memcmp(&all[t].value, &again[t].value, sizeof(double)) == 0);
        CHECK(memcmp(&all[t].lower, &again[t].lower, sizeof(double)) == 0);
    }
    lstmfc_forecaster_free(one);
    lstmfc_forecaster_free(other);
}


/* Sample standard deviation of the 20 log returns that end at bar t, in two plain passes. */

/* targets, spans and intervals, written out: the calibration part is the later half of validation, h samples dropped between;
   the scores' ceil((n+1) level)-th smallest is q; bounds are C exp(y -+ q RV20), for volatility exp(ln f -+ q), f the median: the factor is in the forecast only. */
TEST(calibration) {
    int32_t target;
    walk_make(&w, 400, 15);
    for (target = LSTMFC_TARGET_PRICE; target <= LSTMFC_TARGET_EXPRESSION; target++) {
        static double scores[WALK_BARS];
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *forecaster;
        lstmfc_forecaster_info info;
        lstmfc_error err;
        lstmfc_fit *job;
        lstmfc_spans spans;
        double q;
        size_t t, n = 0, h = (size_t)desc.horizon, seen = 360, samples, validation, k;
        memset(&err, 0, sizeof err);
        desc.test = 0.1;
        desc.val = 0.3;
        desc.level = 0.8;
        desc.intervals = LSTMFC_INTERVALS_SPLIT;
        job = lstmfc_fit_create(&w.candles, &desc, &err);
        CHECK_OK(err.code, err);
        if (!job) return;
        spans = lstmfc_fit_spans(job);
        while (lstmfc_fit_step(job, 0, &err) == LSTMFC_OK) {}
        forecaster = lstmfc_fit_finish(job, &err);
        CHECK_OK(err.code, err);
        if (!forecaster) return;
        info = lstmfc_forecaster_get_info(forecaster);
        samples = seen - h - (size_t)(info.stable + info.window - 1);          /* sample ends stable+T-1 .. seen-1-h */
        validation = (size_t)floor(0.3 * (double)samples);
        CHECK_INT(spans.cal_end, seen - h);
        CHECK_INT(spans.val_first, seen - h - validation);
        CHECK_INT(spans.fit_end, (int64_t)(seen - h - validation) - info.window - (int64_t)h);
        CHECK_INT(spans.cal_first - spans.val_end, h);
        CHECK(llabs((spans.cal_end - spans.cal_first) - (spans.val_end - spans.val_first)) <= (long long)h + 1);
        CHECK_INT(info.fit_to, w.time[spans.fit_end - 1 + (int64_t)h]);
        CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 400, all, &err), err);
        for (t = (size_t)spans.cal_first; t < (size_t)spans.cal_end; t++) {
            if (target == LSTMFC_TARGET_VOLATILITY) {
                double sum = 0;
                for (k = t + 1; k <= t + h; k++) sum += log(w.close[k] / w.close[k - 1]) * log(w.close[k] / w.close[k - 1]);
                scores[n++] = fabs(log(sqrt(sum / (double)h)) - log(all[t].volatility / info.volatility_factor));
            } else if (target == LSTMFC_TARGET_PRICE_LEVEL) {
                scores[n++] = fabs(w.close[t + h] - all[t].value);
            } else if (target == LSTMFC_TARGET_ROLLING_VOLATILITY) {
                scores[n++] = fabs(deviation(w.close, t + h, 9) - all[t].value);
            } else if (target == LSTMFC_TARGET_EXPRESSION) {
                double mean = (w.close[t + h] + w.close[t + h - 1] + w.close[t + h - 2] + w.close[t + h - 3]) / 4;
                scores[n++] = fabs(mean - 100 - all[t].value);
            } else scores[n++] = fabs(log(w.close[t + h] / w.close[t]) - all[t].log_return) / rv20(w.close, t);
        }
        qsort(scores, n, sizeof scores[0], ascending);
        q = scores[(size_t)ceil((double)(n + 1) * 0.8) - 1];
        CHECK_INT(info.cal_samples, n);
        CHECK_NEAR(info.quantile, q, 1e-11);
        for (t = 360; t < 400; t++) {
            double c = w.close[t], y = all[t].log_return, width = q * rv20(w.close, t);
            CHECK(all[t].level == 0.8);
            if (target == LSTMFC_TARGET_PRICE) {
                CHECK_NEAR(all[t].price, c * exp(y), 1e-12);
                CHECK(all[t].value == all[t].price);
                CHECK_NEAR(all[t].lower, c * exp(y - width), 1e-11);
                CHECK_NEAR(all[t].upper, c * exp(y + width), 1e-11);
            } else if (target == LSTMFC_TARGET_RETURN) {
                CHECK(all[t].value == y);
                CHECK_NEAR(all[t].lower, y - width, 1e-10);
                CHECK_NEAR(all[t].upper, y + width, 1e-10);
            } else if (target >= LSTMFC_TARGET_PRICE_LEVEL) {
                CHECK_CLOSE(all[t].lower, all[t].value - q, 1e-10, 1e-10);
                CHECK_CLOSE(all[t].upper, all[t].value + q, 1e-10, 1e-10);
            } else {
                CHECK_NEAR(all[t].lower, all[t].value / info.volatility_factor * exp(-q), 1e-11);
                CHECK_NEAR(all[t].upper, all[t].value / info.volatility_factor * exp(q), 1e-11);
            }
        }
        lstmfc_fit_free(job);
        lstmfc_forecaster_free(forecaster);
    }
}

/* A forecast by hand: features, scaler, network, target scale, each through its own chapter. Novelty is the largest |z| of the window. */
TEST(by_hand) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    lstmfc_error err;
    lstmfc_scratch *scratch;
    lstmfc_real *rows, probability;
    double *matrix;
    size_t columns, t, j, n = 240;
    memset(&err, 0, sizeof err);
    walk_make(&w, n, 16);
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    info = lstmfc_forecaster_get_info(forecaster);
    columns = (size_t)lstmfc_features_count(info.features);
    CHECK_INT(columns, 5);
    matrix = (double *)malloc(n * columns * sizeof *matrix);
    rows = (lstmfc_real *)malloc(n * columns * sizeof *rows);
    CHECK_OK(lstmfc_features_evaluate(info.features, &w.candles, matrix, &err), err);
    for (t = 0; t < n; t++)
        for (j = 0; j < columns; j++) rows[t * columns + j] = (lstmfc_real)((matrix[t * columns + j] - info.scaling[j]) / info.scaling[columns + j]);
    scratch = lstmfc_scratch_create(info.model, 1, &err);
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, n, all, &err), err);
    for (t = 0; t < n; t++) {
        lstmfc_batch batch;
        double novelty = 0;
        size_t k;
        CHECK((int64_t)t < info.stable + info.window - 1 ? lstmfc_is_nan(all[t].value) : !lstmfc_is_nan(all[t].value));
        if (lstmfc_is_nan(all[t].value)) continue;
        memset(&batch, 0, sizeof batch);
        batch.rows = rows + (t + 1 - 6) * columns;
        batch.row_count = 6;
        batch.row_stride = columns;
        batch.count = 1;
        batch.window = 6;
        CHECK_OK(lstmfc_model_predict(info.model, scratch, &batch, &probability, &err), err);
        CHECK(all[t].probability_up == (double)probability && all[t].value == all[t].probability_up);
        CHECK(lstmfc_is_nan(all[t].lower) && lstmfc_is_nan(all[t].price) && lstmfc_is_nan(all[t].volatility));
        for (k = 0; k < 6 * columns; k++) {
            double z = fabs((matrix[(t + 1 - 6) * columns + k] - info.scaling[k % columns]) / info.scaling[columns + k % columns]);
            if (z > novelty) novelty = z;
        }
        CHECK_NEAR(all[t].novelty, novelty, 1e-12);
    }
    free(matrix);
    free(rows);
    lstmfc_scratch_free(scratch);
    lstmfc_forecaster_free(forecaster);
}

/* The intervals cover what they promise: on a series with calm and storm, 90 % of the later prices lie inside, give or take
   the error of the count. */
TEST(coverage) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *forecaster;
    lstmfc_error err;
    lstmfc_rng rng;
    size_t t, inside = 0, known = 0;
    double price = 100, sigma = 0.01;
    memset(&err, 0, sizeof err);
    walk_make(&w, 1500, 14);
    lstmfc_rng_seed(&rng, 3);
    for (t = 0; t < 1500; t++) {
        sigma = 0.01 * lstmfc_exp(1.2 * lstmfc_sin((double)t / 25));
        price *= lstmfc_exp(sigma * lstmfc_rng_normal(&rng));
        w.close[t] = price;
    }
    desc.horizon = 1;
    desc.val = 0.4;
    desc.test = 0.4;
    desc.features = "log_return(close)";
    desc.model = "lstm 2 | dense 1";
    desc.training.epochs = 1;
    forecaster = fit(&w.candles, &desc);
    if (!forecaster) return;
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 1500, all, &err), err);
    for (t = 900; t + 1 < 1500; t++) {
        if (lstmfc_is_nan(all[t].lower)) continue;
        known++;
        inside += all[t].lower <= w.close[t + 1] && w.close[t + 1] <= all[t].upper;
    }
    printf("coverage: %.1f %% of %lu intervals of 90 %%\n", 100.0 * (double)inside / (double)known, (unsigned long)known);
    CHECK(known > 590);
    CHECK((double)inside / (double)known > 0.85 && (double)inside / (double)known < 0.95);
    lstmfc_forecaster_free(forecaster);
}

/* A file without a member (an object or array), its checksum made right: what an older version wrote. */
static lstmfc_writer resealed(const char *text, const char *member) {
    lstmfc_writer out;
    char *copy = (char *)malloc(strlen(text) + 1), *at, *end, key[64], tail[40];
    strcpy(copy, text);
    if (member) {
        sprintf(key, "\"%s\":", member);
        at = strstr(copy, key);
        CHECK(at != NULL);
        end = at + strcspn(at, "[{");
        end += strcspn(end, *end == '{' ? "}" : "]") + 1;
        while (*at != ',') at--;
        memmove(at, end, strlen(end) + 1);
    }
    at = strstr(copy, "\"checksum\"");
    while (*at != ',') at--;
    *at = 0;
    sprintf(tail, ",\"checksum\":\"%08x\"}", (unsigned)crc32_of(copy, strlen(copy)));
    lstmfc_writer_init(&out, NULL);
    lstmfc_write_text(&out, copy, strlen(copy));
    lstmfc_write_text(&out, tail, strlen(tail) + 1);
    free(copy);
    return out;
}

/* A file older than adaptive intervals has split ones, and says so; one whose scores are not ascending, are too many or too few is
   refused. */
TEST(intervals_of_older_files) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *forecaster, *old;
    lstmfc_writer file, cut;
    lstmfc_adaptive state;
    lstmfc_error err;
    size_t t;
    char *at;
    memset(&err, 0, sizeof err);
    walk_make(&w, 500, 46);
    desc.test = 0.3;
    forecaster = fit(&w.candles, &desc);
    file = saved(forecaster);
    at = strstr(file.text, "\"kind\": \"aci\",");
    CHECK(at != NULL);
    if (at) memmove(at, at + 14, strlen(at + 14) + 1);
    cut = resealed(file.text, "scores");
    old = lstmfc_forecaster_load_memory(cut.text, strlen(cut.text), NULL, &err);
    CHECK_OK(err.code, err);
    if (old) {
        CHECK_OK(lstmfc_forecaster_predict_intervals(forecaster, &w.candles, LSTMFC_INTERVALS_SPLIT, 0, 500, again, NULL, &err), err);
        CHECK_OK(lstmfc_forecaster_predict_intervals(old, &w.candles, LSTMFC_INTERVALS_ACI, 0, 500, all, &state, &err), err);
        for (t = 0; t < 500; t++) CHECK(same(&all[t], &again[t]));
        CHECK(state.replayed == 0 && lstmfc_forecaster_get_info(old).scores == NULL);
    }
    lstmfc_forecaster_free(old);
    lstmfc_writer_free(&cut);
    at = strstr(file.text, "\"scores\": [");
    CHECK(at != NULL);
    if (at) {
        char *first = at + 11, *second;
        *first = '9';                                  /* the first score is the largest now */
        cut = resealed(file.text, NULL);
        CHECK(lstmfc_forecaster_load_memory(cut.text, strlen(cut.text), NULL, &err) == NULL);
        CHECK_HAS(err.message, "ascend");
        lstmfc_writer_free(&cut);
        second = strchr(first, ',');
        memmove(first, second + 1, strlen(second));
        cut = resealed(file.text, NULL);
        CHECK(lstmfc_forecaster_load_memory(cut.text, strlen(cut.text), NULL, &err) == NULL);
        CHECK_HAS(err.message, "'scores' must be an array of 'count' numbers");
        lstmfc_writer_free(&cut);
    }
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
}

static void refuses_origins(const char *text) {
    lstmfc_writer file = resealed(text, NULL);
    lstmfc_forecaster *loaded;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    loaded = lstmfc_forecaster_load_memory(file.text, strlen(file.text), NULL, &err);
    CHECK(loaded == NULL);
    CHECK_HAS(err.message, "'to' must be a time from 'from' to 'seen_to'");
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&file);
}

/* Calibration origins behind the last bar seen, or in the wrong order: nothing a fit leaves, and a series need not reach that far. */
TEST(calibration_origins_of_a_file) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *forecaster;
    lstmfc_writer file;
    char *from, *to, first;
    walk_make(&w, 500, 46);
    desc.test = 0.3;
    forecaster = fit(&w.candles, &desc);
    file = saved(forecaster);
    from = strstr(strstr(file.text, "\"intervals\": {"), "\"from\": ") + 8;
    to = strstr(from, "\"to\": ") + 6;
    first = *to;
    *to = '9';                                          /* both are ms of 13 digits: some 250 years later */
    refuses_origins(file.text);
    *from = '9';
    refuses_origins(file.text);
    *to = first;
    refuses_origins(file.text);
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
}

/* ---- whose candles ---- */

static lstmfc_origin origin_of(const lstmfc_forecaster *forecaster, const lstmfc_candles *candles) {
    lstmfc_origin origin;
    lstmfc_error err;
    memset(&err, 0, sizeof err);
    memset(&origin, 0, sizeof origin);
    CHECK_OK(lstmfc_forecaster_origin(forecaster, candles, &origin, &err), err);
    return origin;
}

/* Fitted on bars 100..899 of a walk; then shown those, a part, another walk, a revised close, other volumes, the same closes four
   years later, an hour earlier. */
TEST(origin) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *forecaster, *loaded;
    lstmfc_candles *seen, *part;
    lstmfc_writer file, cut;
    lstmfc_origin origin;
    size_t t;
    walk_make(&w, 1200, 31);
    seen = lstmfc_candles_slice(&w.candles, 100, 800, NULL);
    desc.training.epochs = 1;
    forecaster = fit(seen, &desc);
    origin = origin_of(forecaster, seen);
    CHECK(origin.candles == LSTMFC_CANDLES_MATCHING && origin.shared == 800 && origin.compared == 64 && !origin.differing
          && !origin.elsewhere);
    origin = origin_of(forecaster, &w.candles);         /* with bars before and after */
    CHECK(origin.candles == LSTMFC_CANDLES_MATCHING && origin.shared == 800 && origin.compared == 64 && !origin.elsewhere);

    part = lstmfc_candles_slice(&w.candles, 700, 500, NULL);        /* begins after the first, agrees */
    origin = origin_of(forecaster, part);
    CHECK(origin.candles == LSTMFC_CANDLES_ABSENT && origin.shared == 200 && origin.compared > 5 && !origin.differing);
    lstmfc_candles_free(part);
    part = lstmfc_candles_slice(&w.candles, 900, 300, NULL);        /* nothing of them */
    origin = origin_of(forecaster, part);
    CHECK(origin.candles == LSTMFC_CANDLES_ABSENT && !origin.shared && !origin.compared && !origin.elsewhere);
    lstmfc_candles_free(part);

    walk_make(&v, 1200, 32);                            /* another coin, whole and from its middle on */
    origin = origin_of(forecaster, &v.candles);
    CHECK(origin.candles == LSTMFC_CANDLES_OTHER && origin.compared == 64 && origin.differing == 64 && !origin.elsewhere);
    part = lstmfc_candles_slice(&v.candles, 700, 500, NULL);
    origin = origin_of(forecaster, part);
    CHECK(origin.candles == LSTMFC_CANDLES_OTHER && origin.differing == origin.compared && origin.compared > 5);
    lstmfc_candles_free(part);

    walk_copy(&v, &w);                                  /* one close of a bar between landmarks; one volume */
    v.close[104] *= 1.0000001;
    CHECK(origin_of(forecaster, &v.candles).candles == LSTMFC_CANDLES_OTHER);
    walk_copy(&v, &w);
    v.volume[500] += 1;
    origin = origin_of(forecaster, &v.candles);
    CHECK(origin.candles == LSTMFC_CANDLES_OTHER && origin.compared == 64 && !origin.differing);

    walk_copy(&v, &w);                                  /* 1,461 days later: after everything seen */
    for (t = 0; t < 1200; t++) v.time[t] += (int64_t)1461 * 86400000;
    origin = origin_of(forecaster, &v.candles);
    CHECK(origin.candles == LSTMFC_CANDLES_ABSENT && origin.elsewhere == 64 && origin.shift == (int64_t)1461 * 86400000);
    for (t = 0; t < 1200; t++) v.time[t] = w.time[t] - 3600000;
    origin = origin_of(forecaster, &v.candles);
    CHECK(origin.candles == LSTMFC_CANDLES_OTHER && origin.elsewhere == 64 && origin.shift == -3600000);

    file = saved(forecaster);
    loaded = lstmfc_forecaster_load_memory(file.text, file.length, NULL, NULL);
    origin = origin_of(loaded, &w.candles);
    CHECK(origin.candles == LSTMFC_CANDLES_MATCHING && origin.compared == 64);
    lstmfc_forecaster_free(loaded);
    cut = resealed(file.text, "landmarks");       /* a file older than landmarks */
    loaded = lstmfc_forecaster_load_memory(cut.text, strlen(cut.text), NULL, NULL);
    CHECK(loaded != NULL);
    if (loaded) {
        origin = origin_of(loaded, &w.candles);
        CHECK(origin.candles == LSTMFC_CANDLES_MATCHING && !origin.compared && !origin.elsewhere);
    }
    lstmfc_forecaster_free(loaded);
    lstmfc_writer_free(&cut);
    CHECK_INT(lstmfc_forecaster_origin(NULL, seen, &origin, NULL), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_forecaster_origin(forecaster, NULL, &origin, NULL), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_forecaster_origin(forecaster, seen, NULL, NULL), LSTMFC_ERROR_ARGUMENT);
    lstmfc_writer_free(&file);
    lstmfc_forecaster_free(forecaster);
    lstmfc_candles_free(seen);
}

/* A market that stands still has no place worth remembering: 24 equal closes are found everywhere. */
TEST(origin_flat) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *forecaster;
    lstmfc_origin origin;
    size_t t;
    walk_make(&w, 400, 33);
    for (t = 0; t < 400; t++) if (t % 3) w.close[t] = w.open[t] = w.high[t] = w.low[t] = w.close[t - t % 3];
    desc.training.epochs = 1;
    forecaster = fit(&w.candles, &desc);
    origin = origin_of(forecaster, &w.candles);
    CHECK(origin.candles == LSTMFC_CANDLES_MATCHING && !origin.compared && !origin.elsewhere);
    lstmfc_forecaster_free(forecaster);
}

/* A desc with its target alone, or with the default's other members: the network of model "auto" ends as the target needs. */
TEST(target_alone) {
    static walk w;
    int32_t target, filled;
    walk_make(&w, 330, 4);
    for (target = LSTMFC_TARGET_DIRECTION; target <= LSTMFC_TARGET_VOLATILITY; target++)
        for (filled = 0; filled < 2; filled++) {
            lstmfc_forecaster_desc desc;
            lstmfc_error err = {0};
            lstmfc_forecaster *forecaster;
            memset(&desc, 0, sizeof desc);
            if (filled) desc = lstmfc_forecaster_desc_default();
            desc.target = target;
            desc.training.epochs = 1;               /* for the time it takes, as the next two */
            desc.features = "log_return(close)";
            desc.window = 4;
            forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
            if (!CHECK(forecaster != NULL)) { printf("    target %d: %s\n", (int)target, err.message); continue; }
            CHECK_TEXT(lstmfc_forecaster_get_info(forecaster).model_spec,
                       target == LSTMFC_TARGET_DIRECTION ? "lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1 sigmoid"
                                                         : "lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1");
            lstmfc_forecaster_free(forecaster);
        }
}

/* Features that are given: those of the candles give their forecasts to the bit, another value changes the windows that hold it and
   no other, one that is no number leaves them without a forecast; the forecaster is as it was. */
TEST(given_features) {
    enum { BARS = 420, AT = 300, FROM = 280, MANY = 60 };
    static walk w;
    static lstmfc_forecast plain[MANY], given[MANY];
    lstmfc_error err = {0};
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_RETURN);
    lstmfc_forecaster *forecaster;
    lstmfc_forecaster_info info;
    double *matrix;
    size_t columns, t;
    walk_make(&w, BARS, 3);
    forecaster = fit(&w.candles, &desc);
    info = lstmfc_forecaster_get_info(forecaster);
    columns = (size_t)lstmfc_features_count(info.features);
    matrix = (double *)malloc(BARS * columns * sizeof *matrix);
    CHECK_OK(lstmfc_features_evaluate(info.features, &w.candles, matrix, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_intervals(forecaster, &w.candles, LSTMFC_INTERVALS_SPLIT, FROM, MANY, plain, NULL, &err), err);
    CHECK_OK(lstmfc_forecaster_predict_features(forecaster, &w.candles, matrix, FROM, MANY, given, &err), err);
    for (t = 0; t < MANY; t++) CHECK(same(&plain[t], &given[t]) && plain[t].reason == LSTMFC_FORECAST_MADE);
    matrix[AT * columns] += 0.01;
    CHECK_OK(lstmfc_forecaster_predict_features(forecaster, &w.candles, matrix, FROM, MANY, given, &err), err);
    for (t = 0; t < MANY; t++) CHECK(same(&plain[t], &given[t]) == !(FROM + t >= AT && FROM + t < AT + (size_t)info.window));
    matrix[AT * columns] = lstmfc_nan();
    CHECK_OK(lstmfc_forecaster_predict_features(forecaster, &w.candles, matrix, FROM, MANY, given, &err), err);
    for (t = 0; t < MANY; t++)
        CHECK(given[t].reason == (FROM + t >= AT && FROM + t < AT + (size_t)info.window ? LSTMFC_FORECAST_BAD_ROW : LSTMFC_FORECAST_MADE));
    CHECK_OK(lstmfc_forecaster_predict_intervals(forecaster, &w.candles, LSTMFC_INTERVALS_SPLIT, FROM, MANY, given, NULL, &err), err);
    for (t = 0; t < MANY; t++) CHECK(same(&plain[t], &given[t]));
    CHECK(lstmfc_forecaster_predict_features(forecaster, &w.candles, NULL, FROM, MANY, given, &err) == LSTMFC_ERROR_ARGUMENT);
    free(matrix);
    lstmfc_forecaster_free(forecaster);
}

/* A level that the calibration part is too short for has no bounds; that of a deviation below is 0 all the same. */
TEST(no_deviation_below_zero) {
    static walk w;
    static lstmfc_forecast made[20];
    lstmfc_error err = {0};
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_ROLLING_VOLATILITY);
    lstmfc_forecaster *forecaster;
    size_t t;
    walk_make(&w, 420, 3);
    desc.level = 0.999;
    forecaster = fit(&w.candles, &desc);
    CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 390, 20, made, &err), err);
    for (t = 0; t < 20; t++) CHECK(made[t].lower >= 0 && made[t].lower <= 0 && made[t].upper > 1e300 && made[t].value > 0);
    lstmfc_forecaster_free(forecaster);
}

int main(void) {
    own_directory();
    RUN(given_features); RUN(no_deviation_below_zero);
    RUN(target_alone);
    RUN(intervals_of_older_files);
    RUN(calibration_origins_of_a_file);
    RUN(origin);
    RUN(origin_flat);
    RUN(file_round_trip);
    RUN(file_extra); RUN(file_bounds_and_causes); RUN(file_read_back);
    RUN(file_damaged);
    RUN(file_hostile);
    RUN(options_effective); RUN(goes_on); RUN(sample_weights);
    RUN(flat_market); RUN(equal_up_to_rounding);
    RUN(attention);
    RUN(rows_that_are_shown);
    RUN(stream_equals_batch);
    RUN(allocation_free);
    RUN(predict_newest);
    RUN(recursion_intervals);
    RUN(adaptive_by_hand);
    RUN(adaptive_intervals);
    RUN(resume_anywhere);
    RUN(resume_refused);
    RUN(memory_failures);
    RUN(finish_again);
    RUN(refusals);
    RUN(outcomes); RUN(no_prices); RUN(price_level);
    RUN(gaps);
    RUN(scale_of_prices);
    RUN(calibration);
    RUN(by_hand);
    RUN(coverage);
    return test_end();
}
