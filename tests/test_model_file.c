// also: double
/* Chapter 17: the model file. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

#ifdef LSTMFC_DOUBLE
#  define DTYPE "float64"
#else
#  define DTYPE "float32"
#endif

static lstmfc_model *make(const char *spec, int32_t inputs, int32_t window, int64_t seed) {
    lstmfc_model_desc desc;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model;
    memset(&desc, 0, sizeof desc);
    desc.spec = spec;
    desc.inputs = inputs;
    desc.window = window;
    desc.seed = seed;
    model = lstmfc_model_create(&desc, &err);
    if (!CHECK(model != NULL)) printf("    %s\n", err.message);
    return model;
}

/* The model as text, ended by NUL; free() it. */
static char *save(const lstmfc_model *model, int64_t created) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_writer w;
    char *text;
    lstmfc_writer_init(&w, NULL);
    CHECK_OK(lstmfc_model_save_memory(model, created, &w, &err), err);
    text = (char *)calloc(w.length + 1, 1);
    memcpy(text, w.text, w.length);
    lstmfc_writer_free(&w);
    return text;
}

static lstmfc_model *load(const char *text, lstmfc_error *err) {
    memset(err, 0, sizeof *err);
    return lstmfc_model_load_memory(text, strlen(text), NULL, err);
}

/* body without its last brace, closed by the right checksum: only its contents are wrong. CRC-32 bit by bit, as the standard
   defines it. */
static char *seal(const char *body) {
    size_t n = strlen(body), i;
    uint32_t crc = 0xFFFFFFFFu;
    int k;
    char *text = (char *)calloc(n + 40, 1);
    for (i = 0; i < n; i++)
        for (crc ^= (unsigned char)body[i], k = 0; k < 8; k++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    sprintf(text, "%s,\"checksum\":\"%08x\"}", body, (unsigned)~crc);
    return text;
}

static const char *const specs[] = {
    "dense 1", "lstm 3 | dense 1 sigmoid", "batchnorm | lstm 4 dropout=0.1 recurrent_dropout=0.2 l2=0.001 | layernorm | lstm 2 | batchnorm momentum=0.9 | dropout 0.3 | dense 3 relu | dense 2",
    "lstm 2 | variational_dropout 0.5 | dense 1 tanh", "gru 3 seq | gru 2 recurrent_dropout=0.2 | dense 1",
    "lstm 3 | batchnorm | attention 2 | dense 1", "bilstm 3 | bigru 2 recurrent_dropout=0.2 | dense 1"
};

TEST(round_trip) {
    size_t s;
    for (s = 0; s < sizeof specs / sizeof specs[0]; s++) {
        lstmfc_error err;
        lstmfc_model *model = make(specs[s], 3, 4, 11 + (int64_t)s), *again;
        lstmfc_rng rng;
        lstmfc_real rows[20 * 3], a[16 * 2], b[16 * 2];
        lstmfc_scratch *sa, *sb;
        lstmfc_batch batch;
        char *text, *text2;
        int32_t i;
        size_t k;
        if (!model) continue;
        lstmfc_rng_seed(&rng, s);
        for (i = 0; i < lstmfc_model_tensors(model); i++) {     /* every tensor full of all kinds of numbers */
            lstmfc_tensor tensor;
            lstmfc_real data[512];
            lstmfc_model_tensor(model, i, &tensor);
            for (k = 0; k < tensor.count; k++) data[k] = (lstmfc_real)(lstmfc_rng_normal(&rng) * lstmfc_exp(3 * lstmfc_rng_normal(&rng)));
            if (!tensor.trainable) for (k = 0; k < tensor.count; k++) data[k] = (lstmfc_real)lstmfc_rng_uniform(&rng);
            lstmfc_model_set(model, i, data, tensor.count, NULL);
        }
        text = save(model, 1700000000000 * (int64_t)(s & 1));
        again = load(text, &err);
        if (!CHECK(again != NULL)) { printf("    %s\n", err.message); free(text); lstmfc_model_free(model); continue; }
        text2 = save(again, 0);
        CHECK_TEXT(text2, text);
        CHECK(strstr(text, "\"created\": 1700000000000") != NULL || !(s & 1));
        CHECK(strstr(text, "\"dtype\": \"" DTYPE "\"") != NULL);
        CHECK_TEXT(lstmfc_model_spec(again), lstmfc_model_spec(model));
        for (i = 0; i < lstmfc_model_tensors(model); i++) {
            lstmfc_tensor x, y;
            lstmfc_model_tensor(model, i, &x);
            lstmfc_model_tensor(again, i, &y);
            CHECK(x.count == y.count && memcmp(x.data, y.data, x.count * sizeof *x.data) == 0);
        }
        for (k = 0; k < 60; k++) rows[k] = (lstmfc_real)lstmfc_rng_normal(&rng);
        memset(&batch, 0, sizeof batch);
        batch.rows = rows; batch.row_count = 20; batch.row_stride = 3; batch.count = 16; batch.window = 4;
        sa = lstmfc_scratch_create(model, 16, &err);
        sb = lstmfc_scratch_create(again, 5, &err);
        CHECK_OK(lstmfc_model_predict(model, sa, &batch, a, &err), err);
        CHECK_OK(lstmfc_model_predict(again, sb, &batch, b, &err), err);
        CHECK(memcmp(a, b, 16 * (size_t)lstmfc_model_outputs(model) * sizeof *a) == 0);
        lstmfc_scratch_free(sa);
        lstmfc_scratch_free(sb);
        lstmfc_model_free(again);
        lstmfc_model_free(model);
        free(text);
        free(text2);
    }
}

/* The bytes themselves: the contract of the format. */
TEST(exact_bytes) {
    static const lstmfc_real kernel[2] = {(lstmfc_real)0.5, (lstmfc_real)-1.25}, bias[1] = {(lstmfc_real)3};
    lstmfc_model *model = make("dense 1", 2, 1, 0);
    char *text, *expected;
    lstmfc_model_set(model, 0, kernel, 2, NULL);
    lstmfc_model_set(model, 1, bias, 1, NULL);
    text = save(model, 5);
    expected = seal("{\n \"format\": \"lstmfc\",\n \"version\": 1,\n \"library\": \"" LSTMFC_VERSION_TEXT "\",\n \"created\": 5,\n \"model\": {\n  \"spec\": \"dense 1\",\n"
                    "  \"inputs\": 2,\n  \"window\": 1,\n  \"dtype\": \"" DTYPE "\",\n  \"parameters\": [\n   {\n    \"name\": \"0.dense.kernel\",\n    \"shape\": [2,1],\n"
                    "    \"data\": [0.5,-1.25]\n   },\n   {\n    \"name\": \"0.dense.bias\",\n    \"shape\": [1],\n    \"data\": [3]\n   }\n  ]\n }");
    CHECK_TEXT(text, expected);
    free(text);
    free(expected);
    lstmfc_model_free(model);
}

/* No byte can be missing, and none can be another. */
TEST(damaged_everywhere) {
    lstmfc_model *model = make("lstm 2 | batchnorm | dense 1 sigmoid", 1, 2, 1);
    char *text = save(model, 1700000000000);
    size_t length = strlen(text), n;
    unsigned k;
    long long tried = 0;
    test_allocator a;
    lstmfc_env env = test_env(&a);
    static const unsigned char masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x2a, 0xff};
    for (n = 0; n < length; n++) {
        char *copy = (char *)malloc(n ? n : 1);
        lstmfc_error err = {0, 0, 0, 0, ""};
        memcpy(copy, text, n);
        CHECK(!lstmfc_model_load_memory(copy, n, &env, &err));
        CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
        CHECK(err.message[0] != 0);
        free(copy);
        tried++;
    }
    for (n = 0; n < length; n++)
        for (k = 0; k < sizeof masks + 4; k++) {
            lstmfc_error err = {0, 0, 0, 0, ""};
            char byte = text[n];
            text[n] = k < sizeof masks ? (char)(byte ^ masks[k]) : " \n,0"[k - sizeof masks];
            if (text[n] != byte) {
                lstmfc_model *bad = lstmfc_model_load_memory(text, length, &env, &err);
                if (!CHECK(bad == NULL)) printf("    byte %d: %d for %d\n", (int)n, text[n], byte);
                CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
                lstmfc_model_free(bad);
                tried++;
            }
            text[n] = byte;
        }
    CHECK_INT(a.live, 0);
    CHECK_INT(a.wrong_sizes, 0);
    printf("damaged %lld times\n", tried);
    free(text);
    lstmfc_model_free(model);
}

typedef struct bad_file { const char *from, *to, *message; } bad_file;

/* Whole files with a right checksum whose contents lie. */
TEST(hostile) {
    static const bad_file bad[] = {
        {"\"inputs\": 2", "\"inputs\": 0", "'inputs' must be an integer in 1..1048576"},
        {"\"inputs\": 2", "\"inputs\": -1", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": 2147483648", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": 9007199254740993", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": 1e300", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": 2.5", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": \"2\"", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": 3", "the shape of '0.lstm.kernel' must be [3, 8]"},
        {"\"inputs\": 2,", "", "'inputs' must be"},
        {"\"inputs\": 2", "\"inputs\": 1048576", "the layer text needs more than the 43 weights there are"},
        {"\"window\": 3", "\"window\": 0", "'window' must be"},
        {"\"window\": 3", "\"window\": 1e9", "'window' must be"},
        {"\"window\": 3", "\"window\": null", "'window' must be"},
        {"lstm 2 | dense 1", "lstm 1000000000 | dense 1", ""},
        {"lstm 2 | dense 1", "lstm 262144 | dense 1", ""},
        {"lstm 2 | dense 1", "lstm 20000 | dense 1", "the layer text needs more than the"},
        {"lstm 2 | dense 1", "dense 1000000 | dense 1000000", ""},
        {"lstm 2 | dense 1", "lstm 2 | dense 1 | dense 1 | dense 1 | dense 1 | dense 1", "5 parameters, but \"lstm 2 | dense 1 | dense 1"},
        {"lstm 2 | dense 1", "lstm 2 | dense 2", "the shape of '1.dense.kernel' must be [2, 2]"},
        {"lstm 2 | dense 1", "lstn 2 | dense 1", "model: "},
        {"lstm 2 | dense 1", "", "model: "},
        {"lstm 2 | dense 1", "lstm 2 | dense 1\\u0000", "'spec' holds U+0000"},
        {"\"spec\": \"lstm 2 | dense 1\"", "\"spec\": 7", "'spec' must be a string"},
        {"\"dtype\": \"" DTYPE "\"", "\"dtype\": \"float16\"", "'dtype' must be \"" DTYPE "\" for this build"},
        {"\"dtype\": \"" DTYPE "\",", "", "'dtype' must be"},
        {"\"parameters\": [", "\"parameters\": 5, \"x\": [", "'parameters' must be an array"},
        {"\"parameters\": [", "\"parameters\": [7,", "every parameter must be"},
        {"\"parameters\": [", "\"parameters\": [{\"data\":[]},", "6 parameters, but \"lstm 2 | dense 1\" has 5"},
        {"\"parameters\": [", "\"parameters\": [], \"x\": [", "0 parameters, but \"lstm 2 | dense 1\" has 5"},
        {"0.lstm.recurrent", "0.lstm.kernel", "parameter 1 must be '0.lstm.recurrent'"},
        {"1.dense.bias", "1.dense.bios", "parameter 4 must be '1.dense.bias'"},
        {"\"name\": \"0.lstm.bias\"", "\"name\": 3", "parameter 2 must be '0.lstm.bias'"},
        {"\"shape\": [2,8]", "\"shape\": [8,2]", "the shape of '0.lstm.kernel' must be [2, 8]"},
        {"\"shape\": [2,8]", "\"shape\": [2]", "the shape of '0.lstm.kernel'"},
        {"\"shape\": [2,8]", "\"shape\": [2,8,1]", "the shape of '0.lstm.kernel'"},
        {"\"shape\": [2,8]", "\"shape\": 16", "the shape of '0.lstm.kernel'"},
        {"\"shape\": [2,8]", "\"shape\": [-2,-8]", "the shape of '0.lstm.kernel'"},
        {"\"shape\": [2,8]", "\"shape\": [4294967298,8]", "the shape of '0.lstm.kernel'"},
        {"\"shape\": [8]", "\"shape\": [8,1]", "the shape of '0.lstm.bias' must be [8]"},
        {"\"data\": [", "\"data\": [1,", "'data' holds 17 values, but 16 are needed"},
        {"\"data\": [", "\"data\": [1],\"x\": [", "'data' holds 1 values, but 16 are needed"},
        {"\"data\": [", "\"data\": {}, \"x\": [", "every parameter must be"},
        {"0.25", "null", "'data': this is not a finite number"},
        {"0.25", "1e999", "'data': this is not a finite number"},
#ifndef LSTMFC_DOUBLE
        {"0.25", "1e39", "'data': this is not a finite number that fits the weights"},
#endif
        {"0.25", "\"0.25\"", "'data': this is not a finite number"},
        {"0.25", "[0.25]", "'data': this is not a finite number"},
        {"\"format\": \"lstmfc\"", "\"format\": \"lstmfd\"", "not a model file of lstmfc"},
        {"\"format\": \"lstmfc\"", "\"format\": null", "not a model file of lstmfc"},
        {"\"version\": 1", "\"version\": 2", "model file version 2: this library (" LSTMFC_VERSION_TEXT ") reads version 1"},
        {"\"version\": 1", "\"version\": \"one\"", "'version' must be an integer"},
        {"\"version\": 1,", "", "'version' must be an integer"},
        {"\"model\": {", "\"modal\": {", "the member 'model' is missing"},
        {"\"model\": {", "\"model\": [], \"x\": {", "the member 'model' is missing or no object"},
        {"\"created\": 9", "\"created\": \"today\"", "'created' must be an integer"},
        {"\"window\": 3", "\"window\": 3,\"window\": 4", "a key that the object does not have already"}
    };
    lstmfc_real quarter[16];
    lstmfc_model *model = make("lstm 2 | dense 1", 2, 3, 1);
    char *text, *sealed;
    size_t i;
    test_allocator a;
    lstmfc_env env = test_env(&a);
    for (i = 0; i < 16; i++) quarter[i] = (lstmfc_real)0.25;
    lstmfc_model_set(model, 0, quarter, 16, NULL);
    text = save(model, 9);
    *strstr(text, ",\"checksum\"") = 0;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char body[4000];
        const char *at = strstr(text, bad[i].from);
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_model *loaded;
        if (!CHECK(at != NULL)) { printf("    %s\n", bad[i].from); continue; }
        sprintf(body, "%.*s%s%s", (int)(at - text), text, bad[i].to, at + strlen(bad[i].from));
        sealed = seal(body);
        a.peak_bytes = 0;
        loaded = lstmfc_model_load_memory(sealed, strlen(sealed), &env, &err);
        if (!(CHECK(loaded == NULL) & CHECK(err.code == LSTMFC_ERROR_FORMAT || err.code == LSTMFC_ERROR_LIMIT) & CHECK_HAS(err.message, bad[i].message)))
            printf("    %s instead of %s: %s\n", bad[i].to, bad[i].from, err.message);
        CHECK(a.peak_bytes < 100000);               /* no promise of the file is believed */
        lstmfc_model_free(loaded);
        free(sealed);
    }
    CHECK_INT(a.live, 0);
    sealed = seal("{\"format\":\"lstmfc\",\"version\":1");
    CHECK(!lstmfc_model_load_memory(sealed, strlen(sealed), &env, NULL));
    free(sealed);
    sealed = seal("[1");
    CHECK(!lstmfc_model_load_memory(sealed, strlen(sealed), &env, NULL));
    free(sealed);
    free(text);
    lstmfc_model_free(model);
}

/* A running variance below 0 would make every answer NaN: refused by its name and value, from a file, from C, and in a checkpoint. */
TEST(negative_variance) {
    lstmfc_model *model = make("batchnorm | dense 1", 2, 1, 1), *loaded;
    lstmfc_real bad[2] = {(lstmfc_real)0.25, -3}, good[2] = {(lstmfc_real)0.25, 0}, before[2];
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_tensor tensor;
    int32_t at = lstmfc_model_find(model, "0.batchnorm.variance");
    char *text, *sealed, body[4000];
    const char *place;
    CHECK_INT(lstmfc_model_tensor(model, at, &tensor), LSTMFC_OK);
    memcpy(before, tensor.data, sizeof before);
    CHECK_INT(lstmfc_model_set(model, at, bad, 2, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "element 1 of tensor 0.batchnorm.variance is -3: a variance is not negative");
    CHECK(memcmp(before, tensor.data, sizeof before) == 0);
    CHECK_INT(lstmfc_model_set(model, lstmfc_model_find(model, "0.batchnorm.mean"), bad, 2, NULL), LSTMFC_OK);    /* a mean may be */
    CHECK_INT(lstmfc_model_set(model, at, good, 2, NULL), LSTMFC_OK);                                             /* and 0 is one */
    text = save(model, 9);
    *strstr(text, ",\"checksum\"") = 0;
    place = strstr(strstr(text, "0.batchnorm.variance"), "0.25");
    sprintf(body, "%.*s-0.25%s", (int)(place - text), text, place + 4);
    sealed = seal(body);
    loaded = load(sealed, &err);
    CHECK(!loaded && err.code == LSTMFC_ERROR_FORMAT && err.line > 0);
    CHECK_HAS(err.message, "model: element 0 of tensor 0.batchnorm.variance is -0.25: a variance is not negative");
    lstmfc_model_free(loaded);
    free(sealed);
    free(text);
    lstmfc_model_free(model);
}

/* Many layers that each look harmless: all together they must fit the numbers in the file. */
TEST(no_more_weights_than_numbers) {
    char body[30000], *p = body, *sealed;
    int i;
    test_allocator a;
    lstmfc_env env = test_env(&a);
    lstmfc_error err = {0, 0, 0, 0, ""};
    p += sprintf(p, "{\"format\":\"lstmfc\",\"version\":1,\"model\":{\"spec\":\"dense 100");
    for (i = 0; i < 300; i++) p += sprintf(p, " | dense 100");
    p += sprintf(p, "\",\"inputs\":100,\"window\":1,\"dtype\":\"" DTYPE "\",\"parameters\":[{\"name\":\"0.dense.kernel\",\"shape\":[100,100],\"data\":[0");
    for (i = 1; i < 10000; i++) p += sprintf(p, ",0");
    sprintf(p, "]}]}");
    sealed = seal(body);
    CHECK(!lstmfc_model_load_memory(sealed, strlen(sealed), &env, &err));
    CHECK_HAS(err.message, "needs more than the 10000 weights there are");
    CHECK(a.peak_bytes < 400000 && a.live == 0);
    free(sealed);
}

/* "extra" byte for byte, unknown members dropped, members in another order and with other blanks. */
TEST(extra_and_strangers) {
    lstmfc_error err;
    lstmfc_model *model = make("dense 1", 1, 1, 1), *again, *copy;
    char *text = save(model, 77), *body, *sealed, *text2, *end;
    static const char extra[] = "{ \"note\" : [1.50, 2e0 ,\"\\u0041\"],\n\t\"x\":{} }";
    size_t n, k;
    *strstr(text, ",\"checksum\"") = 0;
    body = (char *)calloc(strlen(text) + 200000, 1);
    sprintf(body, "%s,\"stranger\":{\"a\":[1,2,3]},\"extra\":%s", text, extra);
    sealed = seal(body);
    again = load(sealed, &err);
    if (CHECK(again != NULL)) {
        text2 = save(again, 0);
        CHECK_HAS(text2, extra);
        CHECK(strstr(text2, "stranger") == NULL);
        CHECK_HAS(text2, "\"created\": 77");
        lstmfc_model_free(model);
        model = load(text2, &err);
        free(sealed);
        sealed = save(model, 0);
        CHECK_TEXT(sealed, text2);                  /* save -> load -> save */
        copy = lstmfc_model_clone(model, &err);
        free(sealed);
        sealed = save(copy, 0);
        CHECK_TEXT(sealed, text2);
        lstmfc_model_free(copy);
        free(text2);
    } else printf("    %s\n", err.message);
    free(sealed);
    lstmfc_model_free(again);
    for (k = 65536; k <= 65537; k++) {              /* 64 KiB and no more */
        end = body + sprintf(body, "%s,\"extra\":\"", text);
        for (n = 0; n < k - 2; n++) *end++ = 'x';
        sprintf(end, "\"");
        sealed = seal(body);
        again = load(sealed, &err);
        CHECK((again != NULL) == (k == 65536));
        if (k > 65536) CHECK_HAS(err.message, "'extra' has 65537 bytes, at most 65536 are allowed");
        lstmfc_model_free(again);
        free(sealed);
    }
    sprintf(body, "{\"model\":{\"parameters\":[{\"data\":[ 2 ],\"name\":\"0.dense.kernel\",\"shape\":[1,1]},{\"shape\":[1],\"data\":[-1],\"name\":\"0.dense.bias\"}],"
            "\"dtype\":\"" DTYPE "\",\"window\":1,\"inputs\":1,\"spec\":\"dense   1 linear\"},\"version\":1,\"format\":\"lst\\u006dfc\"\n");
    sealed = seal(body);
    again = load(sealed, &err);
    if (!CHECK(again != NULL)) printf("    %s\n", err.message);
    else CHECK_TEXT(lstmfc_model_spec(again), "dense 1");
    lstmfc_model_free(again);
    free(sealed);
    free(text);
    free(body);
    lstmfc_model_free(model);
}

/* The double build reads the file of a float build as the floats that they were. */
TEST(other_types) {
    static const char body[] = "{\"format\":\"lstmfc\",\"version\":1,\"model\":{\"spec\":\"dense 1\",\"inputs\":1,\"window\":1,\"dtype\":\"%s\","
                               "\"parameters\":[{\"name\":\"0.dense.kernel\",\"shape\":[1,1],\"data\":[0.1]},{\"name\":\"0.dense.bias\",\"shape\":[1],\"data\":[0]}]}";
    char text[600], *sealed;
    lstmfc_error err;
    lstmfc_model *model;
    lstmfc_tensor tensor;
    const float tenth = 0.1f;               /* a variable: constants may be wider than their type */
    sprintf(text, body, "float32");
    sealed = seal(text);
    model = load(sealed, &err);
    if (CHECK(model != NULL)) { lstmfc_model_tensor(model, 0, &tensor); CHECK((double)tensor.data[0] == (double)tenth); }
    lstmfc_model_free(model);
    free(sealed);
    sprintf(text, body, "float64");
    sealed = seal(text);
    model = load(sealed, &err);
    CHECK((model != NULL) == (sizeof(lstmfc_real) == 8));
    if (model) { lstmfc_model_tensor(model, 0, &tensor); CHECK((double)tensor.data[0] == 0.1); }
    else CHECK_HAS(err.message, "'dtype' must be \"float32\" for this build");
    lstmfc_model_free(model);
    free(sealed);
}

TEST(limits) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model = make("lstm 4 | dense 1", 6, 3, 1), *again;
    char *text = save(model, 0);
    lstmfc_env env = lstmfc_env_default();
    env.limits.file_bytes = (int64_t)strlen(text) - 1;
    CHECK(!lstmfc_model_load_memory(text, strlen(text), &env, &err) && err.code == LSTMFC_ERROR_LIMIT);
    env.limits.file_bytes++;
    CHECK((again = lstmfc_model_load_memory(text, strlen(text), &env, &err)) != NULL);
    lstmfc_model_free(again);
    env.limits.dimension = 5;
    CHECK(!lstmfc_model_load_memory(text, strlen(text), &env, &err));
    CHECK_HAS(err.message, "'inputs' must be an integer in 1..5");
    env.limits.dimension = 0;
    env.limits.elements = 50;
    CHECK(!lstmfc_model_load_memory(text, strlen(text), &env, &err) && err.code == LSTMFC_ERROR_LIMIT);
    env.limits.elements = 0;
    env.limits.depth = 3;
    CHECK(!lstmfc_model_load_memory(text, strlen(text), &env, &err) && err.code == LSTMFC_ERROR_LIMIT);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_model_load_memory(NULL, 0, NULL, &err) && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(lstmfc_model_save_memory(NULL, 0, NULL, NULL), LSTMFC_ERROR_ARGUMENT);
    free(text);
    lstmfc_model_free(model);
}

static lstmfc_result save_and_load(const lstmfc_env *env, void *context) {
    const char *text = (const char *)context;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model = lstmfc_model_load_memory(text, strlen(text), env, &err), *again = NULL;
    if (model) {
        lstmfc_model_save(model, "test_model_file.tmp", &err);
        if (!err.code) again = lstmfc_model_load("test_model_file.tmp", env, &err);
    }
    lstmfc_model_free(again);
    lstmfc_model_free(model);
    return err.code;
}

TEST(files) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_model *model = make("lstm 2 | dense 1", 2, 3, 1), *again;
    char *text = save(model, 0), *sealed;
    FILE *file;
    CHECK_OK(lstmfc_model_save(model, "test_model_file.tmp", &err), err);
    again = lstmfc_model_load("test_model_file.tmp", NULL, &err);
    CHECK(again != NULL);
    lstmfc_model_free(again);
    *strstr(text, ",\"checksum\"") = 0;
    sealed = (char *)calloc(strlen(text) + 100, 1);
    sprintf(sealed, "%s,\"extra\":{\"a\": 1}", text);
    free(text);
    text = seal(sealed);
    torture("model_file", save_and_load, text);
    CHECK(fopen("test_model_file.tmp.tmp-0", "rb") == NULL);
    file = fopen("test_model_file.tmp", "wb");
    fputs("{\n \"format\": \"lstmfc\",\n oops", file);
    fclose(file);
    CHECK(!lstmfc_model_load("test_model_file.tmp", NULL, &err) && err.code == LSTMFC_ERROR_FORMAT && err.line == 3 && err.column == 2);
    CHECK_TEXT(err.message, "test_model_file.tmp: JSON line 3, column 2: expected a key in quotes, found 'o'");
    remove("test_model_file.tmp");
    CHECK(!lstmfc_model_load("test_model_file.tmp", NULL, &err) && err.code == LSTMFC_ERROR_OPEN);
    CHECK_INT(lstmfc_model_save(model, "no/such/directory/m.json", &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "no/such/directory/m.json");
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_model_save(NULL, "x", &err), LSTMFC_ERROR_ARGUMENT);
    free(sealed);
    free(text);
    lstmfc_model_free(model);
}

/* What would not load again replaces nothing. Here the reader's own limit refuses what the writer made. */
TEST(read_back) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_env env = lstmfc_env_default();
    lstmfc_model_desc desc;
    lstmfc_model *good = make("lstm 2 | dense 1", 2, 3, 1), *model;
    char *text = save(good, 0);
    env.limits.depth = 2;
    memset(&desc, 0, sizeof desc);
    desc.spec = "dense 1"; desc.inputs = 1; desc.window = 1; desc.env = &env;
    model = lstmfc_model_create(&desc, &err);
    if (!CHECK(good && model)) return;
    CHECK_OK(lstmfc_model_save(good, "test_read_back.tmp", &err), err);
    CHECK_INT(lstmfc_model_save(model, "test_read_back.tmp", &err), LSTMFC_ERROR_LIMIT);
    CHECK_HAS(err.message, "test_read_back.tmp: not saved, for it would not load again: JSON");
    CHECK(fopen("test_read_back.tmp.tmp-0", "rb") == NULL);
    memset(&err, 0, sizeof err);
    lstmfc_model_free(model);
    model = lstmfc_model_load("test_read_back.tmp", NULL, &err);
    CHECK_OK(err.code, err);
    if (model) {
        char *kept = save(model, 0);
        CHECK_TEXT(kept, text);
        free(kept);
    }
    remove("test_read_back.tmp");
    free(text);
    lstmfc_model_free(model);
    lstmfc_model_free(good);
}

/* The network of a forecaster's file loads on its own; what else the file says is not its business. */
TEST(from_a_forecaster) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_candles *candles = lstmfc_candles_create(200, NULL, &err);
    lstmfc_forecaster_desc desc;
    lstmfc_forecaster *fc;
    lstmfc_model *model;
    lstmfc_writer w;
    lstmfc_rng rng;
    size_t i;
    int32_t k;
    lstmfc_rng_seed(&rng, 4);
    for (i = 0; i < 200; i++) {
        double price = 100 * lstmfc_exp(0.01 * lstmfc_rng_normal(&rng));
        candles->time[i] = (int64_t)i * 3600000;
        candles->open[i] = candles->high[i] = candles->low[i] = candles->close[i] = price;
        candles->volume[i] = 1;
    }
    memset(&desc, 0, sizeof desc);
    desc.window = 4;
    desc.features = "log_return(close)";
    desc.model = "lstm 2 | dense 1 sigmoid";
    desc.training.epochs = 1;
    fc = lstmfc_forecaster_fit(candles, &desc, &err);
    lstmfc_writer_init(&w, NULL);
    if (CHECK(fc != NULL) && CHECK_OK(lstmfc_forecaster_save_memory(fc, &w, &err), err)) {
        const lstmfc_model *inside = lstmfc_forecaster_get_info(fc).model;
        model = lstmfc_model_load_memory(w.text, w.length, NULL, &err);
        if (CHECK(model != NULL))
            for (k = 0; k < lstmfc_model_tensors(model); k++) {
                lstmfc_tensor a, b;
                lstmfc_model_tensor(inside, k, &a);
                lstmfc_model_tensor(model, k, &b);
                CHECK(a.count == b.count && memcmp(a.data, b.data, a.count * sizeof *a.data) == 0);
            }
        lstmfc_model_free(model);
    } else printf("    %s\n", err.message);
    lstmfc_writer_free(&w);
    lstmfc_forecaster_free(fc);
    lstmfc_candles_free(candles);
}

int main(void) {
    own_directory();
    RUN(round_trip); RUN(exact_bytes); RUN(damaged_everywhere); RUN(hostile); RUN(negative_variance); RUN(no_more_weights_than_numbers); RUN(extra_and_strangers);
    RUN(other_types); RUN(limits); RUN(files); RUN(read_back); RUN(from_a_forecaster);
    return test_end();
}
