#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

/* Every table of the library: its desc, and the list that declared it. */
#define TABLES(X) \
    X(model_desc, LSTMFC_MODEL_DESC) X(optimizer_desc, LSTMFC_OPTIMIZER_DESC) X(csv_desc, LSTMFC_CSV_DESC) X(training_desc, LSTMFC_TRAINING_DESC) \
    X(forecaster_desc, LSTMFC_FORECASTER_DESC) X(signal_desc, LSTMFC_SIGNAL_DESC) X(backtest_desc, LSTMFC_BACKTEST_DESC)

static int same_word(const char *upper, const char *word) {
    for (; *word; upper++, word++) if (*upper != (*word >= 'a' && *word <= 'z' ? *word - 32 : *word)) return 0;
    return *upper == 0 || *upper == '_';
}

/* one word of a choice: LSTMFC_<FIELD>_<WORD>, whose value is its place, what the word is read as, and what is printed as the word */
static const lstmfc_field *field_now;
static int32_t place;
static void check_word(const char *constant, int32_t value, const char *word) {
    unsigned char desc[4096];
    char text[64];
    int32_t stored = -1;
    lstmfc_error err = {0};
    size_t length = strlen(field_now->name);
    CHECK(!strncmp(constant, "LSTMFC_", 7) && same_word(constant + 7, field_now->name) && constant[7 + length] == '_');
    CHECK(!strcmp(constant, "") || same_word(constant + 8 + length, word));
    memset(desc, 0, sizeof desc);
    CHECK_OK(lstmfc_field_set(desc, field_now, word, &err), err);
    memcpy(&stored, desc + field_now->offset, sizeof stored);
    if (!CHECK(value == place && stored == value)) printf("    %s = %d, '%s' is read as %d, place %d\n", constant, value, word, stored, place);
    memcpy(desc + field_now->offset, &value, sizeof value);
    lstmfc_field_get(desc, field_now, text, sizeof text);
    CHECK_TEXT(text, word);
    place++;
}

static const lstmfc_field *field_of(const lstmfc_field *fields, size_t count, const char *name) {
    size_t i;
    for (i = 0; i < count; i++) if (!strcmp(fields[i].name, name)) return &fields[i];
    return NULL;
}

static int choices_seen, choices_there;
static void begin_choice(const lstmfc_field *fields, size_t count, const char *name) {
    field_now = field_of(fields, count, name);
    place = 0;
    choices_seen++;
}

/* there is no word behind the last constant */
static void end_choice(void) {
    char word[32];
    CHECK(place >= 2 && !lstmfc__field_choice(field_now->range, (size_t)place, word));
}

#define WORD(constant, word) check_word(#constant, constant, word);
#define EACH_CHOICE(name, list) { begin_choice(fields, count, #name); list(WORD) end_choice(); }
#define EACH_INT(name, list)
#define EACH_LONG(name, list)
#define EACH_REAL(name, list)
#define EACH_TEXT(name, list)
#define EACH(kind, name, preset, list, help) EACH_##kind(name, list)
#define TABLE(desc, rows) { \
    fields = lstmfc_##desc##_fields(&count); \
    for (i = 0; i < count; i++) choices_there += fields[i].kind == LSTMFC_CHOICE; \
    rows(EACH) }

/* constant == what its word is read as == what prints as the word, for every word of every choice of every desc */
TEST(one_numbering) {
    const lstmfc_field *fields;
    size_t count, i;
    choices_seen = choices_there = 0;
    TABLES(TABLE)
    CHECK(choices_seen == choices_there && choices_seen >= 16);
}

/* the same constants elsewhere: losses, profiles, scalers, activations, exits, instruction sets */
#define NAME(constant, word) CHECK_TEXT(lstmfc_activation_name(constant), word);
#define EXIT(constant, word) CHECK_TEXT(lstmfc_exit_name(constant), word);
#define LEVEL(constant, word) CHECK((int32_t)constant == level && (level == 0 || strcmp(lstmfc_simd_name_at(constant), word) || strstr(lstmfc_build_info_at(constant), ", " word ","))); level++;
TEST(same_constants_elsewhere) {
    lstmfc_loss_desc loss = {LSTMFC_LOSS_MAE, 0, {0}};
    lstmfc_training_desc training;
    lstmfc_error err = {0};
    const lstmfc_field *fields;
    size_t count;
    lstmfc_real raw = 3, target = 1;
    int32_t level = 0;
    memset(&training, 0, sizeof training);
    fields = lstmfc_training_desc_fields(&count);
    CHECK_OK(lstmfc_field_set(&training, field_of(fields, count, "loss"), "mae", &err), err);
    CHECK_INT(training.loss, loss.loss);
    CHECK(lstmfc_loss(&loss, 1, 1, &raw, &target, NULL) == 2);
    loss.loss = LSTMFC_LOSS_MSE;  CHECK(lstmfc_loss(&loss, 1, 1, &raw, &target, NULL) == 4);
    loss.loss = LSTMFC_LOSS_AUTO; CHECK(lstmfc_loss(&loss, 1, 1, &raw, &target, NULL) == 4);
    CHECK(LSTMFC_LOSS_AUTO == 0 && LSTMFC_LINEAR == 0 && LSTMFC_SIMD_BEST == 0 && LSTMFC_SIMD_SCALAR == 1);
    LSTMFC_ACTIVATIONS(NAME)
    CHECK(!lstmfc_activation_name(-1) && !lstmfc_activation_name(LSTMFC_SOFTPLUS + 1));
    LSTMFC_EXITS(EXIT)
    LSTMFC_CHOICES_SIMD(LEVEL)
    CHECK_TEXT(lstmfc_simd_name_at(LSTMFC_SIMD_SCALAR), "scalar");
}

/* a number set from text: 1 accepted, with what was stored */
static int accepts(const lstmfc_field *field, const char *text) {
    unsigned char desc[4096];
    lstmfc_error err = {0};
    memset(desc, 0, sizeof desc);
    return lstmfc_field_set(desc, field, text, &err) == LSTMFC_OK;
}

/* What the range says is what is taken: each end unless it is marked as left out, 0 where it lies inside, and nothing beyond; so a
   0 that is refused is not in the range that --help prints. A written -1 is no "none". */
static void check_range(const lstmfc_field *field) {
    const char *range = field->range, *dots = strstr(range, "..");
    int none = !strncmp(range, "none|", 5), above, below;
    double low, high;
    char end[64], beyond[64];
    if (!CHECK(dots != NULL)) return;
    range += none ? 5 : 0;
    above = *range == '>'; below = dots[2] == '<';
    range += above;
    snprintf(end, sizeof end, "%.*s", (int)(dots - range), range);
    low = atof(end); high = atof(dots + 2 + below);
    if (!CHECK(accepts(field, end) == !above)) printf("    %s: %s in %s\n", field->name, end, field->range);
    if (!CHECK(accepts(field, dots + 2 + below) == !below)) printf("    %s: %s in %s\n", field->name, dots + 2 + below, field->range);
    CHECK(accepts(field, "0") == (none || low < 0 || (low == 0 && !above)));
    CHECK(accepts(field, "none") == none);
    snprintf(beyond, sizeof beyond, field->kind == LSTMFC_REAL ? "%.17g" : "%.0f", low - (field->kind == LSTMFC_REAL ? 1e-3 * (fabs(low) + 1e-6) : 1));
    CHECK(!accepts(field, low > 0 || low < 0 ? beyond : "-1") && (low <= -1 || !accepts(field, "-1")));
    snprintf(beyond, sizeof beyond, "%.17g", high * 1.001);
    if (field->kind == LSTMFC_REAL) CHECK(!accepts(field, beyond));
    if (above && field->kind == LSTMFC_REAL) CHECK(accepts(field, "0.001"));
}

/* presets inside their own range, a first choice that is the preset, no name twice */
TEST(fields_tables) {
    size_t f, g, count;
    const lstmfc_field *(*const tables[])(size_t *) = {
#define GETTER(desc, rows) lstmfc_##desc##_fields,
        TABLES(GETTER)
    };
    size_t table;
    for (table = 0; table < sizeof tables / sizeof tables[0]; table++) {
        const lstmfc_field *fields = tables[table](&count);
        unsigned char desc[4096];
        for (f = 0; f < count; f++) {
            lstmfc_error err;
            memset(&err, 0, sizeof err);
            memset(desc, 0, sizeof desc);
            if (fields[f].kind == LSTMFC_CHOICE) {
                CHECK(strncmp(fields[f].range, fields[f].preset, strlen(fields[f].preset)) == 0);
                CHECK(fields[f].range[strlen(fields[f].preset)] == '|');
            } else if (fields[f].kind != LSTMFC_TEXT) check_range(&fields[f]);
            if (fields[f].kind != LSTMFC_TEXT && strcmp(fields[f].preset, "0") != 0) CHECK_OK(lstmfc_field_set(desc, &fields[f], fields[f].preset, &err), err);
            CHECK(fields[f].help[0] != 0 && fields[f].offset < sizeof desc);
            for (g = 0; g < f; g++) CHECK(strcmp(fields[f].name, fields[g].name) != 0);
        }
    }
}

/* a rate of 1 for Adam's means divides by 0 */
TEST(refused_ends) {
    lstmfc_optimizer_desc rule;
    const lstmfc_field *fields;
    size_t count;
    lstmfc_error err = {0};
    memset(&rule, 0, sizeof rule);
    fields = lstmfc_optimizer_desc_fields(&count);
    rule.beta2 = 1;
    CHECK_INT(lstmfc_fields_resolve(&rule, fields, count, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "beta2: 1 is not in >0..<1");
    rule.beta2 = 0; rule.clip_value = LSTMFC_NONE;
    CHECK_OK(lstmfc_fields_resolve(&rule, fields, count, &err), err);
    CHECK(rule.beta2 == 0.999 && rule.clip_value == LSTMFC_NONE);
    CHECK_INT(lstmfc_field_set(&rule, field_of(fields, count, "clip_value"), "-1", &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_TEXT(err.message, "clip_value: -1 is not in none|0..1e30");
}

int main(void) {
    RUN(one_numbering); RUN(same_constants_elsewhere); RUN(fields_tables); RUN(refused_ends);
    return test_end();
}
