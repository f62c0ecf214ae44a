/* keep.c - how old is a model file, and which were there before it. Every file is written whole or not at all (lstmfc_file_write), and
   nothing is removed before the new ones lie there: whenever the program ends, the model is the old or the new one, and its predecessors
   are at least as many as asked for. */
#include "keep.h"
#include "evaluation.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STAMP = 16 };                    /* 20250131T235959Z */

/* ---- age -------------------------------------------------------------------------------------------------------- */

static int is_there(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL || errno != ENOENT;
}

int keep_look(const options *o, const char *path, double max_age_hours, int64_t now, keep_model *model) {
    lstmfc_error err = {0};
    lstmfc_forecaster_info info;
    double age;
    char when[32];
    memset(model, 0, sizeof *model);
    snprintf(model->why, sizeof model->why, "there was no model file");
    if (!is_there(path)) return -1;
    if (!(model->old = lstmfc_forecaster_load(path, tool_env(), &err))) return tool_fail_model(o, path, &err);
    info = lstmfc_forecaster_get_info(model->old);
    if (info.members) return tool_fail(o, TOOL_USAGE, "%s is an ensemble, which is not trained again by its age", path);
    if (!now) now = tool_wall_clock();
    age = (double)(now - info.created) / 3600000.0;
    model->fresh = info.created > 0 && age <= max_age_hours;
    if (info.created) snprintf(model->why, sizeof model->why, "created %s, %.1f hours ago", tool_time(when, info.created, 0), age);
    else snprintf(model->why, sizeof model->why, "it does not say when it was created");
    return -1;
}

const char *keep_before(const keep_model *model) {
    return !strncmp(model->why, "created", 7) ? "the old one was " : !strncmp(model->why, "it ", 3) ? "of the old one, " : "";
}

void keep_fallback(const keep_model *model, const char *path) {
    if (model->old) fprintf(stderr, "note: the old model %s (%s) is kept as it was\n", path, model->why);
}

/* ---- the options of the file ------------------------------------------------------------------------------------- */

/* What the task of the file says of a field, as a flag would; NULL: its options know, or nobody. */
static const char *task_text(const lstmfc_forecaster_info *info, const char *horizons, const char *name, char number[32]) {
    static const char *const scalers[] = {LSTMFC_CHOICES_SCALER(LSTMFC__NAME)};
    const struct { const char *name; int64_t value; } numbers[] = {
        {"horizon", info->horizon}, {"window", info->window}, {"seed", info->seed}, {"volatility_bars", info->volatility_bars}
    };
    size_t i;
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!strcmp(name, numbers[i].name) && (numbers[i].value || i != 3)) { lstmfc_format_int(number, numbers[i].value); return number; }
    if (!strcmp(name, "horizons")) return horizons;
    if (!strcmp(name, "target")) return tool_target_name(info->target);
    if (!strcmp(name, "features")) return info->feature_spec;
    if (!strcmp(name, "model")) return info->model_spec;
    if (!strcmp(name, "symbol")) return info->symbol;
    if (!strcmp(name, "scaler")) return scalers[info->scaler];
    if (!strcmp(name, "expression") && info->target == LSTMFC_TARGET_EXPRESSION) return info->quantity;
    return NULL;
}

/* The horizons of a model, "1,4,24"; of one, "" unless `single`. */
static void horizons_of(const lstmfc_forecaster *forecaster, int single, char *out, size_t size) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(forecaster);
    size_t used = 0;
    int32_t answer, last = 0;
    *out = 0;
    for (answer = 0; (info.answers > 1 || single) && answer < info.answers && used < size - 16; answer++) {
        int32_t horizon = lstmfc_forecaster_get_info(lstmfc_forecaster_answer(forecaster, answer)).horizon;
        if (horizon != last) used += (size_t)snprintf(out + used, size - used, used ? ",%d" : "%d", horizon);
        last = horizon;
    }
    if (!single && !strchr(out, ',')) *out = 0;
}

/* What the file says of a field, in words of a flag; NULL: nothing. */
static const char *said_of(const keep_model *model, const lstmfc_forecaster_info *info, const lstmfc_json *json, const lstmfc_field *field,
                           char number[32], char text[300]) {
    const char *said = task_text(info, model->horizons, field->name, number);
    if (said || field->kind == LSTMFC_TEXT) return said;
    return lstmfc_json_string(json, lstmfc_json_get(json, 0, field->name), text, 300, NULL) ? text : field->preset;
}

/* Tables of a training, and where their values are. */
static const lstmfc_field *table_of(int table, lstmfc_forecaster_desc *desc, size_t *count, void **values) {
    *values = table == 0 ? (void *)desc : table == 1 ? (void *)&desc->training : (void *)&desc->training.optimizer;
    return table == 0 ? lstmfc_forecaster_desc_fields(count) : table == 1 ? lstmfc_training_desc_fields(count)
         : lstmfc_optimizer_desc_fields(count);
}

int keep_inherit(const options *o, keep_model *model, lstmfc_forecaster_desc *desc) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model->old);
    lstmfc_error err = {0};
    lstmfc_json *json = lstmfc_json_parse(info.options, strlen(info.options), NULL, &err);
    int table, code = json ? TOOL_OK : tool_fail_error(o, &err), ahead = options_given(o, "horizon") || options_given(o, "horizons");
    horizons_of(model->old, 0, model->horizons, sizeof model->horizons);
    for (table = 0; table < 3 && code == TOOL_OK; table++) {
        size_t count, i;
        void *values;
        const lstmfc_field *fields = table_of(table, desc, &count, &values);
        for (i = 0; i < count && code == TOOL_OK; i++) {
            const char *name = fields[i].name, *said;
            char number[32], text[300];
            if (!strcmp(name, "created") || !strcmp(name, "test") || !strcmp(name, "freeze") || !strcmp(name, "threads")
                || options_given_field(o, &fields[i]) || (ahead && !strncmp(name, "horizon", 7))) continue;
            said = said_of(model, &info, json, &fields[i], number, text);
            if (said && *said && lstmfc_field_set(values, &fields[i], said, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
        }
    }
    lstmfc_json_free(json);
    return code;
}

/* ---- the same model? --------------------------------------------------------------------------------------------- */

int keep_candles(const options *o, const keep_model *model, const char *path, const lstmfc_candles *candles, const char *symbol,
                 const char *flag) {
    evaluation whose;
    char text[600];
    int code, other, market;
    if (!model->old) return TOOL_OK;
    if ((code = evaluation_candles(o, model->old, candles, &whose)) != TOOL_OK) return code;
    whose.symbol = symbol;
    /* closes that all agree are the same market's, with a bar mended or a column more */
    other = whose.origin.candles == LSTMFC_CANDLES_OTHER && (whose.origin.differing || !whose.origin.compared);
    market = symbol && *symbol && whose.info.symbol && *whose.info.symbol && strcmp(symbol, whose.info.symbol);
    if (!other && !market && whose.origin.elsewhere < 2) return TOOL_OK;
    evaluation_origin(&whose, text, sizeof text);
    return tool_fail(o, TOOL_MODEL, "%s is a model of %s, and these are other candles%s%s: %s. It stays as it is: %s NAME makes a new file",
                     path, whose.info.symbol && *whose.info.symbol ? whose.info.symbol : "a series without a --symbol",
                     symbol && *symbol ? ", of " : "", symbol ? symbol : "", text, flag);
}

/* Two lists of horizons, "1..3" and "1,2,3" alike. */
static int same_horizons(const char *a, const char *b) {
    const char *at[2];
    int64_t next[2] = {0, 0}, end[2] = {-1, -1};
    int k;
    at[0] = a; at[1] = b;
    for (;;) {
        for (k = 0; k < 2; k++)
            if (next[k] > end[k] || end[k] < 0) {
                size_t digits = strspn(at[k], "0123456789");
                if (!digits || lstmfc_parse_int(at[k], digits, &next[k]) != digits) { next[k] = 0; end[k] = 0; continue; }
                end[k] = next[k];
                at[k] += digits;
                if (!strncmp(at[k], "..", 2) && (digits = strspn(at[k] + 2, "0123456789")) != 0) {
                    lstmfc_parse_int(at[k] + 2, digits, &end[k]);
                    at[k] += 2 + digits;
                }
                at[k] += strspn(at[k], ", ");
            }
        if (next[0] != next[1]) return 0;
        if (!next[0]) return 1;
        next[0]++; next[1]++;
    }
}

/* A feature text or layer text as a model file writes it, into `out`; as it stands where it cannot be told. */
static void canonical(const char *name, const char *text, const lstmfc_forecaster_info *info, const lstmfc_candles *candles, char *out,
                      size_t size) {
    lstmfc_features_desc how = lstmfc_features_desc_default();
    lstmfc_features *features = NULL;
    snprintf(out, size, "%s", text);
    how.columns = candles;
    how.start_dependent = 1;
    how.profile = info->profile;
    if (strcmp(name, "model")) features = lstmfc_features_compile(text, &how, NULL);
    else if (strcmp(text, "auto")) {
        lstmfc_model_desc desc = lstmfc_model_desc_default();
        lstmfc_model *model;
        desc.spec = text;
        desc.inputs = lstmfc_features_count(info->features);
        desc.window = info->window;
        if ((model = lstmfc_model_create(&desc, NULL)) != NULL) snprintf(out, size, "%s", lstmfc_model_spec(model));
        lstmfc_model_free(model);
    } else {
        size_t stem = strlen(LSTMFC_FORECASTER_MODEL) - 1;
        if (!strncmp(info->model_spec, LSTMFC_FORECASTER_MODEL, stem)) snprintf(out, size, "%s", info->model_spec);
    }
    if (features) snprintf(out, size, "%s", lstmfc_features_spec(features));
    lstmfc_features_free(features);
}

int keep_options(const options *o, const keep_model *model, const char *path, const lstmfc_candles *candles, lstmfc_forecaster_desc *typed) {
    lstmfc_forecaster_info info = lstmfc_forecaster_get_info(model->old);
    lstmfc_error err = {0};
    lstmfc_json *json = lstmfc_json_parse(info.options, strlen(info.options), NULL, &err);
    lstmfc_forecaster_desc file = lstmfc_forecaster_desc_default();
    int table, code = json ? TOOL_OK : tool_fail_error(o, &err);
    enum { LONG_TEXT = 16384 };
    char *texts = (char *)malloc(2 * LONG_TEXT), *ours = texts, *theirs = texts + LONG_TEXT;
    if (!texts) { lstmfc_json_free(json); return tool_fail(o, TOOL_FAILURE, "out of memory"); }
    for (table = 0; table < 3 && code == TOOL_OK; table++) {
        size_t count, i;
        void *values, *files;
        const lstmfc_field *fields = table_of(table, typed, &count, &values);
        table_of(table, &file, &count, &files);
        for (i = 0; i < count && code == TOOL_OK; i++) {
            const char *name = fields[i].name, *said;
            char number[32], text[300], flag[64];
            int same;
            if (!options_given_field(o, &fields[i]) || !strcmp(name, "created") || !strcmp(name, "test") || !strcmp(name, "threads")
                || !strcmp(name, "symbol") || !strcmp(name, "freeze")
                || (!strcmp(name, "horizon") && typed->horizons && *typed->horizons)) continue;
            lstmfc_field_get(values, &fields[i], ours, LONG_TEXT);
            if (!strncmp(name, "horizon", 7)) {
                horizons_of(model->old, 1, theirs, LONG_TEXT);
                same = same_horizons(ours, theirs);
            } else {
                said = said_of(model, &info, json, &fields[i], number, text);
                if (!strcmp(name, "expression") && info.answers > 1) continue;  /* the file tells them one by one */
                if (!said || (*said && lstmfc_field_set(files, &fields[i], said, &err) != LSTMFC_OK)) said = "";
                if (fields[i].kind == LSTMFC_TEXT) {
                    char *written = (char *)malloc(LONG_TEXT);
                    snprintf(theirs, LONG_TEXT, "%s", said);
                    if (written) canonical(name, ours, &info, candles, written, LONG_TEXT);
                    same = written && !strcmp(written, theirs);
                    free(written);
                } else {
                    lstmfc_field_get(files, &fields[i], theirs, LONG_TEXT);
                    same = *said && !strcmp(ours, theirs);
                }
            }
            if (same) continue;
            options_flag_text(flag, name);
            code = tool_fail(o, TOOL_MODEL, "%s is young enough to be reused (%s), but it is of --%s %.200s and --%s %.200s is asked for: give "
                             "another --out for a new file, or leave the flag away", path, model->why, flag, theirs, flag, ours);
        }
    }
    lstmfc_json_free(json);
    free(texts);
    return code;
}

/* ---- versions ---------------------------------------------------------------------------------------------------- */

/* A model's versions lie beside it: "dir/", "NAME-", stamp, ".json"; a second one of the same second has "-2" after its stamp. What was
   rolled back from is no version any more: "NAME-stamp.rejected.json". */
typedef struct place { char *folder, *stem; const char *end; } place;
typedef struct version { char stamp[STAMP + 1]; int number; } version;

static void place_free(place *p) { free(p->folder); free(p->stem); }

static char *part_of_text(const char *text, size_t length) {
    char *copy = (char *)malloc(length + 1);
    if (copy) { memcpy(copy, text, length); copy[length] = 0; }
    return copy;
}

static int place_of(const options *o, const char *path, place *p) {
    const char *name = strrchr(path, '/');
    size_t length;
    name = name ? name + 1 : path;
    length = strlen(name);
    p->end = length > 5 && !strcmp(name + length - 5, ".json") ? ".json" : "";
    p->folder = part_of_text(path, (size_t)(name - path));
    p->stem = part_of_text(name, length - strlen(p->end));
    if (p->folder && p->stem) return TOOL_OK;
    place_free(p);
    return tool_fail(o, TOOL_FAILURE, "out of memory");
}

/* The stamp of a time: its digits, T and Z, to the second. */
static void stamp_of(int64_t time, char out[STAMP + 1]) {
    char text[32];
    size_t i, n = 0;
    lstmfc_format_time(text, time - (time % 1000 + 1000) % 1000);
    for (i = 0; text[i] && n < STAMP; i++) if (text[i] != '-' && text[i] != ':') out[n++] = text[i];
    out[n] = 0;
}

/* Is `name` a version of the place? It then. */
static int is_version(const place *p, const char *name, version *v) {
    size_t stem = strlen(p->stem), end = strlen(p->end), length = strlen(name), digits, i;
    int64_t number = 1;
    if (length < stem + 1 + STAMP + end || strncmp(name, p->stem, stem) || name[stem] != '-' || strcmp(name + length - end, p->end)) return 0;
    memcpy(v->stamp, name + stem + 1, STAMP);
    v->stamp[STAMP] = 0;
    name += stem + 1 + STAMP;
    digits = length - stem - 1 - STAMP - end;
    if (digits && (*name != '-' || digits > 6 || name[1] == '0' || lstmfc_parse_int(name + 1, digits - 1, &number) != digits - 1 || number < 2))
        return 0;
    v->number = (int)number;
    for (i = 0; i < STAMP; i++)
        if (i == 8 ? v->stamp[i] != 'T' : i == STAMP - 1 ? v->stamp[i] != 'Z' : v->stamp[i] < '0' || v->stamp[i] > '9') return 0;
    return 1;
}

static int newest_first(const void *a, const void *b) {
    const version *x = (const version *)a, *y = (const version *)b;
    int order = strcmp(y->stamp, x->stamp);
    return order ? order : y->number - x->number;
}

/* All versions, newest first; NULL and a message: no memory, or the folder cannot be read. */
static version *versions(const options *o, const place *p, size_t *count) {
    const char *folder = *p->folder ? p->folder : ".";
    DIR *dir = opendir(folder);
    struct dirent *entry;
    version *list = NULL, *more, v;
    size_t room = 0;
    *count = 0;
    if (!dir) { tool_fail(o, TOOL_FAILURE, "%s: the folder cannot be read: %s", folder, strerror(errno)); return NULL; }
    do {
        entry = readdir(dir);
        if (*count + 1 >= room) {
            room = room ? 2 * room : 16;
            more = (version *)realloc(list, room * sizeof *list);
            if (!more) { free(list); closedir(dir); tool_fail(o, TOOL_FAILURE, "out of memory"); return NULL; }
            list = more;
        }
        if (entry && is_version(p, entry->d_name, &v)) list[(*count)++] = v;
    } while (entry);
    closedir(dir);
    qsort(list, *count, sizeof *list, newest_first);
    return list;
}

/* "dir/NAME-stamp.json", with `mark` before its end; to be freed. NULL: no memory, which is said. */
static char *version_path(const options *o, const place *p, version v, const char *mark) {
    size_t length = strlen(p->folder) + strlen(p->stem) + STAMP + strlen(mark) + strlen(p->end) + 24;
    char *path = (char *)malloc(length), number[16] = "";
    if (v.number > 1) snprintf(number, sizeof number, "-%d", v.number);
    if (path) snprintf(path, length, "%s%s-%s%s%s%s", p->folder, p->stem, v.stamp, number, mark, p->end);
    else tool_fail(o, TOOL_FAILURE, "out of memory");
    return path;
}

/* The contents of one file into another, whole or not at all. */
static int copy_file(const options *o, const char *from, const char *to) {
    lstmfc_error err = {0};
    size_t length = 0;
    char *text = tool_read(from, &length, NULL, &err);
    int code = TOOL_OK;
    if (!text || lstmfc_file_write(to, text, length, &err) != LSTMFC_OK) code = tool_fail_as(o, TOOL_FAILURE, &err);
    lstmfc_file_release(text, length, NULL);
    return code;
}

/* Does the file hold this text? -1: it cannot be read, which is said. */
static int holds_text(const options *o, const char *path, const char *text, size_t length) {
    lstmfc_error err = {0};
    size_t n = 0;
    char *there = tool_read(path, &n, NULL, &err);
    int same = there && n == length && !memcmp(there, text, n);
    if (!there) { tool_fail_as(o, TOOL_FAILURE, &err); return -1; }
    lstmfc_file_release(there, n, NULL);
    return same;
}

/* The text as a version of `created`, unless one holds it already: the first number that is free. *made gets its path, to be freed. */
static int put_version(const options *o, const place *p, int64_t created, const char *text, size_t length, char **made) {
    lstmfc_error err = {0};
    version v;
    int code = TOOL_OK, same = 0;
    stamp_of(created, v.stamp);
    *made = NULL;
    for (v.number = 1; v.number < 10000; v.number++) {
        free(*made);
        if (!(*made = version_path(o, p, v, ""))) return TOOL_FAILURE;
        if (!is_there(*made) || (same = holds_text(o, *made, text, length)) != 0) break;
    }
    if (same < 0) code = TOOL_FAILURE;
    else if (!same && lstmfc_file_write(*made, text, length, &err) != LSTMFC_OK) code = tool_fail_as(o, TOOL_FAILURE, &err);
    return code;
}

/* What the file holds now, as a version, if it is none yet. A file that is no model is left to be replaced. */
static int keep_present(const options *o, const place *p, const char *path) {
    lstmfc_forecaster *old = is_there(path) ? lstmfc_forecaster_load(path, tool_env(), NULL) : NULL;
    int64_t created = old ? lstmfc_forecaster_get_info(old).created : 0;
    lstmfc_error err = {0};
    size_t length = 0;
    char *text, *made = NULL;
    int code;
    lstmfc_forecaster_free(old);
    if (!created) return TOOL_OK;
    if (!(text = tool_read(path, &length, NULL, &err))) return tool_fail_as(o, TOOL_FAILURE, &err);
    code = put_version(o, p, created, text, length, &made);
    lstmfc_file_release(text, length, NULL);
    free(made);
    return code;
}

static int remove_oldest(const options *o, const place *p, int keep) {
    size_t count, i;
    version *list = versions(o, p, &count);
    int code = list ? TOOL_OK : TOOL_FAILURE;
    for (i = (size_t)keep; list && i < count; i++) {
        char *path = version_path(o, p, list[i], "");
        if (path && remove(path)) fprintf(stderr, "note: %s could not be removed: %s\n", path, strerror(errno));
        free(path);
    }
    free(list);
    return code;
}

int keep_save(const options *o, const lstmfc_forecaster *forecaster, const char *path, int keep) {
    lstmfc_error err = {0};
    int64_t created = lstmfc_forecaster_get_info(forecaster).created;
    lstmfc_writer text;
    char *made = NULL;
    place p;
    int code;
    if (!keep) {
        return lstmfc_forecaster_save(forecaster, path, &err) == LSTMFC_OK ? TOOL_OK : tool_fail_as(o, TOOL_FAILURE, &err);
    }
    if (!created) return tool_fail(o, TOOL_USAGE, "--keep names models by their time of creation, and --created 0 leaves none");
    if ((code = place_of(o, path, &p)) != TOOL_OK) return code;
    lstmfc_writer_init(&text, NULL);
    code = keep_present(o, &p, path);
    if (code == TOOL_OK && lstmfc_forecaster_save_memory(forecaster, &text, &err) != LSTMFC_OK) code = tool_fail_as(o, TOOL_FAILURE, &err);
    if (code == TOOL_OK) code = put_version(o, &p, created, text.text, text.length, &made);
    if (code == TOOL_OK && lstmfc_forecaster_save(forecaster, path, &err) != LSTMFC_OK) code = tool_fail_as(o, TOOL_FAILURE, &err);
    if (code == TOOL_OK) code = remove_oldest(o, &p, keep);
    lstmfc_writer_free(&text);
    free(made);
    place_free(&p);
    return code;
}

int keep_rotate(const options *o, const char *path, int keep) {
    place p;
    int code = place_of(o, path, &p);
    if (code != TOOL_OK) return code;
    code = remove_oldest(o, &p, keep);
    place_free(&p);
    return code;
}

/* Which version the file holds: an index into the list; count: none. */
static int which(const options *o, const place *p, const char *path, const version *list, size_t count, size_t *at) {
    lstmfc_error err = {0};
    size_t length = 0;
    char *text = tool_read(path, &length, NULL, &err);
    int code = text ? TOOL_OK : tool_fail_as(o, TOOL_FAILURE, &err), same = 0;
    for (*at = 0; code == TOOL_OK && *at < count; ++*at) {
        char *version_file = version_path(o, p, list[*at], "");
        same = version_file ? holds_text(o, version_file, text, length) : -1;
        free(version_file);
        if (same < 0) code = TOOL_FAILURE;
        if (same) break;
    }
    lstmfc_file_release(text, length, NULL);
    return code;
}

/* The first `end` versions are rejected: renamed, so that no roll-back finds them. */
static int reject(const options *o, const place *p, const version *list, size_t end) {
    size_t i;
    int code = TOOL_OK;
    for (i = 0; i < end && code == TOOL_OK; i++) {
        char *from = version_path(o, p, list[i], ""), *to = from ? version_path(o, p, list[i], ".rejected") : NULL;
        if (!to) code = TOOL_FAILURE;
        else if (rename(from, to)) code = tool_fail(o, TOOL_FAILURE, "%s could not be renamed %s: %s", from, to, strerror(errno));
        free(from);
        free(to);
    }
    return code;
}

static int told(const options *o, const char *path, const char *from, const lstmfc_forecaster *forecaster,
                size_t rejected) {
    lstmfc_writer w;
    char when[32];
    int64_t created = lstmfc_forecaster_get_info(forecaster).created;
    int code;
    lstmfc_writer_init(&w, NULL);
    if (o->json) {
        lstmfc_format_time(when, created);
        lstmfc_json_begin(&w, NULL, '{');
        lstmfc_json_put_string(&w, "out", path);
        lstmfc_json_put_string(&w, "rolled_back_to", from);
        lstmfc_json_put_string(&w, "created", when);
        lstmfc_json_put_integer(&w, "rejected", (int64_t)rejected);
        lstmfc_json_end(&w, '}');
        tool_print(&w, "\n");
    } else {
        tool_print(&w, "rolled back   %s is %s again, created %s\n", path, from, tool_time(when, created, 0));
        tool_counted(&w, "rejected      ", (int64_t)rejected, "model{|s}: renamed NAME-<time>.rejected.json, no roll-back brings {it|them} back");
    }
    code = tool_write(o, "-", &w);
    lstmfc_writer_free(&w);
    return code;
}

int keep_roll_back(const options *o, const char *path) {
    lstmfc_error err = {0};
    lstmfc_forecaster *forecaster = NULL;
    place p;
    size_t count, at = 0, rejected = 0;
    version *list;
    char *wanted = NULL;
    int code = place_of(o, path, &p);
    if (code != TOOL_OK) return code;
    if (!(list = versions(o, &p, &count))) { place_free(&p); return TOOL_FAILURE; }
    if (is_there(path)) {
        code = which(o, &p, path, list, count, &at);
        if (at < count) rejected = ++at;                /* it, and what is newer than it */
        else at = 0;                                    /* trained without --keep: the newest version was before it */
    }
    if (code == TOOL_OK && at == count)
        code = tool_fail(o, TOOL_MODEL, "nothing to roll back to: beside %s lie %d models named %s-<time>%s, and none of them is older", path,
                         (int)count, p.stem, p.end);
    if (code == TOOL_OK && !(wanted = version_path(o, &p, list[at], ""))) code = TOOL_FAILURE;
    if (code == TOOL_OK && !(forecaster = lstmfc_forecaster_load(wanted, tool_env(), &err))) code = tool_fail_model(o, wanted, &err);
    if (code == TOOL_OK) code = copy_file(o, wanted, path);
    if (code == TOOL_OK) code = reject(o, &p, list, rejected);
    if (code == TOOL_OK) code = told(o, path, wanted, forecaster, rejected);
    lstmfc_forecaster_free(forecaster);
    free(wanted);
    free(list);
    place_free(&p);
    return code;
}
