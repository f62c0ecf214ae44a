/* Model files and checkpoints edited by somebody who sets the checksum right again: every number in turn becomes one from the ends of
   its type. What loads must work to the end - forecasts, streams, resumed trainings, saving - and what it saves must load. Run under
   the sanitizers too: no arithmetic may overflow on the way. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "walk.h"

static walk w;
static lstmfc_forecast all[WALK_BARS];
static size_t quick(size_t full, size_t reduced) { return getenv("LSTMFC_QUICK") ? reduced : full; }

static const char *const values[] = {
    "0", "-1", "1", "2147483647", "-2147483648", "2147483648", "\"0x7fffffffffffffff\"", "\"0x8000000000000000\"", "9007199254740993",
    "1e308", "-1e308", "1e-310", "0.5", "null", "253402300799999", "\"inf\""
};
enum { VALUES = sizeof values / sizeof values[0] };

/* CRC-32 bit by bit, as the standard defines it. */
static uint32_t crc32(const char *text, size_t n) {
    uint32_t crc = 0xFFFFFFFFu;
    size_t i;
    int k;
    for (i = 0; i < n; i++)
        for (crc ^= (unsigned char)text[i], k = 0; k < 8; k++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    return ~crc;
}

/* Where the next number (or the string of an integer beyond 2^53) from `at` on begins, and its length; 0 = there is none. */
static size_t next_number(const char *text, size_t *at) {
    int quoted = 0;
    size_t i, n;
    for (i = *at; text[i]; i++) {
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) {
            if (!quoted && strncmp(text + i, "\"0x", 3) == 0) { *at = i; return 20; }
            quoted = !quoted;
        }
        if (quoted || !(text[i] == '-' || (text[i] >= '0' && text[i] <= '9'))) continue;
        for (n = 1; text[i + n] && strchr("0123456789+-.eE", text[i + n]); n++) {}
        *at = i;
        return n;
    }
    return 0;
}

/* text with `value` in the place of the n bytes at `at`, sealed. free() it. */
static char *edited(const char *text, size_t at, size_t n, const char *value) {
    char *copy = (char *)malloc(strlen(text) + strlen(value) + 1), *end;
    memcpy(copy, text, at);
    strcpy(copy + at, value);
    strcat(copy, text + at + n);
    end = strstr(copy, ",\"checksum\"");
    if (CHECK(end != NULL)) sprintf(end, ",\"checksum\":\"%08x\"}", (unsigned)crc32(copy, (size_t)(end - copy)));
    return copy;
}

static char *copy_of(const lstmfc_writer *writer) {
    char *copy = (char *)calloc(writer->length + 1, 1);
    memcpy(copy, writer->text, writer->length);
    return copy;
}

static lstmfc_forecaster_desc small(int32_t target) {
    lstmfc_forecaster_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.target = target;
    desc.window = 3;
    desc.features = "log_return(close), hour_sin, ema(3)/close";
    desc.model = target == LSTMFC_TARGET_DIRECTION ? "batchnorm | dense 2 | flatten | dense 1 sigmoid" : "lstm 1 | dense 1";
    desc.training.epochs = 3;
    desc.training.batch = 64;
    return desc;
}

/* Saves what was loaded: it must be loadable again, or named as not savable. */
static void save_again(const lstmfc_forecaster *forecaster) {
    lstmfc_writer writer;
    lstmfc_error err;
    lstmfc_forecaster *again;
    memset(&err, 0, sizeof err);
    lstmfc_writer_init(&writer, NULL);
    if (lstmfc_forecaster_save_memory(forecaster, &writer, &err) == LSTMFC_OK) {
        again = lstmfc_forecaster_load_memory(writer.text, writer.length, NULL, &err);
        CHECK_OK(err.code, err);
        lstmfc_forecaster_free(again);
    } else CHECK(writer.length == 0 && err.message[0]);
    lstmfc_writer_free(&writer);
}

static void use(lstmfc_forecaster *forecaster) {
    lstmfc_error err;
    lstmfc_stream *stream;
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    size_t t;
    char when[32];
    memset(&err, 0, sizeof err);
    if (lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, w.candles.count, all, &err) == LSTMFC_OK)
        for (t = 0; t < w.candles.count; t++) CHECK(!lstmfc_is_finite(all[t].value) == (all[t].reason != LSTMFC_FORECAST_MADE));
    lstmfc_forecaster_predict(forecaster, &w.candles, 2, all, NULL);
    lstmfc_forecaster_outcome(forecaster, &w.candles, w.candles.count / 2);
    lstmfc_format_time(when, info.seen_to + info.interval * info.horizon);      /* what reports do with them */
    lstmfc_format_time(when, info.from - info.interval);
    stream = lstmfc_stream_create(forecaster, &err);
    for (t = 0; stream && t < 20; t++) lstmfc_stream_push(stream, &w.candles, t, all, NULL);
    lstmfc_stream_free(stream);
    save_again(forecaster);
}

TEST(models) {
    int32_t target;
    for (target = 0; target <= LSTMFC_TARGET_VOLATILITY; target += 3) {
        lstmfc_forecaster_desc desc = small(target);
        lstmfc_forecaster *forecaster;
        lstmfc_error err;
        lstmfc_writer writer;
        char *text;
        size_t at = 0, n, k, step = quick(3, 11), tried = 0, loaded_count = 0;
        memset(&err, 0, sizeof err);
        walk_make(&w, 150, 9);
        forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
        CHECK_OK(err.code, err);
        lstmfc_writer_init(&writer, NULL);
        CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
        text = copy_of(&writer);
        for (; (n = next_number(text, &at)) != 0; at += n)
            for (k = 0; k < VALUES; k++) {
                char *copy;
                lstmfc_forecaster *loaded;
                if (tried++ % step) continue;
                copy = edited(text, at, n, values[k]);
                memset(&err, 0, sizeof err);
                loaded = lstmfc_forecaster_load_memory(copy, strlen(copy), NULL, &err);
                if (loaded) { loaded_count++; use(loaded); }
                else CHECK(err.code != LSTMFC_OK && err.message[0]);
                lstmfc_forecaster_free(loaded);
                free(copy);
            }
        printf("models: %lu edited, %lu loaded and used\n", (unsigned long)(tried / step), (unsigned long)loaded_count);
        free(text);
        lstmfc_writer_free(&writer);
        lstmfc_forecaster_free(forecaster);
    }
}

/* Figures that no training gives, and what is lost of a forecaster: refused by name, never taken for a network alone. */
TEST(refused_by_name) {
    static const char *const lies[][3] = {
        {"\"fit_samples\": ", "151", "'fit_samples' must be an integer in 0..1"}, {"\"val_samples\": ", "1000", "'val_samples' must be an integer in 0..1"},
        {"\"equal_closes\": ", "1000", "'equal_closes' must be"}, {"\"gap_samples\": ", "1000", "'gap_samples' must be"},
        {"\"bad_samples\": ", "1000", "'bad_samples' must be"},
        {"\"accuracy\": ", "-1", "'accuracy' must be a number in 0..1"}, {"\"val_accuracy\": ", "1.5", "'val_accuracy' must be"},
        {"\"auc\": ", "1e308", "'auc' must be"}, {"\"val_auc\": ", "-0.1", "'val_auc' must be"},
        {"\"horizon\": ", "null", "'horizon' must be"}, {"\"best_epoch\": ", "99", "'best_epoch' must be"}
    };
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_forecaster *forecaster, *loaded;
    lstmfc_error err;
    lstmfc_writer writer;
    char *text;
    size_t k;
    memset(&err, 0, sizeof err);
    walk_make(&w, 150, 9);
    forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
    text = copy_of(&writer);
    for (k = 0; k < sizeof lies / sizeof lies[0]; k++) {
        const char *member = strstr(text, lies[k][0]);
        char *copy;
        size_t at;
        if (!CHECK(member != NULL)) continue;
        at = (size_t)(member - text) + strlen(lies[k][0]);
        copy = edited(text, at, strcspn(text + at, ",}\n"), lies[k][1]);
        memset(&err, 0, sizeof err);
        loaded = lstmfc_forecaster_load_memory(copy, strlen(copy), NULL, &err);
        CHECK(loaded == NULL);
        CHECK_HAS(err.message, lies[k][2]);
        lstmfc_forecaster_free(loaded);
        free(copy);
    }
    {   /* without its task it is a forecaster still */
        size_t at = (size_t)(strstr(text, "\"task\"") - text);
        char *copy = edited(text, at, 6, "\"tusk\"");
        CHECK(lstmfc_forecaster_load_memory(copy, strlen(copy), NULL, &err) == NULL);
        CHECK_HAS(err.message, "'task' must be an object");
        free(copy);
    }
    free(text);
    lstmfc_writer_free(&writer);
    lstmfc_forecaster_free(forecaster);
}

TEST(checkpoints) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_error err;
    lstmfc_writer writer;
    lstmfc_fit *job;
    char *text;
    size_t at = 0, n, k, step = quick(4, 13), tried = 0, loaded_count = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, 150, 9);
    desc.training.plateau = 1;
    job = lstmfc_fit_create(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    lstmfc_fit_step(job, 3, &err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_fit_save_memory(job, &writer, &err), err);
    lstmfc_fit_free(job);
    text = copy_of(&writer);
    for (; (n = next_number(text, &at)) != 0; at += n)
        for (k = 0; k < VALUES; k++) {
            char *copy;
            lstmfc_result result;
            lstmfc_forecaster *forecaster;
            if (tried++ % step) continue;
            copy = edited(text, at, n, values[k]);
            memset(&err, 0, sizeof err);
            job = lstmfc_fit_create(&w.candles, &desc, &err);
            if (lstmfc_fit_load_memory(job, copy, strlen(copy), &err) == LSTMFC_OK) {
                loaded_count++;
                while ((result = lstmfc_fit_step(job, 1, &err)) == LSTMFC_OK) {}
                forecaster = result == LSTMFC_DONE ? lstmfc_fit_finish(job, &err) : NULL;
                if (forecaster) save_again(forecaster);
                else CHECK(result == LSTMFC_ERROR_DIVERGED && err.message[0]);
                lstmfc_forecaster_free(forecaster);
            } else CHECK(err.code != LSTMFC_OK && err.message[0]);
            lstmfc_fit_free(job);
            free(copy);
        }
    printf("checkpoints: %lu edited, %lu loaded and resumed\n", (unsigned long)(tried / step), (unsigned long)loaded_count);
    {   /* the ends that used to overflow are refused by name */
        static const char *const lies[][3] = {
            {"\"steps\": ", "\"0x7fffffffffffffff\"", "'steps' must be an integer in 0..2"}, {"\"wait\": ", "2147483647", "'wait' must be an integer in 0.."},
            {"\"seen_to\": ", "\"0x7fffffffffffffff\"", "'seen_to' must be an integer in "}, {"\"from\": ", "\"0x8000000000000000\"", "'from' must be an integer in "},
            {"\"fit_to\": ", "0", "'fit_to' must be an integer in "}
        };
        for (k = 0; k < sizeof lies / sizeof lies[0]; k++) {
            const char *member = strstr(text, lies[k][0]);
            char *copy;
            if (!CHECK(member != NULL)) continue;
            at = (size_t)(member - text) + strlen(lies[k][0]);
            n = strcspn(text + at, ",}\n");
            copy = edited(text, at, n, lies[k][1]);
            memset(&err, 0, sizeof err);
            job = lstmfc_fit_create(&w.candles, &desc, &err);
            CHECK_INT(lstmfc_fit_load_memory(job, copy, strlen(copy), &err), LSTMFC_ERROR_FORMAT);
            CHECK_HAS(err.message, lies[k][2]);
            lstmfc_fit_free(job);
            free(copy);
        }
    }
    free(text);
    lstmfc_writer_free(&writer);
}

/* The state of a stream in the same hands: places in rings, counts and clocks are what a list of numbers can lie about. */
TEST(streams) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_PRICE);
    lstmfc_forecaster *fc;
    lstmfc_stream *stream, *loaded;
    lstmfc_writer writer;
    lstmfc_error err;
    char *text;
    size_t at = 0, n, k, t, step = quick(4, 13), tried = 0, loaded_count = 0;
    memset(&err, 0, sizeof err);
    walk_make(&w, 200, 9);
    desc.features = "log_return(close), lag(close,2)/close, rank(3), corr(close,volume,3), rsi(3), stochrsi(3,3,2,2).k, macd(2,4,2).hist, bbands(3,2).percent, "
                    "tr, adx(3), obv, vwap(3), vwap_session, realized_vol(3), yang_zhang(3), stoch(3,2,2).d, mfi(3), willr(3), keltner(3,3,2).upper, "
                    "trend(close,2,4).state, threshold, fill(lag(close,3),1)";
    desc.start_dependent = 1;
    fc = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    stream = lstmfc_stream_create(fc, &err);
    for (t = 0; t < 100; t++) lstmfc_stream_push(stream, &w.candles, t, NULL, &err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_stream_save_memory(stream, &writer, &err), err);
    text = copy_of(&writer);
    for (; (n = next_number(text, &at)) != 0; at += n)
        for (k = 0; k < VALUES; k++) {
            char *copy;
            if (tried++ % step) continue;
            copy = edited(text, at, n, values[k]);
            memset(&err, 0, sizeof err);
            loaded = lstmfc_stream_load_memory(fc, copy, strlen(copy), &err);
            if (loaded) {
                loaded_count++;
                for (t = 100; t < 112; t++) lstmfc_stream_push(loaded, &w.candles, t, all, NULL);
                lstmfc_stream_peek(loaded, &w.candles, 112, all, NULL);
            } else CHECK(err.code == LSTMFC_ERROR_FORMAT && err.message[0]);
            lstmfc_stream_free(loaded);
            free(copy);
        }
    printf("streams: %lu edited, %lu loaded and pushed\n", (unsigned long)(tried / step), (unsigned long)loaded_count);
    free(text);
    lstmfc_writer_free(&writer);
    lstmfc_stream_free(stream);
    lstmfc_forecaster_free(fc);
}

/* A file of a few thousand bytes that says its window is a million bars: 400 bars are refused or answered in a small buffer. */
TEST(a_window_of_a_million) {
    lstmfc_forecaster_desc desc = small(LSTMFC_TARGET_DIRECTION);
    lstmfc_error err;
    lstmfc_writer writer;
    lstmfc_forecaster *forecaster;
    lstmfc_arena arena;
    lstmfc_env env;
    const char *member;
    char *text, *copy;
    void *buffer = malloc(1 << 20);
    size_t t, at;
    memset(&err, 0, sizeof err);
    walk_make(&w, 400, 9);
    desc.model = "lstm 1 | dense 1 sigmoid";
    forecaster = lstmfc_forecaster_fit(&w.candles, &desc, &err);
    CHECK_OK(err.code, err);
    lstmfc_writer_init(&writer, NULL);
    CHECK_OK(lstmfc_forecaster_save_memory(forecaster, &writer, &err), err);
    lstmfc_forecaster_free(forecaster);
    text = copy_of(&writer);
    member = strstr(text, "\"window\": ");
    if (!CHECK(member != NULL)) return;
    at = (size_t)(member - text) + 10;
    copy = edited(text, at, 1, "1048576");
    lstmfc_arena_init(&arena, buffer, 1 << 20);
    env = lstmfc_env_default();
    env.allocator = lstmfc_arena_allocator(&arena);
    forecaster = lstmfc_forecaster_load_memory(copy, strlen(copy), &env, &err);
    CHECK_OK(err.code, err);
    if (forecaster) {
        CHECK_OK(lstmfc_forecaster_predict_all(forecaster, &w.candles, 0, 400, all, &err), err);
        CHECK_INT(err.code, LSTMFC_OK);     /* nor was anything asked for that was not there */
        for (t = 0; t < 400; t++) CHECK(lstmfc_is_nan(all[t].value) && all[t].reason == LSTMFC_FORECAST_WARMING);
        CHECK_INT(lstmfc_forecaster_predict(forecaster, &w.candles, 1, all, &err), LSTMFC_ERROR_DATA);
        CHECK_HAS(err.message, "a forecast needs 10");
    }
    lstmfc_forecaster_free(forecaster);
    free(copy);
    free(text);
    free(buffer);
    lstmfc_writer_free(&writer);
}

int main(void) {
    RUN(models);
    RUN(refused_by_name);
    RUN(checkpoints);
    RUN(streams);
    RUN(a_window_of_a_million);
    return test_end();
}
