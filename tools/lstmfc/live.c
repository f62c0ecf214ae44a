/* live.c - one model along a series that comes bar by bar. Most of what a command says of the last bar of a file follows from the stream of the
   library and from the rules; two things look back at all bars: the residuals of the calibration part, and whose candles these are. Both
   are settled when the last bar the model was trained on has gone by: until then the bars are kept, and what can be said of them is said.
   After that the candles can only turn out to hold training bars under other dates, and for that 24 closes are enough. */
#include "live.h"
#include "horizons.h"
#include "members.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- bars that are kept ------------------------------------------------------------------------------------------ */

/* The arrays of the roles, in their order. */
static double **roles_of(lstmfc_candles *c, double **out[LIVE_ROLES]) {
    out[0] = &c->open; out[1] = &c->high; out[2] = &c->low; out[3] = &c->close; out[4] = &c->volume;
    return *out;
}

/* The columns of the first bar, without a row. */
static int columns_like(live_bars *b, const lstmfc_candles *first) {
    lstmfc_candles *c = &b->candles, like = *first;
    double **role[LIVE_ROLES];
    size_t i, length;
    int r;
    c->interval = first->interval;
    c->synthetic = first->synthetic;
    c->any_prices = first->any_prices;
    roles_of(&like, role);
    for (r = 0; r < LIVE_ROLES; r++) b->role[r] = -1;
    if (!(c->columns = (lstmfc_column *)calloc(first->column_count + 1, sizeof *c->columns))) return 0;
    for (i = 0; i < first->column_count; i++, c->column_count++) {
        char *name = (char *)malloc(length = strlen(first->columns[i].name) + 1);
        if (!name) return 0;
        memcpy(name, first->columns[i].name, length);
        c->columns[i].name = name;
        for (r = 0; r < LIVE_ROLES; r++) if (*role[r] && *role[r] == first->columns[i].values) b->role[r] = (int)i;
    }
    return 1;
}

int live_bars_room(live_bars *b) {
    lstmfc_candles *c = &b->candles;
    size_t room = b->room ? 2 * b->room : 256, i;
    int64_t *time;
    double **role[LIVE_ROLES];
    int r;
    if (c->count < b->room) return 1;
    if (!(time = (int64_t *)realloc(c->time, room * sizeof *time))) return 0;
    c->time = time;
    for (i = 0; i < c->column_count; i++) {
        double *values = (double *)realloc(c->columns[i].values, room * sizeof *values);
        unsigned char *missing;
        if (!values) return 0;
        c->columns[i].values = values;
        if (!(missing = (unsigned char *)realloc(c->columns[i].missing, room))) return 0;
        c->columns[i].missing = missing;
    }
    roles_of(c, role);
    for (r = 0; r < LIVE_ROLES; r++) if (b->role[r] >= 0) *role[r] = c->columns[b->role[r]].values;
    b->room = room;
    return 1;
}

int live_bars_add(const options *o, live_bars *b, const lstmfc_candles *candles, size_t index) {
    lstmfc_candles *c = &b->candles, from = *candles;
    double **role[LIVE_ROLES];
    size_t i, k;
    int r;
    if ((!c->columns && !columns_like(b, candles)) || !live_bars_room(b)) return tool_fail(o, TOOL_FAILURE, "out of memory");
    roles_of(&from, role);
    c->time[c->count] = candles->time[index];
    for (i = 0; i < c->column_count; i++) {
        const double *values = NULL;
        for (r = 0; r < LIVE_ROLES; r++) if (b->role[r] == (int)i) values = *role[r];
        for (k = 0; k < candles->column_count && (values ? candles->columns[k].values != values : strcmp(candles->columns[k].name, c->columns[i].name)); k++) {}
        if (k < candles->column_count) values = candles->columns[k].values;
        c->columns[i].values[c->count] = values ? values[index] : lstmfc_nan();
        c->columns[i].missing[c->count] = (unsigned char)(!values || (k < candles->column_count && candles->columns[k].missing && candles->columns[k].missing[index]));
    }
    c->count++;
    return TOOL_OK;
}

void live_bars_free(live_bars *b) {
    size_t i;
    for (i = 0; i < b->candles.column_count; i++) {
        free((void *)(uintptr_t)b->candles.columns[i].name);
        free(b->candles.columns[i].values);
        free(b->candles.columns[i].missing);
    }
    free(b->candles.columns);
    free(b->candles.time);
    memset(b, 0, sizeof *b);
}

/* ---- whose candles ----------------------------------------------------------------------------------------------- */

enum { LANDMARK = 24 };                 /* closes of a landmark (chapter 18) */

/* A model, or a member of an ensemble, and what lstmfc_forecaster_origin says of the bars so far. */
typedef struct leaf {
    const lstmfc_forecaster *forecaster;
    int64_t from, seen_to;
    int pooled, settled;                /* settled: its last bar has gone by */
    lstmfc_origin origin;
} leaf;

struct live {
    const options *o;
    lstmfc_forecaster *model;
    const lstmfc_forecaster *answer;
    int32_t number;                     /* of the answer */
    lstmfc_stream *stream;
    rules_live *rules;
    leaf *leaves;
    int leaf_count, settled, learnt;    /* learnt: the rules know what there is to know so far */
    int64_t seen_to, times[LANDMARK];   /* of the last bars */
    double closes[LANDMARK];
    int held;
};

/* One more bar: places of which it is the last, counted by the library over the last 24 closes alone. */
static int origin_step(live *l, leaf *f, const lstmfc_candles *kept) {
    lstmfc_error err = {0};
    lstmfc_origin here;
    lstmfc_candles last;
    int64_t time = l->times[LANDMARK - 1];
    if (!f->settled && time >= f->seen_to) {
        f->settled = 1;
        return lstmfc_forecaster_origin(f->forecaster, kept, &f->origin, &err) == LSTMFC_OK ? TOOL_OK : tool_fail_error(l->o, &err);
    }
    f->origin.shared += time >= f->from && time <= f->seen_to;
    if (l->held < LANDMARK) return TOOL_OK;
    memset(&last, 0, sizeof last);
    last.count = LANDMARK;
    last.time = l->times;
    last.close = l->closes;
    if (lstmfc_forecaster_origin(f->forecaster, &last, &here, &err) != LSTMFC_OK) return tool_fail_error(l->o, &err);
    f->origin.compared += here.compared;
    f->origin.differing += here.differing;
    if (!f->origin.elsewhere) f->origin.shift = here.shift;
    f->origin.elsewhere += here.elsewhere;
    return TOOL_OK;
}

int live_origin(const live *l, const lstmfc_candles *kept, lstmfc_origin *out) {
    lstmfc_error err = {0};
    int i;
    for (i = 0; i < l->leaf_count; i++) {
        const leaf *f = &l->leaves[i];
        lstmfc_origin origin = f->origin;
        if (!f->settled) origin.candles = origin.differing ? LSTMFC_CANDLES_OTHER : LSTMFC_CANDLES_ABSENT;
        if (!f->settled && f->pooled && lstmfc_forecaster_origin(f->forecaster, kept, &origin, &err) != LSTMFC_OK) return tool_fail_error(l->o, &err);
        if (!i || origin.candles > out->candles) *out = origin;
    }
    return TOOL_OK;
}

/* ---- the model ---------------------------------------------------------------------------------------------------- */

live *live_create(const options *o, lstmfc_forecaster *model, rules_asked asked, const lstmfc_signal_desc *signals, int32_t horizon, int *code) {
    live *l = (live *)calloc(1, sizeof *l);
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model);
    lstmfc_error err = {0};
    int i;
    *code = TOOL_OK;
    if (!l) { lstmfc_forecaster_free(model); *code = tool_fail(o, TOOL_FAILURE, "out of memory"); return NULL; }
    l->o = o;
    l->model = model;
    l->seen_to = info.seen_to;
    l->leaf_count = info.member_count ? info.member_count : 1;
    l->answer = tool_use_horizon(o, model, horizon, code);
    while (l->answer && lstmfc_forecaster_answer(model, l->number) != l->answer) l->number++;
    l->leaves = (leaf *)calloc((size_t)l->leaf_count, sizeof *l->leaves);
    if (l->answer && !l->leaves) *code = tool_fail(o, TOOL_FAILURE, "out of memory");
    for (i = 0; l->leaves && i < l->leaf_count; i++) {
        lstmfc_forecaster_info own;
        l->leaves[i].forecaster = info.member_count ? info.members[i] : model;
        own = lstmfc_forecaster_get_info(l->leaves[i].forecaster);
        l->leaves[i].from = own.from;
        l->leaves[i].seen_to = own.seen_to;
        l->leaves[i].pooled = own.pool_count > 0;
        if (own.seen_to > l->seen_to) l->seen_to = own.seen_to;
    }
    if (*code == TOOL_OK && !(l->stream = lstmfc_stream_create(model, &err))) *code = tool_fail_error(o, &err);
    if (*code == TOOL_OK) l->rules = rules_live_create(o, asked, signals, l->answer, rules_longest(model), code);
    if (*code == TOOL_OK) return l;
    live_free(l);
    return NULL;
}

void live_free(live *l) {
    if (!l) return;
    rules_live_free(l->rules);
    lstmfc_stream_free(l->stream);
    lstmfc_forecaster_free(l->model);
    free(l->leaves);
    free(l);
}

int live_push(live *l, const lstmfc_candles *candles, size_t index, const lstmfc_candles *kept, lstmfc_forecast *forecast) {
    lstmfc_error err = {0};
    int i, code;
    if (lstmfc_stream_push(l->stream, candles, index, forecast, &err) != LSTMFC_OK
        || (forecast && l->number && lstmfc_stream_answer(l->stream, l->number, forecast, NULL, &err) != LSTMFC_OK)) return tool_fail_error(l->o, &err);
    if ((code = rules_live_push(l->rules, candles, index)) != TOOL_OK) return code;
    memmove(l->times, l->times + 1, (LANDMARK - 1) * sizeof *l->times);
    memmove(l->closes, l->closes + 1, (LANDMARK - 1) * sizeof *l->closes);
    l->times[LANDMARK - 1] = candles->time[index];
    l->closes[LANDMARK - 1] = candles->close[index];
    if (l->held < LANDMARK) l->held++;
    for (i = 0; i < l->leaf_count && code == TOOL_OK; i++) code = origin_step(l, &l->leaves[i], kept);
    if (code != TOOL_OK || l->settled || candles->time[index] < l->seen_to) return code;
    l->settled = l->learnt = 1;
    return rules_live_learn(l->rules, kept);
}

int live_replay(live *l, const lstmfc_candles *candles, size_t first) {
    lstmfc_candles so_far = *candles;
    int code = TOOL_OK;
    size_t t;
    for (t = first; t < candles->count && code == TOOL_OK; t++) {
        so_far.count = t + 1;
        code = live_push(l, candles, t, &so_far, NULL);
    }
    return code;
}

int live_needs_bars(const live *l) { return !l->settled; }

int live_tell(live *l, const lstmfc_candles *kept, const lstmfc_forecast *forecast, rules_result *out) {
    int code = l->learnt ? TOOL_OK : rules_live_learn(l->rules, kept);
    memset(out, 0, sizeof *out);
    l->learnt = 1;
    return code == TOOL_OK ? rules_live_tell(l->rules, forecast, out) : code;
}

/* ---- kept and brought back ---------------------------------------------------------------------------------------- */

/* A number that is not finite has a word. */
static const char *const words[3] = {"nan", "inf", "-inf"};

static void put_numbers(lstmfc_writer *w, const char *key, const double *values, size_t count) {
    size_t i;
    lstmfc_json_begin(w, key, '[');
    for (i = 0; i < count; i++) {
        if (lstmfc_is_finite(values[i])) lstmfc_json_put_number(w, NULL, values[i]);
        else lstmfc_json_put_string(w, NULL, words[lstmfc_is_nan(values[i]) ? 0 : values[i] > 0 ? 1 : 2]);
    }
    lstmfc_json_end(w, ']');
}

static int word_of(const lstmfc_json *json, lstmfc_json_node node, double *out) {
    const double values[3] = {lstmfc_nan(), HUGE_VAL, -HUGE_VAL};
    char text[8];
    int i;
    for (i = 0; i < 3 && lstmfc_json_string(json, node, text, sizeof text, NULL); i++)
        if (!strcmp(text, words[i])) { *out = values[i]; return 1; }
    return 0;
}

/* The array's numbers, to be freed; NULL: it is none, or no memory. */
static double *numbers_of(const lstmfc_json *json, lstmfc_json_node array, size_t *count) {
    lstmfc_json_node each;
    double *values;
    *count = lstmfc_json_size(json, array);
    if (lstmfc_json_type(json, array) != LSTMFC_JSON_ARRAY || !(values = (double *)calloc(*count + 1, sizeof *values))) return NULL;
    for (*count = 0, each = lstmfc_json_first(json, array); each >= 0; each = lstmfc_json_next(json, each), ++*count)
        if (!lstmfc_json_number(json, each, &values[*count]) && !word_of(json, each, &values[*count])) { free(values); return NULL; }
    return values;
}

/* The whole numbers of the state, one a line: put or read. */
static int each_number(live *l, lstmfc_writer *w, const lstmfc_json *json, lstmfc_json_node node) {
    lstmfc_origin *origin = &l->leaves[0].origin;
    int64_t small[] = {l->held, l->settled, l->learnt, l->leaves[0].settled, origin->candles};
    const struct { const char *name; int64_t *value, least, most; } list[] = {
        {"held", &small[0], 0, LANDMARK}, {"settled", &small[1], 0, 1}, {"learnt", &small[2], 0, 1}, {"origin_settled", &small[3], 0, 1},
        {"origin_candles", &small[4], 0, LSTMFC_CANDLES_OTHER}, {"shared", &origin->shared, 0, INT64_MAX / 4},
        {"compared", &origin->compared, 0, INT64_MAX / 4}, {"differing", &origin->differing, 0, INT64_MAX / 4},
        {"elsewhere", &origin->elsewhere, 0, INT64_MAX / 4}, {"shift", &origin->shift, INT64_MIN, INT64_MAX}
    };
    size_t i;
    for (i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (w) lstmfc_json_put_integer(w, list[i].name, *list[i].value);
        else if (!lstmfc_json_integer(json, lstmfc_json_get(json, node, list[i].name), list[i].value) || *list[i].value < list[i].least
                 || *list[i].value > list[i].most) return 0;
    }
    l->held = (int)small[0]; l->settled = (int)small[1]; l->learnt = (int)small[2]; l->leaves[0].settled = (int)small[3];
    origin->candles = (int32_t)small[4];
    return 1;
}

int live_save(const live *l, lstmfc_writer *w) {
    lstmfc_error err = {0};
    lstmfc_writer stream;
    size_t count = rules_live_numbers(l->rules, NULL), i;
    double *numbers = (double *)malloc((count + 1) * sizeof *numbers);
    int code = TOOL_OK;
    if (!numbers) return tool_fail(l->o, TOOL_FAILURE, "out of memory");
    rules_live_numbers(l->rules, numbers);
    lstmfc_writer_init(&stream, NULL);
    each_number((live *)(uintptr_t)(const void *)l, w, NULL, 0);        /* reads it */
    lstmfc_json_begin(w, "times", '[');
    for (i = 0; i < LANDMARK; i++) lstmfc_json_put_integer(w, NULL, l->times[i]);
    lstmfc_json_end(w, ']');
    put_numbers(w, "closes", l->closes, LANDMARK);
    put_numbers(w, "rules", numbers, count);
    if (lstmfc_stream_save_memory(l->stream, &stream, &err) != LSTMFC_OK) code = tool_fail_error(l->o, &err);
    else lstmfc_json_put_raw(w, "stream", stream.text, stream.length);
    lstmfc_writer_free(&stream);
    free(numbers);
    return code;
}

int live_load(live *l, const char *path, const char *text, const lstmfc_json *json, lstmfc_json_node node) {
    lstmfc_error err = {0};
    lstmfc_stream *stream = NULL;
    lstmfc_json_node each = lstmfc_json_get(json, node, "stream");
    double *closes = NULL, *numbers = NULL;
    size_t at = 0, length = 0, count = 0, i;
    int good;
    lstmfc_json_span(json, each, &at, &length);
    if (each < 0) return tool_fail(l->o, TOOL_MODEL, "%s: the member 'stream' is missing", path);
    if (!(stream = lstmfc_stream_load_memory(l->model, text + at, length, &err))) {
        if (strstr(err.message, "of another model")) return LIVE_OTHER;
        if (err.code == LSTMFC_ERROR_UNSUPPORTED) return tool_fail_error(l->o, &err);
        return tool_fail(l->o, TOOL_MODEL, "%s: its stream: %s", path, err.message);
    }
    good = each_number(l, NULL, json, node);
    each = lstmfc_json_first(json, lstmfc_json_get(json, node, "times"));
    for (i = 0; i < LANDMARK && good; i++, each = lstmfc_json_next(json, each)) good = lstmfc_json_integer(json, each, &l->times[i]);
    if (good) good = (closes = numbers_of(json, lstmfc_json_get(json, node, "closes"), &count)) != NULL && count == LANDMARK;
    if (good) memcpy(l->closes, closes, sizeof l->closes);
    if (good) good = (numbers = numbers_of(json, lstmfc_json_get(json, node, "rules"), &count)) != NULL && rules_live_restore(l->rules, numbers, count);
    free(closes);
    free(numbers);
    if (!good) {
        lstmfc_stream_free(stream);
        return tool_fail(l->o, TOOL_MODEL, "%s holds a number that no bars lead to", path);
    }
    lstmfc_stream_free(l->stream);
    l->stream = stream;
    return TOOL_OK;
}

const lstmfc_forecaster *live_model(const live *l) { return l->model; }
const lstmfc_forecaster *live_answer(const live *l) { return l->answer; }
const rules_live *live_rules(const live *l) { return l->rules; }
